// Search: the store finds, here the Bundle and its links are made.
#include <algorithm>

#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/search_range.h"
#include "run/search_parameters.h"
#include "server/exports.h"
#include "server/fhir_interaction.h"
#include "server/fhir_operation.h"
#include "server/search_help.h"
#include "server/search_links.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr std::string_view presentation[] = {"_format", "_pretty", "_summary", "_elements"};

bool is_presentation(std::string_view name) {
  return std::find(std::begin(presentation), std::end(presentation), name) !=
         std::end(presentation);
}

std::string search_address(const std::string& base, const Interaction& interaction) {
  std::string path = base;
  if (!interaction.compartment_type.empty())
    path += "/" + interaction.compartment_type + "/" + interaction.compartment_id + "/" +
            (!interaction.operation.empty() ? interaction.operation
             : interaction.type.empty()     ? "*"
                                            : "");
  else if (!interaction.type.empty())
    path += "/";
  return path + interaction.type;
}

void add_entry(std::string& out, const std::string& base, const store::Match& match,
               const Pairs& parameters, bool shortened) {
  const store::Version& version = match.version;
  out += "{\"fullUrl\":" + json::quote(base + "/" + version.type + "/" + version.id) +
         ",\"resource\":" + (shortened ? subset(version.body, parameters) : version.body) +
         ",\"search\":{\"mode\":\"" +
         (match.mode == store::MatchMode::match ? "match" : "include") + "\"}}";
}

// What lenient handling passed over, or found less by, is said, so that nobody takes the result for
// another.
std::string passed_over(const store::Query& query) {
  std::string names, issues;
  const auto add = [&](std::string_view code, const std::string& text) {
    issues += (issues.empty() ? "" : ",") + std::string("{\"severity\":\"warning\",\"code\":\"") +
              std::string(code) + "\",\"diagnostics\":" + json::quote(text) + "}";
  };
  for (const std::string& name : query.ignored())
    if (!is_presentation(name)) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty()) add("not-supported", "passed over, since they are not known here: " + names);
  for (const std::string& text : query.incomplete()) add("incomplete", text);
  if (issues.empty()) return {};
  return "{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[" + issues +
         "]},\"search\":{\"mode\":\"outcome\"}}";
}

// A search as the store takes it, and what its links repeat.
struct Asked {
  store::Query query;
  Pairs repeated;  // by the links
  SearchLinks links;
  std::vector<std::string> patient;  // of $everything: the ids that are one and the same person
};

// A Group is in the compartment of each of its members (R4), and names all the others: one
// patient's record would tell who else is ill. Other servers leave Groups out of such records too.
constexpr std::string_view names_others = "Group";

// "Patient/1/*" is a patient's record; whoever wants the Groups names the type.
Result<void> within_compartment(store::Query& query, const Interaction& interaction) {
  const bool typed = !interaction.type.empty() ||
                     std::any_of(interaction.query.begin(), interaction.query.end(),
                                 [](const auto& parameter) { return parameter.first == "_type"; });
  if (!typed && interaction.compartment_type == "Patient")
    CHECK(query.without(names_others), "all types are more than one");
  return query.within({interaction.compartment_type, {interaction.compartment_id}});
}

Result<Asked> read_search(const Context& context, const Interaction& interaction) {
  Asked asked;
  Pairs parameters;
  bool count_only = false, text_only = false, includes = false;
  const bool lenient = prefer(context.request).lenient;
  for (const auto& [name, value] : interaction.query) {
    if (name.starts_with("_contained") && value != "false" && !lenient)
      return Error{ErrorCode::unsupported, "searching in contained resources is not offered", name,
                   "leave the parameter out"};
    if (asked.links.take(name, value)) continue;
    parameters.emplace_back(name, value);
    if (name == "_summary" && value == "count") count_only = true;
    text_only = text_only || (name == "_summary" && value == "text");
    includes = includes || name.starts_with("_include") || name.starts_with("_revinclude");
  }
  if (text_only && includes)  // R4, 3.1.1.5.8
    return Error{ErrorCode::invalid, "_include and _revinclude do not go with _summary=text",
                 "_summary", "leave one of them out"};
  SearchHelp help(context.services.store, context.services.terminology);
  TRY(asked.query,
      store::parse_query(*context.services.search_parameters.catalogue(), interaction.type,
                         parameters, {lenient, context.services.zone, &help, fhir_base(context)}));
  if (!interaction.compartment_type.empty()) TRY_VOID(within_compartment(asked.query, interaction));
  if (count_only) {
    asked.query.set_count(0);
    asked.query.want_total();
  }
  asked.repeated = asked.query.applied();
  for (const auto& [name, value] : parameters)
    if (is_presentation(name)) asked.repeated.emplace_back(name, value);
  return asked;
}

Result<fhir::DateRange> read_care_date(const Context& context, const std::string& name,
                                       const std::string& value) {
  auto range = fhir::date_range(value, context.services.zone);
  if (!range) range.error().where = name;
  return range;
}

// The patient with those whom it is linked to: records of the same person.
Result<std::vector<std::string>> same_person(const Context& context, const std::string& id) {
  TRY(const store::Version version, context.services.store.read("Patient", id));
  TRY(const json::Document document, json::Document::parse(version.body));
  std::vector<std::string> out = {id};
  for (const json::Value link : document.root()["link"].items())
    if (std::string other = own_patient(link["other"]["reference"].string(), fhir_base(context));
        !other.empty())
      out.push_back(std::move(other));
  return out;
}

// Whether it came along with somebody's record and is about others: a Group, or a patient whom
// something refers to, such as who came to the same appointment.
bool is_about_others(const Asked& asked, const store::Match& match) {
  if (asked.patient.empty() || match.mode == store::MatchMode::match) return false;
  const std::string& type = match.version.type;
  return type == names_others ||
         (type == "Patient" && std::find(asked.patient.begin(), asked.patient.end(),
                                         match.version.id) == asked.patient.end());
}

// Patient/$everything (R4): the compartment with all that it refers to, but for what is about
// others. `start` and `end` bound the dates of care of types that have a search parameter "date".
Result<Asked> read_everything(const Context& context, const Interaction& interaction) {
  constexpr std::string_view page_size = "1000";
  Asked asked;
  TRY(asked.patient, same_person(context, interaction.compartment_id));
  Pairs parameters = {{"_include", "*"}};
  store::CompartmentOf compartment{interaction.compartment_type, {interaction.compartment_id}};
  store::CareDates& dates = compartment.dates;
  bool counted = false;
  for (const auto& [name, value] : interaction.query) {
    if (asked.links.take(name, value)) continue;
    asked.repeated.emplace_back(name, value);
    if (name == "start") {
      TRY(const auto range, read_care_date(context, name, value));
      dates.first = range.first;
    } else if (name == "end") {
      TRY(const auto range, read_care_date(context, name, value));
      dates.last = range.last;
    } else if (name == "_since") {
      parameters.emplace_back("_lastUpdated", "ge" + value);
    } else {
      counted = counted || name == "_count";
      parameters.emplace_back(name, value);
    }
  }
  if (!counted) parameters.emplace_back("_count", page_size);
  TRY(asked.query,
      store::parse_query(*context.services.search_parameters.catalogue(), "", parameters,
                         {false, context.services.zone, nullptr, fhir_base(context)}));
  if (!asked.query.without(names_others))
    return Error{ErrorCode::invalid,
                 "one patient's record holds no Group, since it names other patients", "_type",
                 "search Group?member=Patient/" + interaction.compartment_id};
  TRY_VOID(asked.query.within(compartment));
  return asked;
}

}  // namespace

Result<Done> search(const Context& context, const Interaction& interaction) {
  const std::string& type = interaction.type;
  if (type.starts_with('$')) return no_such_operation(type);
  if (!type.empty() && fhir::definitions().find_resource(type) == fhir::none)
    return Error{ErrorCode::not_found, "'" + type + "' is not a resource type of FHIR R4"};
  if (!may_read(context, type))
    return Error{ErrorCode::forbidden, "a " + type + " is read by systems and administrators"};
  TRY_VOID(check_subset(interaction.query));
  TRY(Asked asked, interaction.operation.empty() ? read_search(context, interaction)
                                                 : read_everything(context, interaction));
  // Counted no more than shown.
  if (!may_read(context, "Subscription") && !asked.query.without("Subscription"))
    return Error{ErrorCode::forbidden, "a Subscription is read by systems and administrators"};
  if (const std::string& cursor = asked.links.cursor(); !cursor.empty())
    TRY_VOID(asked.query.after(cursor));
  TRY(store::SearchPage page, context.services.store.search(asked.query));
  // Of what is included.
  std::erase_if(page.matches, [&](const store::Match& match) {
    return !may_read(context, match.version.type) || is_about_others(asked, match);
  });

  const std::string base = fhir_base(context);
  const bool shortened = has_subset(interaction.query);
  Done done;
  std::string& out = done.body;
  size_t size = 512;
  for (const store::Match& match : page.matches) size += match.version.body.size() + 200;
  out.reserve(size);
  out = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"";
  if (page.total) out += ",\"total\":" + std::to_string(*page.total);
  out += asked.links.write(search_address(base, interaction), asked.repeated, page.next);
  const std::string warning = passed_over(asked.query);
  if (!page.matches.empty() || !warning.empty()) {
    out += ",\"entry\":[";
    bool first = true;
    for (const store::Match& match : page.matches) {
      if (!first) out += ',';
      first = false;
      add_entry(out, base, match, interaction.query, shortened);
    }
    if (!warning.empty()) out += (first ? "" : ",") + warning;
    out += "]";
  }
  out += "}";
  return done;
}

}  // namespace passerelle::server
