// What a package costs before and between its steps: reading it, and a case of it at rest.
#include <benchmark/benchmark.h>

#include <map>
#include <string>

#include "base/check.h"
#include "pathway/cases/player.h"
#include "pathway/package.h"

namespace passerelle::pathway {
namespace {

PackageFiles files_of(const std::string& id) {
  auto files = read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/" + id);
  CHECK(files.ok(), "the package is there");
  return std::move(*files);
}

void load(benchmark::State& bench, const std::string& id) {
  const PackageFiles files = files_of(id);
  for (auto _ : bench) {
    std::vector<Finding> findings;
    const auto package = load_package(files, id, "", findings);
    CHECK(package != nullptr, "the package has no errors");
  }
}
BENCHMARK_CAPTURE(load, covid_home, "covid-home")->Name("package/load covid-home");
BENCHMARK_CAPTURE(load, heart_failure, "heart-failure")->Name("package/load heart-failure");

// A patient at risk in the second week: the day's form is open, so is an alert.
void at_rest(benchmark::State& bench) {
  std::vector<Finding> findings;
  const auto package = load_package(files_of("covid-home"), "covid-home", "", findings);
  CHECK(package != nullptr, "the package has no errors");
  const auto done = [](const Result<void>& result) {
    CHECK(result.ok(), "the example can be played");
  };
  Player player(package->pathway, Instant(Millis(1'585'213'200'000)));  // 2020-03-26 10:00 in Paris
  done(player.complete("enrol", {{"told", "true"},
                                 {"age", "75"},
                                 {"first_symptom_day", "2020-03-24"},
                                 {"device", "smartphone"},
                                 {"connection", "true"},
                                 {"reads_sms", "true"},
                                 {"language", "fr"},
                                 {"helper", "false"}}));
  const std::map<std::string, std::string> answers = {
      {"breath", "0"},  {"general", "2"}, {"trend", "same"},     {"temperature", "39.2"},
      {"cough", "0"},   {"smell", "0"},   {"diarrhoea", "0"},    {"vomiting", "0"},
      {"anxiety", "0"}, {"sadness", "0"}, {"isolation", "true"}, {"callback", "false"}};
  while (player.now() < Instant(Millis(1'585'213'200'000)) + std::chrono::days(9)) {
    done(player.advance(player.now() + std::chrono::hours(1)));
    if (player.open().contains("daily")) done(player.complete("daily", answers));
  }
  done(player.advance(player.now() + std::chrono::days(1)));
  CHECK(player.open().contains("nurse_call"), "somebody should call this patient");
  size_t bytes = 0;
  for (auto _ : bench) {
    const std::string saved = player.state().save(package->pathway);
    bytes = saved.size();
    CHECK(State::load(package->pathway, saved).ok(), "what was saved is read");
  }
  bench.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(at_rest)->Name("package/covid-home at rest");

}  // namespace
}  // namespace passerelle::pathway
