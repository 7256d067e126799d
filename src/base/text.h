// Small text helpers that the standard library lacks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace passerelle {

bool is_utf8(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);  // ASCII white space
std::string lower(std::string_view text);      // ASCII letters only
// For search: lower case, accents and combining marks removed, for Latin, Greek and Cyrillic.
std::string fold(std::string_view utf8);
std::string quoted(std::string_view text);  // 'text', as messages name things
std::string escape_html(std::string_view text);
std::string percent_encode(std::string_view text);  // RFC 3986 unreserved stay
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// The candidate nearest to a misspelt name (edit distance <= 2 and < half its length), or "".
std::string closest(std::string_view name, const std::vector<std::string>& candidates);
// "did you mean 'x'?" of the closest, or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);
Result<std::string> read_file(const std::string& path);
Result<void> write_file(const std::string& path, std::string_view content);  // whole or not at all
// Whether write_file() can be expected to work: before hours of work are spent on the content.
Result<void> check_writable(const std::string& path);

}  // namespace passerelle
