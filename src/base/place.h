// Where something stands in a file of a package: what every finding and parse error points to.
#pragma once

#include <string>
#include <string_view>

namespace passerelle {

struct Place {
  std::string file;  // relative to the package's folder
  int line = 0;      // from 1; 0 = the file as a whole
  int column = 0;    // from 1, in bytes; 0 = the line as a whole
};

// "triage.dmn:12:5", without the parts that are 0.
std::string to_text(const Place& place);
// The inverse; "12:5" and ":12:5" are places in the fallback file, text without numbers is a file.
Place parse_place(std::string_view where, std::string_view fallback_file = {});

}  // namespace passerelle
