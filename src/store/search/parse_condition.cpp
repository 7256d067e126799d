// Of the parser: conditions. R4, "Search" (3.1.1).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <span>

#include "base/text.h"
#include "fhir/ucum.h"
#include "store/search/filter.h"
#include "store/search/parser.h"
#include "store/search/search_type.h"

namespace passerelle::store {
namespace {

constexpr int depth_limit = 8;  // of chains and _has
// A chain through references to any type fans out to all of them at each step.
constexpr int condition_limit = 2000;
constexpr size_t alternatives_limit = 1000;
constexpr size_t codes_limit = 5000;

// Of every resource, whether the catalogue names them or not.
const ParameterInfo common_parameters[] = {
    {"_profile", ParameterType::uri, {}, {}},
    {"_tag", ParameterType::token, {}, {}},
    {"_security", ParameterType::token, {}, {}},
    {"_source", ParameterType::uri, {}, {}},
};

struct ModifierRow {
  std::string_view text;
  Modifier modifier;
};
constexpr ModifierRow modifier_table[] = {
    {"exact", Modifier::exact},     {"contains", Modifier::contains},
    {"missing", Modifier::missing}, {"not", Modifier::negated},
    {"text", Modifier::text},       {"identifier", Modifier::identifier},
    {"above", Modifier::above},     {"below", Modifier::below},
    {"in", Modifier::in},           {"not-in", Modifier::not_in},
    {"of-type", Modifier::of_type},
};

constexpr std::string_view known_unsupported[] = {"_query", "_graph"};

Result<std::vector<std::string_view>> split_alternatives(std::string_view value) {
  std::vector<std::string_view> alternatives = split_escaped(value, ',');
  if (alternatives.size() > alternatives_limit)
    return Error{ErrorCode::too_large,
                 "the parameter has more than " + std::to_string(alternatives_limit) +
                     " values separated by ','",
                 "", "ask in several searches"};
  return alternatives;
}

bool by_terminology(Modifier modifier) {
  return modifier == Modifier::in || modifier == Modifier::not_in || modifier == Modifier::above ||
         modifier == Modifier::below;
}

Error too_many_codes() {
  return Error{ErrorCode::too_large,
               "these are more than " + std::to_string(codes_limit) + " codes", "",
               "ask for a smaller value set"};
}

Operand code_operand(SearchCode code) {
  Operand operand;
  operand.type = SearchType::token;
  operand.rule = code.system.empty() ? SystemRule::any : SystemRule::given;
  operand.system = std::move(code.system);
  operand.text = std::move(code.code);
  return operand;
}

// "system|code|value", of the identifier's type and its value.
Result<Operand> identifier_of_type(std::string_view text) {
  const auto parts = split_escaped(text, '|');
  if (parts.size() != 3 || parts[1].empty() || parts[2].empty())
    return Error{ErrorCode::invalid, "':of-type' takes a type and a value", "",
                 "write system|code|value, such as "
                 "http://terminology.hl7.org/CodeSystem/v2-0203|MR|12345"};
  return code_operand({unescape(parts[0]) + "|" + unescape(parts[1]), unescape(parts[2])});
}

}  // namespace

Error Parser::unknown(std::string_view type, std::string_view code) const {
  unknown_parameter = true;
  std::vector<std::string> names = catalogue_.codes(type);
  for (const auto& info : common_parameters) names.push_back(info.code);
  for (const char* name :
       {"_id", "_lastUpdated", "_text", "_content", "_list", "_filter", "_sort", "_count", "_total",
        "_include", "_revinclude", "_has", "_type", "_elements", "_summary"})
    names.emplace_back(name);
  const std::string near = closest(code, names);
  const std::string of = type.empty() ? "all types together" : std::string(type);
  return Error{ErrorCode::invalid,
               "there is no search parameter '" + std::string(code) + "' of " + of,
               std::string(code),
               near.empty() ? "the parameters of a type stand in the CapabilityStatement (metadata)"
                            : "did you mean '" + near + "'?"};
}

Result<const ParameterInfo*> Parser::find(std::string_view type, std::string_view code) const {
  for (const auto& info : common_parameters)
    if (info.code == code) return &info;
  if (!type.empty()) {
    const ParameterInfo* info = catalogue_.find(type, code);
    if (info == nullptr) return unknown(type, code);
    TRY_VOID(check_ready(type, *info));
    return info;
  }
  // Several types: each of them must know the parameter, in the same sense.
  const ParameterInfo* first = nullptr;
  for (const std::string& each : tree.types) {
    const ParameterInfo* info = catalogue_.find(each, code);
    if (info == nullptr) return unknown(each, code);
    if (first != nullptr && first->type != info->type)
      return Error{ErrorCode::invalid,
                   "'" + std::string(code) + "' is not the same kind of parameter in " +
                       tree.types.front() + " and in " + each,
                   std::string(code), "search each type by itself"};
    TRY_VOID(check_ready(each, *info));
    first = info;
  }
  if (first == nullptr) return unknown("", code);
  return first;
}

// Whoever asks for less than all must say so.
Result<void> Parser::check_ready(std::string_view type, const ParameterInfo& info) const {
  if (info.unready.empty()) return {};
  const std::string message = "not all resources are found by '" + info.code + "' of " +
                              std::string(type) + " yet: " + info.unready;
  if (!lenient_)
    return Error{ErrorCode::unavailable, message, info.code,
                 "ask again later; Prefer: handling=lenient takes what is found so far"};
  if (std::find(incomplete.begin(), incomplete.end(), message) == incomplete.end())
    incomplete.push_back(message);
  return {};
}

// What a value set or the order of a code system stands for.
Result<std::vector<Operand>> Parser::codes(Modifier modifier, std::string_view text) const {
  if (helper_ == nullptr)
    return Error{ErrorCode::unsupported, "codes cannot be asked of a terminology here"};
  const auto find = [&]() -> Result<std::vector<SearchCode>> {
    if (modifier == Modifier::in || modifier == Modifier::not_in)
      return helper_->codes_in(unescape(text));
    const auto parts = split_escaped(text, '|');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
      return Error{ErrorCode::invalid, "the code is named without its system", "",
                   "write system|code"};
    const SearchCode code{unescape(parts[0]), unescape(parts[1])};
    return modifier == Modifier::below ? helper_->codes_below(code) : helper_->codes_above(code);
  };
  TRY(std::vector<SearchCode> found, find());
  if (found.size() > codes_limit) return too_many_codes();
  std::vector<Operand> operands;
  for (SearchCode& code : found) operands.push_back(code_operand(std::move(code)));
  return operands;
}

// _list=42: what a List holds, by type and id.
Result<Condition> Parser::in_list(std::string_view value) const {
  if (helper_ == nullptr)
    return Error{ErrorCode::unsupported, "searching by _list is not offered here"};
  if (value.starts_with('$'))
    return Error{ErrorCode::unsupported, "there are no functional lists here", "",
                 "name a List by its id"};
  TRY(const auto entries, helper_->list(value));
  std::map<std::string, Condition> by_type;
  for (const auto& [type, id] : entries) {
    Condition& condition = by_type[type];
    condition.kind = Condition::Kind::id;
    condition.type = type;
    condition.any.emplace_back().text = id;
  }
  Condition either;
  either.kind = Condition::Kind::either;
  for (auto& [type, condition] : by_type) either.inner.push_back(std::move(condition));
  return either;
}

// Location.near (R4): "latitude|longitude|distance|units"; 50 km around unless a distance is given.
Result<Condition> Parser::near(std::string_view type, std::string_view value) const {
  constexpr double usual_metres = 50'000;
  const Error bad{ErrorCode::invalid, "'" + std::string(value) + "' is no place", "",
                  "write latitude|longitude|distance|units, such as 48.85|2.35|10|km"};
  const auto parts = split_escaped(value, '|');
  if (parts.size() < 2 || parts.size() > 4) return bad;
  Condition condition;
  condition.kind = Condition::Kind::near;
  condition.type = std::string(type);
  condition.parameter = "near";
  Operand& place = condition.any.emplace_back();
  const auto read = [](std::string_view text, double& number) {
    Operand operand;
    if (!read_number(text, operand)) return false;
    number = operand.value;
    return true;
  };
  place.value = usual_metres;
  if (!read(parts[0], place.low) || !read(parts[1], place.high)) return bad;
  if (std::abs(place.low) > 90 || std::abs(place.high) > 180) return bad;
  if (parts.size() > 2 && !parts[2].empty()) {
    if (!read(parts[2], place.value) || place.value < 0) return bad;
    const fhir::UcumBase* unit =
        fhir::ucum_base(parts.size() > 3 && !parts[3].empty() ? parts[3] : "km");
    if (unit == nullptr || unit->unit != "m") return bad;
    place.value *= unit->factor.real();
  }
  return condition;
}

// "Type/id" of what is on this server, when that is what the URL says; else "".
std::string Parser::own_address(std::string_view text) const {
  const std::string url = unescape(text);
  if (base_url_.empty() || !url.starts_with(base_url_ + "/")) return {};
  const std::string address = url.substr(base_url_.size() + 1);
  return catalogue_.has_type(address.substr(0, address.find('/'))) ? address : std::string();
}

Result<Operand> Parser::composite(const ParameterInfo& info, std::string_view text) const {
  const auto parts = split_escaped(text, '$');
  if (parts.size() != info.components.size())
    return Error{ErrorCode::invalid,
                 "'" + std::string(text) + "' has " + std::to_string(parts.size()) +
                     " parts, and " + info.code + " has " + std::to_string(info.components.size()),
                 "", "write the parts with '$' between them"};
  Operand operand;
  for (size_t i = 0; i < parts.size(); ++i) {
    const SearchTypeEntry* entry = find_search_type(info.components[i].type);
    if (entry == nullptr)
      return Error{ErrorCode::unsupported, info.code + " has a part of a kind not offered here"};
    TRY(Operand part, entry->parse(parts[i], Modifier::none, zone_));
    part.targets = info.components[i].targets;
    operand.parts.push_back(std::move(part));
  }
  return operand;
}

Result<Condition> Parser::of_parameter(std::string_view type, const ParameterInfo& info,
                                       std::string_view modifier, std::string_view value) const {
  Condition condition;
  condition.type = std::string(type);
  condition.parameter = info.code;
  condition.parameter_type = info.type;
  std::string target;
  if (!modifier.empty()) {
    const auto row = std::find_if(std::begin(modifier_table), std::end(modifier_table),
                                  [&](const ModifierRow& r) { return r.text == modifier; });
    if (row != std::end(modifier_table)) {
      condition.modifier = row->modifier;
    } else if (info.type == ParameterType::reference && catalogue_.has_type(modifier)) {
      condition.modifier = Modifier::type;
      target = std::string(modifier);
    } else {
      unknown_parameter = true;
      return Error{ErrorCode::invalid,
                   "the modifier ':" + std::string(modifier) + "' is not known for " + info.code,
                   "",
                   "modifiers offered: :missing, of texts :exact and :contains, of codes :not, "
                   ":text, :in, :not-in, :above, :below and :of-type, of references :identifier "
                   "and :Type, of URIs :above and :below"};
    }
  }
  if (condition.modifier == Modifier::missing) {
    if (value != "true" && value != "false")
      return Error{ErrorCode::invalid, "':missing' takes true or false"};
    condition.kind = Condition::Kind::missing;
    condition.negate = value == "false";
    return condition;
  }
  const SearchTypeEntry* entry = find_search_type(info.type);
  if (entry == nullptr && info.type != ParameterType::composite)
    return Error{ErrorCode::unsupported, "searching by " + info.code + " is not offered"};
  const std::span<const Modifier> allowed =
      entry == nullptr ? std::span<const Modifier>() : entry->modifiers;
  if (condition.modifier != Modifier::none &&
      std::find(allowed.begin(), allowed.end(), condition.modifier) == allowed.end())
    return Error{ErrorCode::invalid,
                 "':" + std::string(modifier) + "' does not go with " + info.code +
                     ", which is of another kind",
                 "", "leave the modifier out"};

  // Modifiers that ask for another value of the same element.
  if (condition.modifier == Modifier::text && info.type != ParameterType::string) {
    condition.parameter += ":text";
    entry = &string_search;
  } else if (condition.modifier == Modifier::identifier) {
    condition.parameter += ":identifier";
    condition.modifier = Modifier::none;
    entry = &token_search;
  } else if (condition.modifier == Modifier::of_type) {
    condition.parameter += ":of-type";
  } else if (condition.modifier == Modifier::not_in) {
    condition.negate = true;
  } else if (condition.modifier == Modifier::negated) {
    condition.negate = true;
    condition.modifier = Modifier::none;
  }
  if (entry != nullptr) condition.parameter_type = entry->type;

  TRY(const auto alternatives, split_alternatives(value));
  for (const std::string_view text : alternatives) {
    if (text.empty())
      return Error{ErrorCode::invalid, "the value is empty", "",
                   "leave the parameter out, or ask for " + info.code + ":missing=true"};
    if (entry == nullptr) {
      TRY(Operand operand, composite(info, text));
      condition.any.push_back(std::move(operand));
      continue;
    }
    if (info.type == ParameterType::token && by_terminology(condition.modifier)) {
      TRY(std::vector<Operand> found, codes(condition.modifier, text));
      for (Operand& one : found) condition.any.push_back(std::move(one));
      if (condition.any.size() > codes_limit) return too_many_codes();  // of all alternatives
      continue;
    }
    if (entry == &reference_search) {
      // Beside the URL, which canonicals are kept as.
      if (const std::string own = own_address(text); !own.empty()) {
        TRY(Operand here, entry->parse(own, condition.modifier, zone_));
        if (target.empty() || here.system == target) condition.any.push_back(std::move(here));
      }
    }
    TRY(Operand operand, condition.modifier == Modifier::of_type
                             ? identifier_of_type(text)
                             : entry->parse(text, condition.modifier, zone_));
    operand.targets = target.empty() ? info.targets : std::vector<std::string>{target};
    if (!target.empty() && operand.rule == SystemRule::given && operand.system != target)
      return Error{ErrorCode::invalid,
                   "the reference is to a " + operand.system + ", the modifier says " + target};
    condition.any.push_back(std::move(operand));
  }
  return condition;
}

Result<Condition> Parser::chain(std::string_view type, std::string_view head, std::string_view rest,
                                std::string_view value, int depth) const {
  const size_t colon = head.find(':');
  const std::string_view code = head.substr(0, colon);
  TRY(const ParameterInfo* info, find(type, code));
  if (info->type != ParameterType::reference)
    return Error{ErrorCode::invalid, "'" + std::string(code) +
                                         "' is not a reference: nothing can "
                                         "be asked of what it points to"};
  std::vector<std::string> targets = info->targets;
  if (colon != std::string_view::npos) {
    const std::string target(head.substr(colon + 1));
    if (!catalogue_.has_type(target))
      return Error{ErrorCode::invalid, "'" + target + "' is not a resource type"};
    if (!targets.empty() && std::find(targets.begin(), targets.end(), target) == targets.end())
      return Error{ErrorCode::invalid, "'" + std::string(code) + "' never refers to a " + target};
    targets = {target};
  } else if (targets.empty()) {
    targets = catalogue_.types();
  }
  Condition condition;
  condition.kind = Condition::Kind::chain;
  condition.type = std::string(type);
  condition.parameter = info->code;
  condition.parameter_type = ParameterType::reference;
  // A parameter that only some of the targets have is asked of those.
  std::optional<Error> error;
  bool known = false;  // by some target, which does not take the value
  for (const std::string& target : targets) {
    unknown_parameter = false;
    Result<Condition> inner = this->condition(target, rest, value, depth + 1);
    if (inner) {
      condition.inner.push_back(std::move(*inner));
    } else if (inner.error().code == ErrorCode::too_large ||
               inner.error().code == ErrorCode::too_costly ||
               inner.error().code == ErrorCode::unavailable) {
      return inner.error();
    } else if (!error || (!known && !unknown_parameter)) {
      error = inner.error();
      known = !unknown_parameter;
    }
  }
  unknown_parameter = condition.inner.empty() && !known;
  if (condition.inner.empty()) return *error;
  return condition;
}

// _has:Observation:patient:code=1234-5
Result<Condition> Parser::has(std::string_view of, std::string_view name, std::string_view value,
                              int depth) const {
  const size_t one = name.find(':');
  const size_t two = one == std::string_view::npos ? one : name.find(':', one + 1);
  if (two == std::string_view::npos)
    return Error{ErrorCode::invalid, "_has lacks a part", "",
                 "write _has:Type:reference:parameter, such as _has:Observation:patient:code"};
  const std::string_view type = name.substr(0, one);
  if (!catalogue_.has_type(type))
    return Error{ErrorCode::invalid, "'" + std::string(type) + "' is not a resource type"};
  TRY(const ParameterInfo* info, find(type, name.substr(one + 1, two - one - 1)));
  if (info->type != ParameterType::reference)
    return Error{ErrorCode::invalid,
                 "'" + info->code + "' of " + std::string(type) + " is not a reference"};
  Condition condition;
  condition.kind = Condition::Kind::reverse;
  condition.type = std::string(of);
  condition.parameter = info->code;
  condition.parameter_type = ParameterType::reference;
  TRY(Condition inner, this->condition(type, name.substr(two + 1), value, depth + 1));
  condition.inner.push_back(std::move(inner));
  return condition;
}

Result<Condition> Parser::condition(std::string_view type, std::string_view name,
                                    std::string_view value, int depth) const {
  if (depth > depth_limit)
    return Error{ErrorCode::too_large,
                 "the chain has more than " + std::to_string(depth_limit) + " steps"};
  if (++conditions_ > condition_limit)
    return Error{ErrorCode::too_large, "the search asks for too much at once", "",
                 "say in the chain which type is meant: subject:Patient.name"};
  if (name.starts_with("_has:")) return has(type, name.substr(5), value, depth);
  const size_t dot = name.find('.');
  if (dot != std::string_view::npos)
    return chain(type, name.substr(0, dot), name.substr(dot + 1), value, depth);
  if (std::find(std::begin(known_unsupported), std::end(known_unsupported), name) !=
      std::end(known_unsupported))
    return Error{ErrorCode::unsupported, "searching by " + std::string(name) + " is not offered"};
  Condition condition;
  condition.type = std::string(type);
  if (name.starts_with("_id:") || name.starts_with("_lastUpdated:"))
    return Error{ErrorCode::unsupported,
                 "no modifier is offered for " + std::string(name.substr(0, name.find(':')))};
  if (name == "_list") return in_list(value);
  if (name == "_filter") return parse_filter(*this, type, value);
  if (name == "_text" || name == "_content") return text_condition(type, name, value);
  if (name == "_id") {
    condition.kind = Condition::Kind::id;
    TRY(const auto alternatives, split_alternatives(value));
    for (const std::string_view text : alternatives) {
      if (text.empty()) return Error{ErrorCode::invalid, "an id is empty", "", "write _id=a,b"};
      Operand operand;
      operand.text = unescape(text);
      condition.any.push_back(std::move(operand));
    }
    return condition;
  }
  if (name == "_lastUpdated") {
    condition.kind = Condition::Kind::updated;
    TRY(const auto alternatives, split_alternatives(value));
    for (const std::string_view text : alternatives) {
      TRY(Operand operand, date_search.parse(text, Modifier::none, zone_));
      condition.any.push_back(std::move(operand));
    }
    return condition;
  }
  const size_t colon = name.find(':');
  const std::string_view modifier =
      colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
  TRY(const ParameterInfo* info, find(type, name.substr(0, colon)));
  if (info->type == ParameterType::special && info->code == "near" && modifier.empty())
    return near(type, value);
  return of_parameter(type, *info, modifier, value);
}

}  // namespace passerelle::store
