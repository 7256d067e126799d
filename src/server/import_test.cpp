// Bulk loading: nothing is lost, whatever the order of the files; what is broken is told by file
// and line.
#include "server/import.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>

#include "base/json.h"
#include "base/text.h"
#include "server/import_later.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

class Import : public testing::Test {
 protected:
  Import() {
    char name[] = "/tmp/passerelle-import-XXXXXX";
    folder = mkdtemp(name);
    auto opened = store::open_temporary();
    EXPECT_TRUE(opened.ok());
    store = std::move(*opened);
  }
  ~Import() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& content) {
    const std::string path = folder + "/" + name;
    EXPECT_TRUE(write_file(path, content).ok());
    return path;
  }
  ImportReport load(const std::vector<std::string>& paths) {
    ImportSettings settings;
    settings.now = Instant(std::chrono::seconds(1'600'000'000));
    settings.threads = 2;
    auto report = import_files(*store, paths, settings);
    EXPECT_TRUE(report.ok()) << (report ? "" : to_text(report.error()));
    return report ? *report : ImportReport();
  }
  int64_t count(const std::string& type, const store::Parameters& parameters = {}) {
    auto query = store::parse_query(store::fhir_catalogue(), type, parameters);
    EXPECT_TRUE(query.ok());
    query->set_count(0);
    query->want_total();
    const auto page = store->search(*query);
    EXPECT_TRUE(page.ok());
    return page->total.value_or(-1);
  }

  std::string folder;
  std::unique_ptr<store::Store> store;
  const std::string good = R"({"resourceType":"Patient","id":"a","name":[{"family":"Durand"}]})";
};

std::string gzipped(const std::string& text) {
  std::string out(text.size() + 1000, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string bzipped(const std::string& text) {
  std::string out(text.size() + 1000, '\0');
  unsigned size = static_cast<unsigned>(out.size());
  BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()),
                           static_cast<unsigned>(text.size()), 9, 0, 0);
  out.resize(size);
  return out;
}

std::string many(int from, int to) {
  std::string lines;
  for (int i = from; i < to; ++i)
    lines += R"({"resourceType":"Patient","id":"n)" + std::to_string(i) + R"(","birthDate":"19)" +
             std::to_string(10 + i % 90) + "-01-01\"}\n";
  return lines;
}

TEST_F(Import, ReadsLinesPlainAndPacked) {
  const ImportReport report =
      load({file("a.ndjson", many(0, 1000)), file("b.ndjson.gz", gzipped(many(1000, 2000))),
            file("c.ndjson.bz2", bzipped(many(2000, 3000)))});
  EXPECT_EQ(report.resources, 3000u);
  EXPECT_EQ(report.problem_count, 0u);
  EXPECT_EQ(count("Patient"), 3000);
  EXPECT_EQ(count("Patient", {{"birthdate", "1910"}}), 34);
}

TEST_F(Import, ReadsArchivesThatAreSeveral) {
  load({file("b.ndjson.gz", gzipped(many(0, 10)) + gzipped(many(10, 20))),
        file("c.ndjson.bz2", bzipped(many(20, 30)) + bzipped(many(30, 40)))});
  EXPECT_EQ(count("Patient"), 40);
}

TEST_F(Import, ReportsABrokenLineWithItsPlaceAndTakesTheRest) {
  const std::string path =
      file("mixed.ndjson", good +
                               "\nthis is not JSON\n\n{\"resourceType\":\"Patient\",\"id\":\"b\","
                               "\"gender\":\"none\"}\n{\"id\":\"c\"}\n" +
                               R"({"resourceType":"Patient","id":"d"})");
  const ImportReport report = load({path});
  EXPECT_EQ(report.resources, 2u);
  ASSERT_EQ(report.problems.size(), 3u);
  EXPECT_EQ(report.problems[0].file, path);
  EXPECT_EQ(report.problems[0].line, 2);
  EXPECT_EQ(report.problems[1].line, 4);
  EXPECT_NE(report.problems[1].message.find("Patient.gender"), std::string::npos);
  EXPECT_EQ(report.problems[2].line, 5);
  EXPECT_EQ(count("Patient"), 2);
}

TEST_F(Import, ReportsATruncatedArchiveAndTakesWhatCameBefore) {
  const std::string packed = gzipped(many(0, 5000));
  const ImportReport report =
      load({file("half.ndjson.gz", packed.substr(0, packed.size() / 2)), file("a.json", good)});
  EXPECT_GT(report.problem_count, 0u);
  EXPECT_GT(count("Patient"), 1000);
  EXPECT_EQ(count("Patient", {{"_id", "a"}}), 1);
}

TEST_F(Import, ReadsABundleOverManyLinesAndXml) {
  load({file("b.json",
             "{\n \"resourceType\": \"Bundle\",\n \"type\": \"collection\",\n"
             " \"entry\": [{\"resource\": " +
                 good + "}]\n}\n"),
        file("x.xml", "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"x\"/></Patient>")});
  EXPECT_EQ(count("Patient"), 2);
}

TEST_F(Import, ResolvesReferencesWithinABundleAndBetweenFilesInAnyOrder) {
  const std::string first = file(
      "1-patient.json",
      R"({"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:p","resource":)" +
          good +
          R"(,"request":{"method":"POST","url":"Patient"}},{"fullUrl":"urn:uuid:e","resource":)"
          R"({"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},)"
          R"("subject":{"reference":"urn:uuid:p"},"participant":[{"individual":{"reference":)"
          R"("Practitioner?identifier=npi|1"}}]},"request":{"method":"POST","url":"Encounter"}}]})");
  const std::string second =
      file("2-doctors.json",
           R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":)"
           R"("Practitioner","id":"doc","identifier":[{"system":"npi","value":"1"}]},"request":)"
           R"({"method":"POST","url":"Practitioner"}}]})");
  const ImportReport report = load({first, second});
  EXPECT_EQ(report.problem_count, 0u);
  EXPECT_EQ(report.resources, 3u);
  EXPECT_EQ(count("Encounter", {{"subject", "Patient/a"}}), 1);
  EXPECT_EQ(count("Encounter", {{"participant", "Practitioner/doc"}}), 1);
}

// More of them than are kept in memory.
TEST_F(Import, ResolvesWhatRefersToLaterFilesHoweverMuchItIs) {
  constexpr int notes = 3000;
  const std::string long_text(10'000, 'x');
  std::string lines;
  for (int i = 0; i < notes; ++i)
    lines += R"({"resourceType":"Observation","id":"o)" + std::to_string(i) +
             R"(","status":"final","code":{"text":")" + long_text +
             R"("},"subject":{"reference":"Patient?identifier=urn:x|1"}})" + "\n";
  const std::string first = file("1-notes.ndjson", lines);
  const std::string second = file(
      "2-patient.json", R"({"resourceType":"Patient","id":"p","identifier":[{"system":"urn:x",)"
                        R"("value":"1"}]})");
  const ImportReport report = load({first, second});
  EXPECT_EQ(report.problem_count, 0u);
  EXPECT_EQ(report.resources, notes + 1u);
  EXPECT_EQ(count("Observation", {{"subject", "Patient/p"}}), notes);
}

TEST(ImportLater, GivesBackWhatItTookInOrderFromMemoryAndFromTheFile) {
  ImportLater later(100);
  for (int i = 0; i < 50; ++i) {
    ImportPiece piece;
    piece.file = i < 20 ? "a" : "b";
    piece.texts.push_back({i, std::string(static_cast<size_t>(i), 'x') + "\n" + '\0'});
    ASSERT_TRUE(later.put(std::move(piece)).ok());
  }
  for (int i = 0; i < 50; ++i) {
    const auto piece = later.take();
    ASSERT_TRUE(piece.ok() && *piece) << i;
    EXPECT_EQ((*piece)->file, i < 20 ? "a" : "b");
    ASSERT_EQ((*piece)->texts.size(), 1u);
    EXPECT_EQ((*piece)->texts[0].line, i);
    EXPECT_EQ((*piece)->texts[0].text, std::string(static_cast<size_t>(i), 'x') + "\n" + '\0');
    EXPECT_TRUE((*piece)->last_try);
  }
  EXPECT_FALSE(*later.take());
}

TEST(ImportLater, SaysWhenThereIsNoRoomForTheFile) {
  ::setenv("SQLITE_TMPDIR", "/nowhere/at/all", 1);
  ImportLater later(10);
  ImportPiece piece;
  piece.file = "a";
  piece.texts.push_back({1, std::string(100, 'x')});
  const auto kept = later.put(std::move(piece));
  ::unsetenv("SQLITE_TMPDIR");
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().code, ErrorCode::unavailable);
  EXPECT_NE(to_text(kept.error()).find("SQLITE_TMPDIR"), std::string::npos);
  EXPECT_FALSE(*later.take()) << "nothing of it is there";
}

TEST_F(Import, KeepsAReferenceThatFindsNothingAndSaysSo) {
  const ImportReport report = load({file(
      "e.json", R"({"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"A"},)"
                R"("subject":{"reference":"Patient?identifier=nobody"}})")});
  EXPECT_EQ(report.resources, 1u);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_NE(report.problems[0].message.find("Patient?identifier=nobody"), std::string::npos);
}

TEST_F(Import, MayBeDoneTwice) {
  const std::string path = file("a.ndjson", many(0, 50));
  load({path});
  load({path});
  EXPECT_EQ(count("Patient"), 50);
}

TEST_F(Import, TakesTheFilesOfAFolder) {
  file("b.json", good);
  file("notes.md", "no data");
  const ImportReport report = load({folder});
  EXPECT_EQ(report.files, 1u);
  EXPECT_EQ(report.problem_count, 0u);
  ImportSettings settings;
  EXPECT_FALSE(import_files(*store, {folder + "/none"}, settings).ok());
}

TEST_F(Import, LoadsSyntheaWithoutLoss) {
  const char* const suites = std::getenv("PASSERELLE_SUITES");
  const std::string path =
      (suites != nullptr ? std::string(suites) : std::string(PASSERELLE_ROOT "/../shared/suites")) +
      "/synthea";
  if (!std::filesystem::exists(path)) {
    std::printf("skipped: %s is not there\n", path.c_str());
    return;
  }
  const ImportReport report = load({path});
  for (const ImportProblem& problem : report.problems)
    ADD_FAILURE() << problem.file << ":" << problem.line << ": " << problem.message;
  EXPECT_GT(report.resources, 1000u);
  EXPECT_EQ(store->stats()->resources, static_cast<int64_t>(report.resources));
  EXPECT_GT(count("Patient"), 10);
  EXPECT_GT(count("Encounter", {{"participant:missing", "false"}}), 0);
}

}  // namespace
}  // namespace passerelle::server
