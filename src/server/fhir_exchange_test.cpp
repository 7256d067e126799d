// How resources travel: Binary as its content, conditional reads, history at an instant, searches
// within compartments.
#include <set>

#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Exchange : public testing::Test {
 protected:
  Reply put(const std::string& address, const std::string& members) {
    const size_t slash = address.find('/');
    return server.call("PUT", "/fhir/" + address,
                       R"({"resourceType":")" + address.substr(0, slash) + R"(","id":")" +
                           address.substr(slash + 1) + "\"" + members + "}");
  }
  void put_observation(const std::string& id, const std::string& patient) {
    EXPECT_EQ(put("Observation/" + id, R"(,"status":"final","code":{"text":"t"},"subject":)"
                                       R"({"reference":"Patient/)" +
                                           patient + "\"}")
                  .status,
              201);
  }
  std::set<std::string> found(const std::string& path) {
    const Reply reply = server.get("/fhir/" + path);
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::set<std::string> out;
    for (const json::Value entry : reply.json()["entry"].items())
      out.insert(std::string(entry["resource"]["resourceType"].string()) + "/" +
                 std::string(entry["resource"]["id"].string()));
    return out;
  }
  using Set = std::set<std::string>;
  TestServer server;
};

TEST_F(Exchange, ABinaryTravelsAsItsContent) {
  const std::string picture("\x89PNG\r\n\x1a\n\0\xff", 10);
  const Reply made =
      server.call("POST", "/fhir/Binary", picture,
                  {{"Content-Type", "image/png"}, {"X-Security-Context", "Patient/anna"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("contentType"), "image/png");
  const std::string path = "/fhir/Binary/" + made.text("id");
  const Reply read = server.get(path);
  EXPECT_EQ(read.header("content-type"), "image/png");
  EXPECT_EQ(read.body, picture);
  EXPECT_EQ(read.header("x-security-context"), "Patient/anna");
  EXPECT_EQ(read.header("content-disposition"), "attachment") << "no page of others runs here";
  EXPECT_EQ(server.get(path, {{"If-None-Match", read.header("etag")}}).status, 304);
  EXPECT_EQ(server.get(path, {{"Accept", "image/png"}}).body, picture);
  const Reply as_resource = server.get(path, {{"Accept", "application/fhir+json"}});
  EXPECT_EQ(as_resource.text("data"), "iVBORw0KGgoA/w==");
  EXPECT_EQ(server.get(path + "?_format=json").text("resourceType"), "Binary");
  const Reply changed = server.call("PUT", path, "hello", {{"Content-Type", "text/plain"}});
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(server.get(path).body, "hello");
  EXPECT_EQ(server.get("/fhir/Binary/none").status, 404);
}

TEST_F(Exchange, AReadIsSparedWhenNothingChangedSince) {
  put("Patient/anna", "");
  const std::string path = "/fhir/Patient/anna";
  const std::string changed = server.get(path).header("last-modified");
  EXPECT_EQ(server.get(path, {{"If-Modified-Since", changed}}).status, 304);
  EXPECT_EQ(server.get(path, {{"If-Modified-Since", "Thu, 01 Jan 2999 00:00:00 GMT"}}).status, 200)
      << "a date with the wrong day of the week is none";
  EXPECT_EQ(server.get(path, {{"If-Modified-Since", "Tue, 01 Jan 2999 00:00:00 GMT"}}).status, 304);
  EXPECT_EQ(server.get(path, {{"If-Modified-Since", "Wed, 01 Jan 2020 00:00:00 GMT"}}).status, 200);
}

TEST_F(Exchange, HistoryTellsWhatWasCurrentAtAnInstant) {
  ServerSettings settings = TestServer::quick_settings();
  settings.test_clock = *parse_instant("2020-03-26T08:00:00Z");
  const TestServer timed(settings);
  const std::string path = "/fhir/Patient/anna";
  const auto write = [&](const std::string& gender) {
    timed.call("PUT", path, R"({"resourceType":"Patient","id":"anna","gender":")" + gender + "\"}");
    timed.call("POST", "/api/test-clock", R"({"advance":"PT1H"})",
               {{"Content-Type", "application/json"}});
  };
  for (const char* gender : {"male", "female", "other"}) write(gender);  // at 8, 9 and 10
  const auto versions = [&](const std::string& at) {
    std::string out;
    const Reply reply = timed.get(path + "/_history?_at=" + at);
    for (const json::Value entry : reply.json()["entry"].items())
      out += std::string(entry["resource"]["meta"]["versionId"].string());
    return out;
  };
  EXPECT_EQ(versions("2020-03-26T08:30:00Z"), "1");
  EXPECT_EQ(versions("2020-03-26T09:00:00Z"), "2");
  EXPECT_EQ(versions("2020-03-26T12:00:00Z"), "3");
  EXPECT_EQ(versions("2020-03-26T07:59:00Z"), "");
  EXPECT_EQ(versions("2020-03-26"), "321") << "all were current at some time of the day";
  EXPECT_EQ(timed.get(path + "/_history?_at=soon").status, 400);
}

TEST_F(Exchange, ACompartmentHoldsWhatRefersToItsResource) {
  put("Patient/anna", "");
  put("Patient/bob", "");
  put_observation("a", "anna");
  put_observation("b", "bob");
  put("Encounter/e", R"(,"status":"finished","class":{"code":"AMB"},"subject":)"
                     R"({"reference":"Patient/anna"})");
  put("Practitioner/p", "");
  EXPECT_EQ(found("Patient/anna/Observation"), Set{"Observation/a"});
  EXPECT_EQ(found("Patient/anna/*"), (Set{"Patient/anna", "Observation/a", "Encounter/e"}));
  EXPECT_EQ(found("Patient/anna/*?_type=Encounter"), Set{"Encounter/e"});
  EXPECT_EQ(found("Patient/anna/Observation?status=amended"), Set{});
  EXPECT_EQ(found("Patient/nobody/Observation"), Set{});
  EXPECT_EQ(found("Encounter/e/Encounter"), Set{"Encounter/e"});
  const Reply posted =
      server.call("POST", "/fhir/Patient/anna/Observation/_search", "status=final&_format=xml",
                  {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_NE(posted.body.find("<id value=\"a\"/>"), std::string::npos) << posted.body;
  EXPECT_EQ(server.get("/fhir/Patient/anna/Practitioner").status, 400);
  EXPECT_EQ(server.get("/fhir/Organization/o/Observation").status, 404);
  EXPECT_EQ(server.get("/fhir/Patient/anna/Nonsense").status, 404);
}

TEST_F(Exchange, ACompartmentIsPagedByItsOwnLinks) {
  put("Patient/anna", "");
  for (const char* id : {"a", "b", "c"}) put_observation(id, "anna");
  std::set<std::string> seen;
  std::string path = "/fhir/Patient/anna/*?_count=2&_total=accurate";
  int pages = 0;
  while (!path.empty() && ++pages < 9) {
    const Reply page = server.get(path);
    EXPECT_EQ(page.json()["total"].number(), "4");
    for (const json::Value entry : page.json()["entry"].items())
      EXPECT_TRUE(seen.insert(std::string(entry["fullUrl"].string())).second);
    path.clear();
    for (const json::Value link : page.json()["link"].items())
      if (link["relation"].string() == "next")
        path = std::string(link["url"].string()).substr(server->url().size());
  }
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(seen.size(), 4u);
}

TEST_F(Exchange, ACompartmentIsSearchedInABundleToo) {
  put("Patient/anna", "");
  put_observation("a", "anna");
  const Reply batch =
      server.call("POST", "/fhir",
                  R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET",)"
                  R"("url":"Patient/anna/Observation?status=final"}}]})");
  EXPECT_EQ(batch.json()["entry"][0]["resource"]["entry"].size(), 1u) << batch.body;
}

// With one Patient only, such a condition would find it.
TEST_F(Exchange, AConditionThatAsksNothingChangesNothing) {
  ASSERT_EQ(put("Patient/only", "").status, 201);
  const std::string patient = R"({"resourceType":"Patient","gender":"male"})";
  for (const char* query : {"_format=json", "_count=1", "_sort=family", "_summary=false",
                            "_include=Patient:organization", "_total=none", ""}) {
    const std::string address = std::string("/fhir/Patient?") + query;
    EXPECT_EQ(server.call("DELETE", address).status, 400) << query;
    EXPECT_EQ(server.call("PUT", address, patient).status, 400) << query;
    EXPECT_EQ(server
                  .call("PATCH", address, R"([{"op":"add","path":"/gender","value":"male"}])",
                        {{"Content-Type", "application/json-patch+json"}})
                  .status,
              400)
        << query;
  }
  EXPECT_EQ(
      server.call("POST", "/fhir/Patient", patient, {{"If-None-Exist", "_format=json"}}).status,
      400);
  EXPECT_EQ(server
                .call("POST", "/fhir",
                      R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":)"
                      R"({"method":"POST","url":"Observation"},"resource":{"resourceType":)"
                      R"("Observation","status":"final","code":{"text":"t"},"subject":)"
                      R"({"reference":"Patient?_format=json"}}}]})")
                .status,
            400);
  EXPECT_EQ(server.get("/fhir/Patient/only").header("etag"), "W/\"1\"");
  EXPECT_EQ(found("Patient"), Set{"Patient/only"});
  EXPECT_EQ(found("Observation"), Set{});
  EXPECT_EQ(server.call("DELETE", "/fhir/Patient?_id=only&_format=json").status, 204);
}

TEST_F(Exchange, AReferenceIsFoundByTheWholeAddressToo) {
  put_observation("a", "anna");
  put_observation("b", "bert");
  const std::string base = server->url() + "/fhir";
  EXPECT_EQ(found("Observation?subject=" + base + "/Patient/anna"), Set{"Observation/a"});
  EXPECT_EQ(found("Observation?patient:Patient=" + base + "/Patient/anna"), Set{"Observation/a"});
  EXPECT_EQ(found("Observation?subject=" + base + "/Patient/anna,Patient/bert"),
            (Set{"Observation/a", "Observation/b"}));
  EXPECT_EQ(found("Observation?subject=http://elsewhere.example/fhir/Patient/anna"), Set{});
  EXPECT_EQ(found("Observation?subject=" + base + "/Nothing/anna"), Set{});
  // What is kept as it was written, such as a canonical, is found as before.
  ASSERT_EQ(put("CarePlan/c", R"(,"status":"active","intent":"plan","subject":{"reference":)"
                              R"("Patient/anna"},"instantiatesCanonical":[")" +
                                  base + R"(/PlanDefinition/p"])")
                .status,
            201);
  EXPECT_EQ(found("CarePlan?instantiates-canonical=" + base + "/PlanDefinition/p"),
            Set{"CarePlan/c"});
  EXPECT_EQ(server
                .call("PUT", "/fhir/Observation?subject=" + base + "/Patient/anna",
                      R"({"resourceType":"Observation","status":"amended","code":{"text":"t"},)"
                      R"("subject":{"reference":"Patient/anna"}})")
                .status,
            200)
      << "in conditions of writes as well";
}

TEST_F(Exchange, AnotherVersionOfFhirIsNeitherReadNorWritten) {
  const std::string patient = R"({"resourceType":"Patient"})";
  const auto post = [&](const std::string& type) {
    return server.call("POST", "/fhir/Patient", patient, {{"Content-Type", type}}).status;
  };
  EXPECT_EQ(post("application/fhir+json; fhirVersion=4.0"), 201);
  EXPECT_EQ(post("application/fhir+json; charset=utf-8; fhirVersion=\"4.0\""), 201);
  EXPECT_EQ(post("application/fhir+json; fhirVersion=5.0"), 415);
  EXPECT_EQ(post("application/fhir+json;fhirversion=3.0"), 415);
  const auto accept = [&](const std::string& types) {
    const Reply reply = server.get("/fhir/Patient", {{"Accept", types}});
    return reply.status == 200 ? reply.header("content-type") : std::to_string(reply.status);
  };
  const std::string json = "application/fhir+json; charset=utf-8";
  const std::string xml = "application/fhir+xml; charset=utf-8";
  EXPECT_EQ(accept("application/fhir+json; fhirVersion=5.0"), "406");
  EXPECT_EQ(accept("application/fhir+json; fhirVersion=5.0, application/fhir+xml; fhirVersion=4.0"),
            xml);
  EXPECT_EQ(accept("application/fhir+xml;q=0.5, application/fhir+json"), json);
  EXPECT_EQ(accept("application/fhir+json;q=0.1, */*;q=0.05, application/fhir+xml;q=0.9"), xml);
  EXPECT_EQ(accept("application/fhir+xml, application/fhir+json"), xml);
  EXPECT_EQ(accept("text/html, application/xml;q=0.9, */*;q=0.8"), json);
  EXPECT_EQ(accept("application/fhir+json;q=0"), "406");
}

TEST_F(Exchange, APackedBodyIsRefusedRatherThanMisread) {
  const auto send = [&](const std::string& path, const std::string& type) {
    return server
        .call("POST", path, R"({"resourceType":"Patient"})",
              {{"Content-Type", type}, {"Content-Encoding", "gzip"}})
        .status;
  };
  EXPECT_EQ(send("/fhir/Patient", "application/fhir+json"), 415);
  EXPECT_EQ(send("/fhir/Binary", "text/plain"), 415);
  EXPECT_EQ(send("/fhir/$import", "application/fhir+ndjson"), 415);
  EXPECT_EQ(found("Patient"), Set{});
}

TEST_F(Exchange, AHistoryOfSomeInstantsTellsNoTotalOfAll) {
  put("Patient/anna", "");
  EXPECT_TRUE(server.get("/fhir/Patient/anna/_history").json()["total"].exists());
  for (const char* query : {"_since=2999-01-01T00:00:00Z", "_at=2001"}) {
    const Reply none = server.get(std::string("/fhir/Patient/anna/_history?") + query);
    EXPECT_EQ(none.status, 200);
    EXPECT_FALSE(none.json()["total"].exists()) << none.body;
    EXPECT_FALSE(none.json()["entry"].exists()) << none.body;
  }
}

// What would find nothing, or not what is meant, is refused.
TEST_F(Exchange, ModifiersAndModesThatAreNotOfferedAreRefused) {
  EXPECT_EQ(server.get("/fhir/Observation?subject:text=anna").status, 400);
  const Reply sorted = server.get("/fhir/Patient?_sort:desc=family");
  EXPECT_EQ(sorted.status, 400);
  EXPECT_NE(sorted.body.find("takes no modifier"), std::string::npos) << sorted.body;
  EXPECT_EQ(server.get("/fhir/Patient?_elements:exclude=name").status, 400);
  EXPECT_EQ(server.get("/fhir/Patient?_sort:desc=family", {{"Prefer", "handling=lenient"}}).status,
            200);
  EXPECT_EQ(server.get("/fhir/Patient?_summary=text&_include=Patient:organization").status, 400);
  EXPECT_EQ(server.get("/fhir/Patient?_summary=data&_include=Patient:organization").status, 200);
  const std::string patient = R"({"resourceType":"Patient"})";
  EXPECT_EQ(server.call("POST", "/fhir/Patient/$validate?mode=update", patient).status, 200);
  EXPECT_EQ(server.call("POST", "/fhir/Patient/$validate?mode=upgrade", patient).status, 400);
}

}  // namespace
}  // namespace passerelle::server
