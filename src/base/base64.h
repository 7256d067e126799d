// Base64 (RFC 4648): bytes as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace passerelle {

enum class Base64 : uint8_t {
  plain,  // section 4: "+" and "/"
  url,    // section 5: "-" and "_"
};

std::string to_base64(std::string_view bytes, Base64 alphabet = Base64::plain);
// None when a character is of another alphabet. Padding may be missing; white space is no part of
// it.
std::optional<std::string> from_base64(std::string_view text, Base64 alphabet = Base64::plain);

}  // namespace passerelle
