// SearchParameters over HTTP: refused with the place, indexed in the background, searched by like
// those of the specification.
#include <thread>

#include "server/test_client.h"

namespace passerelle::server {
namespace {

class AddedSearch : public testing::Test {
 protected:
  Reply put(const std::string& id, const std::string& members,
            const std::string& status = "active") {
    return server.call("PUT", "/fhir/SearchParameter/" + id,
                       R"({"resourceType":"SearchParameter","id":")" + id + R"(","url":"urn:sp:)" +
                           id + R"(","name":"N","status":")" + status +
                           R"(","description":"d","base":["Patient"],)" + members + "}");
  }
  void wait_until_ready(const std::string& id) {
    for (int i = 0; i < 2000; ++i) {
      const Reply status = server.get("/fhir/SearchParameter/" + id + "/$status");
      if (status.json()["parameter"][0]["valueCode"].string() == "ready") return;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << server.get("/fhir/SearchParameter/" + id + "/$status").body;
  }
  // Ids, in order.
  std::string ids(const std::string& search) {
    const Reply reply = server.get("/fhir/" + search);
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::string out;
    for (const json::Value entry : reply.json()["entry"].items())
      out += (out.empty() ? "" : " ") + std::string(entry["resource"]["id"].string());
    return out;
  }
  Reply as_admin(const std::string& path) {
    const auto token = server->identity().issue_token("ada", std::chrono::hours(1), server->now());
    return server.get(path, {{"Authorization", "Bearer " + *token}});
  }
  TestServer server;
};

TEST_F(AddedSearch, SortsChainsAndIncludesByAnAddedParameter) {
  ASSERT_EQ(
      server.call("PUT", "/fhir/Practitioner/dr", R"({"resourceType":"Practitioner","id":"dr"})")
          .status,
      201);
  const auto patient = [&](const std::string& id, const std::string& rank,
                           const std::string& more) {
    ASSERT_EQ(server
                  .call("PUT", "/fhir/Patient/" + id,
                        R"({"resourceType":"Patient","id":")" + id +
                            R"(","extension":[)"
                            R"({"url":"urn:rank","valueInteger":)" +
                            rank + "}" + more + "]}")
                  .status,
              201);
  };
  patient("a", "3", R"(,{"url":"urn:dr","valueReference":{"reference":"Practitioner/dr"}})");
  patient("b", "1", "");
  ASSERT_EQ(
      server
          .call("PUT", "/fhir/Observation/o",
                R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},)"
                R"("subject":{"reference":"Patient/a"}})")
          .status,
      201);
  ASSERT_EQ(
      put("rank",
          R"x("code":"rank","type":"number","expression":"Patient.extension('urn:rank').value")x")
          .status,
      201);
  ASSERT_EQ(
      put("dr",
          R"x("code":"dr","type":"reference","target":["Practitioner"],"expression":"Patient.extension('urn:dr').value")x")
          .status,
      201);
  wait_until_ready("rank");
  wait_until_ready("dr");
  patient("c", "2", "");
  EXPECT_EQ(ids("Patient?rank=gt1&_sort=rank"), "c a");
  EXPECT_EQ(ids("Patient?_sort=-rank"), "a c b");
  EXPECT_EQ(ids("Patient?rank:missing=true"), "");
  EXPECT_EQ(ids("Observation?subject:Patient.rank=3"), "o");
  EXPECT_EQ(ids("Patient?dr=Practitioner/dr&_include=Patient:dr"), "a dr");
  EXPECT_EQ(ids("Practitioner?_has:Patient:dr:rank=3"), "dr");
  EXPECT_EQ(ids("Practitioner?_revinclude=Patient:dr"), "dr a");
  const Reply metadata = server.get("/fhir/metadata");
  EXPECT_NE(metadata.body.find(R"({"name":"rank","definition":"urn:sp:rank","type":"number"})"),
            std::string::npos);
  EXPECT_NE(metadata.body.find("\"Patient:dr\""), std::string::npos);
  EXPECT_NE(as_admin("/api/search-parameters")
                .body.find(R"("id":"rank","code":"rank","url":"urn:sp:rank","state":"ready")"),
            std::string::npos);
  // Retired: not known any more.
  ASSERT_EQ(
      put("rank",
          R"x("code":"rank","type":"number","expression":"Patient.extension('urn:rank').value")x",
          "retired")
          .status,
      200);
  EXPECT_EQ(server.get("/fhir/Patient?rank=1").status, 400);
}

TEST_F(AddedSearch, RefusesWhatCannotBeSearchedBy) {
  const Reply bad = put("x", R"("code":"x","type":"string","expression":"Patient.nam")");
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(bad.json()["issue"][0]["expression"][0].string(), "SearchParameter.expression");
  EXPECT_NE(bad.body.find("did you mean 'name'"), std::string::npos);
  EXPECT_EQ(put("y", R"("code":"name","type":"string","expression":"Patient.name")").status, 422);
  // A draft is a draft.
  EXPECT_EQ(put("x", R"("code":"x","type":"string","expression":"Patient.nam")", "draft").status,
            201);
  EXPECT_NE(server.get("/fhir/SearchParameter/x/$status").body.find("only what is active"),
            std::string::npos);
}

TEST_F(AddedSearch, OfAllTypesCountsNoHiddenSubscriptions) {
  ASSERT_EQ(
      server
          .call(
              "PUT", "/fhir/Subscription/s",
              R"({"resourceType":"Subscription","id":"s","status":"off","reason":"r","criteria":"Patient?",)"
              R"("channel":{"type":"rest-hook","endpoint":"https://x.example"}})")
          .status,
      201);
  ASSERT_EQ(server.call("PUT", "/fhir/Patient/p", R"({"resourceType":"Patient","id":"p"})").status,
            201);
  const auto nurse = [&](const std::string& path) {
    Account account{"nora", "Nora", {"nurse"}, "en"};
    EXPECT_TRUE(server->identity().put_account(account, "a-long-password", server->now()).ok());
    const auto token = server->identity().issue_token("nora", std::chrono::hours(1), server->now());
    return server.get(path, {{"Authorization", "Bearer " + *token}});
  };
  EXPECT_EQ(server.get("/fhir?_total=accurate").json()["total"].number(), "2");
  EXPECT_EQ(nurse("/fhir?_total=accurate").json()["total"].number(), "1");
  EXPECT_EQ(nurse("/fhir?_type=Subscription,Patient&_total=accurate").json()["total"].number(),
            "1");
  EXPECT_EQ(nurse("/fhir?_type=Subscription").status, 403);
  // Neither do histories, and no page is shorter for them.
  ASSERT_EQ(server.call("PUT", "/fhir/Patient/q", R"({"resourceType":"Patient","id":"q"})").status,
            201);
  EXPECT_EQ(server.get("/fhir/_history").json()["total"].number(), "3");
  const Reply first = nurse("/fhir/_history?_count=2");
  EXPECT_EQ(first.json()["total"].number(), "2");
  EXPECT_EQ(first.json()["entry"].size(), 2u);
  EXPECT_EQ(first.json()["link"].size(), 1u) << "there is no next page";
  EXPECT_EQ(nurse("/fhir/Subscription/_history").status, 403);
  EXPECT_EQ(nurse("/fhir/Patient/_history").json()["total"].number(), "2");
}

}  // namespace
}  // namespace passerelle::server
