// The data file as such: locks, full disks, backups, versions, files of others.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/random.h"
#include "base/text.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Write large(int n, size_t bytes) {
  return put("Binary", "b" + std::to_string(n), {token_value("contenttype", "", "x")},
             "\"data\":\"" + std::string(bytes, 'x') + "\"");
}

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

int64_t number_in(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return value;
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

Result<SearchPage> warm(Store& store) {
  return store.search(*parse_query(fhir_catalogue(), "Observation",
                                   {{"code-value-quantity", "http://loinc.org|8310-5$gt38"}}));
}

Write temperature(const std::string& id, double value) {
  IndexValue code = token_value("code-value-quantity$1", "http://loinc.org", "8310-5");
  IndexValue measured = quantity_value("code-value-quantity$2", value, "", "Cel");
  code.tuple = measured.tuple = 1;
  return put("Observation", id, {token_value("_id", "", id), code, measured});
}

// Files of schema 3 have all values of all resources in their indexes.
TEST(DataFile, OfSchema3LosesIndexRowsThatNoSearchLooksFor) {
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE((*store)->commit(transaction_of({temperature("hot", 39)})).ok());
    ASSERT_TRUE((*store)->commit(transaction_of({temperature("cold", 36)})).ok());
    ASSERT_EQ(warm(**store)->matches.size(), 1u);
  }
  run_sql(folder.file(),
          "INSERT INTO parameter(code) VALUES('_id'), ('code-value-quantity$2:base');"
          "INSERT INTO index_quantity SELECT p.id, 0, 39, 39, 0, 0, r.row, 1 FROM parameter p, "
          "resource r WHERE p.code LIKE 'code-value-quantity$2%';"
          "INSERT INTO index_token SELECT p.id, r.row, r.row, 0, 0 FROM parameter p, resource r "
          "WHERE p.code = '_id'; ALTER TABLE index_reference DROP COLUMN dates; "
          "PRAGMA user_version=3");
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok()) << to_text(store.error());
  const auto sound = (*store)->check();
  EXPECT_TRUE(sound.ok()) << to_text(sound.error());
  ASSERT_EQ(warm(**store)->matches.size(), 1u);
  EXPECT_EQ(warm(**store)->matches[0].version.id, "hot");
  ASSERT_TRUE((*store)->commit(transaction_of({temperature("hot", 37)})).ok());
  EXPECT_TRUE(warm(**store)->matches.empty());
  EXPECT_TRUE((*store)->check().ok());
}

std::vector<std::string> newest_of(Store& store, const std::string& patient,
                                   const std::string& more = "") {
  auto query = parse_query(fhir_catalogue(), "Observation",
                           parameters_of("patient=" + patient + "&_sort=-date" + more));
  std::vector<std::string> ids;
  for (;;) {
    const auto page = store.search(*query);
    EXPECT_TRUE(page.ok()) << to_text(page.error());
    for (const Match& match : page->matches) ids.push_back(match.version.id);
    if (page->next.empty()) return ids;
    EXPECT_TRUE(query->after(page->next).ok());
  }
}

Write measured(int n, const std::string& patient, std::optional<int64_t> when) {
  IndexValues values = {reference_value("patient", "Patient", patient),
                        reference_value("subject", "Patient", patient)};
  if (when) values.push_back(date_value("date", at(*when), at(*when)));
  return put("Observation", "o" + std::to_string(n), std::move(values));
}

// Files of schema 4 have no dates beside references.
TEST(DataFile, OfSchema4PutsOldAndNewReferencesInOneOrder) {
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file());
    for (int n = 0; n < 6; ++n)
      ASSERT_TRUE((*store)->commit(transaction_of({measured(n, "p", n * 10)})).ok());
    ASSERT_TRUE((*store)->commit(transaction_of({measured(6, "p", {})})).ok());
  }
  run_sql(folder.file(), "ALTER TABLE index_reference DROP COLUMN dates; PRAGMA user_version=4");
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE(store.ok()) << to_text(store.error());
    EXPECT_THAT(newest_of(**store, "p"), ElementsAre("o5", "o4", "o3", "o2", "o1", "o0", "o6"));
    // What is written now has dates; its other reference, which did not change, may have none.
    Write both = measured(2, "p", 20);
    both.values.push_back(reference_value("performer", "Patient", "p"));
    ASSERT_TRUE((*store)->commit(transaction_of({both, measured(7, "p", 35)})).ok());
    ASSERT_TRUE((*store)->commit(transaction_of({measured(0, "p", 100)})).ok());
    for (const std::string page : {"", "&_count=1", "&_count=2", "&_count=5"})
      EXPECT_THAT(newest_of(**store, "p", page),
                  ElementsAre("o0", "o5", "o4", "o7", "o3", "o2", "o1", "o6"));
    const auto sound = (*store)->check();
    EXPECT_TRUE(sound.ok()) << to_text(sound.error());
  }
  ASSERT_TRUE(compact_sqlite(folder.file()).ok());
  EXPECT_EQ(number_in(folder.file(), "SELECT count(*) FROM index_reference"), 17);
  EXPECT_EQ(number_in(folder.file(), "SELECT count(*) FROM index_reference WHERE dates IS NULL"), 0)
      << "compact fills what was not known";
  auto store = open_sqlite(folder.file());
  EXPECT_THAT(newest_of(**store, "p"), ElementsAre("o0", "o5", "o4", "o7", "o3", "o2", "o1", "o6"));
  EXPECT_TRUE((*store)->check().ok());
}

TEST(DataFile, WhoseIndexIsNotThatOfItsResourcesIsFoundOut) {
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file());
    for (int n = 0; n < 3; ++n) {
      Write write = measured(n, "p", n * 10);
      for (const IndexValue& value :
           {token_value("code", "s", "c"), string_value("family", "Curie"),
            uri_value("url", "urn:x"), number_value("length", 1, 2),
            quantity_value("value-quantity", 38.5, "s", "Cel")})
        write.values.push_back(value);
      ASSERT_TRUE((*store)->commit(transaction_of({write})).ok());
    }
    const auto sound = (*store)->check();
    ASSERT_TRUE(sound.ok()) << to_text(sound.error());
  }
  const auto says = [&](const std::string& damage) {
    std::filesystem::copy_file(folder.file(), folder.file("damaged"),
                               std::filesystem::copy_options::overwrite_existing);
    run_sql(folder.file("damaged"), damage);
    auto store = open_sqlite(folder.file("damaged"));
    const auto sound = (*store)->check();
    return sound.ok() ? std::string() : to_text(sound.error());
  };
  EXPECT_EQ(says("SELECT 1"), "");
  for (const char* change :
       {"index_token SET a=b WHERE b<>0", "index_token SET b=0 WHERE b<>0",
        "index_reference SET a=a+1", "index_string SET text='curia'", "index_string SET b=b+1",
        "index_uri SET text='urn:y'", "index_date SET low=low+1", "index_date SET high=high+1",
        "index_date SET span=span+1", "index_number SET low=0.5", "index_number SET high=3",
        "index_quantity SET high=39", "index_quantity SET a=a+1", "index_token SET t=7",
        "index_quantity SET p=p+100"}) {
    const std::string table = std::string(change).substr(0, std::string(change).find(' '));
    const std::string one = " r = (SELECT max(r) FROM " + table + ")";
    const std::string where =
        std::string(change).find("WHERE") == std::string::npos ? " WHERE" + one : " AND" + one;
    EXPECT_THAT(says(std::string("UPDATE ") + change + where),
                HasSubstr("a value is missing in the index"))
        << change;
    EXPECT_THAT(says("DELETE FROM " + table + " WHERE" + one),
                HasSubstr("a value is missing in the index"))
        << table;
    // A row more than there should be, of a resource that has others.
    const std::string copy = "CREATE TEMP TABLE one AS SELECT * FROM " + table + " WHERE" + one +
                             " LIMIT 1; UPDATE one SET t=9; INSERT INTO " + table +
                             " SELECT * FROM one";
    EXPECT_THAT(says(copy), HasSubstr("the index holds values of no resource")) << table;
  }
}

TEST(DataFile, WhoseDatesBesideReferencesAreWrongIsFoundOut) {
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE((*store)->commit(transaction_of({measured(1, "p", 10)})).ok());
    ASSERT_TRUE((*store)->check().ok());
  }
  run_sql(folder.file(), "UPDATE index_reference SET dates=x''");
  auto store = open_sqlite(folder.file());
  const auto sound = (*store)->check();
  ASSERT_FALSE(sound.ok());
  EXPECT_THAT(to_text(sound.error()), HasSubstr("dates beside a reference"));
}

// What takes long is done piece by piece: a kill loses at most the piece at hand.
TEST(DataFile, OfSchema3GoesOnWhereItWasKilledWhileItWasBroughtUpToDate) {
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE((*store)->commit(transaction_of({temperature("hot", 39)})).ok());
  }
  run_sql(folder.file(),
          "INSERT INTO parameter(code) VALUES('_id');"
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
          "INSERT INTO index_token SELECT p.id, i / 3, i, 0, 0 FROM parameter p, n WHERE p.code = "
          "'_id'; ALTER TABLE index_reference DROP COLUMN dates; PRAGMA user_version=3");
  Random random({.seed = 11, .purpose = purpose("kill")});
  int killed_between = 0;
  int64_t left = 200'000;
  for (int round = 0; round < 300 && killed_between < 3 && left > 40'000; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      const auto store = open_sqlite(folder.file());
      _exit(store.ok() ? 0 : 1);
    }
    usleep(random.below(30'000));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    const int64_t now =
        number_in(folder.file(), "SELECT count(*) FROM index_token WHERE b = 0 AND t = 0");
    EXPECT_LE(now, left);
    if (now > 0 && now < left) ++killed_between;
    left = now;
  }
  EXPECT_GT(killed_between, 0) << "no kill met it at work";
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok()) << to_text(store.error());
  const auto sound = (*store)->check();
  EXPECT_TRUE(sound.ok()) << to_text(sound.error());
  EXPECT_EQ(warm(**store)->matches.size(), 1u);
  store->reset();
  EXPECT_EQ(number_in(folder.file(), "SELECT count(*) FROM index_token WHERE b = 0 AND t = 0"), 0);
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
