// The data file as such: locks, full disks, backups, versions, files of others.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/text.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::HasSubstr;

Write large(int n, size_t bytes) {
  return put("Binary", "b" + std::to_string(n), {token_value("contenttype", "", "x")},
             "\"data\":\"" + std::string(bytes, 'x') + "\"");
}

TEST(DataFile, IsSmallerAfterItWasCompactedAndHoldsTheSame) {
  const TestFolder folder;
  int64_t before = 0;
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE(store.ok());
    for (int n = 0; n < 40; ++n)
      ASSERT_TRUE((*store)->commit(transaction_of({large(n, 100'000)})).ok());
    for (int n = 0; n < 4000; ++n)
      (*store)->submit(transaction_of({put("Patient", std::to_string(n),
                                           {token_value("identifier", "s", std::to_string(n))})}),
                       [](const Result<Receipt>& done) { EXPECT_TRUE(done.ok()); });
    Transaction rows;
    for (int n = 0; n < 40; ++n)
      rows.rows.push_back({"space", std::to_string(n), std::string(100'000, 'x'), {}});
    ASSERT_TRUE((*store)->commit(std::move(rows)).ok());
    Transaction removed;
    for (int n = 0; n < 40; ++n) removed.rows.push_back({"space", std::to_string(n), {}, {}});
    ASSERT_TRUE((*store)->commit(std::move(removed)).ok());
    EXPECT_EQ(compact_sqlite(folder.file()).error().code, ErrorCode::conflict) << "it is open";
    before = (*store)->stats()->file_bytes;
  }
  ASSERT_TRUE(compact_sqlite(folder.file()).ok());
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  EXPECT_LT((*store)->stats()->file_bytes, before - 3'000'000);
  EXPECT_TRUE((*store)->check().ok());
  const auto page =
      (*store)->search(*parse_query(fhir_catalogue(), "Patient", {{"identifier", "s|77"}}));
  ASSERT_EQ(page->matches.size(), 1u);
  EXPECT_EQ(page->matches[0].version.id, "77");
}

TEST(DataFile, IsFoundAgainAsItWasLeft) {
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE(store.ok());
    Transaction t =
        transaction_of({put("Patient", "p", {token_value("gender", "", "male")})}, at(9));
    t.idempotency_key = "k";
    t.cases.push_back({.number = *(*store)->next_case_number(), .pathway = "covid"});
    ASSERT_TRUE((*store)->commit(t).ok());
  }
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE((*store)->read("Patient", "p").ok());
  EXPECT_EQ(*(*store)->next_case_number(), 2u);
  Transaction again;
  again.idempotency_key = "k";
  EXPECT_TRUE((*store)->commit(again)->repeated);
  EXPECT_EQ((*store)->commit(transaction_of({put("Patient", "q")}, at(1)))->updated, at(9))
      << "lastUpdated does not run backward over a restart either";
  EXPECT_TRUE((*store)->check().ok());
}

TEST(DataFile, IsRefusedToASecondProcess) {
  const TestFolder folder;
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  const auto here = open_sqlite(folder.file());
  ASSERT_FALSE(here.ok());
  EXPECT_EQ(here.error().code, ErrorCode::conflict);

  const pid_t child = fork();
  if (child == 0) {
    const auto second = open_sqlite(folder.file());
    const bool clear = !second && second.error().code == ErrorCode::conflict &&
                       second.error().message.find(std::to_string(getppid())) != std::string::npos;
    _exit(clear ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the message names the process that holds the file";
  store->reset();
  EXPECT_TRUE(open_sqlite(folder.file()).ok());
}

TEST(DataFile, IsRefusedUnderAnotherNameToo) {
  const TestFolder folder;
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  ASSERT_EQ(symlink(folder.file().c_str(), folder.file("alias").c_str()), 0);
  EXPECT_EQ(open_sqlite(folder.file("alias")).error().code, ErrorCode::conflict);
}

TEST(DataFile, OfANewerProgramIsRefused) {
  const TestFolder folder;
  ASSERT_TRUE(open_sqlite(folder.file()).ok());
  run_sql(folder.file(), "PRAGMA user_version=9999");
  const auto store = open_sqlite(folder.file());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::unsupported);
  EXPECT_THAT(to_text(store.error()), HasSubstr("9999"));
  EXPECT_THAT(to_text(store.error()), HasSubstr(folder.file()));
}

TEST(DataFile, ThatIsNotOursIsRefusedAndLeftAsItWas) {
  const TestFolder folder;
  run_sql(folder.file("other"), "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  const auto before = read_file(folder.file("other"));
  EXPECT_EQ(open_sqlite(folder.file("other")).error().code, ErrorCode::invalid);
  EXPECT_EQ(*read_file(folder.file("other")), *before);
  for (const std::string& content : {std::string("hello"), std::string(100'000, 'x')}) {
    ASSERT_TRUE(write_file(folder.file("text"), content).ok());
    EXPECT_EQ(open_sqlite(folder.file("text")).error().code, ErrorCode::invalid);
    EXPECT_EQ(*read_file(folder.file("text")), content);
  }
}

TEST(DataFile, InAFolderThatIsNotThereIsRefused) {
  const auto store = open_sqlite("/nonexistent/folder/data");
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::unavailable);
  EXPECT_THAT(to_text(store.error()), HasSubstr("/nonexistent/folder/data"));
}

TEST(Backup, OfALiveStoreOpensAndIsWhole) {
  const TestFolder folder;
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i)
      EXPECT_TRUE((*store)->commit(transaction_of({large(i, 3000), put("Basic", "b")})).ok());
  });
  while ((*store)->stats()->versions < 50) std::this_thread::yield();
  const auto before = (*store)->stats();
  const auto done = (*store)->backup(folder.file("copy"));
  EXPECT_TRUE(done.ok());
  EXPECT_EQ((*store)->backup(folder.file("copy")).error().code, ErrorCode::conflict);
  stop = true;
  writer.join();

  auto copy = open_sqlite(folder.file("copy"));
  ASSERT_TRUE(copy.ok());
  const auto check = (*copy)->check();
  EXPECT_TRUE(check.ok()) << to_text(check.error());
  EXPECT_GE((*copy)->stats()->versions, before->versions);
  EXPECT_EQ((*copy)->stats()->versions % 2, 0) << "whole transactions only";
  EXPECT_TRUE((*copy)->commit(transaction_of({put("Patient", "p")})).ok());
}

// Fills a store until it refuses, then checks that nothing but writing suffers.
int fill(Store& store, int from, ErrorCode& code) {
  for (int n = from; n < from + 10'000; ++n) {
    const auto done = store.commit(transaction_of({large(n, 20'000)}));
    if (done) continue;
    code = done.error().code;
    return n;
  }
  return -1;
}

TEST(FullDisk, StopsWritingOnlyAndOnlyWhileItIsFull) {
  const TestFolder folder;
  int first = 0;
  {
    SqliteOptions options;
    options.max_bytes = 2 << 20;
    auto opened = open_sqlite(folder.file(), options);
    ASSERT_TRUE(opened.ok());
    Store& store = **opened;
    ErrorCode code = ErrorCode::invalid;
    first = fill(store, 0, code);
    ASSERT_GT(first, 10);
    EXPECT_EQ(code, ErrorCode::unavailable);
    EXPECT_FALSE(store.stats()->writable);
    // What is refused for its content says nothing of the disk, however large it is.
    Write stale = large(0, 20'000);
    stale.if_version = 99;
    EXPECT_EQ(store.commit(transaction_of({stale})).error().code, ErrorCode::precondition);
    EXPECT_FALSE(store.stats()->writable);
    EXPECT_EQ(store.stats()->versions, first);
    EXPECT_TRUE(store.read("Binary", "b0").ok());
    EXPECT_EQ(store.read("Binary", "b" + std::to_string(first)).error().code, ErrorCode::not_found);
    auto query = parse_query(fhir_catalogue(), "Binary", {{"_count", "0"}});
    EXPECT_EQ(store.search(*query)->total, first);
    EXPECT_TRUE(store.check().ok());
  }
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE((*store)->commit(transaction_of({large(first, 20'000)})).ok());
  EXPECT_TRUE((*store)->stats()->writable);
  EXPECT_TRUE((*store)->check().ok());
}

// A limit on the size of files is a real refusal by the system, in the middle of writing. In a
// child, since the limit holds for the whole process; it may be lifted again up to the hard one.
int write_against_a_limit(const std::string& path) {
  signal(SIGXFSZ, SIG_IGN);
  auto opened = open_sqlite(path);
  if (!opened) return 1;
  Store& store = **opened;
  rlimit limit{3 << 20, RLIM_INFINITY};
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = 3 << 20;
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  ErrorCode code = ErrorCode::invalid;
  const int first = fill(store, 0, code);
  if (first < 10 || code != ErrorCode::unavailable) return 3;
  if (store.stats()->writable || store.stats()->versions != first) return 4;
  if (!store.read("Binary", "b1").ok() || !store.check().ok()) return 5;
  limit.rlim_cur = hard;
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 6;
  if (!store.commit(transaction_of({large(first, 20'000)})).ok()) return 7;
  if (!store.stats()->writable || store.stats()->versions != first + 1) return 8;
  return store.check().ok() ? 0 : 9;
}

TEST(FullDisk, ThatTheSystemReportsIsSurvivedToo) {
  const TestFolder folder;
  const pid_t child = fork();
  if (child == 0) _exit(write_against_a_limit(folder.file()));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the number says at which step";
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  EXPECT_TRUE((*store)->check().ok());
}

}  // namespace
}  // namespace passerelle::store
