// kill -9 while bodies are packed: in the training of a dictionary, and in compact, which rewrites
// all of them, fills in what older programs did not write, and copies the file.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <new>
#include <thread>

#include "store/test_store.h"

namespace passerelle::store {
namespace {

using std::chrono::microseconds;

constexpr int64_t first_dictionary = 500;
constexpr int64_t at_once = 50;

SqliteOptions early() {
  SqliteOptions options;
  options.dictionary_after = first_dictionary;
  return options;
}

std::string rest_of(int64_t n) {
  return R"("status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" +
         std::to_string(8000 + n % 17) + R"("}]},"valueQuantity":{"value":3)" +
         std::to_string(n % 10) + "." + std::to_string(n % 100) +
         R"(0,"unit":"°C","code":"Cel"},"note":[{"text":")" + std::to_string(n * 7919 % 100'003) +
         std::string(static_cast<size_t>(n % 40), 'x') + R"("}])";
}

std::string id_of(int64_t n) { return "o" + std::to_string(n); }

// `at_once` observations of ten patients, from one on.
Transaction piece(int64_t from) {
  Transaction t;
  t.at = at(from);
  for (int64_t n = from; n < from + at_once; ++n)
    t.writes.push_back(put("Observation", id_of(n),
                           {token_value("code", "s", std::to_string(n % 17)),
                            reference_value("patient", "Patient", std::to_string(n % 10)),
                            date_value("date", at(n), at(n))},
                           rest_of(n)));
  return t;
}

void expect_all(Store& store, int64_t count) {
  for (int64_t n = 0; n < count; ++n) {
    const auto read = store.read("Observation", id_of(n));
    ASSERT_TRUE(read.ok()) << "lost " << n << ": " << to_text(read.error());
    ASSERT_TRUE(read->body.ends_with("," + rest_of(n) + "}")) << read->body;
  }
  const auto newest = store.search(*parse_query(
      fhir_catalogue(), "Observation", parameters_of("patient=Patient/3&_sort=-date&_count=1")));
  ASSERT_TRUE(newest.ok());
  if (count >= at_once) {
    ASSERT_EQ(newest->matches.size(), 1u);
    EXPECT_EQ(newest->matches[0].version.id, id_of(store.stats()->versions - 7));
  }
  const auto sound = store.check();
  EXPECT_TRUE(sound.ok()) << to_text(sound.error());
}

// A child that does it for itself; killed after a while, unless it has ended. Gives whether it was.
bool kill_after(microseconds time, const std::function<int()>& work,
                const std::function<bool()>& begun) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  while (!begun() && waitpid(child, nullptr, WNOHANG) == 0)
    std::this_thread::sleep_for(microseconds(200));
  std::this_thread::sleep_for(time);
  kill(child, SIGKILL);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return false;
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "the work itself failed";
  return WIFSIGNALED(status);
}

TEST(Kill, InTheTrainingOfADictionaryLosesNothingAndItIsTrainedLater) {
  using Counter = std::atomic<int64_t>;
  void* memory =
      mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  Counter& acknowledged = *new (memory) Counter(0);
  int in_training = 0;
  for (int round = 0; round < 10; ++round) {
    const TestFolder folder;
    acknowledged = 0;
    const auto write_for_ever = [&]() -> int {
      auto store = open_sqlite(folder.file(), early());
      if (!store) return 1;
      for (int64_t n = 0;; n += at_once) {
        if (!(*store)->commit(piece(n))) return 2;
        acknowledged = n + at_once;
        // The training has its time before the file is large.
        if (n > first_dictionary) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    };
    // Training begins with the version that makes them enough.
    kill_after(microseconds(20'000 * round), write_for_ever,
               [&] { return acknowledged >= first_dictionary; });
    const int64_t dictionaries = number_in(folder.file(), "SELECT count(*) FROM dictionary");
    ASSERT_LE(dictionaries, 1);
    if (dictionaries == 0) ++in_training;

    auto store = open_sqlite(folder.file(), early());
    ASSERT_TRUE(store.ok()) << to_text(store.error());
    const int64_t there = (*store)->stats()->versions;
    ASSERT_GE(there, acknowledged);
    ASSERT_LE(there, acknowledged + at_once);
    expect_all(**store, there);
    if (HasFatalFailure()) break;
    // One more write, and it is trained if it was not.
    ASSERT_TRUE((*store)->commit(piece(there)).ok());
    for (int i = 0; i < 3000 && (*store)->space()->dictionaries == 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ((*store)->space()->dictionaries, 1);
    expect_all(**store, there + at_once);
  }
  EXPECT_GT(in_training, 0) << "no kill met the training";
  munmap(memory, sizeof(Counter));
}

TEST(Kill, InCompactLosesNothingAndItCanBeDoneAgain) {
  constexpr int64_t count = 8000;
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file(), early());
    ASSERT_TRUE(store.ok());
    for (int64_t n = 0; n < count; n += at_once) ASSERT_TRUE((*store)->commit(piece(n)).ok());
  }
  // As an older program left it: compact has that to do, too.
  const auto forget_dates = [&] {
    run_sql(folder.file(), "UPDATE index_reference SET dates=NULL");
  };
  std::filesystem::copy_file(folder.file(), folder.file("whole"));
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(compact_sqlite(folder.file("whole")).ok());
  const auto takes =
      std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin);
  int killed = 0;
  constexpr int rounds = 12;
  for (int round = 0; round < rounds; ++round) {
    forget_dates();
    if (kill_after(
            takes * (2 * round + 1) / (2 * rounds),
            [&] { return compact_sqlite(folder.file()).ok() ? 0 : 1; }, [] { return true; }))
      ++killed;
    auto store = open_sqlite(folder.file(), early());
    ASSERT_TRUE(store.ok()) << to_text(store.error());
    EXPECT_EQ((*store)->stats()->versions, count);
    expect_all(**store, count);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(killed, rounds / 2) << "compact was done before it was killed";
  ASSERT_TRUE(compact_sqlite(folder.file()).ok());
  EXPECT_EQ(number_in(folder.file(), "SELECT count(*) FROM dictionary"), 1);
  EXPECT_EQ(number_in(folder.file(), "SELECT count(*) FROM index_reference WHERE dates IS NULL"),
            0);
  auto store = open_sqlite(folder.file(), early());
  expect_all(**store, count);
}

}  // namespace
}  // namespace passerelle::store
