// The models of bench/models through the ordinary path, beside the same models written by hand: one
// core, processor time. `events` are those of the model: arrivals and departures.
#include <benchmark/benchmark.h>

#include <ctime>
#include <filesystem>
#include <memory>
#include <string>

#include "base/check.h"
#include "loops.h"
#include "pathway/package.h"
#include "rehearse/rehearse.h"

namespace passerelle::rehearse {
namespace {

std::unique_ptr<pathway::Package> model(const std::string& name) {
  const auto files =
      pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/bench/models/" + name);
  CHECK(files.ok(), "the model can be read");
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(*files, name, "", findings);
  CHECK(package != nullptr, "the model is right");
  return package;
}

Settings one_replication() {
  Settings settings;
  settings.replications = 1;
  settings.threads = 1;
  return settings;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Processor time of the loop, so long repeated that it can be measured.
template <class Loop>
double seconds_of(const Loop& loop) {
  const double begin = cpu_seconds();
  int times = 0;
  while (cpu_seconds() - begin < 0.2) {
    benchmark::DoNotOptimize(loop());
    ++times;
  }
  return (cpu_seconds() - begin) / times;
}

template <class Loop>
void beside_a_loop(benchmark::State& bench, const std::string& name, double events_a_patient,
                   const Loop& loop) {
  const auto package = model(name);
  double patients = 0, seconds = 0;
  for (auto _ : bench) {
    const double begin = cpu_seconds();
    const auto rehearsal = rehearse(*package, one_replication());
    seconds += cpu_seconds() - begin;
    CHECK(rehearsal.ok(), "the model can be rehearsed");
    patients += rehearsal->patients.value;
  }
  bench.counters["patients/s"] = patients / seconds;
  bench.counters["events/s"] = patients * events_a_patient / seconds;
  bench.counters["ratio"] = seconds / static_cast<double>(bench.iterations()) / seconds_of(loop);
}

void mm1(benchmark::State& bench) {
  beside_a_loop(bench, "mm1", 2, [] { return bench::mmc_loop(1, 12.5, 10, 200'000, 1).events; });
}
BENCHMARK(mm1)->Name("models/mm1")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

void mm8(benchmark::State& bench) {
  beside_a_loop(bench, "mm8", 2, [] { return bench::mmc_loop(8, 1.5625, 10, 200'000, 1).events; });
}
BENCHMARK(mm8)->Name("models/mm8")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

// Mean stay in minutes, of the package and of the loop, over as many years: they must agree, or the
// two would not be the same model.
void compare_stays(benchmark::State& bench) {
  constexpr int years = 5;
  const auto package = model("six-step");
  Settings settings = one_replication();
  settings.replications = years;
  const auto rehearsal = rehearse(*package, settings);
  CHECK(rehearsal.ok(), "the model can be rehearsed");
  double stay = 0, by_hand = 0;
  for (const ActivityResult& each : rehearsal->activities)
    stay += (each.wait_mean.value + each.work_mean.value) * each.done.value;
  for (int year = 1; year <= years; ++year) {
    const auto& stays = bench::six_step_loop(static_cast<uint64_t>(year)).mean_stay;
    by_hand += (0.1 * stays[0] + 0.3 * stays[1] + 0.6 * stays[2]) / years;
  }
  bench.counters["stay"] = stay / rehearsal->patients.value;
  bench.counters["stay by hand"] = by_hand;
}

// An arrival and the end of every step: 6.5 a patient.
void six_step(benchmark::State& bench) {
  beside_a_loop(bench, "six-step", 6.5, [] { return bench::six_step_loop(1).patients; });
  compare_stays(bench);
}
BENCHMARK(six_step)
    ->Name("models/six step")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

// With every event written to a file; the ratio is to the same rehearsal without a log.
void with_log(benchmark::State& bench) {
  const auto package = model("mm1");
  const std::string path =
      (std::filesystem::temp_directory_path() / "passerelle-bench.events").string();
  double seconds = 0;
  for (auto _ : bench) {
    const double begin = cpu_seconds();
    CHECK(write_log(*package, one_replication(), 0, path).ok(), "the log can be written");
    seconds += cpu_seconds() - begin;
  }
  std::filesystem::remove(path);
  const auto runs = static_cast<double>(bench.iterations());
  bench.counters["events/s"] = 400'000 * runs / seconds;
  bench.counters["ratio"] = seconds / runs / seconds_of([&] {
                              return rehearse(*package, one_replication())->patients.value;
                            });
}
BENCHMARK(with_log)
    ->Name("models/mm1 with log")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace passerelle::rehearse
