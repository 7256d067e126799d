// What every form of every patient costs: one FEEL condition, one triage of covid-home.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>
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

constexpr std::array<std::string_view, 10> rules = {
    "&gt;= 40|-|-",         "&lt;= 35|-|-",
    "[39..40[|&gt;= 70|-",  "[39..40[|-|\"worse\"",
    "[39..40[|-|-",         "[38..39[|&gt;= 70|\"worse\", \"same\"",
    "[38..39[|-|\"worse\"", "[38..39[|&gt;= 70|-",
    "[38..39[|-|-",         "-|-|-"};

std::string model_text(bool several_outputs) {
  std::string out =
      "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"bench\" "
      "namespace=\"urn:bench\"><decision id=\"d\" name=\"level\">";
  for (const std::string_view name : {"temperature", "age", "trend"}) {
    out += "<informationRequirement><requiredInput href=\"#" + std::string(name) +
           "\"/></informationRequirement>";
  }
  out += "<decisionTable hitPolicy=\"FIRST\">";
  for (const std::string_view name : {"temperature", "age", "trend"}) {
    out +=
        "<input><inputExpression><text>" + std::string(name) + "</text></inputExpression></input>";
  }
  out += several_outputs ? "<output name=\"level\"/><output name=\"hours\"/>" : "<output/>";
  for (size_t i = 0; i < rules.size(); ++i) {
    out += "<rule>";
    std::string_view rest = rules[i];
    for (int cell = 0; cell < 3; ++cell) {
      const size_t end = std::min(rest.find('|'), rest.size());
      out += "<inputEntry><text>" + std::string(rest.substr(0, end)) + "</text></inputEntry>";
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    out += "<outputEntry><text>\"level " + std::to_string(i) + "\"</text></outputEntry>";
    if (several_outputs) out += "<outputEntry><text>4</text></outputEntry>";
    out += "</rule>";
  }
  out += "</decisionTable></decision>";
  for (const std::string_view name : {"temperature", "age", "trend"}) {
    out += "<inputData id=\"" + std::string(name) + "\" name=\"" + std::string(name) + "\"/>";
  }
  return out + "</definitions>";
}

dmn::Model model_of_ten(bool several_outputs) {
  auto model = dmn::Model::parse(model_text(several_outputs), "bench.dmn");
  CHECK(model.ok() && model->problems().empty(), "the benchmark's own model is right");
  return std::move(*model);
}

void first_of_ten(benchmark::State& bench, bool several_outputs) {
  const dmn::Model model = model_of_ten(several_outputs);
  const auto decision = model.compile("level", feel::Names{"temperature", "age", "trend"});
  CHECK(decision.ok(), "the benchmark's own decision compiles");
  std::vector<std::array<feel::Value, 3>> cases;
  const std::array<std::string_view, 3> trends = {"worse", "same", "better"};
  for (int i = 0; i < 64; ++i) {
    cases.push_back({feel::Value::number(345 + i, 1), feel::Value::integer(40 + i % 50),
                     feel::Value::string(trends[static_cast<size_t>(i) % 3])});
  }
  feel::Evaluation evaluation;
  evaluation.keep_notes = false;
  size_t next = 0;
  for (auto _ : bench) {
    feel::Value value = decision->evaluate(cases[next++ % cases.size()], evaluation);
    benchmark::DoNotOptimize(value);
  }
  bench.SetItemsProcessed(bench.iterations());
}

// The same from a line of JSON to its answer as JSON, as `passerelle dmn replay` has it.
void ten_from_json(benchmark::State& bench) {
  const dmn::Model model = model_of_ten(false);
  std::vector<std::string> lines;
  const std::array<std::string_view, 3> trends = {"worse", "same", "better"};
  for (size_t i = 0; i < 64; ++i) {
    lines.push_back("{\"temperature\":" + std::to_string(34 + i / 10) + "." +
                    std::to_string(i % 10) + ",\"age\":" + std::to_string(40 + i % 50) +
                    ",\"trend\":\"" + std::string(trends[i % 3]) + "\"}");
  }
  feel::Evaluation evaluation;
  size_t next = 0;
  for (auto _ : bench) {
    const auto document = json::Document::parse(lines[next++ % lines.size()]);
    CHECK(document.ok(), "the benchmark's own line is JSON");
    evaluation.clear();
    const auto outcome = model.invoke("level", feel::from_json(document->root()), evaluation);
    CHECK(outcome.ok(), "the benchmark's own decision is found");
    benchmark::DoNotOptimize(feel::to_json_text(outcome->value));
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(ten_from_json)->Name("dmn/10 rules from JSON text");

BENCHMARK_CAPTURE(first_of_ten, one_output, false)->Name("dmn/first of 10 rules, 3 inputs");
BENCHMARK_CAPTURE(first_of_ten, two_outputs, true)->Name("dmn/first of 10 rules, 2 outputs");

}  // namespace
}  // namespace passerelle
