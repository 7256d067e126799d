// What a resource costs on its way in: validation with the specification's invariants, and the
// values that it is found by. Then the records of a simulated patient, when Synthea's are there: a
// rate over all of them.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "fhir/fhirpath.h"
#include "fhir/profile_cache.h"
#include "fhir/search_values.h"
#include "fhir/validate.h"
#include "fhir/xml.h"
#include "resource.h"

namespace passerelle {
namespace {

void validate(benchmark::State& bench, bool invariants) {
  const std::string text = bench_observation();
  const auto document = json::Document::parse(text);
  CHECK(document.ok(), "the benchmark's own resource is JSON");
  fhir::ValidateOptions options;
  options.invariants = invariants;
  for (auto _ : bench) {
    const auto issues = fhir::validate(document->root(), options);
    CHECK(!fhir::has_errors(issues), "the benchmark's own resource is valid");
  }
  bench.SetItemsProcessed(bench.iterations());
  bench.SetBytesProcessed(bench.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(validate, with_invariants, true)->Name("fhir/validate");
BENCHMARK_CAPTURE(validate, without_invariants, false)->Name("fhir/validate without invariants");

std::string bench_profile() {
  return R"x({"resourceType":"StructureDefinition","url":"urn:bench","name":"B","status":"active",)x"
         R"x("kind":"resource","abstract":false,"type":"Observation","derivation":"constraint",)x"
         R"x("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Observation","differential":)x"
         R"x({"element":[{"id":"Observation","path":"Observation","constraint":[{"key":"b-1",)x"
         R"x("severity":"error","human":"b","expression":"component.exists() or value.exists()"}]},)x"
         R"x({"id":"Observation.code","path":"Observation.code","patternCodeableConcept":)x"
         R"x({"coding":[{"system":"http://loinc.org","code":"85354-9"}]}},)x"
         R"x({"id":"Observation.component","path":"Observation.component","slicing":)x"
         R"x({"discriminator":[{"type":"pattern","path":"code"}],"rules":"open"}},)x"
         R"x({"id":"Observation.component:systolic","path":"Observation.component","min":1,"max":"1"},)x"
         R"x({"id":"Observation.component:systolic.code","path":"Observation.component.code",)x"
         R"x("patternCodeableConcept":{"coding":[{"code":"8480-6"}]}},)x"
         R"x({"id":"Observation.component:systolic.value[x]","path":"Observation.component.value[x]",)x"
         R"x("min":1,"type":[{"code":"Quantity"}]}]}})x";
}

// The same with a profile that asks for a slice, a pattern and an invariant.
void validate_by_profile(benchmark::State& bench) {
  const std::string text = bench_observation();
  const auto document = json::Document::parse(text);
  CHECK(document.ok(), "the benchmark's own resource is JSON");
  fhir::DefinitionSet set;
  auto definition = json::Document::parse(bench_profile());
  CHECK(definition.ok() && set.add(std::move(*definition)).ok(), "the profile is a definition");
  const auto profiles = set.profiles();
  fhir::ValidateOptions options;
  options.profiles = profiles.get();
  options.against = {"urn:bench"};
  for (auto _ : bench) {
    const auto issues = fhir::validate(document->root(), options);
    CHECK(!fhir::has_errors(issues), "the benchmark's own resource conforms");
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(validate_by_profile)->Name("fhir/validate by a profile");

void search_values(benchmark::State& bench) {
  const auto document = json::Document::parse(bench_observation());
  CHECK(document.ok(), "the benchmark's own resource is JSON");
  for (auto _ : bench) {
    const auto values = fhir::extract(document->root());
    CHECK(values.values.size() > 10, "an observation is found by many values");
  }
}
BENCHMARK(search_values)->Name("fhir/search values");

void write_xml(benchmark::State& bench) {
  const auto document = json::Document::parse(bench_observation());
  size_t bytes = 0;
  for (auto _ : bench) {
    const auto xml = fhir::write_xml(document->root());
    CHECK(xml.ok(), "the benchmark's own resource can be XML");
    bytes += xml->size();
  }
  bench.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(write_xml)->Name("fhir/xml write");

void read_xml(benchmark::State& bench) {
  const auto document = json::Document::parse(bench_observation());
  const auto xml = fhir::write_xml(document->root());
  CHECK(xml.ok(), "the benchmark's own resource can be XML");
  for (auto _ : bench) CHECK(fhir::read_xml(*xml).ok(), "what was written is read");
  bench.SetBytesProcessed(bench.iterations() * static_cast<int64_t>(xml->size()));
}
BENCHMARK(read_xml)->Name("fhir/xml read");

void evaluate_path(benchmark::State& bench) {
  const auto document = json::Document::parse(bench_observation());
  const auto expression = fhir::path::compile(
      "component.where(code.coding.exists(code = '8480-6')).value.ofType(Quantity).value > 90");
  CHECK(expression.ok(), "the benchmark's own expression is FHIRPath");
  for (auto _ : bench) {
    const auto holds = fhir::path::holds(*expression, document->root());
    CHECK(holds.ok() && *holds, "the pressure is above 90");
  }
}
BENCHMARK(evaluate_path)->Name("fhir/path evaluate");

// A path as search parameters and invariants have most: down three elements, and a comparison.
void simple_path(benchmark::State& bench) {
  const auto document = json::Document::parse(bench_observation());
  const auto expression = fhir::path::compile("Observation.code.coding.code = '85354-9'");
  CHECK(expression.ok(), "the benchmark's own expression is FHIRPath");
  for (auto _ : bench) {
    const auto holds = fhir::path::holds(*expression, document->root());
    CHECK(holds.ok() && *holds, "it is the code of vital signs");
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(simple_path)->Name("fhir/path simple");

// The resources of one of Synthea's patients, unpacked by bzip2; empty when they are not there.
std::vector<std::string> synthea_resources() {
  const char* named = std::getenv("PASSERELLE_SUITES");
  const std::string suites =
      named != nullptr ? named : std::string(PASSERELLE_ROOT) + "/../shared/suites";
  const std::string command = "bzip2 -dc '" + suites +
                              "/synthea/085e81c0-7a95-ef02-16ef-aa1b4344deed.json.bz2' 2>/dev/null";
  std::vector<std::string> resources;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return resources;
  std::string text;
  std::array<char, 65536> buffer{};
  for (size_t count; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), count);
  }
  pclose(pipe);
  const auto bundle = json::Document::parse(text);
  if (!bundle) return resources;
  for (const json::Value entry : bundle->root()["entry"].items()) {
    resources.push_back(json::write(entry["resource"]));
  }
  return resources;
}

// What each resource goes through, one by one; the rate is resources a second.
template <class Work>
void over_synthea(benchmark::State& bench, Work work) {
  static const std::vector<std::string> texts = synthea_resources();
  if (texts.empty()) {
    bench.SkipWithError("skipped: Synthea's records are not present");
    return;
  }
  std::vector<json::Document> documents;
  for (const std::string& text : texts) {
    documents.push_back(std::move(*json::Document::parse(text)));
  }
  size_t at = 0;
  for (auto _ : bench) {
    work(texts[at], documents[at].root());
    at = (at + 1) % texts.size();
  }
  bench.SetItemsProcessed(bench.iterations());
}

void synthea_parse(benchmark::State& bench) {
  over_synthea(bench, [](const std::string& text, json::Value) {
    const auto document = json::Document::parse(text);
    benchmark::DoNotOptimize(document->root());
  });
}
BENCHMARK(synthea_parse)->Name("fhir/Synthea: parse");

void synthea_validate(benchmark::State& bench) {
  over_synthea(bench, [](const std::string&, json::Value resource) {
    benchmark::DoNotOptimize(fhir::validate(resource).size());
  });
}
BENCHMARK(synthea_validate)->Name("fhir/Synthea: validate");

void synthea_values(benchmark::State& bench) {
  over_synthea(bench, [](const std::string&, json::Value resource) {
    benchmark::DoNotOptimize(fhir::extract(resource).values.data());
  });
}
BENCHMARK(synthea_values)->Name("fhir/Synthea: search values");

void synthea_all(benchmark::State& bench) {
  over_synthea(bench, [](const std::string& text, json::Value) {
    const auto document = json::Document::parse(text);
    benchmark::DoNotOptimize(fhir::validate(document->root()).size());
    benchmark::DoNotOptimize(fhir::extract(document->root()).values.data());
  });
}
BENCHMARK(synthea_all)->Name("fhir/Synthea: parse, validate and search values");

}  // namespace
}  // namespace passerelle
