// Search: the store finds, here the Bundle and its links are made.
#include <algorithm>

#include "base/text.h"
#include "fhir/definitions.h"
#include "server/fhir_interaction.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr std::string_view cursor_name = "_cursor";
constexpr std::string_view presentation[] = {"_format", "_pretty", "_summary", "_elements"};

bool is_presentation(std::string_view name) {
  return std::find(std::begin(presentation), std::end(presentation), name) !=
         std::end(presentation);
}

std::string search_address(const std::string& base, const Interaction& interaction) {
  std::string path = base;
  if (!interaction.compartment_type.empty())
    path += "/" + interaction.compartment_type + "/" + interaction.compartment_id + "/" +
            (interaction.type.empty() ? "*" : "");
  else if (!interaction.type.empty())
    path += "/";
  return path + interaction.type;
}

std::string address(const std::string& path, const Pairs& applied, const Pairs& asked,
                    std::string_view cursor) {
  std::string out = path;
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    out += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  };
  for (const auto& [name, value] : applied) add(name, value);
  for (const auto& [name, value] : asked)
    if (is_presentation(name)) add(name, value);
  if (!cursor.empty()) add(cursor_name, cursor);
  return out;
}

void add_entry(std::string& out, const std::string& base, const store::Match& match,
               const Pairs& parameters, bool shortened) {
  const store::Version& version = match.version;
  out += "{\"fullUrl\":" + json::quote(base + "/" + version.type + "/" + version.id) +
         ",\"resource\":" + (shortened ? subset(version.body, parameters) : version.body) +
         ",\"search\":{\"mode\":\"" +
         (match.mode == store::MatchMode::match ? "match" : "include") + "\"}}";
}

// What lenient handling passed over is said, so that nobody takes the result for another.
std::string passed_over(const store::Query& query) {
  std::string names;
  for (const std::string& name : query.ignored())
    if (!is_presentation(name)) names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) return {};
  return "{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":"
         "\"warning\","
         "\"code\":\"not-supported\",\"diagnostics\":" +
         json::quote("passed over, since they are not known here: " + names) +
         "}]},\"search\":{\"mode\":\"outcome\"}}";
}

}  // namespace

Result<Done> search(const Context& context, const Interaction& interaction) {
  const std::string& type = interaction.type;
  const Pairs& parameters = interaction.query;
  if (!type.empty() && fhir::definitions().find_resource(type) == fhir::none)
    return Error{ErrorCode::not_found, "'" + type + "' is not a resource type of FHIR R4"};
  TRY_VOID(check_subset(parameters));
  std::string cursor;
  Pairs asked;
  bool count_only = false;
  const bool lenient = prefer(context.request).lenient;
  for (const auto& [name, value] : parameters) {
    if (name.starts_with("_contained") && value != "false" && !lenient)
      return Error{ErrorCode::unsupported, "searching in contained resources is not offered", name,
                   "leave the parameter out"};
    if (name == cursor_name) {
      cursor = value;
    } else {
      asked.emplace_back(name, value);
      if (name == "_summary" && value == "count") count_only = true;
    }
  }
  TRY(store::Query query,
      store::parse_query(store::fhir_catalogue(), type, asked, lenient, context.services.zone));
  if (!interaction.compartment_type.empty())
    TRY_VOID(query.within(interaction.compartment_type, interaction.compartment_id));
  if (!cursor.empty()) TRY_VOID(query.after(cursor));
  if (count_only) {
    query.set_count(0);
    query.want_total();
  }
  TRY(const store::SearchPage page, context.services.store.search(query));

  const std::string base = fhir_base(context);
  const std::string path = search_address(base, interaction);
  const bool shortened = has_subset(asked) && !count_only;
  Done done;
  std::string& out = done.body;
  size_t size = 512;
  for (const store::Match& match : page.matches) size += match.version.body.size() + 200;
  out.reserve(size);
  out = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"";
  if (page.total) out += ",\"total\":" + std::to_string(*page.total);
  out += ",\"link\":[{\"relation\":\"self\",\"url\":" +
         json::quote(address(path, query.applied(), asked, cursor)) + "}";
  if (!page.next.empty())
    out += ",{\"relation\":\"next\",\"url\":" +
           json::quote(address(path, query.applied(), asked, page.next)) + "}";
  out += "]";
  const std::string warning = passed_over(query);
  if (!page.matches.empty() || !warning.empty()) {
    out += ",\"entry\":[";
    bool first = true;
    for (const store::Match& match : page.matches) {
      if (!first) out += ',';
      first = false;
      add_entry(out, base, match, parameters, shortened);
    }
    if (!warning.empty()) out += (first ? "" : ",") + warning;
    out += "]";
  }
  out += "}";
  return done;
}

}  // namespace passerelle::server
