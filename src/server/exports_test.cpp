// Bulk data over HTTP: exports of the server, of patients and of a group, and import of NDJSON; an
// export that is interrupted goes on without losing or repeating anything.
#include "server/exports.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "run/indexing.h"
#include "server/server_clock.h"
#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Bulk : public testing::Test {
 protected:
  void put(const std::string& address, const std::string& members = "") {
    const size_t slash = address.find('/');
    const Reply reply =
        server.call("PUT", "/fhir/" + address,
                    R"({"resourceType":")" + address.substr(0, slash) + R"(","id":")" +
                        address.substr(slash + 1) + "\"" + members + "}");
    EXPECT_LT(reply.status, 300) << reply.body;
  }
  void put_observation(const std::string& id, const std::string& patient,
                       const std::string& status = "final") {
    put("Observation/" + id, R"(,"status":")" + status + R"(","code":{"text":"t"},"subject":)" +
                                 R"({"reference":"Patient/)" + patient + "\"}");
  }
  void SetUp() override {
    put("Patient/anna");
    put("Patient/bob");
    put("Organization/clinic", R"(,"name":"Clinic")");
    put_observation("a1", "anna");
    put_observation("a2", "anna", "amended");
    put_observation("b1", "bob");
    put("Group/g", R"(,"type":"person","actual":true,"member":[{"entity":{"reference":)"
                   R"("Patient/anna"}},{"entity":{"reference":"Device/d"}}])");
  }
  std::string address_of(const std::string& url) { return url.substr(server->url().size()); }
  // The manifest, once the export is done.
  Reply wait_for(const Reply& begun) {
    EXPECT_EQ(begun.status, 202) << begun.body;
    for (int tries = 0; tries < 2000; ++tries) {
      Reply reply = server.get(address_of(begun.header("content-location")));
      if (reply.status != 202) return reply;
      EXPECT_NE(reply.header("x-progress"), "");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "the export is never done";
    return {};
  }
  // "Patient/anna" of all files.
  std::set<std::string> exported(const std::string& path) {
    const Reply done =
        wait_for(server.call("GET", "/fhir/" + path, "", {{"Prefer", "respond-async"}}));
    EXPECT_EQ(done.status, 200) << done.body;
    std::set<std::string> out;
    for (const json::Value file : done.json()["output"].items()) {
      const Reply lines = server.get(address_of(std::string(file["url"].string())));
      EXPECT_EQ(lines.header("content-type"), "application/fhir+ndjson");
      int64_t count = 0;
      for (const std::string_view line : split(lines.body, '\n')) {
        if (line.empty()) continue;
        ++count;
        const auto document = json::Document::parse(line);
        EXPECT_TRUE(document.ok()) << line;
        const std::string type(document->root()["resourceType"].string());
        EXPECT_EQ(type, file["type"].string());
        const std::string name = type + "/" + std::string(document->root()["id"].string());
        EXPECT_TRUE(out.insert(name).second) << name << " comes twice";
        EXPECT_EQ(server.get("/fhir/" + name).body, line);
      }
      EXPECT_EQ(count, *file["count"].integer());
    }
    return out;
  }
  using Set = std::set<std::string>;
  TestServer server;
};

TEST_F(Bulk, ExportsTheWholeServerThePatientsOrAGroup) {
  const Set all = exported("$export");
  EXPECT_EQ(all, (Set{"Patient/anna", "Patient/bob", "Organization/clinic", "Observation/a1",
                      "Observation/a2", "Observation/b1", "Group/g"}));
  EXPECT_EQ(exported("Patient/$export"), (Set{"Patient/anna", "Patient/bob", "Observation/a1",
                                              "Observation/a2", "Observation/b1", "Group/g"}))
      << "a group of patients is in their compartments";
  EXPECT_EQ(exported("Group/g/$export"),
            (Set{"Patient/anna", "Observation/a1", "Observation/a2", "Group/g"}));
}

TEST_F(Bulk, ExportsOnlyWhatIsAskedFor) {
  EXPECT_EQ(exported("$export?_type=Patient,Organization"),
            (Set{"Patient/anna", "Patient/bob", "Organization/clinic"}));
  EXPECT_EQ(exported("$export?_since=2999-01-01T00:00:00Z"), Set{});
  EXPECT_EQ(exported("$export?_type=Observation&_typeFilter=Observation%3Fstatus%3Damended,"
                     "Observation%3Fpatient%3Dbob"),
            (Set{"Observation/a2", "Observation/b1"}))
      << "one filter or the other";
  const Reply chosen =
      server.call("POST", "/fhir/Patient/$export",
                  R"({"resourceType":"Parameters","parameter":[{"name":"patient","valueReference":)"
                  R"({"reference":"Patient/bob"}},{"name":"_type","valueString":"Observation"}]})");
  const Reply done = wait_for(chosen);
  ASSERT_EQ(done.json()["output"].size(), 1u) << done.body;
  EXPECT_EQ(done.json()["output"][0]["count"].number(), "1");
}

TEST_F(Bulk, ExportsOfSomePatientsTellOfNoOthers) {
  put("Group/both", R"(,"type":"person","actual":true,"member":[{"entity":{"reference":)"
                    R"("Patient/anna"}},{"entity":{"reference":"Patient/bob"}}])");
  const Set annas = {"Patient/anna", "Observation/a1", "Observation/a2", "Group/g"};
  EXPECT_EQ(exported("Group/g/$export"), annas) << "Bob is a member of the other group only";
  EXPECT_TRUE(exported("Group/both/$export").contains("Group/both")) << "all of it is asked for";
  EXPECT_TRUE(exported("Patient/$export").contains("Group/both"));
  put("Group/left", R"(,"type":"person","actual":true,"member":[{"entity":{"reference":)"
                    R"("Patient/anna"}},{"entity":{"reference":"Patient/bob"},"inactive":true}])");
  EXPECT_EQ(exported("Group/left/$export"), annas) << "who has left is named, and not exported";
}

TEST_F(Bulk, APatientOfAnotherServerIsNotTheOneWithTheSameId) {
  put("Group/far", R"(,"type":"person","actual":true,"member":[{"entity":{"reference":)"
                   R"("http://other.example/fhir/Patient/bob"}},{"entity":{"reference":")" +
                       server->url() + R"(/fhir/Patient/anna"}}])");
  EXPECT_EQ(exported("Group/far/$export"),
            (Set{"Patient/anna", "Observation/a1", "Observation/a2", "Group/g"}));
}

TEST_F(Bulk, AGroupOfNobodyIsNotEverybody) {
  put("Group/empty", R"(,"type":"person","actual":true)");
  EXPECT_EQ(exported("Group/empty/$export"), Set{});
}

TEST_F(Bulk, FiltersMeanWhatSearchesMean) {
  const auto filtered = [&](const std::string& query) {
    return exported("$export?_type=Observation&_typeFilter=" +
                    percent_encode("Observation?" + query));
  };
  EXPECT_EQ(filtered("subject=" + server->url() + "/fhir/Patient/bob"), Set{"Observation/b1"});
  EXPECT_EQ(filtered("subject=http://other.example/fhir/Patient/bob"), Set{});
  put("List/seen", R"(,"status":"current","mode":"working","entry":[{"item":{"reference":)"
                   R"("Observation/a1"}}])");
  EXPECT_EQ(filtered("_list=seen"), Set{"Observation/a1"});
}

TEST_F(Bulk, RefusesWhatItCannotWriteBeforeItBegins) {
  const auto status = [&](const std::string& query) {
    return server.get("/fhir/$export?" + query).status;
  };
  EXPECT_EQ(status("_type=Patinet"), 400);
  EXPECT_EQ(status("_since=yesterday"), 400);
  EXPECT_EQ(status("_outputFormat=text/csv"), 400);
  EXPECT_EQ(status("_typeFilter=Patient%3Fnonsense%3D1"), 400);
  EXPECT_EQ(status("_elements=id"), 400) << "it would give more than was asked for";
  EXPECT_EQ(server.get("/fhir/Group/none/$export").status, 404);
  EXPECT_EQ(server.get("/fhir/$export-status/none").status, 404);
}

TEST_F(Bulk, AnExportIsItsOwnersAndCanBeRemoved) {
  const Reply begun = server.get("/fhir/$export");
  const Reply done = wait_for(begun);
  const std::string status = address_of(begun.header("content-location"));
  const std::string file = address_of(std::string(done.json()["output"][0]["url"].string()));
  EXPECT_NE(done.header("expires"), "");
  EXPECT_EQ(server.plain("GET", file).status, 401) << "files need the log-in too";
  EXPECT_EQ(server.get(status + "/..%2f..%2fsecret").status, 404);
  const auto other = server->identity().issue_token("ada", std::chrono::hours(1), server->now());
  EXPECT_EQ(server.get(status, {{"Authorization", "Bearer " + *other}}).status, 200)
      << "an administrator may see it";
  const Account stranger{"other", "Another laboratory", {"system"}, "en"};
  ASSERT_TRUE(server->identity().put_account(stranger, "", server->now()).ok());
  const auto theirs = server->identity().issue_token("other", std::chrono::hours(1), server->now());
  const Headers as_stranger = {{"Authorization", "Bearer " + *theirs}};
  EXPECT_EQ(server.get(status, as_stranger).status, 403);
  EXPECT_EQ(server.get(file, as_stranger).status, 403);
  EXPECT_EQ(server.call("DELETE", status, "", as_stranger).status, 403);
  EXPECT_EQ(server.call("DELETE", status).status, 202);
  EXPECT_EQ(server.get(status).status, 404);
  EXPECT_EQ(server.get(file).status, 404);
}

TEST_F(Bulk, ImportsLinesAndSaysWhichOnesItCouldNot) {
  const Reply reply = server.call("POST", "/fhir/$import",
                                  "{\"resourceType\":\"Patient\",\"id\":\"c\"}\n\n"
                                  "{\"resourceType\":\"Patient\",\"id\":\"d\",\"gender\":\"x\"}\n"
                                  "{\"resourceType\":\n"
                                  "{\"resourceType\":\"Patient\",\"gender\":\"male\"}",
                                  {{"Content-Type", "application/fhir+ndjson"}});
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_NE(reply.body.find("line 3: Patient.gender"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("line 4: "), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("2 resources are stored"), std::string::npos) << reply.body;
  EXPECT_EQ(server.get("/fhir/Patient/c").status, 200);
  EXPECT_EQ(server.get("/fhir/Patient?gender=male").json()["entry"].size(), 1u);
  EXPECT_EQ(
      server.call("POST", "/fhir/$import", "no json", {{"Content-Type", "application/fhir+ndjson"}})
          .status,
      422);
  EXPECT_EQ(server.call("POST", "/fhir/$import", "{}").status, 415);
}

TEST(InterruptedExports, StayUnderWayWhenTheyCannotBeWrittenNow) {
  const auto store = std::move(*store::open_temporary());
  const ServerClock clock;
  const auto blocked =
      std::filesystem::temp_directory_path() / ("export-blocked-" + std::to_string(getpid()));
  std::ofstream(blocked) << "a file where a folder is needed";
  ExportSettings settings;
  settings.folder = (blocked / "exports").string();
  Exports exports(*store, clock, settings);
  ExportJob asked;
  asked.at = clock.now();
  asked.types = {"Patient"};
  const std::string id = *exports.begin(asked);
  exports.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  exports.stop();
  EXPECT_EQ(exports.find(id)->status, ExportStatus::active);
  std::filesystem::remove(blocked);
}

TEST(InterruptedExports, GoOnWithoutLosingOrRepeatingAnything) {
  const auto store = std::move(*store::open_temporary());
  constexpr int patients = 60;
  store::Transaction transaction;
  for (int i = 0; i < patients; ++i) {
    const auto document =
        json::Document::parse(R"({"resourceType":"Patient","id":")" + std::to_string(i) + "\"}");
    transaction.writes.push_back(std::move(*run::make_write(document->root(), {})));
  }
  ASSERT_TRUE(store->commit(std::move(transaction)).ok());

  const ServerClock clock;
  ExportSettings settings;
  settings.folder =
      (std::filesystem::temp_directory_path() / ("export-" + std::to_string(getpid()))).string();
  settings.file_bytes = 1;  // a file for each resource, so that there is much to interrupt
  std::string id;
  size_t interrupted = 0;
  ExportJob job;
  for (int round = 0; round < 200; ++round) {
    Exports exports(*store, clock, settings);
    if (id.empty()) {
      ExportJob asked;
      asked.at = clock.now();
      asked.types = {"Patient"};
      id = *exports.begin(asked);
    }
    exports.start();
    // Longer each time: on a slow machine a millisecond is not enough to begin.
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + round / 10));
    exports.stop();
    job = *exports.find(id);
    if (job.status == ExportStatus::done) break;
    ++interrupted;
  }
  EXPECT_GT(interrupted, 0u);
  ASSERT_EQ(job.status, ExportStatus::done) << job.error;
  Exports exports(*store, clock, settings);
  std::set<std::string> seen;
  for (const ExportFile& file : job.files)
    EXPECT_TRUE(seen.insert(*exports.read_file(id, file.name)).second) << file.name;
  EXPECT_EQ(seen.size(), static_cast<size_t>(patients));
  EXPECT_TRUE(exports.remove(id).ok());
  std::filesystem::remove_all(settings.folder);
}

}  // namespace
}  // namespace passerelle::server
