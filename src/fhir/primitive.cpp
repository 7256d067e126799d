#include "fhir/primitive.h"

#include <array>

#include "fhir/validate.h"

namespace passerelle::fhir {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

// Reads a text from left to right; every step says whether it fits.
struct Scanner {
  std::string_view text;
  size_t at = 0;

  bool done() const { return at == text.size(); }
  bool skip(char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  }
  bool digits(size_t count, int low, int high, int* value = nullptr) {
    if (text.size() - at < count) return false;
    int number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit(text[at + i])) return false;
      number = number * 10 + (text[at + i] - '0');
    }
    at += count;
    if (value != nullptr) *value = number;
    return number >= low && number <= high;
  }
  bool some_digits() {
    const size_t before = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > before;
  }
};

enum class Least { year, second };

bool scan_time(Scanner& in) {
  if (!in.digits(2, 0, 23) || !in.skip(':') || !in.digits(2, 0, 59) || !in.skip(':') ||
      !in.digits(2, 0, 60)) {
    return false;
  }
  return !in.skip('.') || in.some_digits();
}

bool scan_zone(Scanner& in) {
  if (in.skip('Z')) return true;
  if (!in.skip('+') && !in.skip('-')) return false;
  int hours = 0;
  int minutes = 0;
  return in.digits(2, 0, 14, &hours) && in.skip(':') && in.digits(2, 0, 59, &minutes) &&
         (hours < 14 || minutes == 0);
}

bool is_date_time(std::string_view text, Least least, bool time_allowed) {
  Scanner in{text};
  int year = 0;
  int month = 0;
  int day = 0;
  if (!in.digits(4, 1, 9999, &year)) return false;
  if (in.done()) return least == Least::year;
  if (!in.skip('-') || !in.digits(2, 1, 12, &month)) return false;
  if (in.done()) return least == Least::year;
  if (!in.skip('-') || !in.digits(2, 1, 31, &day) || !is_day(year, month, day)) return false;
  if (in.done()) return least == Least::year;
  return time_allowed && in.skip('T') && scan_time(in) && scan_zone(in) && in.done();
}

bool is_time(std::string_view text) {
  Scanner in{text};
  return scan_time(in) && in.done();
}

bool is_code(std::string_view text) {
  if (text.empty() || is_space(text.front()) || is_space(text.back())) return false;
  for (size_t i = 1; i < text.size(); ++i) {
    if (is_space(text[i]) && is_space(text[i - 1])) return false;
  }
  return true;
}

bool has_no_space(std::string_view text) {
  for (const char c : text) {
    if (is_space(c)) return false;
  }
  return !text.empty();
}

bool is_oid(std::string_view text) {
  if (!text.starts_with("urn:oid:")) return false;
  Scanner in{text, 8};
  if (!in.digits(1, 0, 2) || in.done()) return false;
  while (!in.done()) {
    const bool zero = in.text.substr(in.at).starts_with(".0");
    const size_t before = in.at;
    if (!in.skip('.') || !in.some_digits()) return false;
    if (zero && in.at - before > 2) return false;
  }
  return true;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 45 || !text.starts_with("urn:uuid:")) return false;
  text.remove_prefix(9);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_base64(std::string_view text) {
  size_t count = 0;
  size_t padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (c == '=') {
      ++padding;
    } else if (padding > 0 || !(letter || is_digit(c) || c == '+' || c == '/')) {
      return false;
    }
    ++count;
  }
  return count > 0 && count % 4 == 0 && padding <= 2;
}

// A string's content; also what XML could not carry is refused.
bool is_text(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
  }
  return !text.empty() && text.size() <= (1u << 20);
}

bool is_integer(std::string_view text, int64_t low) {
  Scanner in{text};
  const bool negative = in.skip('-');
  if (in.text.substr(in.at).size() > 1 && in.text[in.at] == '0') return false;
  const size_t first = in.at;
  if (!in.some_digits() || !in.done() || in.at - first > 10) return false;
  int64_t value = 0;
  for (size_t i = first; i < text.size(); ++i) value = value * 10 + (text[i] - '0');
  if (negative) value = -value;
  return value >= low && value <= 2147483647;
}

bool is_decimal(std::string_view text) {
  Scanner in{text};
  in.skip('-');
  if (!in.skip('0') && !in.some_digits()) return false;
  if (in.skip('.') && !in.some_digits()) return false;
  if (in.skip('e') || in.skip('E')) {
    if (!in.skip('+')) in.skip('-');
    if (!in.some_digits()) return false;
  }
  return in.done();
}

bool is_boolean(std::string_view text) { return text == "true" || text == "false"; }

enum class Form : uint8_t { string, number, boolean };

struct Rule {
  Form form = Form::string;
  bool (*fits)(std::string_view) = nullptr;
  std::string_view fault;
};

constexpr std::string_view string_fault =
    "is not a string that FHIR allows: it must not be empty, longer than 1 MiB, or hold control "
    "characters other than tab and line ends";
constexpr std::string_view uri_fault = "is not a URI: it must not be empty or hold spaces";

// By Primitive.
constexpr std::array<Rule, 21> rules = {{
    {},
    {Form::string, is_base64, "is not base64"},
    {Form::boolean, is_boolean, "is not a boolean: write true or false, without quotes"},
    {Form::string, has_no_space, uri_fault},
    {Form::string, is_code, "is not a code: no spaces at its ends, only single ones inside"},
    {Form::string, [](std::string_view text) { return is_date_time(text, Least::year, false); },
     "is not a date: write a day that exists as YYYY-MM-DD, or YYYY-MM, or YYYY"},
    {Form::string, [](std::string_view text) { return is_date_time(text, Least::year, true); },
     "is not a dateTime: write YYYY, YYYY-MM, YYYY-MM-DD or, with a zone, "
     "YYYY-MM-DDThh:mm:ss+zz:zz"},
    {Form::number, is_decimal, "is not a decimal: write a JSON number, without quotes"},
    {Form::string, is_id, "is not an id: 1 to 64 letters, digits, '-' or '.'"},
    {Form::string, [](std::string_view text) { return is_date_time(text, Least::second, true); },
     "is not an instant: write YYYY-MM-DDThh:mm:ss+zz:zz, with seconds and zone"},
    {Form::number, [](std::string_view text) { return is_integer(text, -2147483648LL); },
     "is not an integer of 32 bits, written as a JSON number"},
    {Form::string, is_text, string_fault},
    {Form::string, is_oid, "is not an OID: write urn:oid:1.2.3"},
    {Form::number, [](std::string_view text) { return is_integer(text, 1); },
     "is not a positiveInt: a whole number from 1 to 2147483647"},
    {Form::string, is_text, string_fault},
    {Form::string, is_time, "is not a time: write hh:mm:ss, without a zone"},
    {Form::number, [](std::string_view text) { return is_integer(text, 0); },
     "is not an unsignedInt: a whole number from 0 to 2147483647"},
    {Form::string, has_no_space, uri_fault},
    {Form::string, has_no_space, uri_fault},
    {Form::string, is_uuid, "is not a UUID: write urn:uuid: and 36 lower-case characters"},
    {Form::string, is_text, "is not XHTML"},
}};

const Rule& rule_of(Primitive type) { return rules[static_cast<size_t>(type)]; }

}  // namespace

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!letter && !is_digit(c) && c != '-' && c != '.') return false;
  }
  return true;
}

bool is_day(int year, int month, int day) {
  constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[static_cast<size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

bool is_json_number(Primitive type) { return rule_of(type).form == Form::number; }

std::string_view primitive_fault(Primitive type, json::Value value) {
  const Rule& rule = rule_of(type);
  switch (rule.form) {
    case Form::boolean:
      return value.is_boolean() ? "" : rule.fault;
    case Form::number:
      return value.is_number() && rule.fits(value.number()) ? "" : rule.fault;
    case Form::string:
      return value.is_string() && rule.fits(value.string()) ? "" : rule.fault;
  }
  return rule.fault;
}

std::string_view primitive_text_fault(Primitive type, std::string_view text) {
  const Rule& rule = rule_of(type);
  return rule.fits(text) ? "" : rule.fault;
}

}  // namespace passerelle::fhir
