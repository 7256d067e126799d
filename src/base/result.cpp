#include "base/result.h"

#include "base/place.h"

namespace passerelle {

std::string to_text(const Error& error) {
  std::string out;
  if (!error.where.empty()) out += error.where + ": ";
  out += error.message;
  if (!error.help.empty()) out += "; " + error.help;
  return out;
}

std::string to_text(const Place& place) {
  std::string out = place.file;
  if (place.line > 0) out += ":" + std::to_string(place.line);
  if (place.line > 0 && place.column > 0) out += ":" + std::to_string(place.column);
  return out;
}

}  // namespace passerelle
