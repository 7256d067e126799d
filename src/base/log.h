// One line of JSON a message on standard error. Patient data is never logged: ids of resources at
// most.
#pragma once

#include <string_view>

namespace passerelle {

enum class LogLevel { info, warning, error };

// `text` is a sentence for an administrator; `subject` an id, path or address, or "".
void log(LogLevel level, std::string_view text, std::string_view subject = {});

}  // namespace passerelle
