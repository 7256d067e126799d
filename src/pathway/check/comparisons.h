// Comparisons of a name with a constant in a FEEL text, found word by word: what check needs to
// hold rules against forms. Only what is certain is found: a name with a dot, an operator, and a
// constant or a name, with nothing on either side that could belong to a larger term.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace passerelle::pathway {

struct Comparison {
  std::string path;      // "enrolment.device"
  std::string op;        // = != < <= > >=
  std::string constant;  // as written: "\"smartphone\"", 39, true; or "" when it is a name
  std::string name;      // "fever threshold", or ""
};
std::vector<Comparison> comparisons_of(std::string_view feel);

}  // namespace passerelle::pathway
