// kill -9 at any instant: a child commits as fast as it can and notes what was acknowledged in
// memory shared with us; we kill it, open the file and compare.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <set>
#include <thread>

#include "base/random.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

constexpr int threads = 3;
constexpr int rounds = 12;

struct Shared {
  std::atomic<int64_t> submitted[threads];     // numbers below were submitted
  std::atomic<int64_t> acknowledged[threads];  // numbers below were acknowledged
};

std::string name_of(int thread, int64_t n) {
  return "t" + std::to_string(thread) + "-" + std::to_string(n);
}

// All that one number changes, in every kind of table.
Transaction piece(int thread, int64_t n) {
  const std::string name = name_of(thread, n);
  const auto number = static_cast<uint64_t>(n * threads + thread + 1);
  Transaction t = transaction_of(
      {put("Observation", name,
           {token_value("code", "s", "c" + std::to_string(n % 50)),
            reference_value("subject", "Patient", name_of(thread, n % 7))},
           "\"note\":\"" + std::string(static_cast<size_t>(n % 3000), 'x') + "\""),
       put("Patient", "counter" + std::to_string(thread), {string_value("family", name)})},
      at(n));
  t.idempotency_key = name;
  t.cases.push_back({.number = number, .pathway = "covid", .state = name});
  t.timers_to_set.push_back({number, 1, at(n), "remind"});
  if (n > 0) t.timers_to_cancel.push_back({number - threads, 1, true});
  t.events.push_back({.case_number = number, .at = at(n), .activity = "form", .bytes = name});
  t.messages.push_back({.id = name, .channel = "sms"});
  t.rows.push_back({"seen", name, "x", 0});
  return t;
}

void commit_for_ever(const std::string& path, Shared& shared) {
  auto opened = open_sqlite(path);
  if (!opened) _exit(1);
  Store& store = **opened;
  std::vector<std::thread> workers;
  for (int thread = 0; thread < threads; ++thread)
    workers.emplace_back([&, thread] {
      for (;;) {
        const int64_t n = shared.submitted[thread]++;
        const auto done = store.commit(piece(thread, n));
        if (!done || done->repeated) _exit(2);
        shared.acknowledged[thread] = n + 1;
      }
    });
  for (;;) pause();
}

// Everything acknowledged is there, whole, and at most what was under way besides.
void expect_whole(Store& store, Shared& shared) {
  int64_t total = 0;
  for (int thread = 0; thread < threads; ++thread) {
    int64_t n = shared.acknowledged[thread];
    for (int64_t i = std::max<int64_t>(0, n - 50); i < n; ++i)
      ASSERT_TRUE(store.read("Observation", name_of(thread, i)).ok()) << "lost " << i;
    // What was submitted and not acknowledged may be there or not; the client asks again.
    if (store.read("Observation", name_of(thread, n)).ok()) ++n;
    ASSERT_LE(n, shared.submitted[thread]);
    total += n;
    EXPECT_EQ(store.read("Observation", name_of(thread, n)).error().code, ErrorCode::not_found);
    const auto counter = store.read("Patient", "counter" + std::to_string(thread));
    ASSERT_EQ(counter.ok(), n > 0);
    if (n > 0) {
      EXPECT_EQ(counter->version, n) << "done twice, or half";
    }
    shared.submitted[thread] = shared.acknowledged[thread] = n;
  }
  std::set<std::string> events;
  int64_t cases = 0, rows = 0;
  EXPECT_TRUE(store
                  .scan_events({},
                               [&](const EventRecord& event) {
                                 EXPECT_TRUE(events.insert(event.bytes).second) << "twice";
                                 return true;
                               })
                  .ok());
  EXPECT_TRUE(store.scan_cases({}, [&](const CaseRecord&) { return ++cases > 0; }).ok());
  EXPECT_TRUE(store.scan_rows("seen", "", [&](const Row&) { return ++rows > 0; }).ok());
  EXPECT_EQ(static_cast<int64_t>(events.size()), total);
  EXPECT_EQ(cases, total);
  EXPECT_EQ(rows, total);
  EXPECT_EQ(store.stats()->pending_messages, total);
  EXPECT_LE(store.stats()->pending_timers, threads);
  const auto check = store.check();
  EXPECT_TRUE(check.ok()) << to_text(check.error());
}

TEST(Kill, AtAnyInstantLosesNothingAcknowledgedAndDoublesNothing) {
  const TestFolder folder;
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  Shared& shared = *new (memory) Shared();
  Random random({.seed = 9, .purpose = purpose("kill")});
  for (int round = 0; round < rounds; ++round) {
    const pid_t child = fork();
    if (child == 0) commit_for_ever(folder.file(), shared);
    int64_t before = 0;
    for (const auto& n : shared.acknowledged) before += n;
    // Not before it works, then anywhere: in a commit, in a checkpoint, between two.
    for (int64_t now = before; now < before + 5;) {
      now = 0;
      for (const auto& n : shared.acknowledged) now += n;
      ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "the child gave up";
      usleep(500);
    }
    usleep(random.below(120'000));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << WEXITSTATUS(status);

    auto store = open_sqlite(folder.file());
    ASSERT_TRUE(store.ok()) << to_text(store.error());
    expect_whole(**store, shared);
    if (HasFatalFailure()) break;
    // The client that got no answer asks again: it is told that it was done, or it is done now.
    const int64_t n = shared.acknowledged[0];
    if (n > 0) {
      EXPECT_TRUE((*store)->commit(piece(0, n - 1))->repeated);
    }
  }
  munmap(memory, sizeof(Shared));
}

}  // namespace
}  // namespace passerelle::store
