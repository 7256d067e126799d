// What a resource costs on its way in: validation with the specification's invariants, and the
// values that it is found by.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "base/json.h"
#include "fhir/search_values.h"
#include "fhir/validate.h"
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

void search_values(benchmark::State& bench) {
  const auto document = json::Document::parse(bench_observation());
  CHECK(document.ok(), "the benchmark's own resource is JSON");
  for (auto _ : bench) {
    const auto values = fhir::extract(document->root());
    CHECK(values.values.size() > 10, "an observation is found by many values");
  }
}
BENCHMARK(search_values)->Name("fhir/search values");

}  // namespace
}  // namespace passerelle
