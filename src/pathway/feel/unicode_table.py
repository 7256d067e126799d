"""Writes unicode_table.cpp: the general category of every code point as runs, from Python's own
copy of the Unicode database. Run it in this folder when a newer Unicode version is wanted."""
import unicodedata

names = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe",
         "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"]
runs = []
for code in range(0x110000):
    category = names.index(unicodedata.category(chr(code)))
    if not runs or runs[-1][1] != category:
        runs.append((code, category))
words = ["0x%X," % (start << 5 | category) for start, category in runs]
lines, line = [], "   "
for word in words:
    if len(line) + 1 + len(word) > 99:
        lines.append(line)
        line = "   "
    line += " " + word
lines.append(line)
with open("unicode_table.cpp", "w") as out:
    out.write(f"// General categories of Unicode {unicodedata.unidata_version}, written by "
              "unicode_table.py: each word is the first code\n// point of a run, shifted by 5, and "
              "its category in the order of that script.\n"
              '#include "pathway/feel/unicode.h"\n\nnamespace passerelle::feel {\n\n'
              "// clang-format off\n"
              f"const uint32_t category_runs[] = {{\n" + "\n".join(lines) + "\n};\n"
              "// clang-format on\n"
              f"const size_t category_run_count = {len(words)};\n\n"
              "}  // namespace passerelle::feel\n")
