// Packed bodies: read as they were written, whatever dictionary they were packed with; and files of
// older versions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <thread>

#include "base/text.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// As resources are: much in common, something of their own, some with more in meta.
std::string rest_of(int n) {
  const std::string number = std::to_string(n * 7919 % 100'003);
  return std::string(n % 3 == 0 ? R"("meta":{"profile":["http://example.org/vital"]},)" : "") +
         R"("status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" +
         std::to_string(8000 + n % 17) + R"(","display":"Température corporelle"}]},)" +
         R"("subject":{"reference":"Patient/p)" + number + R"("},"valueQuantity":{"value":3)" +
         std::to_string(n % 10) + "." + std::to_string(n % 100) +
         R"(0,"unit":"°C","system":"http://unitsofmeasure.org","code":"Cel"},"note":[{"text":")" +
         number + " " + std::string(static_cast<size_t>(n % 40), 'x') + R"("}])";
}

// What the store gives back: the stamp goes into meta, before what is there.
std::string expected(int n, int64_t version, Instant updated) {
  std::string rest = rest_of(n);
  std::string stamp = R"("meta":{"versionId":")" + std::to_string(version) +
                      R"(","lastUpdated":")" + format_instant(updated) + '"';
  if (rest.starts_with("\"meta\"")) {
    const size_t end = rest.find("},") + 2;
    stamp += "," + rest.substr(8, end - 10) + "}";
    rest = rest.substr(end);
  } else {
    stamp += "}";
  }
  return R"({"resourceType":"Observation","id":"o)" + std::to_string(n) + "\"," + stamp + "," +
         rest + "}";
}

void write(Store& store, int from, int to) {
  for (int n = from; n < to; n += 100) {
    Transaction t;
    t.at = at(n);
    for (int i = n; i < std::min(n + 100, to); ++i)
      t.writes.push_back(put("Observation", "o" + std::to_string(i),
                             {token_value("code", "s", std::to_string(i % 17))}, rest_of(i)));
    const auto done = store.commit(std::move(t));
    ASSERT_TRUE(done.ok()) << to_text(done.error());
  }
}

void expect_all(Store& store, int count) {
  for (int n = 0; n < count; ++n) {
    const auto read = store.read("Observation", "o" + std::to_string(n));
    ASSERT_TRUE(read.ok()) << to_text(read.error());
    ASSERT_EQ(read->body, expected(n, read->version, read->updated));
  }
  const auto sound = store.check();
  EXPECT_TRUE(sound.ok()) << to_text(sound.error());
}

// Training has a thread of its own.
bool comes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

SqliteOptions early() {
  SqliteOptions options;
  options.dictionary_after = 500;
  return options;
}

TEST(PackedBodies, AreReadAsTheyWereWrittenBesidePlainOnes) {
  const TestFolder folder;
  {
    auto opened = open_sqlite(folder.file(), early());
    ASSERT_TRUE(opened.ok());
    Store& store = **opened;
    write(store, 0, 600);
    ASSERT_TRUE(comes_true([&] { return store.space()->dictionaries == 1; }));
    // The dictionary is in use a moment after it is safe: write until something is packed.
    int count = 600;
    ASSERT_TRUE(comes_true([&] {
      write(store, count, count + 100);
      count += 100;
      return store.space()->packing > 1.2;
    }));
    write(store, 100, 200);  // a second version, packed after a plain one
    expect_all(store, count);
    EXPECT_EQ(store.vread("Observation", "o150", 1)->body,
              expected(150, 1, store.vread("Observation", "o150", 1)->updated));
    EXPECT_EQ(store.read("Observation", "o150")->version, 2);
    HistoryRequest history;
    history.type = "Observation";
    history.id = "o150";
    const auto page = store.history(history);
    ASSERT_TRUE(page.ok());
    for (const Version& version : page->versions)
      EXPECT_EQ(version.body, expected(150, version.version, version.updated));
    const auto changes = store.changes(0, 10'000);
    ASSERT_EQ(changes->size(), static_cast<size_t>(count) + 100);
    EXPECT_EQ(changes->back().version.body, expected(199, 2, changes->back().version.updated));
    Transaction removal;
    removal.at = at(100'000);
    removal.writes.push_back({.method = Method::erase, .type = "Observation", .id = "o150"});
    ASSERT_TRUE(store.commit(std::move(removal)).ok());
    EXPECT_TRUE(store.check().ok());
  }
  auto again = open_sqlite(folder.file(), early());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->read("Observation", "o650")->body,
            expected(650, 1, (*again)->read("Observation", "o650")->updated));
  ASSERT_TRUE((*again)->backup(folder.file("copy")).ok());
  auto copy = open_sqlite(folder.file("copy"));
  EXPECT_TRUE((*copy)->check().ok());
}

TEST(PackedBodies, OfAFileThatIsCompactedShareOneDictionary) {
  const TestFolder folder;
  int64_t before = 0;
  {
    SqliteOptions never;
    never.dictionary_after = 0;
    auto store = open_sqlite(folder.file(), never);
    ASSERT_TRUE(store.ok());
    write(**store, 0, 3000);
    EXPECT_EQ((*store)->space()->dictionaries, 0);
    EXPECT_LT((*store)->space()->packing, 1.01);
    before = (*store)->stats()->file_bytes;
  }
  for (int turn = 0; turn < 2; ++turn) {
    const auto done = compact_sqlite(folder.file());
    ASSERT_TRUE(done.ok()) << to_text(done.error());
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE(store.ok());
    EXPECT_EQ((*store)->space()->dictionaries, 1);
    EXPECT_GT((*store)->space()->packing, 3);
    EXPECT_LT((*store)->stats()->file_bytes, before * 3 / 4);
    expect_all(**store, 3000);
  }
}

TEST(PackedBodies, ThatAreDamagedAreToldWithTheirName) {
  const TestFolder folder;
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE(store.ok());
    write(**store, 0, 1000);
  }
  ASSERT_TRUE(compact_sqlite(folder.file()).ok());
  run_sql(folder.file(), "UPDATE version SET body=zeroblob(30) WHERE seq=7");
  run_sql(folder.file(), "UPDATE version SET encoding=99 WHERE seq=8");
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  for (const char* id : {"o6", "o7"}) {
    const auto read = (*store)->read("Observation", id);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::unavailable);
    EXPECT_THAT(to_text(read.error()), HasSubstr("Observation/" + std::string(id)));
  }
  EXPECT_FALSE((*store)->check().ok());
  EXPECT_TRUE((*store)->read("Observation", "o9").ok());
}

TEST(Space, AddsUpToTheFile) {
  const TestFolder folder;
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  write(**store, 0, 2000);
  const auto space = (*store)->space();
  ASSERT_TRUE(space.ok()) << to_text(space.error());
  int64_t sum = 0;
  for (const Space::Part& part : space->parts) sum += part.bytes;
  EXPECT_EQ(space->parts.front().name, "bodies") << "the largest comes first";
  store->reset();  // what is in the log goes into the file
  EXPECT_EQ(sum, static_cast<int64_t>(std::filesystem::file_size(folder.file())));
}

void unpack(const std::string& name, const std::string& to) {
  const std::string command = "gzip -dc '" + std::string(PASSERELLE_ROOT) + "/src/store/files/" +
                              name + ".db.gz' > '" + to + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
}

// A file that the program wrote before bodies were packed: two patients and a temperature, each in
// two versions.
TEST(OlderFiles, OfSchema2AreBroughtUpToDateAndLoseNothing) {
  const TestFolder folder;
  unpack("schema-2", folder.file());
  auto opened = open_sqlite(folder.file(), early());
  ASSERT_TRUE(opened.ok()) << to_text(opened.error());
  Store& store = **opened;
  const auto sound = store.check();
  EXPECT_TRUE(sound.ok()) << to_text(sound.error());
  EXPECT_EQ(store.stats()->resources, 3);
  EXPECT_EQ(store.stats()->versions, 6);
  const auto paul = store.read("Patient", "paul");
  ASSERT_TRUE(paul.ok());
  EXPECT_THAT(paul->body, StartsWith(R"({"resourceType":"Patient","id":"paul","meta":{"versionId":)"
                                     R"("2","lastUpdated":")"));
  EXPECT_THAT(paul->body, HasSubstr(R"("gender":"male","active":true)"));
  EXPECT_THAT(store.vread("Patient", "paul", 1)->body, testing::Not(HasSubstr("active")));
  EXPECT_THAT(store.read("Observation", "t1")->body, HasSubstr("38.50"));
  const auto found =
      store.search(*parse_query(fhir_catalogue(), "Observation", {{"patient", "anna"}}));
  ASSERT_EQ(found->matches.size(), 1u);
  // What is written from now on is packed, and stands beside it.
  int count = 0;
  ASSERT_TRUE(comes_true([&] {
    write(store, count, count + 100);
    count += 100;
    return store.space()->packing > 1.2;
  }));
  expect_all(store, count);
  EXPECT_EQ(store.read("Patient", "paul")->body, paul->body);
  opened->reset();
  ASSERT_TRUE(compact_sqlite(folder.file()).ok());
  auto compacted = open_sqlite(folder.file());
  EXPECT_EQ((*compacted)->read("Patient", "paul")->body, paul->body);
  EXPECT_TRUE((*compacted)->check().ok());
}

// And one from before dates stood beside references: two patients, four temperatures of one of
// them.
TEST(OlderFiles, OfSchema4PutWhatTheyHadAndWhatComesInOneOrder) {
  const TestFolder folder;
  unpack("schema-4", folder.file());
  const auto newest = [](Store& store) {
    std::vector<std::string> ids;
    const auto query = parse_query(fhir_catalogue(), "Observation",
                                   {{"patient", "anna"}, {"_sort", "-date"}, {"_count", "10"}});
    const auto page = store.search(*query);
    EXPECT_TRUE(page.ok()) << to_text(page.error());
    for (const Match& match : page->matches) ids.push_back(match.version.id);
    return ids;
  };
  {
    auto store = open_sqlite(folder.file());
    ASSERT_TRUE(store.ok()) << to_text(store.error());
    EXPECT_TRUE((*store)->check().ok());
    EXPECT_THAT(newest(**store), testing::ElementsAre("t2", "t3", "t1", "t4"));
    const Instant when = *parse_instant("2020-03-27T12:00:00Z");
    const Write write =
        put("Observation", "t5",
            {reference_value("patient", "Patient", "anna"), date_value("date", when, when)});
    ASSERT_TRUE((*store)->commit(transaction_of({write}, at(100'000'000))).ok());
    EXPECT_THAT(newest(**store), testing::ElementsAre("t2", "t5", "t3", "t1", "t4"));
  }
  ASSERT_TRUE(compact_sqlite(folder.file()).ok());
  auto store = open_sqlite(folder.file());
  EXPECT_THAT(newest(**store), testing::ElementsAre("t2", "t5", "t3", "t1", "t4"));
  const auto sound = (*store)->check();
  EXPECT_TRUE(sound.ok()) << to_text(sound.error());
}

}  // namespace
}  // namespace passerelle::store
