// What rehearsals cost: one replication of the spring wave of covid-home as it was (60,000
// patients, 30 days each, all forms and rules evaluated), and a plain queue for comparison with
// other simulators.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "base/check.h"
#include "pathway/package.h"
#include "rehearse/rehearse.h"

namespace passerelle::rehearse {
namespace {

std::unique_ptr<pathway::Package> covid_home() {
  const auto files =
      pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home");
  CHECK(files.ok(), "the package can be read");
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(*files, "covid-home", "surge", findings);
  CHECK(package != nullptr, "the package is right");
  return package;
}

// Goal: under 20 s of CPU.
void spring_wave(benchmark::State& bench) {
  const auto package = covid_home();
  Settings settings;
  settings.replications = 1;
  settings.threads = 1;
  double patients = 0, stimuli = 0;
  for (auto _ : bench) {
    const auto rehearsal = rehearse(*package, settings);
    CHECK(rehearsal.ok(), "the package can be rehearsed");
    patients = rehearsal->patients.value;
    stimuli = rehearsal->stimuli.value;
  }
  bench.counters["patients"] = patients;
  bench.counters["stimuli"] = stimuli;
  bench.counters["stimuli/s"] =
      benchmark::Counter(stimuli, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(spring_wave)
    ->Name("rehearse/spring wave")
    ->Iterations(1)
    ->Unit(benchmark::kSecond)
    ->MeasureProcessCPUTime();

// M/M/4 at 83 %: a case of one task.
void plain_queue(benchmark::State& bench) {
  pathway::PackageFiles files;
  files["pathway.bpmn"] =
      "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
      "xmlns:p=\"urn:passerelle:bpmn:1\"><process id=\"queue\" isExecutable=\"true\">"
      "<startEvent id=\"start\"/><userTask id=\"call\" p:role=\"nurse\"/><endEvent id=\"end\"/>"
      "<sequenceFlow id=\"a\" sourceRef=\"start\" targetRef=\"call\"/>"
      "<sequenceFlow id=\"b\" sourceRef=\"call\" targetRef=\"end\"/></process></definitions>";
  files["organisation.yaml"] =
      "version: \"1\"\nzone: Europe/Paris\nlanguages: [en]\ncoordinator: nurse\n"
      "enrolling: [nurse]\nroles:\n  nurse:\n    name: role.nurse\n    shifts:\n"
      "      - {name: all, days: [mon, tue, wed, thu, fri, sat, sun], from: \"00:00\", to: "
      "\"00:00\", people: 4, assumption: true}\n"
      "channels:\n  phone: {name: role.nurse, by: nurse}\nwork_times:\n  - {activity: call, "
      "minutes: {exponential: 10}, assumption: true}\n";
  files["cohort.yaml"] =
      "start: 2021-01-04\ndays: 200\narrivals:\n  - {gaps: {exponential: 3}, assumption: true}\n";
  files["indicators.yaml"] = "indicators: []\n";
  files["texts/en.yaml"] = "role.nurse: Nurse\n";
  std::vector<pathway::Finding> findings;
  const auto package = pathway::load_package(files, "queue", "", findings);
  CHECK(package != nullptr, "the benchmark's own package is right");
  Settings settings;
  settings.replications = 1;
  settings.threads = 1;
  double patients = 0;
  for (auto _ : bench) {
    const auto rehearsal = rehearse(*package, settings);
    CHECK(rehearsal.ok(), "the package can be rehearsed");
    patients = rehearsal->patients.value;
  }
  bench.counters["cases/s"] =
      benchmark::Counter(patients, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(plain_queue)->Name("rehearse/plain queue")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace passerelle::rehearse
