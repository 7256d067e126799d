#include "server/search_help.h"

#include "fhir/definitions.h"
#include "fhir/reference.h"

namespace passerelle::server {

Result<std::vector<store::SearchCode>> SearchHelp::codes_in(std::string_view value_set) {
  std::vector<fhir::Coding> codings;
  if (value_set.starts_with("ValueSet/")) {
    TRY(const store::Version version,
        store_.read("ValueSet", value_set.substr(std::string_view("ValueSet/").size())));
    TRY(const json::Document document, json::Document::parse(version.body));
    TRY(codings, fhir::expand(terminology_, document.root()));
  } else {
    TRY(codings, fhir::expand(terminology_, value_set));
  }
  std::vector<store::SearchCode> out;
  for (fhir::Coding& coding : codings)
    out.push_back({std::move(coding.system), std::move(coding.code)});
  return out;
}

Result<std::vector<store::SearchCode>> SearchHelp::related(const store::SearchCode& code,
                                                           bool below) {
  TRY(const auto system, terminology_.code_system(code.system));
  const fhir::Concept* const found = system->find(code.code);
  if (found == nullptr)
    return Error{ErrorCode::not_found, fhir::check_code(*system, code.code, "").message};
  std::vector<store::SearchCode> out;
  for (const fhir::Concept& one : system->concepts())
    if (below ? system->is_below(one, *found) : system->is_below(*found, one))
      out.push_back({code.system, std::string(one.code)});
  return out;
}

Result<std::vector<store::SearchCode>> SearchHelp::codes_below(const store::SearchCode& code) {
  return related(code, true);
}
Result<std::vector<store::SearchCode>> SearchHelp::codes_above(const store::SearchCode& code) {
  return related(code, false);
}

Result<std::vector<std::pair<std::string, std::string>>> SearchHelp::list(std::string_view id) {
  TRY(const store::Version version, store_.read("List", id));
  TRY(const json::Document document, json::Document::parse(version.body));
  std::vector<std::pair<std::string, std::string>> out;
  for (const json::Value entry : document.root()["entry"].items()) {
    if (entry["deleted"].boolean()) continue;
    const auto parts = fhir::parse_reference(entry["item"]["reference"].string());
    if (parts.type != fhir::none && !parts.id.empty())
      out.emplace_back(fhir::definitions().type(parts.type).name, parts.id);
  }
  return out;
}

}  // namespace passerelle::server
