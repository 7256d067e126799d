#include "base/base64.h"

#include <array>

namespace passerelle {
namespace {

constexpr std::string_view letters[] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

using Digits = std::array<int8_t, 256>;  // -1: no letter of the alphabet

constexpr Digits digits_of(std::string_view alphabet) {
  Digits digits{};
  digits.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
  return digits;
}
constexpr Digits digits[] = {digits_of(letters[0]), digits_of(letters[1])};

}  // namespace

std::string to_base64(std::string_view bytes, Base64 alphabet) {
  const std::string_view letter = letters[static_cast<size_t>(alphabet)];
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? letter[bits >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text, Base64 alphabet) {
  const Digits& digit = digits[static_cast<size_t>(alphabet)];
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int8_t value = digit[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

}  // namespace passerelle
