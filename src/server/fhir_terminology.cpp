// $expand, $validate-code, $lookup, $subsumes and $translate, for what is loaded (R4, "Terminology
// Service").
#include <charconv>

#include "base/text.h"
#include "server/fhir_operation.h"
#include "server/route_tables.h"
#include "server/secret.h"
#include "server/terminology.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

using fhir::Coding;

constexpr size_t most_codes = 1000;  // in one answer

Result<size_t> whole_number(const OperationInput& input, std::string_view name, size_t otherwise) {
  const std::string text = input.text(name);
  if (text.empty()) return otherwise;
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return Error{ErrorCode::invalid, passerelle::quoted(text) + " is no whole number",
               std::string(name)};
}

// The resource that an operation is about: of the address, sent with it, or named by its canonical.
Result<json::Document> read_subject(Context& context, OperationInput& input, std::string_view type,
                                    std::string_view parameter) {
  if (const std::string_view id = context.path("id"); !id.empty()) {
    TRY(const store::Version version, context.services.store.read(type, id));
    return json::Document::parse(version.body);
  }
  json::Value given = input.resource(parameter);
  if (!given.exists()) given = input.body();
  if (given.exists()) {
    json::Document document;
    document.set_root(document.copy(given));
    return document;
  }
  std::string canonical = input.text("url");
  if (canonical.empty())
    return Error{ErrorCode::invalid, "the operation does not say which " + std::string(type), "url",
                 "name it by url, or send it as the parameter " + std::string(parameter)};
  TRY(const store::Version version, context.services.terminology.find(type, canonical));
  return json::Document::parse(version.body);
}

// ---- ValueSet/$expand ----

std::string contains_text(const Coding& coding) {
  std::string out = "{";
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      out += (out.size() > 1 ? "," : "") + json::quote(name) + ":" + json::quote(value);
  };
  add("system", coding.system);
  if (coding.is_abstract) out += ",\"abstract\":true";
  if (coding.inactive) out += ",\"inactive\":true";
  add("version", coding.version);
  add("code", coding.code);
  add("display", coding.display);
  return out + "}";
}

// A value set that only the definitions know has no resource of its own.
Result<json::Document> value_set_to_expand(Context& context, OperationInput& input,
                                           std::vector<Coding>& codings,
                                           const fhir::ExpandOptions& options) {
  auto subject = read_subject(context, input, "ValueSet", "valueSet");
  if (subject) {
    TRY(codings, fhir::expand(context.services.terminology, subject->root(), options));
    return subject;
  }
  if (subject.error().code != ErrorCode::not_found || input.text("url").empty())
    return subject.error();
  auto built_in = fhir::expand(context.services.terminology, input.text("url"), options);
  if (!built_in) return subject.error();
  codings = std::move(*built_in);
  json::Document document;
  document.set_root(document.object({{"resourceType", document.string("ValueSet")},
                                     {"url", document.string(input.text("url"))},
                                     {"status", document.string("active")}}));
  return document;
}

Result<Response> expand_handler(Context& context) {
  TRY(OperationInput input,
      OperationInput::read(context, {"url", "valueSet", "filter", "offset", "count", "activeOnly",
                                     "includeDefinition", "excludeNested"}));
  fhir::ExpandOptions options;
  options.filter = input.text("filter");
  options.active_only = input.flag("activeOnly");
  TRY(const size_t offset, whole_number(input, "offset", 0));
  TRY(const size_t count, whole_number(input, "count", most_codes));
  std::vector<Coding> codings;
  TRY(json::Document document, value_set_to_expand(context, input, codings, options));

  std::string contains;
  const size_t end = std::min(codings.size(), offset + std::min(count, most_codes));
  for (size_t i = offset; i < end; ++i)
    contains += (contains.empty() ? "" : ",") + contains_text(codings[i]);
  std::string expansion =
      "{\"identifier\":\"urn:uuid:" + random_uuid(context.now().time_since_epoch().count()) +
      "\",\"timestamp\":\"" + format_instant(context.now()) +
      "\",\"total\":" + std::to_string(codings.size()) + ",\"offset\":" + std::to_string(offset);
  if (!contains.empty()) expansion += ",\"contains\":[" + contains + "]";
  TRY(const json::Document made, json::Document::parse(expansion + "}"));
  json::Value value_set = document.root();
  for (const std::string_view name : {"expansion", "text"})
    value_set = document.without(value_set, name);
  if (!input.flag("includeDefinition")) value_set = document.without(value_set, "compose");
  Done done;
  done.body = json::write(document.with(value_set, "expansion", document.copy(made.root())));
  return respond(context, context.request, std::move(done));
}

// ---- $validate-code ----

// The codes that were given: one, or those of a CodeableConcept.
std::vector<Coding> codings_of(const OperationInput& input, std::string_view system_name) {
  const auto read = [](json::Value value) {
    return Coding{std::string(value["system"].string()), std::string(value["code"].string()),
                  std::string(value["display"].string())};
  };
  if (const json::Value coding = input.value("coding"); coding.is_object()) return {read(coding)};
  std::vector<Coding> out;
  for (const json::Value coding : input.value("codeableConcept")["coding"].items())
    out.push_back(read(coding));
  if (out.empty() && !input.text("code").empty())
    out.push_back({input.text(system_name), input.text("code"), input.text("display")});
  return out;
}

Error no_code() {
  return Error{ErrorCode::invalid, "the operation has no code", "code",
               "give code, coding or codeableConcept"};
}

Result<Response> answer_check(const Context& context, const fhir::CodeCheck& check) {
  OperationOutput out;
  out.flag("result", check.result).text("message", "String", check.message);
  out.text("display", "String", check.display);
  return respond(context, context.request, out.done());
}

// One of the codes is enough, as for a CodeableConcept in a binding.
template <class Check>
Result<Response> check_any(const Context& context, const std::vector<Coding>& codings,
                           const Check& check_one) {
  if (codings.empty()) return no_code();
  fhir::CodeCheck check;
  for (const Coding& coding : codings) {
    TRY(check, check_one(coding));
    if (check.result) break;
  }
  return answer_check(context, check);
}

Result<Response> validate_in_value_set(Context& context) {
  TRY(OperationInput input,
      OperationInput::read(
          context, {"url", "valueSet", "code", "system", "display", "coding", "codeableConcept"}));
  std::vector<Coding> expansion;
  TRY_VOID(value_set_to_expand(context, input, expansion, {}));
  return check_any(context, codings_of(input, "system"),
                   [&](const Coding& coding) -> Result<fhir::CodeCheck> {
                     return fhir::check_code(expansion, coding.system, coding.code, coding.display);
                   });
}

Result<std::shared_ptr<const fhir::CodeSystem>> find_system(Context& context,
                                                            const std::string& url,
                                                            const std::string& version) {
  if (url.empty())
    return Error{ErrorCode::invalid, "the operation does not say which code system", "system",
                 "give its url"};
  return context.services.terminology.code_system(version.empty() ? url : url + "|" + version);
}

Result<Response> validate_in_code_system(Context& context) {
  TRY(OperationInput input, OperationInput::read(context, {"url", "code", "version", "display",
                                                           "coding", "codeableConcept"}));
  const std::string url = input.text("url");
  return check_any(
      context, codings_of(input, "url"), [&](const Coding& coding) -> Result<fhir::CodeCheck> {
        TRY(const auto system, find_system(context, coding.system.empty() ? url : coding.system,
                                           input.text("version")));
        return fhir::check_code(*system, coding.code, coding.display);
      });
}

// ---- CodeSystem/$lookup, $subsumes ----

OperationOutput designation_of(json::Value designation) {
  OperationOutput out;
  out.text("language", "Code", designation["language"].string());
  if (designation["use"].is_object()) out.json("use", "Coding", json::write(designation["use"]));
  out.text("value", "String", designation["value"].string());
  return out;
}

OperationOutput property_of(json::Value property) {
  OperationOutput out;
  out.text("code", "Code", property["code"].string());
  for (const json::Member& member : property.members())
    if (member.name.starts_with("value"))
      out.json("value", member.name.substr(5), json::write(member.value));
  return out;
}

Result<Response> lookup_handler(Context& context) {
  TRY(OperationInput input,
      OperationInput::read(context, {"code", "system", "version", "coding", "property"}));
  const auto codings = codings_of(input, "system");
  if (codings.empty()) return no_code();
  TRY(const auto system, find_system(context, codings[0].system, input.text("version")));
  const fhir::Concept* found = system->find(codings[0].code);
  if (found == nullptr)
    return Error{ErrorCode::not_found, fhir::check_code(*system, codings[0].code, "").message};
  OperationOutput out;
  out.text("name", "String", system->name().empty() ? system->url() : system->name());
  out.text("version", "String", system->version());
  // The specification wants a display; where none is known the code must do.
  out.text("display", "String", found->display.empty() ? found->code : found->display);
  if (const std::string_view text = found->value["definition"].string(); !text.empty())
    out.text("definition", "String", text);
  for (const json::Value one : found->value["designation"].items())
    out.parts("designation", designation_of(one));
  for (const json::Value one : found->value["property"].items())
    out.parts("property", property_of(one));
  for (const uint32_t parent : found->parents) {
    OperationOutput property;
    property.text("code", "Code", "parent");
    property.text("value", "Code", system->concepts()[parent].code);
    out.parts("property", property);
  }
  return respond(context, context.request, out.done());
}

Result<Response> subsumes_handler(Context& context) {
  TRY(OperationInput input,
      OperationInput::read(context, {"codeA", "codeB", "system", "version", "codingA", "codingB"}));
  const auto coding = [&](const std::string& which) {
    const json::Value given = input.value("coding" + which);
    return Coding{
        given.is_object() ? std::string(given["system"].string()) : input.text("system"),
        given.is_object() ? std::string(given["code"].string()) : input.text("code" + which), ""};
  };
  const Coding a = coding("A"), b = coding("B");
  TRY(const auto system, find_system(context, a.system, input.text("version")));
  const fhir::Concept* const one = system->find(a.code);
  const fhir::Concept* const other = system->find(b.code);
  if (one == nullptr || other == nullptr)
    return Error{ErrorCode::not_found,
                 fhir::check_code(*system, one == nullptr ? a.code : b.code, "").message};
  const std::string_view outcome = one == other                     ? "equivalent"
                                   : system->is_below(*other, *one) ? "subsumes"
                                   : system->is_below(*one, *other) ? "subsumed-by"
                                                                    : "not-subsumed";
  OperationOutput out;
  out.text("outcome", "Code", outcome);
  return respond(context, context.request, out.done());
}

// ---- ConceptMap/$translate ----

// The maps to ask: the one that is named, or all that are from (or to) the code's system.
Result<std::vector<json::Document>> maps_for(Context& context, OperationInput& input,
                                             const Coding& from, bool reverse) {
  std::vector<json::Document> maps;
  if (!context.path("id").empty() || !input.text("url").empty() ||
      input.resource("conceptMap").exists()) {
    TRY(json::Document map, read_subject(context, input, "ConceptMap", "conceptMap"));
    maps.push_back(std::move(map));
    return maps;
  }
  TRY(const store::Query query,
      store::parse_query(
          store::fhir_catalogue(), "ConceptMap",
          {{reverse ? "target-code" : "source-code", from.code}, {"_count", "100"}}));
  TRY(const store::SearchPage page, context.services.store.search(query));
  for (const store::Match& match : page.matches) {
    TRY(json::Document map, json::Document::parse(match.version.body));
    maps.push_back(std::move(map));
  }
  return maps;
}

Result<Response> translate_handler(Context& context) {
  TRY(OperationInput input,
      OperationInput::read(context, {"url", "conceptMap", "code", "system", "coding",
                                     "codeableConcept", "targetsystem", "reverse"}));
  const bool reverse = input.flag("reverse");
  const auto codings = codings_of(input, "system");
  if (codings.empty()) return no_code();
  OperationOutput matches;
  bool any = false;
  for (const Coding& from : codings) {
    TRY(const auto maps, maps_for(context, input, from, reverse));
    for (const json::Document& map : maps) {
      for (const auto& found :
           fhir::translate(map.root(), from, input.text("targetsystem"), reverse)) {
        any = any || (found.equivalence != "unmatched" && found.equivalence != "disjoint");
        OperationOutput match;
        match.text("equivalence", "Code", found.equivalence);
        if (!found.to.code.empty()) match.json("concept", "Coding", contains_text(found.to));
        match.text("source", "Uri", found.map);
        matches.parts("match", match);
      }
    }
  }
  OperationOutput out;
  out.flag("result", any);
  if (!any) out.text("message", "String", "no map that is loaded here says what the code is there");
  out.append(matches);
  return respond(context, context.request, out.done());
}

constexpr Route terminology_table[] = {
    {"GET", "/fhir/ValueSet/$expand", Who::reader, expand_handler},
    {"POST", "/fhir/ValueSet/$expand", Who::reader, expand_handler},
    {"GET", "/fhir/ValueSet/{id}/$expand", Who::reader, expand_handler},
    {"POST", "/fhir/ValueSet/{id}/$expand", Who::reader, expand_handler},
    {"GET", "/fhir/ValueSet/$validate-code", Who::reader, validate_in_value_set},
    {"POST", "/fhir/ValueSet/$validate-code", Who::reader, validate_in_value_set},
    {"GET", "/fhir/ValueSet/{id}/$validate-code", Who::reader, validate_in_value_set},
    {"POST", "/fhir/ValueSet/{id}/$validate-code", Who::reader, validate_in_value_set},
    {"GET", "/fhir/CodeSystem/$validate-code", Who::reader, validate_in_code_system},
    {"POST", "/fhir/CodeSystem/$validate-code", Who::reader, validate_in_code_system},
    {"GET", "/fhir/CodeSystem/$lookup", Who::reader, lookup_handler},
    {"POST", "/fhir/CodeSystem/$lookup", Who::reader, lookup_handler},
    {"GET", "/fhir/CodeSystem/$subsumes", Who::reader, subsumes_handler},
    {"POST", "/fhir/CodeSystem/$subsumes", Who::reader, subsumes_handler},
    {"GET", "/fhir/ConceptMap/$translate", Who::reader, translate_handler},
    {"POST", "/fhir/ConceptMap/$translate", Who::reader, translate_handler},
    {"GET", "/fhir/ConceptMap/{id}/$translate", Who::reader, translate_handler},
    {"POST", "/fhir/ConceptMap/{id}/$translate", Who::reader, translate_handler},
};

}  // namespace

std::span<const Route> terminology_routes() { return terminology_table; }

}  // namespace passerelle::server
