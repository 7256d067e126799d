#include "pathway/event_fields.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace passerelle::pathway {
namespace {

bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool in_name(char c) { return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Every word of an expression that may be a field of an event: not in a text, not behind a dot, not
// a function's name. Which of them really are fields, the compiled expression says.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
      ++at;
      continue;
    }
    if (!begins_name(text[at])) {
      ++at;
      continue;
    }
    const size_t start = at;
    while (at < text.size() && in_name(text[at])) ++at;
    size_t next = at;
    while (next < text.size() && text[next] == ' ') ++next;
    const bool member = start > 0 && (text[start - 1] == '.' || text[start - 1] == '@');
    const bool call = next < text.size() && text[next] == '(';
    const std::string word(text.substr(start, at - start));
    if (!member && !call && std::find(words.begin(), words.end(), word) == words.end())
      words.push_back(word);
  }
  return words;
}

}  // namespace

Result<feel::Expression> compile_on_fields(std::string_view text,
                                           std::vector<std::string>& fields) {
  static const std::set<std::string, std::less<>> keywords = {
      "and",  "or",    "not",    "in",        "between", "instance", "of",   "some", "every",
      "true", "false", "return", "satisfies", "if",      "then",     "else", "for",  "null"};
  feel::Names candidates;
  for (const std::string& word : words_of(text))
    if (!keywords.contains(word)) candidates.add(word);
  TRY(auto wide, feel::compile(text, candidates));
  feel::Names used;
  for (const std::string& path : wide.names_used()) used.add(path.substr(0, path.find('.')));
  for (const feel::Names::Name& name : used.list) fields.push_back(name.name);
  return feel::compile(text, used);
}

}  // namespace passerelle::pathway
