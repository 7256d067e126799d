// parse_query(): the parameters of a request become a checked tree. R4, "Search" (3.1.1).
#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "base/text.h"
#include "store/search/query.h"
#include "store/search/search_type.h"
#include "store/search/tree.h"

namespace passerelle::store {
namespace {

constexpr size_t count_limit = 1000;
constexpr int depth_limit = 8;  // of chains and _has

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
};

// What a search asks that the store leaves to the server.
constexpr std::string_view server_parameters[] = {"_elements", "_summary",   "_format",
                                                  "_pretty",   "_contained", "_containedType"};
constexpr std::string_view known_unsupported[] = {"_content", "_text",   "_list",
                                                  "_query",   "_filter", "_graph"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Error at(Error error, std::string_view parameter) {
  if (error.where.empty()) error.where = std::string(parameter);
  return error;
}

class Parser {
 public:
  Parser(const SearchCatalogue& catalogue, const Zone& zone) : catalogue_(catalogue), zone_(zone) {}

  Result<void> parse(const std::string& name, const std::string& value);
  QueryTree tree;
  // Whether the last error was about a parameter that is not known or not offered, which lenient
  // handling passes over; a known parameter with a wrong value is an error in any case.
  mutable bool unknown_parameter = false;

 private:
  Result<const ParameterInfo*> find(std::string_view type, std::string_view code) const;
  Result<Condition> condition(std::string_view type, std::string_view name, std::string_view value,
                              int depth) const;
  Result<Condition> chain(std::string_view type, std::string_view head, std::string_view rest,
                          std::string_view value, int depth) const;
  Result<Condition> has(std::string_view of, std::string_view name, std::string_view value,
                        int depth) const;
  Result<Condition> of_parameter(std::string_view type, const ParameterInfo& info,
                                 std::string_view modifier, std::string_view value) const;
  Result<Operand> composite(const ParameterInfo& info, std::string_view text) const;
  Result<void> sort(std::string_view value);
  Result<void> include(std::string_view name, std::string_view value);
  Result<void> select_types(std::string_view value);
  Error unknown(std::string_view type, std::string_view code) const;

  const SearchCatalogue& catalogue_;
  const Zone& zone_;
};

Error Parser::unknown(std::string_view type, std::string_view code) const {
  unknown_parameter = true;
  std::vector<std::string> names = catalogue_.codes(type);
  for (const auto& info : common_parameters) names.push_back(info.code);
  for (const char* name : {"_id", "_lastUpdated", "_sort", "_count", "_total", "_include",
                           "_revinclude", "_has", "_type", "_elements", "_summary"})
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
    first = info;
  }
  if (first == nullptr) return unknown("", code);
  return first;
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
      return Error{ErrorCode::unsupported,
                   "the modifier ':" + std::string(modifier) + "' is not offered for " + info.code,
                   "",
                   "modifiers offered: :missing, of texts :exact and :contains, of codes :not "
                   "and :text, of references :identifier, :text and :Type, of URIs :above and "
                   ":below"};
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
  } else if (condition.modifier == Modifier::negated) {
    condition.negate = true;
    condition.modifier = Modifier::none;
  }
  if (entry != nullptr) condition.parameter_type = entry->type;

  for (const std::string_view text : split_escaped(value, ',')) {
    if (text.empty())
      return Error{ErrorCode::invalid, "the value is empty", "",
                   "leave the parameter out, or ask for " + info.code + ":missing=true"};
    if (entry == nullptr) {
      TRY(Operand operand, composite(info, text));
      condition.any.push_back(std::move(operand));
      continue;
    }
    TRY(Operand operand, entry->parse(text, condition.modifier, zone_));
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
  std::optional<Error> first_error;
  for (const std::string& target : targets) {
    Result<Condition> inner = this->condition(target, rest, value, depth + 1);
    if (inner) {
      condition.inner.push_back(std::move(*inner));
    } else if (!first_error) {
      first_error = inner.error();
    }
  }
  // A parameter that only some of the targets have is asked of those.
  if (condition.inner.empty()) return *first_error;
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
  if (name.starts_with("_has:")) return has(type, name.substr(5), value, depth);
  const size_t dot = name.find('.');
  if (dot != std::string_view::npos)
    return chain(type, name.substr(0, dot), name.substr(dot + 1), value, depth);
  if (contains(known_unsupported, name))
    return Error{ErrorCode::unsupported, "searching by " + std::string(name) + " is not offered"};
  Condition condition;
  condition.type = std::string(type);
  if (name == "_id") {
    condition.kind = Condition::Kind::id;
    for (const std::string_view text : split_escaped(value, ',')) {
      Operand operand;
      operand.text = unescape(text);
      condition.any.push_back(std::move(operand));
    }
    return condition;
  }
  if (name == "_lastUpdated") {
    condition.kind = Condition::Kind::updated;
    for (const std::string_view text : split_escaped(value, ',')) {
      TRY(Operand operand, date_search.parse(text, Modifier::none, zone_));
      condition.any.push_back(std::move(operand));
    }
    return condition;
  }
  const size_t colon = name.find(':');
  const std::string_view modifier =
      colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
  TRY(const ParameterInfo* info, find(type, name.substr(0, colon)));
  return of_parameter(type, *info, modifier, value);
}

Result<void> Parser::sort(std::string_view value) {
  for (std::string_view text : split(value, ',')) {
    SortKey key;
    key.descending = text.starts_with('-');
    if (key.descending) text.remove_prefix(1);
    key.parameter = std::string(text);
    if (text != "_id" && text != "_lastUpdated") {
      const std::string_view type =
          tree.types.size() == 1 ? std::string_view(tree.types[0]) : std::string_view();
      TRY(const ParameterInfo* info, find(type, text));
      if (find_search_type(info->type) == nullptr)
        return Error{ErrorCode::unsupported, "sorting by " + info->code + " is not offered"};
      key.type = info->type;
    }
    tree.sort.push_back(std::move(key));
  }
  return {};
}

// Observation:patient[:Patient], Observation:*, *
Result<void> Parser::include(std::string_view name, std::string_view value) {
  const size_t colon = name.find(':');
  if (colon != std::string_view::npos)
    return Error{ErrorCode::unsupported, "the modifier '" + std::string(name.substr(colon)) +
                                             "' is not offered for " +
                                             std::string(name.substr(0, colon))};
  Include include;
  include.reverse = name == "_revinclude";
  const auto parts = split(value, ':');
  if (parts.size() > 3 || (parts.size() == 1 && value != "*"))
    return Error{ErrorCode::invalid, "'" + std::string(value) + "' is no path to include", "",
                 "write Type:parameter or Type:parameter:TargetType"};
  if (value != "*") {
    include.source = std::string(parts[0]);
    if (!catalogue_.has_type(parts[0]))
      return Error{ErrorCode::invalid, "'" + include.source + "' is not a resource type"};
    if (parts[1] != "*") {
      TRY(const ParameterInfo* info, find(parts[0], parts[1]));
      if (info->type != ParameterType::reference)
        return Error{ErrorCode::invalid, "'" + info->code + "' is not a reference"};
      include.parameter = info->code;
    }
    if (parts.size() == 3) {
      include.target = std::string(parts[2]);
      if (!catalogue_.has_type(parts[2]))
        return Error{ErrorCode::invalid, "'" + include.target + "' is not a resource type"};
    }
  }
  if (!include.reverse || !include.parameter.empty()) {
    tree.includes.push_back(std::move(include));
    return {};
  }
  // Backward, the index must be told by which parameters.
  if (value == "*")
    return Error{ErrorCode::unsupported, "'_revinclude=*' would include the whole record", "",
                 "name the type that refers: _revinclude=Observation:*"};
  for (const std::string& code : catalogue_.codes(include.source)) {
    const ParameterInfo* info = catalogue_.find(include.source, code);
    if (info == nullptr || info->type != ParameterType::reference) continue;
    include.parameter = code;
    tree.includes.push_back(include);
  }
  return {};
}

Result<void> Parser::select_types(std::string_view value) {
  for (const std::string_view type : split(value, ',')) {
    if (!catalogue_.has_type(type))
      return Error{ErrorCode::invalid, "'" + std::string(type) + "' is not a resource type"};
    tree.types.emplace_back(type);
  }
  return {};
}

Result<void> Parser::parse(const std::string& name, const std::string& value) {
  if (name == "_type") return select_types(value);
  if (name == "_sort") return sort(value);
  if (name.starts_with("_include") || name.starts_with("_revinclude")) return include(name, value);
  if (name == "_total") {
    if (value != "none" && value != "estimate" && value != "accurate")
      return Error{ErrorCode::invalid, "'_total' takes none, estimate or accurate"};
    tree.total = value != "none";
    return {};
  }
  if (name == "_count") {
    size_t count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error != std::errc() || end != value.data() + value.size())
      return Error{ErrorCode::invalid, "'_count' takes a whole number"};
    tree.count = std::min(count, count_limit);
    if (count == 0) tree.total = true;
    return {};
  }
  const std::string_view type =
      tree.types.size() == 1 ? std::string_view(tree.types[0]) : std::string_view();
  TRY(Condition parsed, condition(type, name, value, 0));
  tree.conditions.push_back(std::move(parsed));
  return {};
}

}  // namespace

Result<Query> parse_query(const SearchCatalogue& catalogue, std::string_view type,
                          const Parameters& parameters, bool lenient, const Zone& zone) {
  Parser parser(catalogue, zone);
  if (!type.empty()) {
    if (!catalogue.has_type(type))
      return Error{ErrorCode::invalid, "'" + std::string(type) + "' is not a resource type"};
    parser.tree.types = {std::string(type)};
  }
  // _type decides what the other parameters mean.
  const auto is_type = [](const auto& p) { return p.first == "_type"; };
  const auto typed = std::find_if(parameters.begin(), parameters.end(), is_type);
  if (typed != parameters.end()) {
    parser.tree.types.clear();
    if (auto done = parser.parse(typed->first, typed->second); !done)
      return at(done.error(), typed->first);
  }
  for (const auto& [name, value] : parameters) {
    if (name == "_type") {
      parser.tree.applied.emplace_back(name, value);
      continue;
    }
    if (contains(server_parameters, name)) {
      parser.tree.ignored.push_back(name);
      continue;
    }
    parser.unknown_parameter = false;
    if (auto done = parser.parse(name, value); done) {
      parser.tree.applied.emplace_back(name, value);
    } else if (lenient &&
               (parser.unknown_parameter || done.error().code == ErrorCode::unsupported)) {
      parser.tree.ignored.push_back(name);
    } else {
      return at(done.error(), name);
    }
  }
  return Query(std::move(parser.tree));
}

}  // namespace passerelle::store
