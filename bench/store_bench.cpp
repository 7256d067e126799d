// The durable store on the disk that is there: a file with the sync of every commit, beside what
// the disk itself can do; then searches among 200,000 observations of 1,000 patients.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/check.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::store {
namespace {

constexpr int64_t start = 1'585'000'000'000;
constexpr const char* loinc = "http://loinc.org";

// A folder beside the build, on a real disk (/tmp may be memory), that goes with the program.
const std::string& folder() {
  struct Folder {
    std::string path = (std::filesystem::current_path() / "store-bench-XXXXXX").string();
    Folder() { CHECK(::mkdtemp(path.data()) != nullptr, "the current folder may be written"); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder made;
  return made.path;
}

std::unique_ptr<Store> open(const std::string& name) {
  auto store = open_sqlite(folder() + "/" + name);
  CHECK(store.ok(), "a fresh file opens");
  return std::move(*store);
}

// An observation as a form or a device makes it: about 1 kB and 10 index rows.
Write observation(int64_t n) {
  constexpr std::array codes = {"8310-5", "8867-4",  "9279-1",  "59408-5", "8480-6",
                                "8462-4", "29463-7", "72514-3", "2339-0",  "39156-5"};
  const std::string id = "o" + std::to_string(n);
  const std::string patient = "p" + std::to_string(n % 1000);
  const std::string code = codes[static_cast<size_t>(n / 1000) % codes.size()];
  const int64_t when = start + n * 7919 % 10'000'000 * 1000;
  const double value = 36 + static_cast<double>(n % 50) / 10;
  Write write;
  write.type = "Observation";
  write.id = id;
  write.body = R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{)" +
               R"("coding":[{"system":"http://loinc.org","code":")" + code + R"("}]},"subject":{)" +
               R"("reference":"Patient/)" + patient + R"("},"effectiveDateTime":")" +
               format_instant(Instant(Millis(when))) + R"(","valueQuantity":{"value":37.2},)" +
               R"("note":[{"text":")" + std::string(600, 'x') + R"("}]})";
  const auto reference = [&](const char* parameter) {
    write.values.push_back({.parameter = parameter,
                            .type = SearchType::reference,
                            .text = patient,
                            .system = "Patient"});
  };
  const auto token = [&](const char* parameter, const char* system, const std::string& text,
                         uint32_t tuple) {
    write.values.push_back({.parameter = parameter,
                            .type = SearchType::token,
                            .text = text,
                            .system = system,
                            .tuple = tuple});
  };
  const auto quantity = [&](const char* parameter, uint32_t tuple) {
    write.values.push_back({.parameter = parameter,
                            .type = SearchType::quantity,
                            .text = "Cel",
                            .system = "http://unitsofmeasure.org",
                            .low = value,
                            .high = value,
                            .tuple = tuple});
  };
  reference("subject");
  reference("patient");
  token("code", loinc, code, 0);
  token("status", "http://hl7.org/fhir/observation-status", "final", 0);
  token("category", "http://terminology.hl7.org/CodeSystem/observation-category", "survey", 0);
  write.values.push_back(
      {.parameter = "date", .type = SearchType::date, .first = when, .last = when});
  quantity("value-quantity", 0);
  token("code-value-quantity$1", loinc, code, 1);
  quantity("code-value-quantity$2", 1);
  write.values.push_back({.parameter = "code:text", .type = SearchType::string, .text = code});
  return write;
}

Transaction transaction(int64_t first, int64_t count) {
  Transaction made;
  made.at = Instant(Millis(start + first));
  for (int64_t n = first; n < first + count; ++n) made.writes.push_back(observation(n));
  return made;
}

// ---- Writing ----

// What bounds every durable commit: how often the disk says that 4 kB are safe.
void sync_of_the_disk(benchmark::State& bench) {
  const std::string path = folder() + "/sync";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  CHECK(file >= 0, "a file can be made");
  const std::string page(4096, 'x');
  for (auto _ : bench) {
    CHECK(::write(file, page.data(), page.size()) == static_cast<ssize_t>(page.size()), "space");
    CHECK(::fdatasync(file) == 0, "the disk syncs");
  }
  ::close(file);
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(sync_of_the_disk)->Name("store/the disk alone: 4 kB and a sync")->UseRealTime();

void commit_alone(benchmark::State& bench) {
  const auto store = open("alone");
  int64_t number = 0;
  for (auto _ : bench) CHECK(store->commit(transaction(number++, 1)).ok(), "the disk has space");
  bench.SetItemsProcessed(number);
}
BENCHMARK(commit_alone)->Name("store/commit alone")->UseRealTime();

// Each iteration: 64 callers at once, each with a resource of its own, until all are durable.
void commit_in_groups(benchmark::State& bench) {
  constexpr int callers = 64;
  const auto store = open("groups");
  int64_t number = 0;
  for (auto _ : bench) {
    std::mutex mutex;
    std::condition_variable all_done;
    int waiting = callers;
    for (int i = 0; i < callers; ++i) {
      store->submit(transaction(number++, 1), [&](Result<Receipt> receipt) {
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

// As an import does it: 500 resources in one transaction.
void commit_batches(benchmark::State& bench) {
  constexpr int64_t batch = 500;
  const auto store = open("batches");
  int64_t number = 0;
  for (auto _ : bench) {
    CHECK(store->commit(transaction(number, batch)).ok(), "the disk has space");
    number += batch;
  }
  bench.SetItemsProcessed(number);
}
BENCHMARK(commit_batches)->Name("store/commit batches of 500")->UseRealTime();

// ---- Reading ----

constexpr int64_t resources = 200'000;

Store& full_store() {
  static const std::unique_ptr<Store> store = [] {
    auto made = open("full");
    for (int64_t n = 0; n < resources; n += 2000)
      CHECK(made->commit(transaction(n, 2000)).ok(), "the disk has space");
    return made;
  }();
  return *store;
}

void read(benchmark::State& bench) {
  Store& store = full_store();
  int64_t next = 0;
  for (auto _ : bench) {
    next = (next + 61'703) % resources;
    CHECK(store.read("Observation", "o" + std::to_string(next)).ok(), "what was stored is there");
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(read)->Name("store/read");

// The text's '#' is another patient each time.
void search(benchmark::State& bench, const Parameters& asked, size_t expected) {
  Store& store = full_store();
  int64_t next = 0;
  for (auto _ : bench) {
    Parameters parameters = asked;
    next = (next + 617) % 1000;
    for (auto& [name, value] : parameters)
      if (const size_t at = value.find('#'); at != std::string::npos)
        value.replace(at, 1, std::to_string(next));
    const auto query = parse_query(fhir_catalogue(), "Observation", parameters);
    CHECK(query.ok(), "the benchmark's own query parses");
    const auto page = store.search(*query);
    CHECK(page.ok() && page->matches.size() == expected, "it finds what there is");
  }
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK_CAPTURE(search, patient_and_code,
                  {{"patient", "p#"}, {"code", "http://loinc.org|8867-4"}}, 20)
    ->Name("store/search patient and code, 20 found");
BENCHMARK_CAPTURE(search, newest_of_patient,
                  {{"patient", "p#"}, {"_sort", "-date"}, {"_count", "10"}}, 10)
    ->Name("store/search a patient's newest 10 of 200");
BENCHMARK_CAPTURE(search, newest_of_all, {{"_sort", "-date"}, {"_count", "10"}}, 10)
    ->Name("store/search the newest 10 of all");
BENCHMARK_CAPTURE(search, newest_of_code,
                  {{"code", "8867-4"}, {"_sort", "-date"}, {"_count", "10"}}, 10)
    ->Name("store/search the newest 10 of a code");
BENCHMARK_CAPTURE(search, last_updated, {{"_sort", "-_lastUpdated"}, {"_count", "10"}}, 10)
    ->Name("store/search the last 10 written");
BENCHMARK_CAPTURE(search, code_first_page, {{"code", "8867-4"}, {"_count", "10"}}, 10)
    ->Name("store/search a code, first 10 of 20,000");
BENCHMARK_CAPTURE(search, total_of_code, {{"code", "8867-4"}, {"_count", "0"}}, 0)
    ->Name("store/search count of a code, 20,000");
BENCHMARK_CAPTURE(search, date_range,
                  {{"date", "ge2020-03-24"}, {"date", "lt2020-03-25"}, {"_count", "10"}}, 10)
    ->Name("store/search a day, first 10");

}  // namespace
}  // namespace passerelle::store
