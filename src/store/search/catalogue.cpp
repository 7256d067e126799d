// The search parameters of the specification, as the parser of searches asks for them.
#include "fhir/definitions.h"
#include "store/search/query.h"

namespace passerelle::store {
namespace {

struct TypeRow {
  fhir::SearchType from;
  ParameterType to;
};
constexpr TypeRow types_table[] = {
    {fhir::SearchType::number, ParameterType::number},
    {fhir::SearchType::date, ParameterType::date},
    {fhir::SearchType::string, ParameterType::string},
    {fhir::SearchType::token, ParameterType::token},
    {fhir::SearchType::reference, ParameterType::reference},
    {fhir::SearchType::composite, ParameterType::composite},
    {fhir::SearchType::quantity, ParameterType::quantity},
    {fhir::SearchType::uri, ParameterType::uri},
    {fhir::SearchType::special, ParameterType::special},
};

ParameterType type_of(fhir::SearchType type) {
  for (const auto& row : types_table)
    if (row.from == type) return row.to;
  return ParameterType::special;
}

ParameterInfo describe(const fhir::Definitions& d, const fhir::SearchParameter& parameter) {
  ParameterInfo info;
  info.code = parameter.code;
  info.type = type_of(parameter.type);
  for (const fhir::TypeIndex target : parameter.targets)
    info.targets.emplace_back(d.type(target).name);
  for (const fhir::SearchComponent& component : parameter.components)
    info.components.push_back(describe(d, d.parameter(component.parameter)));
  return info;
}

class FhirCatalogue : public SearchCatalogue {
 public:
  FhirCatalogue() : definitions_(fhir::definitions()) {
    for (const fhir::SearchParameter& parameter : definitions_.parameters())
      parameters_.push_back(describe(definitions_, parameter));
  }

  bool has_type(std::string_view type) const override {
    return definitions_.find_resource(type) != fhir::none;
  }
  std::vector<std::string> types() const override { return definitions_.resource_names(); }
  const ParameterInfo* find(std::string_view type, std::string_view code) const override {
    const fhir::TypeIndex index = definitions_.find_resource(type);
    if (index == fhir::none) return nullptr;
    const fhir::ParameterIndex parameter = definitions_.find_parameter(index, code);
    return parameter == fhir::none ? nullptr : &parameters_[parameter];
  }
  std::vector<std::string> codes(std::string_view type) const override {
    const fhir::TypeIndex index = definitions_.find_resource(type);
    return index == fhir::none ? std::vector<std::string>() : definitions_.parameter_codes(index);
  }

 private:
  const fhir::Definitions& definitions_;
  std::vector<ParameterInfo> parameters_;  // by fhir::ParameterIndex
};

}  // namespace

const SearchCatalogue& fhir_catalogue() {
  static const FhirCatalogue catalogue;
  return catalogue;
}

}  // namespace passerelle::store
