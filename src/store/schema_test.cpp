// Files of older schemas are brought up to date, and indexes that are not those of the resources
// are found out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  // Killed a little later each time that it had not begun: how long that takes, each machine knows.
  double wait_micros = 2000;
  int killed_between = 0;
  int64_t left = 200'000;
  for (int round = 0; round < 300 && killed_between < 3 && left > 40'000; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      const auto store = open_sqlite(folder.file());
      _exit(store.ok() ? 0 : 1);
    }
    usleep(static_cast<useconds_t>(wait_micros));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    const int64_t now =
        number_in(folder.file(), "SELECT count(*) FROM index_token WHERE b = 0 AND t = 0");
    EXPECT_LE(now, left);
    if (now > 0 && now < left) ++killed_between;
    if (now == left) wait_micros *= 1.1;
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

}  // namespace
}  // namespace passerelle::store
