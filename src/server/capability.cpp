// CapabilityStatement: generated from the definitions and from what parse_query() takes, so that it
// says neither more nor less than what holds.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "fhir/definitions.h"
#include "run/search_parameters.h"
#include "server/fhir_interaction.h"
#include "server/fhir_operation.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr std::array<std::string_view, 9> interactions = {
    "read",         "vread",  "update",     "patch", "delete", "history-instance",
    "history-type", "create", "search-type"};

struct CommonParameter {
  std::string_view name, type, documentation;
};
// Of every type, on top of its own.
constexpr std::array common = {
    CommonParameter{"_id", "token", "The resource's id"},
    CommonParameter{"_lastUpdated", "date", "When it last changed"},
    CommonParameter{"_tag", "token", "meta.tag"},
    CommonParameter{"_profile", "uri", "meta.profile"},
    CommonParameter{"_security", "token", "meta.security"},
    CommonParameter{"_source", "uri", "meta.source"},
    CommonParameter{"_text", "string", "Words of the narrative"},
    CommonParameter{"_content", "string", "Words anywhere in the resource"},
    CommonParameter{"_list", "string", "What a List holds, by its id"},
    CommonParameter{"_filter", "special", "An expression over the parameters"},
    CommonParameter{"_has", "string", "Reverse chaining: _has:Type:reference:parameter"},
    CommonParameter{"_type", "special", "For searches over several types"},
};

std::string_view type_name(store::ParameterType type) {
  switch (type) {
    case store::ParameterType::string:
      return "string";
    case store::ParameterType::token:
      return "token";
    case store::ParameterType::reference:
      return "reference";
    case store::ParameterType::date:
      return "date";
    case store::ParameterType::number:
      return "number";
    case store::ParameterType::quantity:
      return "quantity";
    case store::ParameterType::uri:
      return "uri";
    case store::ParameterType::composite:
      return "composite";
    case store::ParameterType::special:
      return "special";
  }
  return "special";
}

// One that was added to the record; while its index is being made, with how far it has come.
std::string added_parameter(const fhir::AddedParameter& parameter, const store::ParameterInfo& info,
                            const std::string& base) {
  const std::string url =
      parameter.url.empty() ? base + "/SearchParameter/" + parameter.id : parameter.url;
  std::string out = fmt::format(R"({{"name":"{}","definition":{},"type":"{}")", parameter.code,
                                json::quote(url), type_name(info.type));
  if (!info.unready.empty()) out += ",\"documentation\":" + json::quote(info.unready);
  return out + "}";
}

// `added` is null where only the parameters of the specification are meant.
std::string parameters_of(const std::string& type, const store::SearchCatalogue& catalogue,
                          const fhir::AddedParameters* added, const std::string& base,
                          std::string& includes) {
  const fhir::Definitions& d = fhir::definitions();
  std::string out;
  const auto add = [&](std::string_view text) {
    out += (out.empty() ? "" : ",") + std::string(text);
  };
  for (const CommonParameter& parameter : common) {
    if (parameter.name == "_type") continue;
    add(fmt::format(R"({{"name":"{}","type":"{}","documentation":"{}"}})", parameter.name,
                    parameter.type, parameter.documentation));
  }
  for (const std::string& code : catalogue.codes(type)) {
    const store::ParameterInfo* info = catalogue.find(type, code);
    // What is searched by none of the kinds is not offered; what is common stands above.
    const bool special =
        info != nullptr && info->type == store::ParameterType::special && code != "near";
    if (info == nullptr || special || code.starts_with('_')) continue;
    const fhir::TypeIndex index = d.find_resource(type);
    const fhir::AddedParameter* const one = added == nullptr ? nullptr : added->find(index, code);
    add(one != nullptr
            ? added_parameter(*one, *info, base)
            : fmt::format(R"({{"name":"{}","definition":"{}","type":"{}"}})", code,
                          d.parameter(d.find_parameter(index, code)).url(), type_name(info->type)));
    if (info->type == store::ParameterType::reference)
      includes += fmt::format(R"({}"{}:{}")", includes.empty() ? "" : ",", type, code);
  }
  return out;
}

// ,"operation":[...] of a type, or of the server (""), or nothing.
std::string operations_of(std::string_view type) {
  std::string out;
  for (const OperationInfo& operation : operations())
    if (operation.type == type || (operation.type == "*" && !type.empty()))
      out += fmt::format(R"({}{{"name":"{}","definition":"{}"}})", out.empty() ? "" : ",",
                         operation.name, operation.definition);
  return out.empty() ? out : ",\"operation\":[" + out + "]";
}

std::string resource_of(const std::string& type, const store::SearchCatalogue& catalogue,
                        const fhir::AddedParameters* added, const std::string& base) {
  std::string codes;
  for (const std::string_view code : interactions)
    codes += fmt::format(R"({}{{"code":"{}"}})", codes.empty() ? "" : ",", code);
  std::string includes;
  const std::string parameters = parameters_of(type, catalogue, added, base, includes);
  std::string out = fmt::format(
      R"({{"type":"{0}","profile":"http://hl7.org/fhir/StructureDefinition/{0}",)"
      R"("interaction":[{1}],"versioning":"versioned-update","readHistory":true,)"
      R"("updateCreate":true,"conditionalCreate":true,"conditionalRead":"full-support",)"
      R"("conditionalUpdate":true,"conditionalDelete":"single")",
      type, codes);
  if (!includes.empty()) out += ",\"searchInclude\":[\"*\"," + includes + "]";
  return out + ",\"searchParam\":[" + parameters + "]" + operations_of(type) + "}";
}

std::string all_resources(const Context& context) {
  // The same for ever, but for what was added to the record.
  static const std::vector<std::string> plain = [] {
    std::vector<std::string> out;
    for (const std::string& type : fhir::definitions().resource_names())
      out.push_back(resource_of(type, store::fhir_catalogue(), nullptr, ""));
    return out;
  }();
  const std::vector<std::string> names = fhir::definitions().resource_names();
  const auto added = context.services.search_parameters.current();
  const auto catalogue = context.services.search_parameters.catalogue();
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    const bool more = added->program(fhir::definitions().find_resource(names[i])) != nullptr;
    out += out.empty() ? "" : ",";
    out += more ? resource_of(names[i], *catalogue, added.get(), fhir_base(context)) : plain[i];
  }
  return out;
}

std::string system_parameters() {
  std::string out;
  for (const CommonParameter& parameter : common)
    out +=
        fmt::format(R"({}{{"name":"{}","type":"{}","documentation":"{}"}})", out.empty() ? "" : ",",
                    parameter.name, parameter.type, parameter.documentation);
  return out;
}

std::string compartments() {
  const fhir::Definitions& d = fhir::definitions();
  std::string out;
  for (const fhir::Compartment& compartment : d.compartments()) {
    std::string name(d.type(compartment.type).name);  // "RelatedPerson" is "relatedPerson" there
    name.replace(0, 1, lower(name.substr(0, 1)));
    out += fmt::format(R"({}"http://hl7.org/fhir/CompartmentDefinition/{}")",
                       out.empty() ? "" : ",", name);
  }
  return out;
}

}  // namespace

std::string capability_statement(const Context& context) {
  const std::string resources = all_resources(context);
  const std::string base = json::quote(fhir_base(context));
  return fmt::format(
      R"({{"resourceType":"CapabilityStatement","id":"passerelle","name":"Passerelle",)"
      R"("title":"Passerelle FHIR server","status":"active","date":"2026-01-01",)"
      R"("publisher":"Passerelle","kind":"instance","instantiates":[)"
      R"("http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"],"software":{{"name":"Passerelle",)"
      R"("version":"{0}"}},"implementation":{{"description":"Passerelle","url":{1}}},)"
      R"("fhirVersion":"4.0.1","format":["json","xml","application/fhir+json",)"
      R"("application/fhir+xml"],"patchFormat":["application/json-patch+json",)"
      R"("application/fhir+json","application/fhir+xml"],"rest":[{{"mode":"server","documentation":"Unknown search )"
      R"(parameters are refused unless Prefer: handling=lenient is sent. Work of running cases )"
      R"((Task and QuestionnaireResponse with an identifier of the system urn:passerelle:case) )"
      R"(can be read and searched, and changes only as the case moves.","security":{{"cors":false,)"
      R"("description":"Authorization: Bearer, with a token from POST /api/login"}},)"
      R"("resource":[{2}],"interaction":[{{"code":"transaction"}},{{"code":"batch"}},)"
      R"({{"code":"search-system"}},{{"code":"history-system"}}],"searchParam":[{3}],)"
      R"("compartment":[{4}]{5}}}]}})",
      PASSERELLE_VERSION, base, resources, system_parameters(), compartments(), operations_of(""));
}

}  // namespace passerelle::server
