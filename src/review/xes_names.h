// Attribute keys of XES that reader and writer share. The standard extensions concept, lifecycle,
// time and org (IEEE 1849-2016, 7) and what an Event has beyond them. For review/ only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "pathway/feel/value.h"

namespace passerelle::review::xes {

inline constexpr std::string_view name = "concept:name";
inline constexpr std::string_view instance = "concept:instance";  // the item
inline constexpr std::string_view transition = "lifecycle:transition";
inline constexpr std::string_view time = "time:timestamp";
inline constexpr std::string_view resource = "org:resource";  // the actor
inline constexpr std::string_view role = "org:role";

inline constexpr std::string_view own_uri = "urn:passerelle:xes:1";
inline constexpr std::string_view own_case = "passerelle:case";  // number of the case
inline constexpr std::string_view channel = "passerelle:channel";
// Inside an attribute: its value as bytes, where XES has no type for it (durations, contexts).
inline constexpr std::string_view exact = "passerelle:value";
// All data of an event as bytes, where its fields cannot be attributes.
inline constexpr std::string_view whole = "passerelle:data";

// The bytes of feel::save() as hexadecimal digits, and back.
std::string to_hex(const feel::Value& value);
Result<feel::Value> from_hex(std::string_view digits);

}  // namespace passerelle::review::xes
