#include "base/log.h"

#include <cstdio>
#include <string>

#include "base/json.h"

namespace passerelle {

void log(LogLevel level, std::string_view text, std::string_view subject) {
  constexpr const char* names[] = {"info", "warning", "error"};
  std::string line = "{\"level\":\"";
  line += names[static_cast<int>(level)];
  line += "\",\"text\":" + json::quote(text);
  if (!subject.empty()) line += ",\"subject\":" + json::quote(subject);
  line += "}\n";
  // One write a line, so that lines of several threads do not mix.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace passerelle
