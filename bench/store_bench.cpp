// The durable store on the disk that is there: writes by many callers share a sync.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <mutex>
#include <string>

#include "base/check.h"
#include "base/json.h"
#include "resource.h"
#include "run/indexing.h"
#include "store/store.h"

namespace passerelle {
namespace {

store::Transaction one_resource(const std::string& id) {
  const auto document = json::Document::parse(bench_observation(id));
  CHECK(document.ok(), "the benchmark's own resource is JSON");
  auto write = run::make_write(document->root(), {});
  CHECK(write.ok(), "the benchmark's own resource is valid");
  store::Transaction transaction;
  transaction.at = Instant(Millis(1'585'000'000'000));
  transaction.writes.push_back(std::move(*write));
  return transaction;
}

// Each iteration: 64 callers at once, each with a resource of its own, until all are durable.
void commit_in_groups(benchmark::State& bench) {
  constexpr int callers = 64;
  const auto store = store::open_temporary();
  CHECK(store.ok(), "a temporary store opens");
  int64_t number = 0;
  for (auto _ : bench) {
    std::mutex mutex;
    std::condition_variable all_done;
    int waiting = callers;
    for (int i = 0; i < callers; ++i) {
      (*store)->submit(one_resource("o" + std::to_string(number++)),
                       [&](Result<store::Receipt> receipt) {
                         CHECK(receipt.ok(), "the disk has space");
                         const std::lock_guard lock(mutex);
                         if (--waiting == 0) all_done.notify_one();
                       });
    }
    std::unique_lock lock(mutex);
    all_done.wait(lock, [&] { return waiting == 0; });
  }
  bench.SetItemsProcessed(number);
}
BENCHMARK(commit_in_groups)->Name("store/commit in groups")->UseRealTime();

void commit_alone(benchmark::State& bench) {
  const auto store = store::open_temporary();
  CHECK(store.ok(), "a temporary store opens");
  int64_t number = 0;
  for (auto _ : bench) {
    const auto receipt = (*store)->commit(one_resource("o" + std::to_string(number++)));
    CHECK(receipt.ok(), "the disk has space");
  }
  bench.SetItemsProcessed(number);
}
BENCHMARK(commit_alone)->Name("store/commit alone")->UseRealTime();

void read(benchmark::State& bench) {
  const auto store = store::open_temporary();
  CHECK(store.ok(), "a temporary store opens");
  constexpr int64_t count = 1000;
  for (int64_t i = 0; i < count; ++i)
    CHECK((*store)->commit(one_resource("o" + std::to_string(i))).ok(), "the disk has space");
  int64_t next = 0;
  for (auto _ : bench) {
    next = (next + 617) % count;
    const auto version = (*store)->read("Observation", "o" + std::to_string(next));
    CHECK(version.ok(), "what was stored is there");
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(read)->Name("store/read");

}  // namespace
}  // namespace passerelle
