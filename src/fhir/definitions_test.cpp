#include "fhir/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace passerelle::fhir {
namespace {

const Definitions& all = definitions();

StructureIndex structure_of(std::string_view type) {
  return all.type(all.find_type(type)).structure;
}

std::vector<std::string> names_of(std::span<const TypeIndex> types) {
  std::vector<std::string> names;
  for (const TypeIndex type : types) names.emplace_back(all.type(type).name);
  return names;
}

TEST(Definitions, HaveEveryResourceTypeOfR4AndNoneOfLaterVersions) {
  EXPECT_EQ(all.resource_names().size(), 146u);
  EXPECT_EQ(all.find_resource("SubscriptionStatus"), none);
  EXPECT_EQ(all.find_resource("DomainResource"), none) << "abstract";
  EXPECT_NE(all.find_resource("Patient"), none);
  EXPECT_EQ(all.find_resource("HumanName"), none);
  EXPECT_TRUE(all.is_a(all.find_type("Patient"), all.find_type("Resource")));
  EXPECT_FALSE(all.is_a(all.find_type("Bundle"), all.find_type("DomainResource")));
  EXPECT_TRUE(all.is_a(all.find_type("Age"), all.find_type("Quantity")));
}

TEST(Definitions, HaveOnlyElementsOfR4) {
  EXPECT_EQ(all.find_field(structure_of("Meta"), "project"), nullptr);
  EXPECT_EQ(all.find_field(structure_of("ResearchStudy"), "label"), nullptr);
  EXPECT_EQ(all.find_field(structure_of("Binary"), "url"), nullptr);
  const Field* group = all.find_field(structure_of("EvidenceVariable"), "characteristic");
  ASSERT_NE(group, nullptr);
  EXPECT_NE(all.find_field(all.structure_of(*group), "definitionCodeableConcept"), nullptr);
  EXPECT_EQ(all.find_field(all.structure_of(*group), "linkId"), nullptr);
}

TEST(Definitions, NameEachChoiceOfAnElement) {
  const Field* field = all.find_field(structure_of("Observation"), "valueQuantity");
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(all.type(field->type).name, "Quantity");
  EXPECT_EQ(all.element(field->element).name, "value");
  EXPECT_TRUE(all.element(field->element).choice);
  EXPECT_EQ(all.find_field(structure_of("Observation"), "value"), nullptr);
  EXPECT_EQ(all.find_field(structure_of("Observation"), "valueAddress"), nullptr);
}

TEST(Definitions, FollowContentReferences) {
  const Field* component = all.find_field(structure_of("Observation"), "component");
  ASSERT_NE(component, nullptr);
  const Field* range = all.find_field(all.structure_of(*component), "referenceRange");
  ASSERT_NE(range, nullptr);
  EXPECT_EQ(all.structure(all.structure_of(*range)).path, "Observation.referenceRange");
}

TEST(Definitions, KnowCardinalitiesBindingsAndTargets) {
  const Field* status = all.find_field(structure_of("Observation"), "status");
  const Element& element = all.element(status->element);
  EXPECT_EQ(element.min, 1);
  EXPECT_EQ(element.max, 1);
  ASSERT_EQ(element.binding, Binding::required);
  EXPECT_TRUE(all.value_set(element.value_set).contains("final"));
  EXPECT_FALSE(all.value_set(element.value_set).contains("finished"));
  EXPECT_EQ(all.value_set(element.value_set).only_system, "http://hl7.org/fhir/observation-status");
  const Field* subject = all.find_field(structure_of("Observation"), "subject");
  EXPECT_THAT(names_of(all.element(subject->element).types[0].targets),
              testing::ElementsAre("Device", "Group", "Location", "Patient"));
  EXPECT_EQ(all.element(all.find_field(structure_of("Patient"), "name")->element).max, many);
}

TEST(Definitions, FindEachFieldOfEachStructureByItsName) {
  size_t fields = 0;
  for (size_t i = 0; i < all.structures().size(); ++i) {
    for (const Field& field : all.structures()[i].fields) {
      ++fields;
      EXPECT_EQ(all.find_field(static_cast<StructureIndex>(i), field.name), &field);
    }
  }
  EXPECT_GT(fields, 7000u);
}

TEST(Definitions, HaveAllSearchParameters) {
  EXPECT_EQ(all.parameters().size(), 1378u);
  const TypeIndex observation = all.find_type("Observation");
  const ParameterIndex index = all.find_parameter(observation, "code-value-quantity");
  ASSERT_NE(index, none);
  const SearchParameter& parameter = all.parameter(index);
  EXPECT_EQ(parameter.type, SearchType::composite);
  EXPECT_EQ(parameter.url(), "http://hl7.org/fhir/SearchParameter/Observation-code-value-quantity");
  ASSERT_EQ(parameter.components.size(), 2u);
  EXPECT_EQ(all.parameter(parameter.components[0].parameter).code, "code");
  EXPECT_NE(all.find_parameter(observation, "_lastUpdated"), none);
  EXPECT_EQ(all.find_parameter(observation, "birthdate"), none);
  EXPECT_NE(all.find_parameter(all.find_type("Patient"), "birthdate"), none);
}

TEST(Definitions, HaveTheFiveCompartments) {
  EXPECT_EQ(all.compartments().size(), 5u);
  const Compartment* patient = all.find_compartment(all.find_type("Patient"));
  ASSERT_NE(patient, nullptr);
  for (const CompartmentMember& member : patient->members) {
    if (all.type(member.type).name != "AllergyIntolerance") continue;
    ASSERT_EQ(member.parameters.size(), 3u);
    EXPECT_EQ(all.parameter(member.parameters[0]).code, "patient");
  }
}

TEST(Definitions, LeaveOpenWhatCannotBeListed) {
  std::vector<std::string_view> open;
  for (const ValueSet& set : all.value_sets()) {
    if (set.open) open.push_back(set.url);
  }
  EXPECT_THAT(open, testing::UnorderedElementsAre("http://hl7.org/fhir/ValueSet/mimetypes",
                                                  "http://hl7.org/fhir/ValueSet/currencies",
                                                  "http://hl7.org/fhir/ValueSet/ucum-units",
                                                  "http://loinc.org/vs/LL379-9"));
}

}  // namespace
}  // namespace passerelle::fhir
