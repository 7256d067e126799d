// Profiles: each rule kept, and broken by one change.
#include <gtest/gtest.h>

#include "fhir/profile_cache.h"
#include "fhir/validate.h"

namespace passerelle::fhir {
namespace {

// A differential of `type`, or of another profile.
std::string differential(const std::string& url, const std::string& type,
                         const std::string& elements, std::string base = "") {
  if (base.empty()) base = "http://hl7.org/fhir/StructureDefinition/" + type;
  return R"({"resourceType":"StructureDefinition","url":")" + url +
         R"(","version":"1","name":"X",)"
         R"("status":"active","kind":"resource","abstract":false,"type":")" +
         type + R"(","baseDefinition":")" + base +
         R"(","derivation":"constraint","differential":)"
         R"({"element":[)" +
         elements + "]}}";
}

class Profiles {
 public:
  Profiles(std::initializer_list<std::string> definitions)
      : Profiles(std::vector<std::string>(definitions)) {}
  explicit Profiles(const std::vector<std::string>& definitions) {
    for (const std::string& text : definitions) {
      auto document = json::Document::parse(text);
      EXPECT_TRUE(document.ok()) << (document ? "" : to_text(document.error())) << text;
      EXPECT_TRUE(set_.add(std::move(*document)).ok());
    }
    cache_ = set_.profiles();
  }

  std::vector<Issue> all(const std::string& resource, const std::string& profile = "urn:p") {
    const auto document = json::Document::parse(resource);
    EXPECT_TRUE(document.ok()) << resource;
    ValidateOptions options;
    options.profiles = cache_.get();
    options.strict_profiles = strict;
    if (!profile.empty()) options.against = {profile};
    options.resolve = [this](std::string_view name) { return elsewhere(name); };
    return validate(document->root(), options);
  }
  // "expression: message" of what is wrong; "" = nothing.
  std::string errors(const std::string& resource, const std::string& profile = "urn:p") {
    std::string out;
    for (const Issue& issue : all(resource, profile))
      if (issue.severity == Severity::error)
        out += (out.empty() ? "" : "\n") + issue.expression + ": " + issue.message;
    return out;
  }
  void put(const std::string& name, const std::string& text) {
    auto document = json::Document::parse(text);
    EXPECT_TRUE(document.ok());
    elsewhere_[name] = std::move(*document);
  }
  ProfileCache& cache() { return *cache_; }

  bool strict = false;

 private:
  json::Value elsewhere(std::string_view name) const {
    const auto found = elsewhere_.find(std::string(name));
    return found == elsewhere_.end() ? json::Value() : found->second.root();
  }
  DefinitionSet set_;
  std::unique_ptr<ProfileCache> cache_;
  std::map<std::string, json::Document> elsewhere_;
};

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Profile, AsksForMoreThanTheBase) {
  Profiles profiles{
      differential("urn:p", "Patient",
                   R"({"id":"Patient.birthDate","path":"Patient.birthDate","min":1},)"
                   R"({"id":"Patient.name","path":"Patient.name","min":1,"max":"2"},)"
                   R"({"id":"Patient.name.family","path":"Patient.name.family","min":1},)"
                   R"({"id":"Patient.photo","path":"Patient.photo","max":"0"})")};
  EXPECT_EQ(profiles.errors(
                R"({"resourceType":"Patient","birthDate":"1950","name":[{"family":"Durand"}]})"),
            "");
  EXPECT_EQ(profiles.errors(R"({"resourceType":"Patient","name":[{"family":"Durand"}]})"),
            "Patient.birthDate: 'birthDate' must be there at least once, and is there not at all "
            "(profile urn:p)");
  EXPECT_HAS(profiles.errors(R"({"resourceType":"Patient","birthDate":"1950","name":[)"
                             R"({"family":"a"},{"given":["b"]},{"family":"c"}]})"),
             "Patient.name: 'name' may be there at most 2 times, and is there 3 times");
  EXPECT_HAS(profiles.errors(R"({"resourceType":"Patient","birthDate":"1950","name":[)"
                             R"({"family":"a"},{"given":["b"]}]})"),
             "Patient.name[1].family: 'family' must be there at least once");
  EXPECT_HAS(
      profiles.errors(R"({"resourceType":"Patient","birthDate":"1950","photo":[{"url":"a:b"}],)"
                      R"("name":[{"family":"a"}]})"),
      "Patient.photo: 'photo' is not allowed");
}

TEST(Profile, FixesValuesAndPatterns) {
  Profiles profiles{differential(
      "urn:p", "Observation",
      R"({"id":"Observation.status","path":"Observation.status","fixedCode":"final"},)"
      R"({"id":"Observation.code","path":"Observation.code","patternCodeableConcept":{"coding":[)"
      R"({"system":"http://loinc.org","code":"29463-7"}]}},)"
      R"({"id":"Observation.value[x]","path":"Observation.value[x]","min":1,"type":[{"code":"Quantity"}]},)"
      R"({"id":"Observation.value[x].value","path":"Observation.value[x].value","min":1,)"
      R"("minValueDecimal":0,"maxValueDecimal":500},)"
      R"({"id":"Observation.value[x].unit","path":"Observation.value[x].unit","maxLength":2})")};
  const auto observation = [](const std::string& status, const std::string& code,
                              const std::string& value) {
    return R"({"resourceType":"Observation","status":")" + status +
           R"(","code":{"text":"x","coding":[{"system":"urn:other","code":"1"},)"
           R"({"system":"http://loinc.org","code":")" +
           code + R"(","display":"Weight"}]},)" + value + "}";
  };
  EXPECT_EQ(profiles.errors(
                observation("final", "29463-7", R"("valueQuantity":{"value":70,"unit":"kg"})")),
            "");
  EXPECT_HAS(
      profiles.errors(observation("preliminary", "29463-7", R"("valueQuantity":{"value":70})")),
      "Observation.status: 'status' must be exactly 'final'");
  EXPECT_HAS(profiles.errors(observation("final", "1", R"("valueQuantity":{"value":70})")),
             "Observation.code: 'code' must have all of");
  EXPECT_HAS(profiles.errors(observation("final", "29463-7", R"("valueString":"heavy")")),
             "Observation.value: 'value' is a string, and only Quantity is allowed");
  EXPECT_HAS(profiles.errors(observation("final", "29463-7", R"("valueQuantity":{"value":500.5})")),
             "Observation.value.value: 'value' is more than '500'");
  EXPECT_HAS(profiles.errors(observation("final", "29463-7", R"("valueQuantity":{"value":-1})")),
             "is less than '0'");
  EXPECT_HAS(profiles.errors(
                 observation("final", "29463-7", R"("valueQuantity":{"value":1,"unit":"kgé"})")),
             "more than 2 characters");
  EXPECT_HAS(profiles.errors(observation("final", "29463-7", R"("valueQuantity":{"unit":"kg"})")),
             "Observation.value.value: 'value' must be there");
}

// Two slices of components by a pattern of their code.
const std::string pressure = differential(
    "urn:p", "Observation",
    R"({"id":"Observation.component","path":"Observation.component","min":2,"slicing":{)"
    R"("discriminator":[{"type":"pattern","path":"code"}],"rules":"RULES","ordered":ORDER}},)"
    R"({"id":"Observation.component:high","path":"Observation.component","sliceName":"high","min":1,"max":"1"},)"
    R"({"id":"Observation.component:high.code","path":"Observation.component.code",)"
    R"("patternCodeableConcept":{"coding":[{"code":"8480-6"}]}},)"
    R"({"id":"Observation.component:high.valueQuantity","path":"Observation.component.valueQuantity","min":1},)"
    R"({"id":"Observation.component:low","path":"Observation.component","sliceName":"low","max":"1"},)"
    R"({"id":"Observation.component:low.code","path":"Observation.component.code",)"
    R"("patternCodeableConcept":{"coding":[{"code":"8462-4"}]}})");

std::string pressure_by(const std::string& rules, const std::string& order = "false") {
  std::string text = pressure;
  text.replace(text.find("RULES"), 5, rules);
  text.replace(text.find("ORDER"), 5, order);
  return text;
}

std::string components(const std::string& codes) {
  std::string out =
      R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[)";
  bool first = true;
  for (const char c : codes) {
    const std::string code = c == 'h' ? "8480-6" : c == 'l' ? "8462-4" : "other";
    out += (first ? "" : ",") + std::string(R"({"code":{"coding":[{"code":")") + code +
           R"("}]},"valueQuantity":{"value":120}})";
    first = false;
  }
  return out + "]}";
}

TEST(Slices, AreToldApartCountedAndOrdered) {
  Profiles open{pressure_by("open")};
  EXPECT_EQ(open.errors(components("hl")), "");
  EXPECT_EQ(open.errors(components("xlh")), "");
  EXPECT_HAS(open.errors(components("ll")),
             "Observation.component: 'component' of the slice 'high' must be there once, and is "
             "there not at all");
  EXPECT_HAS(open.errors(components("hll")),
             "'component' of the slice 'low' may be there once, and is there 2 times");
  Profiles closed{pressure_by("closed")};
  EXPECT_EQ(closed.errors(components("lh")), "");
  EXPECT_HAS(closed.errors(components("hx")),
             "Observation.component[1]: 'component' is in none of the slices 'high', 'low'");
  Profiles ordered{pressure_by("open", "true")};
  EXPECT_EQ(ordered.errors(components("hxl")), "");
  EXPECT_HAS(ordered.errors(components("lh")),
             "Observation.component[1]: what is in the slice 'high'");
  Profiles at_end{pressure_by("openAtEnd")};
  EXPECT_EQ(at_end.errors(components("hlx")), "");
  EXPECT_HAS(at_end.errors(components("hxl")), "must stand before what is in none");
}

TEST(Slices, HaveRulesOfTheirOwn) {
  Profiles profiles{pressure_by("open")};
  EXPECT_HAS(
      profiles.errors(
          R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[)"
          R"({"code":{"coding":[{"code":"8462-4"}]},"valueQuantity":{"value":1}},)"
          R"({"code":{"coding":[{"code":"8480-6"}]},"valueString":"1"}]})"),
      "Observation.component[1].value: 'value' of the slice 'valueQuantity' must be there");
}

TEST(Slices, ByValueExistsTypeAndProfile) {
  Profiles by_value{differential(
      "urn:p", "Patient",
      R"({"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[)"
      R"({"type":"value","path":"system"}],"rules":"open"}},)"
      R"({"id":"Patient.identifier:ipp","path":"Patient.identifier","sliceName":"ipp","min":1},)"
      R"({"id":"Patient.identifier:ipp.system","path":"Patient.identifier.system","fixedUri":"urn:ipp"},)"
      R"({"id":"Patient.identifier:ipp.value","path":"Patient.identifier.value","min":1})")};
  EXPECT_EQ(by_value.errors(
                R"({"resourceType":"Patient","identifier":[{"system":"urn:ipp","value":"1"}]})"),
            "");
  EXPECT_HAS(by_value.errors(
                 R"({"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]})"),
             "slice 'ipp' must be there");
  EXPECT_HAS(by_value.errors(R"({"resourceType":"Patient","identifier":[{"system":"urn:ipp"}]})"),
             "Patient.identifier[0].value");

  Profiles by_exists{differential(
      "urn:p", "Patient",
      R"({"id":"Patient.name","path":"Patient.name","slicing":{"discriminator":[)"
      R"({"type":"exists","path":"family"}],"rules":"open"}},)"
      R"({"id":"Patient.name:full","path":"Patient.name","sliceName":"full","max":"1"},)"
      R"({"id":"Patient.name:full.family","path":"Patient.name.family","min":1},)"
      R"({"id":"Patient.name:nick","path":"Patient.name","sliceName":"nick","max":"1"},)"
      R"({"id":"Patient.name:nick.family","path":"Patient.name.family","max":"0"})")};
  EXPECT_EQ(by_exists.errors(R"({"resourceType":"Patient","name":[{"family":"a"},{"text":"b"}]})"),
            "");
  EXPECT_HAS(by_exists.errors(R"({"resourceType":"Patient","name":[{"text":"a"},{"text":"b"}]})"),
             "'nick'");

  Profiles by_type{differential(
      "urn:p", "Observation",
      R"({"id":"Observation.value[x]","path":"Observation.value[x]","slicing":{"discriminator":[)"
      R"({"type":"type","path":"$this"}],"rules":"closed"}},)"
      R"({"id":"Observation.value[x]:valueQuantity","path":"Observation.value[x]","sliceName":"valueQuantity",)"
      R"("type":[{"code":"Quantity"}]},)"
      R"({"id":"Observation.value[x]:valueQuantity.unit","path":"Observation.value[x].unit","min":1})")};
  const std::string head = R"({"resourceType":"Observation","status":"final","code":{"text":"x"},)";
  EXPECT_EQ(by_type.errors(head + R"("valueQuantity":{"value":1,"unit":"kg"}})"), "");
  EXPECT_HAS(by_type.errors(head + R"("valueQuantity":{"value":1}})"), "Observation.value.unit");
  EXPECT_HAS(by_type.errors(head + R"("valueString":"x"})"),
             "in none of the slices 'valueQuantity'");

  Profiles by_profile{
      differential("urn:p", "Bundle",
                   R"({"id":"Bundle.entry","path":"Bundle.entry","slicing":{"discriminator":[)"
                   R"({"type":"profile","path":"resource"}],"rules":"open"}},)"
                   R"({"id":"Bundle.entry:born","path":"Bundle.entry","sliceName":"born","min":1},)"
                   R"({"id":"Bundle.entry:born.resource","path":"Bundle.entry.resource",)"
                   R"("type":[{"code":"Patient","profile":["urn:born"]}]})"),
      differential("urn:born", "Patient",
                   R"({"id":"Patient.birthDate","path":"Patient.birthDate","min":1})")};
  const auto bundle = [](const std::string& patient) {
    return R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1",)"
           R"("resource":{"resourceType":"Patient")" +
           patient + "}}]}";
  };
  EXPECT_EQ(by_profile.errors(bundle(R"(,"birthDate":"1950")")), "");
  EXPECT_HAS(by_profile.errors(bundle(R"(,"gender":"male")")), "slice 'born' must be there");
}

TEST(Profile, IsDerivedFromAnother) {
  Profiles profiles{
      differential(
          "urn:base", "Patient",
          R"({"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[)"
          R"({"type":"value","path":"system"}],"rules":"open"}},)"
          R"({"id":"Patient.identifier:ipp","path":"Patient.identifier","sliceName":"ipp"},)"
          R"({"id":"Patient.identifier:ipp.system","path":"Patient.identifier.system","min":1,"fixedUri":"urn:ipp"},)"
          R"({"id":"Patient.gender","path":"Patient.gender","min":1})"),
      // Without ids: found by path and slice.
      differential("urn:p", "Patient",
                   R"({"path":"Patient.identifier","sliceName":"ipp","min":1},)"
                   R"({"path":"Patient.identifier.value","min":1})",
                   "urn:base")};
  EXPECT_EQ(
      profiles.errors(
          R"({"resourceType":"Patient","gender":"male","identifier":[{"system":"urn:ipp","value":"1"}]})"),
      "");
  const std::string found = profiles.errors(
      R"({"resourceType":"Patient","identifier":[{"system":"urn:ipp","use":"usual"},{"system":"urn:b"}]})");
  EXPECT_HAS(found, "Patient.gender");
  EXPECT_HAS(found, "Patient.identifier[0].value");
  EXPECT_EQ(found.find("identifier[1]"), std::string::npos) << found;
  EXPECT_HAS(profiles.errors(R"({"resourceType":"Patient","gender":"male"})"),
             "slice 'ipp' must be there");
}

TEST(Profile, BindsToLoadedValueSets) {
  const std::string bound =
      R"({"id":"Patient.maritalStatus","path":"Patient.maritalStatus","binding":{"strength":"STRENGTH",)"
      R"("valueSet":"urn:vs"}})";
  const auto with = [&](const std::string& strength) {
    std::string text = bound;
    text.replace(text.find("STRENGTH"), 8, strength);
    return differential("urn:p", "Patient", text);
  };
  const std::string set =
      R"({"resourceType":"ValueSet","url":"urn:vs","status":"active","compose":{"include":[)"
      R"({"system":"urn:cs","concept":[{"code":"a"},{"code":"b"}]}]}})";
  const auto patient = [](const std::string& code) {
    return R"({"resourceType":"Patient","maritalStatus":{"coding":[{"system":"urn:cs","code":")" +
           code + R"("}]}})";
  };
  Profiles required{with("required"), set};
  EXPECT_EQ(required.errors(patient("a")), "");
  EXPECT_HAS(required.errors(patient("c")), "'c' is not one of the codes of urn:vs");
  EXPECT_HAS(required.errors(R"({"resourceType":"Patient","maritalStatus":{"text":"alone"}})"),
             "a text without a code");
  Profiles extensible{with("extensible"), set};
  EXPECT_EQ(extensible.errors(patient("c")), "");
  ASSERT_EQ(extensible.all(patient("c")).size(), 1u);
  EXPECT_EQ(extensible.all(patient("c"))[0].severity, Severity::warning);
  EXPECT_TRUE(
      extensible.all(R"({"resourceType":"Patient","maritalStatus":{"text":"alone"}})").empty());
  Profiles unknown{with("required")};
  ASSERT_EQ(unknown.all(patient("c")).size(), 1u);
  EXPECT_EQ(unknown.all(patient("c"))[0].severity, Severity::information);
}

TEST(Profile, HasInvariantsThatNameTheElement) {
  Profiles profiles{differential(
      "urn:p", "Patient",
      R"({"id":"Patient","path":"Patient","constraint":[{"key":"x-1","severity":"error",)"
      R"x("human":"Who has died has no telephone","expression":"deceased.exists() implies telecom.empty()"}]},)x"
      R"({"id":"Patient.name","path":"Patient.name","constraint":[{"key":"x-2","severity":"warning",)"
      R"("human":"A name is short","expression":"family.length() < 5"},{"key":"x-3","severity":"error",)"
      R"x("human":"Unheard of","expression":"family.fly()"}]})x")};
  EXPECT_EQ(
      profiles.errors(
          R"({"resourceType":"Patient","deceasedBoolean":true,"telecom":[{"system":"phone","value":"1"}]})"),
      "Patient: Who has died has no telephone (rule x-1) (profile urn:p)");
  const auto all = profiles.all(R"({"resourceType":"Patient","name":[{"family":"Durand"}]})");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].severity, Severity::warning);
  EXPECT_EQ(all[0].expression, "Patient.name[0]");
  EXPECT_EQ(all[1].severity, Severity::information);  // it cannot be evaluated, and says so
  EXPECT_HAS(all[1].message, "it could not be checked that: Unheard of");
}

TEST(Profile, MayAskForMembersOfLoadedValueSets) {
  const std::string set =
      R"({"resourceType":"ValueSet","url":"urn:vs","version":"2","status":"active","compose":{"include":[)"
      R"({"system":"urn:cs","concept":[{"code":"a"},{"code":"b"}]}]}})";
  const std::string profile = differential(
      "urn:p", "Patient",
      R"({"id":"Patient","path":"Patient","constraint":[{"key":"m-1","severity":"error",)"
      R"x("human":"a or b","expression":"maritalStatus.exists() implies maritalStatus.memberOf('urn:vs')"},)x"
      R"x({"key":"m-2","severity":"error","human":"first is a or b","expression":)x"
      R"x("maritalStatus.coding.all($this.memberOf('urn:vs|2'))"},)x"
      R"x({"key":"m-3","severity":"error","human":"a tongue of ours","expression":)x"
      R"x("communication.language.coding.code.all($this.memberOf('urn:vs'))"},)x"
      R"x({"key":"m-4","severity":"error","human":"built in","expression":)x"
      R"x("gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')"}]})x");
  Profiles profiles{profile, set};
  const auto patient = [](const std::string& codings) {
    return R"({"resourceType":"Patient","gender":"male","maritalStatus":{"coding":[)" + codings +
           "]}}";
  };
  const std::string a = R"({"system":"urn:cs","code":"a"})",
                    c = R"({"system":"urn:cs","code":"c"})",
                    foreign = R"({"system":"urn:other","code":"a"})";
  EXPECT_EQ(profiles.errors(patient(a)), "");
  // One coding of a concept is enough, and each is asked by itself where each is named.
  EXPECT_EQ(profiles.errors(patient(c + "," + a)),
            "Patient: first is a or b (rule m-2) (profile urn:p)");
  EXPECT_HAS(profiles.errors(patient(c)), "a or b (rule m-1)");
  EXPECT_HAS(profiles.errors(patient(foreign)), "a or b (rule m-1)");
  EXPECT_HAS(profiles.errors(R"({"resourceType":"Patient","maritalStatus":{"text":"a"}})"),
             "a or b (rule m-1)");
  const std::string tongue =
      R"({"resourceType":"Patient","communication":[{"language":{"coding":[{"code":"CODE"}]}}]})";
  EXPECT_EQ(profiles.errors(std::string(tongue).replace(tongue.find("CODE"), 4, "b")), "");
  EXPECT_HAS(profiles.errors(std::string(tongue).replace(tongue.find("CODE"), 4, "z")), "m-3");

  // What is not loaded judges nothing, and says so.
  Profiles unknown{profile};
  EXPECT_EQ(unknown.errors(patient(c)), "");
  const auto said = unknown.all(patient(c));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0].severity, Severity::information);
  EXPECT_HAS(said[0].message, "it could not be checked that: a or b (rule m-1)");
}

TEST(Profile, OfWhatAReferencePointsTo) {
  Profiles profiles{
      differential(
          "urn:p", "Observation",
          R"({"id":"Observation.subject","path":"Observation.subject","type":[{"code":"Reference",)"
          R"("targetProfile":["urn:born"]}]})"),
      differential("urn:born", "Patient",
                   R"({"id":"Patient.birthDate","path":"Patient.birthDate","min":1})")};
  const auto observation = [](const std::string& subject, const std::string& contained = "") {
    return R"({"resourceType":"Observation",)" + contained +
           R"("status":"final","code":{"text":"x"},"subject":{"reference":")" + subject + R"("}})";
  };
  EXPECT_EQ(profiles.errors(observation("Patient/unknown")), "");  // not at hand: not judged
  EXPECT_HAS(profiles.errors(observation("Group/1")),
             "Observation.subject.reference: it must refer to");
  profiles.put("Patient/old", R"({"resourceType":"Patient","id":"old","birthDate":"1950"})");
  profiles.put("Patient/new", R"({"resourceType":"Patient","id":"new"})");
  EXPECT_EQ(profiles.errors(observation("Patient/old")), "");
  EXPECT_HAS(profiles.errors(observation("Patient/new")),
             "Patient.birthDate: 'birthDate' must be there");
  EXPECT_HAS(
      profiles.errors(observation("#a", R"("contained":[{"resourceType":"Patient","id":"a"}],)")),
      "Observation.subject.reference");
}

const std::string house =
    R"({"resourceType":"StructureDefinition","url":"urn:x:house","name":"H",)"
    R"("status":"active","kind":"complex-type","abstract":false,"type":"Extension",)"
    R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint",)"
    R"("context":[{"type":"element","expression":"Patient"}],"differential":{"element":[)"
    R"({"id":"Extension.extension:floor","path":"Extension.extension","sliceName":"floor","min":1,"max":"1"},)"
    R"({"id":"Extension.extension:floor.url","path":"Extension.extension.url","fixedUri":"floor"},)"
    R"({"id":"Extension.extension:floor.value[x]","path":"Extension.extension.value[x]","type":[{"code":"integer"}]},)"
    R"({"id":"Extension.url","path":"Extension.url","fixedUri":"urn:x:house"}]}})";

TEST(Extensions, AreHeldAgainstTheirDefinitions) {
  Profiles profiles{house,
                    differential("urn:p", "Patient",
                                 R"({"id":"Patient.extension:house","path":"Patient.extension",)"
                                 R"("sliceName":"house","min":1,"type":[{"code":"Extension",)"
                                 R"("profile":["urn:x:house"]}]})")};
  const auto patient = [](const std::string& value) {
    return R"({"resourceType":"Patient","extension":[{"url":"urn:x:house","extension":[{"url":"floor",)" +
           value + "}]}]}";
  };
  EXPECT_EQ(profiles.errors(patient(R"("valueInteger":3)")), "");
  // Also when no profile is claimed.
  EXPECT_HAS(
      profiles.errors(patient(R"("valueString":"3")"), ""),
      "Patient.extension[0].extension[0].value: 'value' is a string, and only integer is allowed");
  EXPECT_HAS(profiles.errors(R"({"resourceType":"Patient","gender":"male"})"),
             "slice 'house' must be there");
  const auto elsewhere = profiles.all(
      R"({"resourceType":"Person","extension":[{"url":"urn:x:house","extension":[{"url":"floor",)"
      R"("valueInteger":3}]}]})",
      "");
  ASSERT_EQ(elsewhere.size(), 1u);
  EXPECT_HAS(elsewhere[0].message, "is defined for Patient, not for Person");
}

TEST(Profile, HoldsOfNestedItemsWhatHoldsOfItems) {
  Profiles profiles{
      differential("urn:p", "Questionnaire",
                   R"({"id":"Questionnaire.item","path":"Questionnaire.item"},)"
                   R"({"id":"Questionnaire.item.text","path":"Questionnaire.item.text","min":1})")};
  const auto form = [](const std::string& inner) {
    return R"({"resourceType":"Questionnaire","status":"active","item":[{"linkId":"1","text":"a","type":"group",)"
           R"("item":[{"linkId":"2","type":"group","text":"b","item":[{"linkId":"3","type":"string")" +
           inner + "}]}]}]}";
  };
  EXPECT_EQ(profiles.errors(form(R"(,"text":"c")")), "");
  EXPECT_HAS(profiles.errors(form("")), "Questionnaire.item[0].item[0].item[0].text");
}

// Thirty that all refer to each other: each is walked once, not once for each way to it.
TEST(Profile, OfWhatRefersToEachOtherIsAskedOnce) {
  Profiles profiles{differential(
      "urn:p", "Observation",
      R"({"id":"Observation.hasMember","path":"Observation.hasMember","type":[{"code":"Reference",)"
      R"("targetProfile":["urn:p"]}]},)"
      R"({"id":"Observation.issued","path":"Observation.issued","min":1})")};
  const auto bundle = [](int without) {
    std::string entries;
    for (int i = 0; i < 30; ++i) {
      std::string members;
      for (int k = 0; k < 30; ++k)
        members += std::string(k == 0 ? "" : ",") + R"({"reference":"Observation/)" +
                   std::to_string(k) + "\"}";
      entries += std::string(i == 0 ? "" : ",") + R"({"fullUrl":"http://x/Observation/)" +
                 std::to_string(i) + R"(","resource":{"resourceType":"Observation","id":")" +
                 std::to_string(i) +
                 R"(","meta":{"profile":["urn:p"]},"status":"final","code":{"text":"x"},)" +
                 (i == without ? "" : R"("issued":"2020-01-01T00:00:00Z",)") + R"("hasMember":[)" +
                 members + "]}}";
    }
    return R"({"resourceType":"Bundle","type":"collection","entry":[)" + entries + "]}";
  };
  EXPECT_EQ(profiles.errors(bundle(-1), ""), "");
  EXPECT_HAS(profiles.errors(bundle(7), ""), "'Observation/7' does not");
}

TEST(Profile, WithinProfilesGrowsNoFurtherThanALimit) {
  // Each opens eight slices of the next one: eight to the power of nine, if it were let.
  std::vector<std::string> definitions;
  constexpr int levels = 9;
  for (int level = 0; level <= levels; ++level) {
    std::string elements = R"({"id":"Extension","path":"Extension"})";
    for (int slice = 0; slice < 8 && level < levels; ++slice) {
      const std::string id = "Extension.extension:s" + std::to_string(slice);
      elements += R"(,{"id":")" + id + R"(","path":"Extension.extension","sliceName":"s)" +
                  std::to_string(slice) + R"(","type":[{"code":"Extension","profile":["urn:e)" +
                  std::to_string(level + 1) + R"("]}]},{"id":")" + id +
                  R"(.url","path":"Extension.extension.url","min":1})";
    }
    definitions.push_back(differential("urn:e" + std::to_string(level), "Extension", elements));
  }
  Profiles profiles(definitions);
  const auto made = profiles.cache().profile("urn:e0");
  ASSERT_FALSE(made);
  EXPECT_HAS(to_text(made.error()), "more than 100000 elements");
}

TEST(Profile, ThatIsUnknownIsSaidAndJudgesNothing) {
  Profiles profiles{
      differential("urn:broken", "Patient", R"({"id":"Patient.nam","path":"Patient.nam"})"),
      differential("urn:orphan", "Patient", "", "urn:nowhere"),
      differential("urn:a", "Patient", "", "urn:b"), differential("urn:b", "Patient", "", "urn:a")};
  const std::string claims =
      R"({"resourceType":"Patient","meta":{"profile":["urn:nowhere"]},"gender":"male"})";
  const auto found = profiles.all(claims, "");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_HAS(found[0].message, "the profile urn:nowhere is not loaded here");
  profiles.strict = true;
  EXPECT_HAS(profiles.errors(claims, ""), "urn:nowhere is not loaded");
  const std::string plain = R"({"resourceType":"Patient","gender":"male"})";
  EXPECT_HAS(profiles.errors(plain, "urn:broken"),
             "cannot be used: Patient.nam: Patient has no element 'nam'");
  EXPECT_HAS(profiles.errors(plain, "urn:orphan"), "its base 'urn:nowhere' cannot be used");
  EXPECT_HAS(profiles.errors(plain, "urn:a"), "derived from itself");
}

TEST(Profile, IsReadFromASnapshotWithoutWhatTheBaseAsks) {
  std::string text = differential("urn:p", "Patient", "");
  const std::string snapshot =
      R"("snapshot":{"element":[{"id":"Patient","path":"Patient","min":0,"max":"*","constraint":[)"
      R"x({"key":"dom-2","severity":"error","human":"x","expression":"contained.contained.empty()"}]},)x"
      R"({"id":"Patient.id","path":"Patient.id","min":0,"max":"1","type":[{"code":"http://hl7.org/fhirpath/System.String"}]},)"
      R"({"id":"Patient.gender","path":"Patient.gender","min":0,"max":"1","type":[{"code":"code"}],"binding":)"
      R"({"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1"}},)"
      R"({"id":"Patient.generalPractitioner","path":"Patient.generalPractitioner","min":0,"max":"*","type":[)"
      R"({"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Organization",)"
      R"("http://hl7.org/fhir/StructureDefinition/Practitioner","http://hl7.org/fhir/StructureDefinition/PractitionerRole"]}]},)"
      R"({"id":"Patient.active","path":"Patient.active","min":1,"max":"1","type":[{"code":"boolean"}]}]},)";
  text.insert(text.find("\"differential\""), snapshot);
  Profiles profiles{text};
  const auto profile = profiles.cache().profile("urn:p");
  ASSERT_TRUE(profile.ok());
  ASSERT_EQ((*profile)->root.children.size(), 1u);
  EXPECT_EQ((*profile)->root.children[0]->name, "active");
  EXPECT_TRUE((*profile)->root.rules.empty());
  EXPECT_HAS(profiles.errors(R"({"resourceType":"Patient","gender":"male"})"), "Patient.active");
}

}  // namespace
}  // namespace passerelle::fhir
