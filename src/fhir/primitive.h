// The forms of FHIR's primitive types, as hand-written scanners of the specification's regular
// expressions (R4, "Data Types"), plus what those cannot say: 30 February, a 33-bit integer.
#pragma once

#include <string_view>

#include "base/json.h"
#include "fhir/definitions.h"

namespace passerelle::fhir {

// "" when `value` is a right JSON value of the type, else what is wrong with it and what would be
// right, to follow the value in a sentence: "is not a date: write YYYY, YYYY-MM or YYYY-MM-DD".
std::string_view primitive_fault(Primitive type, json::Value value);

// The same for a text, as XML has it: "true" and "1.10" without JSON's kinds.
std::string_view primitive_text_fault(Primitive type, std::string_view text);

// Whether JSON writes the type as a number or as true/false.
bool is_json_number(Primitive type);

// A calendar date that exists. Digits only, month and day from 1.
bool is_day(int year, int month, int day);

}  // namespace passerelle::fhir
