// PATCH over HTTP: JSON Patch and FHIRPath Patch, with conditions, in transactions and batches.
#include <thread>

#include "base/base64.h"
#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Patch : public testing::Test {
 protected:
  void SetUp() override { EXPECT_EQ(server.call("PUT", "/fhir/Patient/anna", anna).status, 201); }
  Reply patch(const std::string& path, const std::string& operations, Headers headers = {}) {
    headers.emplace("Content-Type", "application/json-patch+json");
    return server.call("PATCH", "/fhir/" + path, operations, std::move(headers));
  }
  Reply now() { return server.get("/fhir/Patient/anna"); }
  static std::string first_issue(const Reply& reply) {
    return std::string(reply.json()["issue"][0]["diagnostics"].string());
  }
  static std::string path_patch(const std::string& path, const std::string& value) {
    return R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[)"
           R"({"name":"type","valueCode":"replace"},{"name":"path","valueString":")" +
           path + R"("},{"name":"value",)" + value + "}]}]}";
  }

  const std::string anna =
      R"({"resourceType":"Patient","id":"anna","identifier":[{"system":"s","value":"1"}],)"
      R"("name":[{"family":"Durand"}],"gender":"female","birthDate":"1950-02-03"})";
  const std::string male = R"([{"op":"replace","path":"/gender","value":"male"}])";
  TestServer server;
};

TEST_F(Patch, ChangesAResourceByJsonPatchAsANewVersion) {
  const Reply reply = patch("Patient/anna", male);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.header("etag"), "W/\"2\"");
  EXPECT_EQ(reply.text("gender"), "male");
  EXPECT_EQ(now().text("gender"), "male");
  EXPECT_EQ(server.get("/fhir/Patient?gender=male").json()["entry"].size(), 1u);
  EXPECT_EQ(server.get("/fhir/Patient/anna/_history/1").text("gender"), "female");
}

TEST_F(Patch, ChangesAResourceByFhirPathPatchInJsonAndXml) {
  const Headers as_json = {{"Content-Type", "application/fhir+json"}};
  const Reply reply = patch(
      "Patient/anna", path_patch("Patient.name.family", R"("valueString":"Dupont")"), as_json);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["name"][0]["family"].string(), "Dupont");
  const Reply in_xml =
      patch("Patient/anna",
            "<Parameters xmlns=\"http://hl7.org/fhir\"><parameter><name value=\"operation\"/>"
            "<part><name value=\"type\"/><valueCode value=\"delete\"/></part>"
            "<part><name value=\"path\"/><valueString value=\"Patient.birthDate\"/></part>"
            "</parameter></Parameters>",
            {{"Content-Type", "application/fhir+xml"}});
  ASSERT_EQ(in_xml.status, 200) << in_xml.body;
  EXPECT_FALSE(now().json()["birthDate"].exists());
}

TEST_F(Patch, HeedsIfMatchAndPrefer) {
  EXPECT_EQ(patch("Patient/anna", male, {{"If-Match", "W/\"7\""}}).status, 412);
  EXPECT_EQ(now().text("gender"), "female");
  const Reply quiet =
      patch("Patient/anna", male, {{"If-Match", "W/\"1\""}, {"Prefer", "return=minimal"}});
  EXPECT_EQ(quiet.status, 200) << quiet.body;
  EXPECT_EQ(quiet.body, "");
  EXPECT_EQ(quiet.header("preference-applied"), "return=minimal");
}

TEST_F(Patch, FindsItsResourceByACondition) {
  EXPECT_EQ(patch("Patient?identifier=s|1", male).status, 200);
  EXPECT_EQ(now().text("gender"), "male");
  EXPECT_EQ(patch("Patient?identifier=s|2", male).status, 404);
  server.call("PUT", "/fhir/Patient/b",
              R"({"resourceType":"Patient","id":"b","identifier":[{"system":"s","value":"1"}]})");
  EXPECT_EQ(patch("Patient?identifier=s|1", male).status, 412) << "two have it";
  EXPECT_EQ(patch("Patient", male).status, 400) << "an empty condition";
}

TEST_F(Patch, RefusesWhatDoesNotFitAndChangesNothing) {
  const Reply failed = patch("Patient/anna", R"([{"op":"test","path":"/gender","value":"male"},)"
                                             R"({"op":"remove","path":"/gender"}])");
  EXPECT_EQ(failed.status, 422);
  EXPECT_NE(first_issue(failed).find("/gender has another value"), std::string::npos)
      << failed.body;
  EXPECT_EQ(patch("Patient/anna", R"([{"op":"replace","path":"/gender","value":"x"}])").status, 422)
      << "what comes of it is invalid";
  EXPECT_EQ(patch("Patient/anna", R"([{"op":"replace","path":"/id","value":"x"}])").status, 422);
  EXPECT_EQ(patch("Patient/anna", R"([{"op":"grow","path":"/gender"}])").status, 400);
  EXPECT_EQ(patch("Patient/anna", "{}").status, 400);
  EXPECT_EQ(patch("Patient/nobody", male).status, 404);
  const Reply xml =
      patch("Patient/anna", "<diff/>", {{"Content-Type", "application/xml-patch+xml"}});
  EXPECT_EQ(xml.status, 415);
  EXPECT_NE(first_issue(xml).find("json-patch"), std::string::npos) << "it says what to send";
  EXPECT_EQ(now().header("etag"), "W/\"1\"");
}

TEST_F(Patch, ConcurrentPatchesAllCount) {
  constexpr int each = 10;
  const auto add_names = [&](const std::string& family) {
    for (int i = 0; i < each; ++i) {
      // The same answer as to any write that others keep overtaking: the client tries again.
      while (patch("Patient/anna",
                   R"([{"op":"add","path":"/name/-","value":{"family":")" + family + "\"}}]")
                 .status != 200) {
      }
    }
  };
  std::thread one([&] { add_names("A"); }), two([&] { add_names("B"); });
  one.join();
  two.join();
  EXPECT_EQ(now().json()["name"].size(), 1u + 2 * each);
}

TEST_F(Patch, IsAnEntryOfTransactionsAndBatches) {
  const std::string json_patch = R"({"resource":{"resourceType":"Binary","contentType":)"
                                 R"("application/json-patch+json","data":")" +
                                 to_base64(male) +
                                 R"("},"request":{"method":"PATCH","url":"Patient/anna"}})";
  const std::string urn = "urn:uuid:11111111-1111-4111-8111-111111111111";
  const std::string doctor = R"({"fullUrl":")" + urn +
                             R"(","resource":{"resourceType":"Practitioner"},)" +
                             R"("request":{"method":"POST","url":"Practitioner"}})";
  const std::string add_doctor =
      R"({"resource":{"resourceType":"Parameters","parameter":[{"name":"operation","part":[)"
      R"({"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},)"
      R"({"name":"name","valueString":"generalPractitioner"},)"
      R"({"name":"value","valueReference":{"reference":")" +
      urn + R"("}}]}]},"request":{"method":"PATCH","url":"Patient?identifier=s|1"}})";
  const Reply batch = server.call(
      "POST", "/fhir", R"({"resourceType":"Bundle","type":"batch","entry":[)" + json_patch + "]}");
  EXPECT_EQ(batch.json()["entry"][0]["response"]["status"].string(), "200 OK") << batch.body;
  EXPECT_EQ(now().text("gender"), "male");
  const Reply together = server.call("POST", "/fhir",
                                     R"({"resourceType":"Bundle","type":"transaction","entry":[)" +
                                         add_doctor + "," + doctor + "]}");
  ASSERT_EQ(together.status, 200) << together.body;
  const std::string location(together.json()["entry"][1]["response"]["location"].string());
  EXPECT_EQ(now().json()["generalPractitioner"][0]["reference"].string(),
            location.substr(0, location.find("/_history")));
}

TEST_F(Patch, AFailingEntryUndoesTheTransaction) {
  const Reply reply = server.call(
      "POST", "/fhir",
      R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":)"
      R"("Practitioner"},"request":{"method":"POST","url":"Practitioner"}},{"resource":)" +
          path_patch("Patient.photo", R"("valueAttachment":{"title":"x"})") +
          R"(,"request":{"method":"PATCH","url":"Patient/anna"}}]})");
  EXPECT_EQ(reply.status, 422) << reply.body;
  EXPECT_NE(reply.body.find("Bundle.entry[1]"), std::string::npos) << reply.body;
  EXPECT_EQ(server.get("/fhir/Practitioner?_summary=count").json()["total"].number(), "0");
}

// Nobody said If-Match: what is overtaken is made again on what that left.
TEST_F(Patch, OfManyAtOnceAreAllDone) {
  constexpr int people = 24, each = 3;
  const auto together = [](const auto& one) {
    std::vector<std::thread> threads;
    for (int i = 0; i < people; ++i) threads.emplace_back([&one, i] { one(i); });
    for (std::thread& thread : threads) thread.join();
  };
  together([&](int i) {
    for (int k = 0; k < each; ++k)
      EXPECT_EQ(patch("Patient/anna", R"([{"op":"add","path":"/identifier/-","value":{"value":")" +
                                          std::to_string(i * each + k) + "\"}}]")
                    .status,
                200);
  });
  EXPECT_EQ(now().json()["identifier"].size(), 1u + people * each);
  together([&](int i) {
    EXPECT_EQ(server
                  .call("POST", "/fhir/Patient/anna/$meta-add",
                        R"({"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":)"
                        R"({"tag":[{"system":"s","code":")" +
                            std::to_string(i) + "\"}]}}]}")
                  .status,
              200);
  });
  EXPECT_EQ(now().json()["meta"]["tag"].size(), size_t{people});
}

}  // namespace
}  // namespace passerelle::server
