// Profiles over HTTP: what is written must conform to what it claims, and $validate to what is
// asked.
#include "server/test_client.h"

namespace passerelle::server {
namespace {

const std::string born =
    R"({"resourceType":"StructureDefinition","id":"born","url":"urn:born","name":"Born","status":"active",)"
    R"("kind":"resource","abstract":false,"type":"Patient",)"
    R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",)"
    R"("differential":{"element":[{"id":"Patient.birthDate","path":"Patient.birthDate","min":1}]}})";

std::string patient(const std::string& more, const std::string& claims = "urn:born") {
  return R"({"resourceType":"Patient","id":"p","meta":{"profile":[")" + claims + "\"]}" + more +
         "}";
}

TEST(WritingByProfile, RefusesWhatDoesNotConform) {
  const TestServer server;
  const Headers outcome = {{"Prefer", "return=OperationOutcome"}};
  // Not loaded yet: taken, and said.
  const Reply early = server.call("PUT", "/fhir/Patient/p", patient(""), outcome);
  EXPECT_EQ(early.status, 201);
  EXPECT_EQ(early.json()["issue"][0]["severity"].string(), "warning");
  EXPECT_NE(early.body.find("the profile urn:born is not loaded here"), std::string::npos);
  ASSERT_EQ(server.call("PUT", "/fhir/StructureDefinition/born", born).status, 201);
  const Reply refused = server.call("PUT", "/fhir/Patient/p", patient(""));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json()["issue"][0]["expression"][0].string(), "Patient.birthDate");
  EXPECT_EQ(server.call("PUT", "/fhir/Patient/p", patient(R"(,"birthDate":"1950")")).status, 200);
  // Also in a transaction and by a patch.
  const Reply bundle = server.call(
      "POST", "/fhir",
      R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Patient/p"},)"
      R"("resource":)" +
          patient("") + "}]}");
  EXPECT_EQ(bundle.status, 422);
  EXPECT_EQ(bundle.json()["issue"][0]["expression"][0].string(),
            "Bundle.entry[0].resource.birthDate");
  EXPECT_EQ(server
                .call("PATCH", "/fhir/Patient/p", R"([{"op":"remove","path":"/birthDate"}])",
                      {{"Content-Type", "application/json-patch+json"}})
                .status,
            422);
  // A changed profile counts at once.
  std::string looser = born;
  looser.replace(looser.find("\"min\":1"), 7, "\"min\":0");
  ASSERT_EQ(server.call("PUT", "/fhir/StructureDefinition/born", looser).status, 200);
  EXPECT_EQ(server.call("PUT", "/fhir/Patient/p", patient("")).status, 200);
}

TEST(WritingByProfile, IsStrictOrOffWhenAskedFor) {
  ServerSettings settings = TestServer::quick_settings();
  settings.profiles = ProfileMode::strict;
  const TestServer strict(settings);
  EXPECT_EQ(strict.call("PUT", "/fhir/Patient/p", patient("")).status, 422);
  settings.profiles = ProfileMode::off;
  const TestServer off(settings);
  ASSERT_EQ(off.call("PUT", "/fhir/StructureDefinition/born", born).status, 201);
  EXPECT_EQ(off.call("PUT", "/fhir/Patient/p", patient("")).status, 201);
  // Who asks is answered all the same.
  EXPECT_NE(off.get("/fhir/Patient/p/$validate?profile=urn:born").body.find("Patient.birthDate"),
            std::string::npos);
}

TEST(Validating, ByAProfileThatIsNamed) {
  const TestServer server;
  ASSERT_EQ(server.call("PUT", "/fhir/StructureDefinition/born", born).status, 201);
  const std::string plain = R"({"resourceType":"Patient","gender":"male"})";
  const Reply found = server.call("POST", "/fhir/Patient/$validate?profile=urn:born", plain);
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.json()["issue"][0]["severity"].string(), "error");
  EXPECT_EQ(found.json()["issue"][0]["expression"][0].string(), "Patient.birthDate");
  const Reply unknown = server.call("POST", "/fhir/Patient/$validate?profile=urn:none", plain);
  EXPECT_EQ(unknown.json()["issue"][0]["severity"].string(), "error");
  EXPECT_NE(unknown.body.find("the profile urn:none is not loaded here"), std::string::npos);
}

}  // namespace
}  // namespace passerelle::server
