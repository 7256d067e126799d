#include "base/result.h"

#include <charconv>

#include "base/place.h"
#include "base/text.h"

namespace passerelle {

BoxedError::BoxedError(Error error) : error_(new Error(std::move(error))) {}

BoxedError::BoxedError(const BoxedError& other)
    : error_(other.error_ == nullptr ? nullptr : new Error(*other.error_)) {}

void BoxedError::drop() { delete error_; }

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

Place parse_place(std::string_view where, std::string_view fallback_file) {
  Place place;
  const auto number = [](std::string_view text, int& out) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
    return !text.empty() && problem == std::errc() && end == text.data() + text.size();
  };
  const auto parts = split(where, ':');
  int first = 0, second = 0;
  if (parts.size() >= 3 && number(parts[parts.size() - 2], first) &&
      number(parts[parts.size() - 1], second)) {
    place = {std::string(where.substr(0, where.size() - parts[parts.size() - 1].size() -
                                             parts[parts.size() - 2].size() - 2)),
             first, second};
  } else if (parts.size() == 2 && number(parts[0], first) && number(parts[1], second)) {
    place = {std::string(fallback_file), first, second};
  } else if (parts.size() >= 2 && number(parts.back(), first)) {
    place = {std::string(where.substr(0, where.size() - parts.back().size() - 1)), first, 0};
  } else {
    place.file = std::string(where);
  }
  if (place.file.empty()) place.file = std::string(fallback_file);
  return place;
}

}  // namespace passerelle
