// JSON of the size that a FHIR server sees: a resource of a few kilobytes, read and written.
#include <benchmark/benchmark.h>

#include <string>

#include "base/check.h"
#include "base/json.h"
#include "resource.h"

namespace passerelle {
namespace {

void parse(benchmark::State& bench) {
  const std::string text = bench_observation();
  for (auto _ : bench) {
    const auto document = json::Document::parse(text);
    CHECK(document.ok(), "the benchmark's own resource is JSON");
    benchmark::DoNotOptimize(document->root());
  }
  bench.SetBytesProcessed(bench.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(parse)->Name("json/parse");

void write(benchmark::State& bench) {
  const std::string text = bench_observation();
  const auto document = json::Document::parse(text);
  CHECK(document.ok(), "the benchmark's own resource is JSON");
  std::string out;
  for (auto _ : bench) {
    out.clear();
    json::write_to(out, document->root());
    benchmark::DoNotOptimize(out.data());
  }
  bench.SetBytesProcessed(bench.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(write)->Name("json/write");

}  // namespace
}  // namespace passerelle
