// What each search type makes of each type of element (R4, "Search", by parameter type).
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "fhir/reference.h"
#include "fhir/search_program.h"
#include "fhir/ucum.h"

namespace passerelle::fhir {

SearchValue& SearchEmitter::add(const SearchSlot& slot, SearchType type, Aspect aspect) {
  SearchValue& value = out.values.emplace_back();
  value.parameter = slot.parameter;
  value.component = slot.component;
  value.type = type;
  value.aspect = aspect;
  value.tuple = tuple;
  return value;
}

namespace {

using To = SearchEmitter;
using Slot = SearchSlot;

// ---- strings ----

void add_text(To& to, const Slot& slot, json::Value text) {
  if (!text.string().empty()) to.add(slot, SearchType::string).text = text.string();
}
void string_text(To& to, const Slot& slot, json::Value value, ElementIndex) {
  add_text(to, slot, value);
}
template <size_t n>
void add_parts(To& to, const Slot& slot, json::Value value,
               const std::array<std::string_view, n>& parts) {
  for (const std::string_view part : parts) {
    const json::Value member = value[part];
    if (!member.is_array()) add_text(to, slot, member);
    for (const json::Value item : member.items()) add_text(to, slot, item);
  }
}
void string_name(To& to, const Slot& slot, json::Value value, ElementIndex) {
  constexpr std::array<std::string_view, 5> parts = {"family", "given", "prefix", "suffix", "text"};
  add_parts(to, slot, value, parts);
}
void string_address(To& to, const Slot& slot, json::Value value, ElementIndex) {
  constexpr std::array<std::string_view, 7> parts = {"line",       "city",    "district", "state",
                                                     "postalCode", "country", "text"};
  add_parts(to, slot, value, parts);
}
void string_concept(To& to, const Slot& slot, json::Value value, ElementIndex) {
  add_text(to, slot, value["text"]);
  for (const json::Value coding : value["coding"].items()) add_text(to, slot, coding["display"]);
}

// ---- tokens ----

void add_token(To& to, const Slot& slot, std::string_view system, std::string_view code,
               Aspect aspect = Aspect::value) {
  if (system.empty() && code.empty()) return;
  SearchValue& value = to.add(slot, SearchType::token, aspect);
  value.system = system;
  value.text = code;
}
// For :text; a composite has no modifiers.
void add_aspect(To& to, const Slot& slot, json::Value text) {
  if (slot.component != 0 || text.string().empty()) return;
  to.add(slot, SearchType::string, Aspect::text).text = text.string();
}
std::string_view system_of(ElementIndex element) {
  if (element == none) return "";
  const Element& at = definitions().element(element);
  if (at.binding != Binding::required || at.value_set == none) return "";
  return definitions().value_set(at.value_set).only_system;
}
void token_code(To& to, const Slot& slot, json::Value value, ElementIndex element) {
  if (!value.string().empty()) add_token(to, slot, system_of(element), value.string());
}
void token_plain(To& to, const Slot& slot, json::Value value, ElementIndex) {
  add_token(to, slot, "", value.is_number() ? value.number() : value.string());
}
void token_boolean(To& to, const Slot& slot, json::Value value, ElementIndex) {
  if (value.is_boolean()) add_token(to, slot, "", value.boolean() ? "true" : "false");
}
void token_coding(To& to, const Slot& slot, json::Value value, ElementIndex) {
  add_token(to, slot, value["system"].string(), value["code"].string());
  add_aspect(to, slot, value["display"]);
}
void token_concept(To& to, const Slot& slot, json::Value value, ElementIndex element) {
  for (const json::Value coding : value["coding"].items()) token_coding(to, slot, coding, element);
  add_aspect(to, slot, value["text"]);
}
void token_identifier(To& to, const Slot& slot, json::Value value, ElementIndex) {
  add_token(to, slot, value["system"].string(), value["value"].string());
  if (slot.component == 0 && !value["value"].string().empty())
    for (const json::Value coding : value["type"]["coding"].items()) {
      to.out.texts.push_back(std::string(coding["system"].string()) + "|" +
                             std::string(coding["code"].string()));
      add_token(to, slot, to.out.texts.back(), value["value"].string(), Aspect::of_type);
    }
  add_aspect(to, slot, value["type"]["text"]);
}
void token_contact(To& to, const Slot& slot, json::Value value, ElementIndex) {
  add_token(to, slot, "", value["value"].string());
}

// ---- references and addresses ----

void add_reference(To& to, const Slot& slot, std::string_view text) {
  ReferenceParts parts = parse_reference(text);
  std::string_view base = to.options.base_url;
  if (base.ends_with('/')) base.remove_suffix(1);
  const bool here = parts.form == ReferenceForm::local ||
                    (parts.form == ReferenceForm::absolute && !base.empty() && parts.base == base &&
                     parts.type != none);
  const bool elsewhere = parts.form == ReferenceForm::absolute || parts.form == ReferenceForm::urn;
  if (!here && !elsewhere) return;
  SearchValue& value = to.add(slot, SearchType::reference);
  value.text = here ? parts.id : text;
  if (!here) return;
  value.system = definitions().type(parts.type).name;
  value.written = parts.version;
}
void reference_element(To& to, const Slot& slot, json::Value value, ElementIndex) {
  if (value["reference"].is_string()) add_reference(to, slot, value["reference"].string());
  const json::Value identifier = value["identifier"];
  if (slot.component != 0 || !identifier.is_object()) return;
  add_token(to, slot, identifier["system"].string(), identifier["value"].string(),
            Aspect::identifier);
}
// A canonical is found with its version and without.
void reference_canonical(To& to, const Slot& slot, json::Value value, ElementIndex) {
  const std::string_view text = value.string();
  if (text.empty()) return;
  if (text[0] == '#') return;  // a contained resource
  const ReferenceParts parts = parse_reference(text);
  if (parts.form == ReferenceForm::local) return add_reference(to, slot, text);
  to.add(slot, SearchType::reference).text = text;
  const size_t bar = text.find('|');
  if (bar != text.npos) to.add(slot, SearchType::reference).text = text.substr(0, bar);
}
// An entry of a Bundle: the resource itself is the target.
void reference_resource(To& to, const Slot& slot, json::Value value, ElementIndex) {
  const TypeIndex type = definitions().find_resource(value["resourceType"].string());
  if (type == none || value["id"].string().empty()) return;
  SearchValue& made = to.add(slot, SearchType::reference);
  made.text = value["id"].string();
  made.system = definitions().type(type).name;
}
void uri_text(To& to, const Slot& slot, json::Value value, ElementIndex) {
  if (!value.string().empty()) to.add(slot, SearchType::uri).text = value.string();
}

// ---- dates ----

void date_moment(To& to, const Slot& slot, json::Value value, ElementIndex) {
  if (!value.is_string()) return;
  const Result<DateRange> range = date_range(value.string(), to.options.zone);
  if (range) to.add(slot, SearchType::date).date = *range;
}
void date_period(To& to, const Slot& slot, json::Value value, ElementIndex) {
  if (!value["start"].exists() && !value["end"].exists()) return;
  const Result<DateRange> range = period_range(value, to.options.zone);
  if (range) to.add(slot, SearchType::date).date = *range;
}
// R4: the outer limits of a Timing.
void date_timing(To& to, const Slot& slot, json::Value value, ElementIndex element) {
  DateRange outer{DateRange::open_last, DateRange::open_first};
  for (const json::Value event : value["event"].items()) {
    const Result<DateRange> range = date_range(event.string(), to.options.zone);
    if (!range) continue;
    outer.first = std::min(outer.first, range->first);
    outer.last = std::max(outer.last, range->last);
  }
  if (outer.first <= outer.last) to.add(slot, SearchType::date).date = outer;
  const json::Value bounds = value["repeat"]["boundsPeriod"];
  if (bounds.is_object()) date_period(to, slot, bounds, element);
}

// ---- numbers and quantities ----

// Exact: how precisely a search means its number is the searcher's word (R4, "Search", "number").
NumberRange exactly(double value) { return NumberRange{value, value}; }

void number_value(To& to, const Slot& slot, json::Value value, ElementIndex) {
  if (!value.is_number()) return;
  SearchValue& made = to.add(slot, SearchType::number);
  made.text = value.number();
  made.number = exactly(value.real());
}
void number_range_element(To& to, const Slot& slot, json::Value value, ElementIndex) {
  const json::Value low = value["low"]["value"];
  const json::Value high = value["high"]["value"];
  if (!low.is_number() && !high.is_number()) return;
  SearchValue& made = to.add(slot, SearchType::number);
  if (low.is_number()) made.number.low = low.real();
  if (high.is_number()) made.number.high = high.real();
}

SearchValue& add_quantity(To& to, const Slot& slot, json::Value quantity) {
  SearchValue& made = to.add(slot, SearchType::quantity);
  const json::Value code = quantity["code"];
  made.text = code.is_string() ? code.string() : quantity["unit"].string();
  made.system = quantity["system"].string();
  return made;
}
// The same in UCUM's base units, when the unit is one of UCUM's.
void add_in_base_units(To& to, const Slot& slot, const SearchValue& value) {
  const UcumBase* base = value.system == ucum_system ? ucum_base(value.text) : nullptr;
  if (base == nullptr) return;
  NumberRange scaled = value.number;
  for (double* const end : {&scaled.low, &scaled.high}) {
    if (!std::isfinite(*end)) continue;
    const auto decimal = Decimal::from_real(*end);
    const auto product = decimal ? decimal->times(base->factor) : std::nullopt;
    if (!product) return;
    *end = product->real();
  }
  const std::string_view unit = to.out.texts.emplace_back(base->unit);
  SearchValue& same = to.add(slot, SearchType::quantity, Aspect::base);
  same.text = unit;
  same.number = scaled;
}
void quantity_value(To& to, const Slot& slot, json::Value value, ElementIndex) {
  const json::Value number = value["value"];
  if (!number.is_number()) return;
  SearchValue& made = add_quantity(to, slot, value);
  made.written = number.number();
  const std::string_view comparator = value["comparator"].string();
  if (!comparator.starts_with('<')) made.number.low = number.real();
  if (!comparator.starts_with('>')) made.number.high = number.real();
  add_in_base_units(to, slot, SearchValue(made));
}
void quantity_money(To& to, const Slot& slot, json::Value value, ElementIndex) {
  const json::Value number = value["value"];
  if (!number.is_number()) return;
  SearchValue& made = to.add(slot, SearchType::quantity);
  made.text = value["currency"].string();
  if (!made.text.empty()) made.system = "urn:iso:std:iso:4217";
  made.written = number.number();
  made.number = exactly(number.real());
}
void quantity_range(To& to, const Slot& slot, json::Value value, ElementIndex) {
  const json::Value low = value["low"];
  const json::Value high = value["high"];
  if (!low["value"].is_number() && !high["value"].is_number()) return;
  SearchValue& made = add_quantity(to, slot, low["value"].is_number() ? low : high);
  if (low["value"].is_number()) made.number.low = low["value"].real();
  if (high["value"].is_number()) made.number.high = high["value"].real();
  add_in_base_units(to, slot, SearchValue(made));
}
// The lowest to the highest of the samples: origin + factor * sample.
void quantity_samples(To& to, const Slot& slot, json::Value value, ElementIndex) {
  const json::Value origin = value["origin"];
  if (!origin["value"].is_number()) return;
  const double factor = value["factor"].is_number() ? value["factor"].real() : 1;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const std::string_view data = value["data"].string();
  for (const char* at = data.data(); at < data.data() + data.size(); ++at) {
    double sample = 0;
    const auto [end, error] = std::from_chars(at, data.data() + data.size(), sample);
    if (error != std::errc() || !std::isfinite(sample)) continue;
    const double number = origin["value"].real() + factor * sample;
    low = std::min(low, number);
    high = std::max(high, number);
    at = end;
  }
  if (low > high) return;
  SearchValue& made = add_quantity(to, slot, origin);
  made.number = {low, high};
  add_in_base_units(to, slot, SearchValue(made));
}

// Location.near: latitude and longitude, as a pair.
void position(To& to, const Slot& slot, json::Value value, ElementIndex) {
  uint8_t component = 0;
  for (const std::string_view name : {"latitude", "longitude"}) {
    const json::Value number = value[name];
    if (!number.is_number()) continue;
    SearchValue& made = to.add({slot.parameter, ++component}, SearchType::number);
    made.text = number.number();
    made.number = exactly(number.real());
    made.tuple = 1;
  }
}

struct EmitRow {
  SearchType search;
  std::string_view type;  // "Quantity" also for what is derived from it; "" for any resource
  EmitForm emit;
};
constexpr std::array forms = {
    EmitRow{SearchType::string, "string", string_text},
    EmitRow{SearchType::string, "markdown", string_text},
    EmitRow{SearchType::string, "code", string_text},
    EmitRow{SearchType::string, "HumanName", string_name},
    EmitRow{SearchType::string, "Address", string_address},
    EmitRow{SearchType::string, "CodeableConcept", string_concept},
    EmitRow{SearchType::token, "code", token_code},
    EmitRow{SearchType::token, "Coding", token_coding},
    EmitRow{SearchType::token, "CodeableConcept", token_concept},
    EmitRow{SearchType::token, "Identifier", token_identifier},
    EmitRow{SearchType::token, "ContactPoint", token_contact},
    EmitRow{SearchType::token, "boolean", token_boolean},
    EmitRow{SearchType::token, "id", token_plain},
    EmitRow{SearchType::token, "string", token_plain},
    EmitRow{SearchType::token, "uri", token_plain},
    EmitRow{SearchType::token, "oid", token_plain},
    EmitRow{SearchType::token, "url", token_plain},
    EmitRow{SearchType::token, "canonical", token_plain},
    EmitRow{SearchType::token, "integer", token_plain},
    EmitRow{SearchType::token, "positiveInt", token_plain},
    EmitRow{SearchType::token, "unsignedInt", token_plain},
    EmitRow{SearchType::reference, "Reference", reference_element},
    EmitRow{SearchType::reference, "canonical", reference_canonical},
    EmitRow{SearchType::reference, "uri", reference_canonical},
    EmitRow{SearchType::reference, "", reference_resource},
    EmitRow{SearchType::uri, "uri", uri_text},
    EmitRow{SearchType::uri, "url", uri_text},
    EmitRow{SearchType::uri, "canonical", uri_text},
    EmitRow{SearchType::uri, "oid", uri_text},
    EmitRow{SearchType::uri, "uuid", uri_text},
    EmitRow{SearchType::date, "date", date_moment},
    EmitRow{SearchType::date, "dateTime", date_moment},
    EmitRow{SearchType::date, "instant", date_moment},
    EmitRow{SearchType::date, "Period", date_period},
    EmitRow{SearchType::date, "Timing", date_timing},
    EmitRow{SearchType::number, "decimal", number_value},
    EmitRow{SearchType::number, "integer", number_value},
    EmitRow{SearchType::number, "positiveInt", number_value},
    EmitRow{SearchType::number, "unsignedInt", number_value},
    EmitRow{SearchType::number, "Range", number_range_element},
    EmitRow{SearchType::quantity, "Quantity", quantity_value},
    EmitRow{SearchType::quantity, "Money", quantity_money},
    EmitRow{SearchType::quantity, "Range", quantity_range},
    EmitRow{SearchType::quantity, "SampledData", quantity_samples},
    EmitRow{SearchType::special, "BackboneElement", position},
};

}  // namespace

EmitForm emit_form(SearchType search, TypeIndex type) {
  const Definitions& all = definitions();
  const Type& of = all.type(type);
  for (const EmitRow& form : forms) {
    if (form.search != search) continue;
    if (form.type.empty()) {
      if (of.kind == TypeKind::resource) return form.emit;
      continue;
    }
    if (of.name == form.type) return form.emit;
    // Age, Duration and their like; a primitive is only what it is.
    const bool derived = of.kind == TypeKind::complex && all.is_a(type, all.find_type(form.type));
    if (derived) return form.emit;
  }
  return nullptr;
}

}  // namespace passerelle::fhir
