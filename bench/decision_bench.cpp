// What every form of every patient costs: one FEEL condition, one triage of covid-home.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "pathway/dmn/dmn.h"
#include "pathway/feel/feel.h"

namespace passerelle {
namespace {

constexpr std::string_view daily =
    R"({"breath":2,"general":1,"trend":"same","temperature":38.5,"cough":1,"smell":0,"diarrhoea":0,)"
    R"("vomiting":0,"anxiety":1,"sadness":0,"isolation":true,"callback":false})";

feel::Value value_of(std::string_view text) {
  const auto document = json::Document::parse(text);
  CHECK(document.ok(), "the benchmark's own answers are JSON");
  return feel::from_json(document->root());
}

void comparison(benchmark::State& bench) {
  const feel::Names names = {"daily"};
  const auto expression = feel::compile("daily.temperature >= 39 or daily.breath >= 3", names);
  CHECK(expression.ok(), "the benchmark's own expression compiles");
  const std::vector<feel::Value> slots = {value_of(daily)};
  feel::Evaluation evaluation;
  for (auto _ : bench) benchmark::DoNotOptimize(expression->evaluate(slots, evaluation));
}
BENCHMARK(comparison)->Name("feel/comparison");

void triage(benchmark::State& bench) {
  const std::string file = std::string(PASSERELLE_ROOT) + "/pathways/covid-home/triage.dmn";
  const auto xml = read_file(file);
  CHECK(xml.ok(), "the package is there");
  const auto model = dmn::Model::parse(*xml, "triage.dmn");
  CHECK(model.ok(), "the package's decisions can be read");
  const feel::Names names = {"enrolment", "daily", "previous"};
  const auto decision = model->compile("Triage", names, true);
  CHECK(decision.ok(), "the package's triage compiles");
  const std::vector<feel::Value> slots = {feel::Value(), value_of(daily), value_of(daily)};
  feel::Evaluation evaluation;
  for (auto _ : bench) benchmark::DoNotOptimize(decision->evaluate(slots, evaluation));
}
BENCHMARK(triage)->Name("dmn/triage");

}  // namespace
}  // namespace passerelle
