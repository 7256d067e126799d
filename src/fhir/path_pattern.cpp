#include "fhir/path_pattern.h"

#include <algorithm>

namespace passerelle::fhir::path {
namespace {

// A group's name begins at "(?<" and is no look-behind.
bool is_named_group(std::string_view rest) {
  return rest.size() > 3 && rest.starts_with("(?<") && rest[3] != '=' && rest[3] != '!';
}

}  // namespace

std::string single_line(std::string_view pattern, std::vector<std::string>* names) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const std::string_view rest = pattern.substr(i);
    if (!in_class && c == '(' && (is_named_group(rest) || !rest.starts_with("(?"))) {
      const size_t end = is_named_group(rest) ? rest.find('>') : 0;
      if (end != rest.npos) {
        if (names != nullptr) names->emplace_back(end == 0 ? "" : rest.substr(3, end - 3));
        out += c;
        i += end;
        continue;
      }
    }
    if (c == '\\' && i + 1 < pattern.size()) {
      out += c;
      out += pattern[++i];
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c == '.' && !in_class) {
      out += "[\\s\\S]";
    } else {
      out += c;
    }
  }
  return out;
}

size_t pattern_states(std::string_view pattern) {
  constexpr size_t most = 100'000;  // libstdc++ compiles no more
  size_t states = pattern.size() + 1;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') continue;
    size_t count = 0;
    size_t largest = 1;
    for (++i; i < pattern.size() && pattern[i] != '}'; ++i) {
      const bool digit = pattern[i] >= '0' && pattern[i] <= '9';
      count = digit ? std::min(count * 10 + static_cast<size_t>(pattern[i] - '0'), most) : 0;
      largest = std::max(largest, count);
    }
    states = std::min(states * largest, most);
  }
  return states;
}

std::string numbered(std::string_view pattern, std::string_view by) {
  std::vector<std::string> names;
  single_line(pattern, &names);
  std::string out;
  for (size_t i = 0; i < by.size(); ++i) {
    const size_t end = by.substr(i).starts_with("${") ? by.find('}', i) : by.npos;
    const auto name = end == by.npos
                          ? names.end()
                          : std::find(names.begin(), names.end(), by.substr(i + 2, end - i - 2));
    if (name == names.end()) {
      out += by[i];
      continue;
    }
    const auto number = std::to_string(name - names.begin() + 1);
    out += number.size() == 1 ? "$0" + number : "$" + number;
    i = end;
  }
  return out;
}

}  // namespace passerelle::fhir::path
