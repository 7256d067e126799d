// Code points: UTF-8, general categories, upper and lower case. For string functions and patterns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace passerelle::feel {

// The code point at `at` (< size) and its bytes; a broken byte counts as one code point U+FFFD.
uint32_t decode_utf8(std::string_view text, size_t at, size_t& length);
void encode_utf8(std::string& out, uint32_t code);
size_t count_code_points(std::string_view text);
// The byte where code point number `index` begins; the size of the text when there are fewer.
size_t byte_of(std::string_view text, size_t index);

uint32_t to_upper(uint32_t code);
uint32_t to_lower(uint32_t code);
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);

// A general category (0..29), a group of them (L, M, ...), or one of XML's classes.
enum class Property : uint8_t {
  first_group = 30,  // L M N P S Z C, in this order
  xml_space = 37,
  xml_name_start,
  xml_name,
  digit,
  word,
};
std::optional<Property> find_property(std::string_view name);  // "Lu", "L"
bool has_property(uint32_t code, Property property);
// A Unicode block by its name in XML Schema: "BasicLatin".
std::optional<std::pair<uint32_t, uint32_t>> find_block(std::string_view name);

extern const uint32_t category_runs[];
extern const size_t category_run_count;

}  // namespace passerelle::feel
