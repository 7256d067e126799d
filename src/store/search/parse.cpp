// parse_query(): the parameters of a request become a checked tree. R4, "Search" (3.1.1). Here:
// what decides on the page; conditions stand in parse_condition.cpp.
#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/text.h"
#include "store/search/parser.h"
#include "store/search/search_type.h"

namespace passerelle::store {
namespace {

constexpr size_t count_limit = 1000;
constexpr size_t parameters_limit = 200;

// What a search asks that the store leaves to the server.
constexpr std::string_view server_parameters[] = {"_elements", "_summary",   "_format",
                                                  "_pretty",   "_contained", "_containedType"};

constexpr std::string_view page_parameters[] = {"_type", "_sort", "_total", "_count"};

Error at(Error error, std::string_view parameter) {
  if (error.where.empty()) error.where = std::string(parameter);
  return error;
}

}  // namespace

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
  const std::string_view modifier = colon == name.npos ? "" : name.substr(colon);
  // STU3 called it :recurse.
  if (!modifier.empty() && modifier != ":iterate" && modifier != ":recurse")
    return Error{ErrorCode::unsupported, "the modifier '" + std::string(modifier) +
                                             "' is not offered for " +
                                             std::string(name.substr(0, colon))};
  Include include;
  include.reverse = name.starts_with("_revinclude");
  include.iterate = !modifier.empty();
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
    // Said twice it is searched once.
    if (std::find(tree.types.begin(), tree.types.end(), type) == tree.types.end())
      tree.types.emplace_back(type);
  }
  return {};
}

Result<void> Parser::parse(const std::string& name, const std::string& value) {
  if (name == "_type") return select_types(value);
  if (name == "_sort") return sort(value);
  const std::string head = name.substr(0, name.find(':'));
  const auto is_head = [&](std::string_view known) { return known == head; };
  if (head.size() < name.size() &&
      (std::any_of(std::begin(server_parameters), std::end(server_parameters), is_head) ||
       std::any_of(std::begin(page_parameters), std::end(page_parameters), is_head))) {
    unknown_parameter = true;
    return Error{ErrorCode::invalid, "'" + head + "' takes no modifier", "",
                 head == "_sort" ? "a '-' before the parameter's name sorts downward" : ""};
  }
  if (head == "_include" || head == "_revinclude") return include(name, value);
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

Result<Query> parse_query(const SearchCatalogue& catalogue, std::string_view type,
                          const Parameters& parameters, bool lenient, const Zone& zone) {
  return parse_query(catalogue, type, parameters, {lenient, zone, nullptr, {}});
}

Result<Query> parse_query(const SearchCatalogue& catalogue, std::string_view type,
                          const Parameters& parameters, const ParseOptions& options) {
  const bool lenient = options.lenient;
  Parser parser(catalogue, options);
  if (!type.empty()) {
    if (!catalogue.has_type(type))
      return Error{ErrorCode::invalid, "'" + std::string(type) + "' is not a resource type"};
    parser.tree.types = {std::string(type)};
  }
  if (parameters.size() > parameters_limit)
    return Error{ErrorCode::too_large,
                 "the search has more than " + std::to_string(parameters_limit) + " parameters"};
  // _type decides what the other parameters mean.
  const auto is_type = [](const auto& p) { return p.first == "_type"; };
  const auto typed = std::find_if(parameters.begin(), parameters.end(), is_type);
  if (typed != parameters.end()) {
    if (!type.empty() && typed->second != type)
      return Error{ErrorCode::invalid,
                   "the search is for " + std::string(type) + " and _type says something else",
                   "_type", "leave _type out, or search without a type in the path"};
    if (std::count_if(parameters.begin(), parameters.end(), is_type) > 1)
      return Error{ErrorCode::invalid, "_type is given twice", "_type",
                   "write one _type with ',' between the types"};
    parser.tree.types.clear();
    if (auto done = parser.parse(typed->first, typed->second); !done)
      return at(done.error(), typed->first);
  }
  for (const auto& [name, value] : parameters) {
    if (name == "_type") {
      parser.tree.applied.emplace_back(name, value);
      continue;
    }
    if (std::find(std::begin(server_parameters), std::end(server_parameters), name) !=
        std::end(server_parameters)) {
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
  parser.tree.incomplete = std::move(parser.incomplete);
  return Query(std::move(parser.tree));
}

}  // namespace passerelle::store
