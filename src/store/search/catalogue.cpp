// The search parameters of the specification, and added ones, as the parser of searches asks for
// them.
#include <algorithm>

#include "fhir/definitions.h"
#include "fhir/search_added.h"
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

ParameterInfo describe(const fhir::Definitions& d, const fhir::AddedParameter& parameter) {
  ParameterInfo info;
  info.code = parameter.code;
  info.type = type_of(parameter.type);
  for (const fhir::TypeIndex target : parameter.targets)
    info.targets.emplace_back(d.type(target).name);
  for (const fhir::AddedComponent& component : parameter.components) {
    ParameterInfo& part = info.components.emplace_back();
    part.type = type_of(component.type);
    part.targets = component.targets;
  }
  return info;
}

class ExtendedCatalogue : public SearchCatalogue {
 public:
  ExtendedCatalogue(std::shared_ptr<const fhir::AddedParameters> added,
                    const std::map<std::string, std::string>& unready)
      : added_(std::move(added)) {
    for (const fhir::AddedParameter& parameter : added_->all()) {
      infos_.push_back(describe(fhir::definitions(), parameter));
      if (const auto found = unready.find(parameter.id); found != unready.end())
        infos_.back().unready = found->second;
    }
  }

  bool has_type(std::string_view type) const override { return fhir_catalogue().has_type(type); }
  std::vector<std::string> types() const override { return fhir_catalogue().types(); }
  const ParameterInfo* find(std::string_view type, std::string_view code) const override {
    if (const ParameterInfo* built_in = fhir_catalogue().find(type, code)) return built_in;
    const fhir::TypeIndex index = fhir::definitions().find_resource(type);
    const fhir::AddedParameter* added = index == fhir::none ? nullptr : added_->find(index, code);
    return added == nullptr ? nullptr : &infos_[static_cast<size_t>(added - added_->all().data())];
  }
  std::vector<std::string> codes(std::string_view type) const override {
    std::vector<std::string> out = fhir_catalogue().codes(type);
    const fhir::TypeIndex index = fhir::definitions().find_resource(type);
    for (const fhir::AddedParameter& parameter : added_->all())
      if (std::binary_search(parameter.bases.begin(), parameter.bases.end(), index))
        out.push_back(parameter.code);
    return out;
  }

 private:
  const std::shared_ptr<const fhir::AddedParameters> added_;  // shared with who extracts values
  std::vector<ParameterInfo> infos_;                          // by AddedParameters::all()
};

}  // namespace

std::unique_ptr<SearchCatalogue> extended_catalogue(
    std::shared_ptr<const fhir::AddedParameters> added,
    const std::map<std::string, std::string>& unready) {
  return std::make_unique<ExtendedCatalogue>(std::move(added), unready);
}

const SearchCatalogue& fhir_catalogue() {
  static const FhirCatalogue catalogue;
  return catalogue;
}

}  // namespace passerelle::store
