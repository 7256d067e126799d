// The words of a FHIRPath expression. Inside fhir/ only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace passerelle::fhir::path {

enum class Word : uint8_t {
  name,       // Patient, `given`; also the operators that are words
  variable,   // %name
  special,    // $this, $index, $total
  text,       // 'abc'
  number,     // 1, 1.10
  date,       // @2020-03
  date_time,  // @2020-03-26T08:45
  time,       // @T08:45
  sign,       // an operator or a bracket
  end,
};

struct Token {
  Word word = Word::end;
  std::string text;        // unescaped, without quotes, '@', '%', '$'
  bool delimited = false;  // a name in `...`
  size_t at = 0;
};

Result<std::vector<Token>> read_words(std::string_view text);
std::string line_and_column(std::string_view text, size_t at);

}  // namespace passerelle::fhir::path
