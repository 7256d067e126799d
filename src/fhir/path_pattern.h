// FHIRPath's regular expressions (PCRE in single-line mode) as ECMAScript's, which std::regex
// knows. Inside fhir/ only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace passerelle::fhir::path {

// "." takes line ends too, "(?<day>" becomes "(". `names`: of the groups, in order, "" of those
// without.
std::string single_line(std::string_view pattern, std::vector<std::string>* names = nullptr);

// How many states a pattern may have: what "a{1000}" repeats counts as often as it is repeated.
size_t pattern_states(std::string_view pattern);

// "${day}" of a replacement as the number of the group of that name.
std::string numbered(std::string_view pattern, std::string_view by);

}  // namespace passerelle::fhir::path
