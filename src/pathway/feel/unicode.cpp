#include "pathway/feel/unicode.h"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>

namespace passerelle::feel {

uint32_t decode_utf8(std::string_view text, size_t at, size_t& length) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned first = byte(0);
  length = 1;
  if (first < 0x80) return first;
  const unsigned count = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (count == 0 || first > 0xF7) return 0xFFFD;
  uint32_t code = first & (0x3Fu >> count);
  for (unsigned i = 1; i <= count; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0xFFFD;
    code = (code << 6) | (byte(i) & 0x3F);
  }
  length = count + 1;
  return code;
}

void encode_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

size_t count_code_points(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) {
    size_t length = 0;
    decode_utf8(text, at, length);
    at += length;
  }
  return count;
}

size_t byte_of(std::string_view text, size_t index) {
  size_t at = 0;
  for (; index > 0 && at < text.size(); --index) {
    size_t length = 0;
    decode_utf8(text, at, length);
    at += length;
  }
  return at;
}

namespace {
// The C library's tables, whatever the locale of the process is.
locale_t unicode_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}
}  // namespace

uint32_t to_upper(uint32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if (unicode_locale() == nullptr) return c;
  return static_cast<uint32_t>(towupper_l(static_cast<wint_t>(c), unicode_locale()));
}
uint32_t to_lower(uint32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (unicode_locale() == nullptr) return c;
  return static_cast<uint32_t>(towlower_l(static_cast<wint_t>(c), unicode_locale()));
}

namespace {
template <class Map>
std::string mapped(std::string_view text, const Map& map) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t length = 0;
    const uint32_t code = decode_utf8(text, at, length);
    map(out, code);
    at += length;
  }
  return out;
}
}  // namespace

std::string upper_case(std::string_view text) {
  return mapped(text, [](std::string& out, uint32_t code) {
    if (code == 0xDF) {
      out += "SS";  // the one full mapping that texts in our languages meet
    } else {
      encode_utf8(out, to_upper(code));
    }
  });
}
std::string lower_case(std::string_view text) {
  return mapped(text, [](std::string& out, uint32_t code) { encode_utf8(out, to_lower(code)); });
}

namespace {

constexpr std::array<std::string_view, 37> property_names = {
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd",
    "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc",
    "Cf", "Cs", "Co", "Cn", "L",  "M",  "N",  "P",  "S",  "Z",  "C"};

// The categories of each group, first and last.
constexpr std::array<std::pair<unsigned, unsigned>, 7> groups = {
    {{0, 4}, {5, 7}, {8, 10}, {11, 17}, {18, 21}, {22, 24}, {25, 29}}};

unsigned category(uint32_t code) {
  const uint32_t* end = category_runs + category_run_count;
  const uint32_t* run = std::upper_bound(category_runs, end, (code << 5) | 31);
  return run == category_runs ? 29 : *(run - 1) & 31;
}

bool is_name_start(uint32_t c) {
  static constexpr std::array<std::pair<uint32_t, uint32_t>, 16> ranges = {{{':', ':'},
                                                                            {'A', 'Z'},
                                                                            {'_', '_'},
                                                                            {'a', 'z'},
                                                                            {0xC0, 0xD6},
                                                                            {0xD8, 0xF6},
                                                                            {0xF8, 0x2FF},
                                                                            {0x370, 0x37D},
                                                                            {0x37F, 0x1FFF},
                                                                            {0x200C, 0x200D},
                                                                            {0x2070, 0x218F},
                                                                            {0x2C00, 0x2FEF},
                                                                            {0x3001, 0xD7FF},
                                                                            {0xF900, 0xFDCF},
                                                                            {0xFDF0, 0xFFFD},
                                                                            {0x10000, 0xEFFFF}}};
  for (const auto& [low, high] : ranges) {
    if (c >= low && c <= high) return true;
  }
  return false;
}

}  // namespace

std::optional<Property> find_property(std::string_view name) {
  for (size_t i = 0; i < property_names.size(); ++i) {
    if (property_names[i] == name) return static_cast<Property>(i);
  }
  return std::nullopt;
}

bool has_property(uint32_t c, Property property) {
  const auto number = static_cast<unsigned>(property);
  switch (property) {
    case Property::xml_space:
      return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    case Property::xml_name_start:
      return is_name_start(c);
    case Property::xml_name:
      return is_name_start(c) || c == '-' || c == '.' || (c >= '0' && c <= '9') || c == 0xB7 ||
             (c >= 0x300 && c <= 0x36F) || c == 0x203F || c == 0x2040;
    case Property::digit:
      return category(c) == 8;
    case Property::word: {
      const unsigned is = category(c);  // all but punctuation, separators and others
      return !(is >= 11 && is <= 17) && !(is >= 22);
    }
    case Property::first_group:
      break;
  }
  if (number < 30) return category(c) == number;
  const auto [low, high] = groups[number - 30];
  const unsigned is = category(c);
  return is >= low && is <= high;
}

std::optional<std::pair<uint32_t, uint32_t>> find_block(std::string_view name) {
  struct Block {
    std::string_view name;
    uint32_t first, last;
  };
  static constexpr std::array<Block, 62> blocks = {{
      {"BasicLatin", 0x0, 0x7F},
      {"Latin-1Supplement", 0x80, 0xFF},
      {"LatinExtended-A", 0x100, 0x17F},
      {"LatinExtended-B", 0x180, 0x24F},
      {"IPAExtensions", 0x250, 0x2AF},
      {"SpacingModifierLetters", 0x2B0, 0x2FF},
      {"CombiningDiacriticalMarks", 0x300, 0x36F},
      {"Greek", 0x370, 0x3FF},
      {"GreekandCoptic", 0x370, 0x3FF},
      {"Cyrillic", 0x400, 0x4FF},
      {"Armenian", 0x530, 0x58F},
      {"Hebrew", 0x590, 0x5FF},
      {"Arabic", 0x600, 0x6FF},
      {"Syriac", 0x700, 0x74F},
      {"Thaana", 0x780, 0x7BF},
      {"Devanagari", 0x900, 0x97F},
      {"Bengali", 0x980, 0x9FF},
      {"Gurmukhi", 0xA00, 0xA7F},
      {"Gujarati", 0xA80, 0xAFF},
      {"Oriya", 0xB00, 0xB7F},
      {"Tamil", 0xB80, 0xBFF},
      {"Telugu", 0xC00, 0xC7F},
      {"Kannada", 0xC80, 0xCFF},
      {"Malayalam", 0xD00, 0xD7F},
      {"Sinhala", 0xD80, 0xDFF},
      {"Thai", 0xE00, 0xE7F},
      {"Lao", 0xE80, 0xEFF},
      {"Tibetan", 0xF00, 0xFFF},
      {"Myanmar", 0x1000, 0x109F},
      {"Georgian", 0x10A0, 0x10FF},
      {"HangulJamo", 0x1100, 0x11FF},
      {"Ethiopic", 0x1200, 0x137F},
      {"Cherokee", 0x13A0, 0x13FF},
      {"Ogham", 0x1680, 0x169F},
      {"Runic", 0x16A0, 0x16FF},
      {"Khmer", 0x1780, 0x17FF},
      {"Mongolian", 0x1800, 0x18AF},
      {"LatinExtendedAdditional", 0x1E00, 0x1EFF},
      {"GreekExtended", 0x1F00, 0x1FFF},
      {"GeneralPunctuation", 0x2000, 0x206F},
      {"SuperscriptsandSubscripts", 0x2070, 0x209F},
      {"CurrencySymbols", 0x20A0, 0x20CF},
      {"LetterlikeSymbols", 0x2100, 0x214F},
      {"NumberForms", 0x2150, 0x218F},
      {"Arrows", 0x2190, 0x21FF},
      {"MathematicalOperators", 0x2200, 0x22FF},
      {"MiscellaneousTechnical", 0x2300, 0x23FF},
      {"BoxDrawing", 0x2500, 0x257F},
      {"BlockElements", 0x2580, 0x259F},
      {"GeometricShapes", 0x25A0, 0x25FF},
      {"MiscellaneousSymbols", 0x2600, 0x26FF},
      {"Dingbats", 0x2700, 0x27BF},
      {"BraillePatterns", 0x2800, 0x28FF},
      {"CJKSymbolsandPunctuation", 0x3000, 0x303F},
      {"Hiragana", 0x3040, 0x309F},
      {"Katakana", 0x30A0, 0x30FF},
      {"CJKUnifiedIdeographs", 0x4E00, 0x9FFF},
      {"HangulSyllables", 0xAC00, 0xD7A3},
      {"PrivateUse", 0xE000, 0xF8FF},
      {"HalfwidthandFullwidthForms", 0xFF00, 0xFFEF},
      {"MathematicalAlphanumericSymbols", 0x1D400, 0x1D7FF},
      {"Emoticons", 0x1F600, 0x1F64F},
  }};
  for (const Block& block : blocks) {
    if (block.name == name) return std::pair{block.first, block.last};
  }
  return std::nullopt;
}

}  // namespace passerelle::feel
