// Transactions (all or nothing, references resolved) and batches (each for itself).
#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Bundles : public testing::Test {
 protected:
  Reply send(const std::string& type, const std::string& entries, Headers headers = {}) {
    return server.call(
        "POST", "/fhir",
        R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" + entries + "]}",
        std::move(headers));
  }
  static std::string entry(const std::string& full_url, const std::string& resource,
                           const std::string& method, const std::string& url,
                           const std::string& more = "") {
    return "{" + (full_url.empty() ? "" : "\"fullUrl\":\"" + full_url + "\",") +
           (resource.empty() ? "" : "\"resource\":" + resource + ",") +
           "\"request\":{\"method\":\"" + method + "\",\"url\":\"" + url + "\"" + more + "}}";
  }
  static std::string observation(const std::string& subject) {
    return R"({"resourceType":"Observation","status":"final","code":{"text":"t"},"subject":)"
           R"({"reference":")" +
           subject + "\"}}";
  }
  static std::string status(const Reply& reply, size_t i) {
    return std::string(reply.json()["entry"][i]["response"]["status"].string());
  }
  int64_t count(const std::string& type) {
    return *server.get("/fhir/" + type + "?_summary=count").json()["total"].integer();
  }
  TestServer server;
  const std::string patient_urn = "urn:uuid:11111111-1111-4111-8111-111111111111";
  const std::string patient = R"({"resourceType":"Patient","name":[{"family":"A"}]})";
};

TEST_F(Bundles, ATransactionResolvesWhatItsEntriesCallEachOther) {
  const Reply reply =
      send("transaction", entry("", observation(patient_urn), "POST", "Observation") + "," +
                              entry(patient_urn, patient, "POST", "Patient"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.text("type"), "transaction-response");
  EXPECT_EQ(status(reply, 0), "201 Created");
  const std::string location(reply.json()["entry"][1]["response"]["location"].string());
  const std::string made = location.substr(0, location.find("/_history"));
  const Reply found = server.get("/fhir/Observation?subject=" + made);
  EXPECT_EQ(found.json()["entry"][0]["resource"]["subject"]["reference"].string(), made);
}

TEST_F(Bundles, ATransactionResolvesReferencesOfTheServerItComesFrom) {
  const Reply reply =
      send("transaction",
           entry("http://other.example/fhir/Patient/77", patient, "POST", "Patient") + "," +
               entry("http://other.example/fhir/Observation/1", observation("Patient/77"), "POST",
                     "Observation"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Reply found = server.get("/fhir/Observation?_include=Observation:subject");
  EXPECT_EQ(found.json()["entry"].size(), 2u) << found.body;
}

TEST_F(Bundles, ATransactionIsAllOrNothing) {
  const Reply reply =
      send("transaction",
           entry("", patient, "POST", "Patient") + "," +
               entry("", R"({"resourceType":"Patient","gender":"unknowable"})", "POST", "Patient"));
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.json()["issue"][0]["expression"][0].string(), "Bundle.entry[1].resource.gender");
  EXPECT_EQ(count("Patient"), 0);
  const Reply dangling =
      send("transaction", entry("", patient, "POST", "Patient") + "," +
                              entry("", observation(patient_urn), "POST", "Observation"));
  EXPECT_EQ(dangling.status, 400);
  EXPECT_EQ(dangling.json()["issue"][0]["expression"][0].string(), "Bundle.entry[1]");
  const Reply late = send("transaction", entry("", patient, "POST", "Patient") + "," +
                                             entry("", R"({"resourceType":"Patient","id":"x"})",
                                                   "PUT", "Patient/x", R"(,"ifMatch":"W/\"3\"")"));
  EXPECT_EQ(late.status, 412) << late.body;
  EXPECT_EQ(count("Patient"), 0);
}

// R4, 3.1.0.11.1: an entry that fails, of whatever kind, fails the transaction.
TEST_F(Bundles, ATransactionWhoseReadFindsNothingWritesNothing) {
  const std::string write = entry("", patient, "POST", "Patient") + ",";
  const Reply missing = send("transaction", write + entry("", "", "GET", "Patient/nobody"));
  EXPECT_EQ(missing.status, 404) << missing.body;
  EXPECT_EQ(missing.json()["issue"][0]["expression"][0].string(), "Bundle.entry[1]");
  EXPECT_EQ(send("transaction", write + entry("", "", "GET", "Patient?genderr=male")).status, 400);
  EXPECT_EQ(count("Patient"), 0);
  const Reply own = send("transaction", entry("", "", "GET", "Patient/new") + "," +
                                            entry("", R"({"resourceType":"Patient","id":"new"})",
                                                  "PUT", "Patient/new"));
  ASSERT_EQ(own.status, 200) << own.body;
  EXPECT_EQ(own.json()["entry"][0]["resource"]["id"].string(), "new") << "it was written before";
}

// However many there are, and however long each takes.
TEST(BundlesOfLongSearches, AreStoppedTogether) {
  ServerSettings settings = TestServer::quick_settings();
  settings.bundle_time = Millis(0);
  const TestServer server(settings);
  const auto send = [&](const std::string& type, const std::string& entries) {
    return server.call(
        "POST", "/fhir",
        R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" + entries + "]}");
  };
  const std::string create =
      R"({"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}})";
  const std::string search = R"({"request":{"method":"GET","url":"Patient?name=x"}})";
  const std::string conditional =
      R"({"request":{"method":"PUT","url":"Patient?identifier=1"},"resource":)"
      R"({"resourceType":"Patient","identifier":[{"value":"1"}]}})";
  const Reply batch = send("batch", create + "," + search + "," + conditional);
  ASSERT_EQ(batch.status, 200) << batch.body;
  const auto status = [&](size_t i) {
    return batch.json()["entry"][i]["response"]["status"].string().substr(0, 3);
  };
  EXPECT_EQ(status(0), "201");
  EXPECT_EQ(status(1), "413");
  EXPECT_EQ(status(2), "413");
  EXPECT_EQ(batch.json()["entry"][1]["response"]["outcome"]["issue"][0]["code"].string(),
            "too-costly");
  EXPECT_EQ(send("transaction", create + "," + search).status, 413);
  EXPECT_EQ(send("transaction", create + "," + conditional).status, 413);
  EXPECT_EQ(
      send("transaction", R"({"request":{"method":"POST","url":"Observation"},"resource":)"
                          R"({"resourceType":"Observation","status":"final","code":{"text":"t"},)"
                          R"("subject":{"reference":"Patient?identifier=1"}}})")
          .status,
      413);
  EXPECT_EQ(server.get("/fhir/Patient?_summary=count").json()["total"].number(), "1")
      << "that of the batch";
}

TEST_F(Bundles, ATransactionDeletesThenCreatesThenUpdatesThenReads) {
  server.call("PUT", "/fhir/Patient/old",
              R"({"resourceType":"Patient","id":"old","identifier":[{"value":"7"}]})");
  const Reply reply = send(
      "transaction", entry("", "", "GET", "Patient?identifier=7") + "," +
                         entry("", R"({"resourceType":"Patient","identifier":[{"value":"7"}]})",
                               "POST", "Patient") +
                         "," + entry("", "", "DELETE", "Patient/old"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["entry"][0]["resource"]["entry"].size(), 1u);
  EXPECT_EQ(status(reply, 1), "201 Created");
  EXPECT_EQ(status(reply, 2), "204 No Content");
  EXPECT_EQ(server.get("/fhir/Patient/old").status, 410);
}

TEST_F(Bundles, ATransactionFindsWhatAReferenceDescribes) {
  server.call(
      "PUT", "/fhir/Patient/known",
      R"({"resourceType":"Patient","id":"known","identifier":[{"system":"s","value":"7"}]})");
  const Reply reply =
      send("transaction", entry("", observation("Patient?identifier=s|7"), "POST", "Observation"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(server.get("/fhir/Observation?subject=Patient/known").json()["entry"].size(), 1u);
  EXPECT_EQ(
      send("transaction", entry("", observation("Patient?identifier=s|8"), "POST", "Observation"))
          .status,
      412);
}

TEST_F(Bundles, ATransactionCreatesOnlyWhatIsNotThere) {
  const std::string body = R"({"resourceType":"Patient","identifier":[{"value":"9"}]})";
  const std::string entries =
      entry(patient_urn, body, "POST", "Patient", R"(,"ifNoneExist":"identifier=9")") + "," +
      entry("", observation(patient_urn), "POST", "Observation");
  EXPECT_EQ(status(send("transaction", entries), 0), "201 Created");
  EXPECT_EQ(status(send("transaction", entries), 0), "200 OK");
  EXPECT_EQ(count("Patient"), 1);
  EXPECT_EQ(server.get("/fhir/Observation?subject.identifier=9").json()["entry"].size(), 2u);
}

TEST_F(Bundles, WhatAResourceIsCalledIsNoLinkToIt) {
  const std::string url = "http://example.org/fhir/ValueSet/colours";
  const Reply reply =
      send("transaction",
           entry(url,
                 R"({"resourceType":"ValueSet","id":"colours","status":"active","url":")" + url +
                     R"(","extension":[{"url":")" + url + R"(","valueUri":")" + url + R"("}]})",
                 "PUT", "ValueSet/colours"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Reply stored = server.get("/fhir/ValueSet/colours");
  EXPECT_EQ(stored.text("url"), url);
  EXPECT_EQ(stored.json()["extension"][0]["url"].string(), url);
  EXPECT_EQ(stored.json()["extension"][0]["valueUri"].string(), "ValueSet/colours")
      << "that is one";
}

TEST_F(Bundles, ATransactionRefusesToWriteAResourceTwice) {
  const std::string update =
      entry("", R"({"resourceType":"Patient","id":"x"})", "PUT", "Patient/x");
  EXPECT_EQ(send("transaction", update + "," + update).status, 400);
}

TEST_F(Bundles, AReadOfABatchMayBeConditional) {
  server.call("PUT", "/fhir/Patient/x", R"({"resourceType":"Patient","id":"x"})");
  const Reply reply = send(
      "batch",
      entry("", "", "GET", "Patient/x", R"(,"ifNoneMatch":"W/\"1\"")") + "," +
          entry("", "", "GET", "Patient/x", R"(,"ifModifiedSince":"2999-01-01T00:00:00Z")") + "," +
          entry("", "", "GET", "Patient/x", R"(,"ifModifiedSince":"2001-01-01T00:00:00Z")"));
  EXPECT_EQ(status(reply, 0), "304 Not Modified");
  EXPECT_EQ(status(reply, 1), "304 Not Modified");
  EXPECT_EQ(status(reply, 2), "200 OK");
}

TEST_F(Bundles, ABatchDoesEachForItself) {
  const Reply reply =
      send("batch", entry("", patient, "POST", "Patient") + "," +
                        entry("", R"({"resourceType":"Patient","gender":"x"})", "POST", "Patient") +
                        "," + entry("", "", "GET", "Patient/none") + "," +
                        entry("", "", "PATCH", "Patient/none") + "," +
                        entry("", "", "GET", "metadata?_summary=true"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.text("type"), "batch-response");
  EXPECT_EQ(status(reply, 0), "201 Created");
  EXPECT_EQ(status(reply, 1), "422 Unprocessable Entity");
  EXPECT_EQ(reply.json()["entry"][1]["response"]["outcome"]["resourceType"].string(),
            "OperationOutcome");
  EXPECT_EQ(status(reply, 2), "404 Not Found");
  EXPECT_EQ(status(reply, 3), "400 Bad Request") << "a patch without a patch";
  EXPECT_EQ(status(reply, 4), "200 OK");
  EXPECT_EQ(count("Patient"), 1);
}

TEST_F(Bundles, GiveTheResourcesBackWhenAsked) {
  const Reply reply = send("transaction", entry("", patient, "POST", "Patient"),
                           {{"Prefer", "return=representation"}});
  EXPECT_EQ(reply.json()["entry"][0]["resource"]["meta"]["versionId"].string(), "1");
  EXPECT_FALSE(send("transaction", entry("", patient, "POST", "Patient"))
                   .json()["entry"][0]["resource"]
                   .exists());
}

TEST_F(Bundles, OthersAreNotRun) {
  EXPECT_EQ(send("searchset", "").status, 400);
  EXPECT_EQ(server.call("POST", "/fhir", patient).status, 400);
  EXPECT_EQ(send("transaction", R"({"request":{"method":"GET"}})").status, 400);
  EXPECT_EQ(send("transaction", entry("", "", "POST", "Patient")).status, 400);
  EXPECT_EQ(send("transaction", entry("", patient, "POST", "Patient/../x/y/z")).status, 400);
  EXPECT_EQ(send("transaction", entry("", "", "DELETE", "Patient")).status, 400);
}

}  // namespace
}  // namespace passerelle::server
