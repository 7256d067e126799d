// FHIR's REST interactions over real HTTP.
#include "server/test_client.h"

namespace passerelle::server {
namespace {

const char* const anna =
    R"({"resourceType":"Patient","id":"anna","name":[{"family":"Durand","given":["Anna"]}],)"
    R"("gender":"female","birthDate":"1950-02-03"})";

class Fhir : public testing::Test {
 protected:
  Reply put(const std::string& path, const std::string& body, Headers headers = {}) {
    return server.call("PUT", "/fhir/" + path, body, std::move(headers));
  }
  Reply post(const std::string& path, const std::string& body, Headers headers = {}) {
    return server.call("POST", "/fhir" + path, body, std::move(headers));
  }
  Reply get(const std::string& path, Headers headers = {}) {
    return server.get("/fhir/" + path, headers);
  }
  static std::string issue(const Reply& reply, std::string_view member = "diagnostics") {
    const json::Value found = reply.json()["issue"][0][member];
    return std::string(found.is_array() ? found[0].string() : found.string());
  }
  TestServer server;
};

TEST_F(Fhir, CreatesAndReadsBackByTheLocation) {
  const Reply made = post("/Patient", anna);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("etag"), "W/\"1\"");
  EXPECT_NE(made.text("id"), "anna") << "the server gives the id";
  const std::string location = made.header("location");
  EXPECT_EQ(location, server->url() + "/fhir/Patient/" + made.text("id") + "/_history/1");
  const Reply read = server.get(location.substr(server->url().size()));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.json()["name"][0]["family"].string(), "Durand");
  EXPECT_EQ(read.json()["meta"]["versionId"].string(), "1");
  EXPECT_EQ(read.header("last-modified").size(), 29u);
}

TEST_F(Fhir, UpdatesByVersionsAndKeepsThemAll) {
  EXPECT_EQ(put("Patient/anna", anna).status, 201);
  std::string changed = anna;
  changed.replace(changed.find("Durand"), 6, "Dupont");
  const Reply updated = put("Patient/anna", changed, {{"If-Match", "W/\"1\""}});
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(updated.header("etag"), "W/\"2\"");
  const Reply late = put("Patient/anna", anna, {{"If-Match", "W/\"1\""}});
  EXPECT_EQ(late.status, 412);
  EXPECT_NE(issue(late).find("version 2"), std::string::npos) << late.body;
  EXPECT_EQ(put("Patient/anna", anna, {{"If-Match", "nonsense"}}).status, 400);
  EXPECT_EQ(get("Patient/anna/_history/1").json()["name"][0]["family"].string(), "Durand");
  EXPECT_EQ(get("Patient/anna/_history/2").json()["name"][0]["family"].string(), "Dupont");
  EXPECT_EQ(get("Patient/anna/_history/3").status, 404);
}

TEST_F(Fhir, DeletesAndRemembersThatItDid) {
  put("Patient/anna", anna);
  const Reply deleted = server.call("DELETE", "/fhir/Patient/anna");
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.header("etag"), "W/\"2\"");
  EXPECT_EQ(get("Patient/anna").status, 410);
  EXPECT_EQ(get("Patient/anna/_history/1").status, 200);
  EXPECT_EQ(get("Patient/anna/_history/2").status, 410);
  EXPECT_EQ(server.call("DELETE", "/fhir/Patient/anna").status, 204) << "again does no harm";
  EXPECT_EQ(get("Patient/never").status, 404);
  EXPECT_EQ(put("Patient/anna", anna).status, 201) << "it may come back";
}

TEST_F(Fhir, ReadsOnlyWhatIsNew) {
  put("Patient/anna", anna);
  const Reply same = get("Patient/anna", {{"If-None-Match", "W/\"1\""}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(get("Patient/anna", {{"If-None-Match", "W/\"7\""}}).status, 200);
  const std::string modified = get("Patient/anna").header("last-modified");
  EXPECT_EQ(get("Patient/anna", {{"If-Modified-Since", modified}}).status, 304);
}

TEST_F(Fhir, TellsTheHistoryOfOneOfATypeAndOfAll) {
  put("Patient/anna", anna);
  put("Patient/anna", anna);
  put("Organization/o", R"({"resourceType":"Organization","id":"o","name":"Centre"})");
  server.call("DELETE", "/fhir/Patient/anna");
  const Reply one = get("Patient/anna/_history");
  EXPECT_EQ(one.text("type"), "history");
  EXPECT_EQ(one.json()["total"].number(), "3");
  EXPECT_EQ(one.json()["entry"][0]["request"]["method"].string(), "DELETE");
  EXPECT_FALSE(one.json()["entry"][0]["resource"].exists());
  EXPECT_EQ(one.json()["entry"][2]["response"]["etag"].string(), "W/\"1\"");
  EXPECT_EQ(get("Organization/_history").json()["entry"].size(), 1u);
  EXPECT_EQ(get("_history").json()["entry"].size(), 4u);
  EXPECT_EQ(get("Patient/never/_history").status, 404);

  const Reply page = get("_history?_count=3");
  EXPECT_EQ(page.json()["entry"].size(), 3u);
  const json::Value next = page.json()["link"][1];
  ASSERT_EQ(next["relation"].string(), "next");
  const Reply rest = server.get(std::string(next["url"].string().substr(server->url().size())));
  EXPECT_EQ(rest.json()["entry"].size(), 1u);
  EXPECT_EQ(rest.json()["link"].size(), 1u);
}

TEST_F(Fhir, RefusesAnInvalidResourceAndNamesTheElement) {
  const Reply wrong =
      put("Patient/anna", R"({"resourceType":"Patient","id":"anna","birthDate":"1950-13-40"})");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(issue(wrong, "expression"), "Patient.birthDate");
  const Reply misspelt =
      put("Patient/anna", R"({"resourceType":"Patient","id":"anna","birthdate":"1950-02-03"})");
  EXPECT_EQ(misspelt.status, 422);
  EXPECT_NE(issue(misspelt).find("birthDate"), std::string::npos) << misspelt.body;
  EXPECT_EQ(get("Patient/anna").status, 404) << "nothing was stored";
}

TEST_F(Fhir, RefusesBodiesThatAreNoResources) {
  EXPECT_EQ(post("/Patient", "").status, 415) << "no Content-Type";
  EXPECT_EQ(post("/Patient", " ").status, 400);
  EXPECT_EQ(post("/Patient", "{").status, 400);
  EXPECT_EQ(post("/Patient", "[]").status, 400);
  EXPECT_EQ(post("/Patient", R"({"resourceType":"Patien"})").status, 400);
  EXPECT_EQ(post("/Patien", R"({"resourceType":"Patien"})").status, 404);
  EXPECT_EQ(post("/Patient", R"({"resourceType":"Organization","name":"x"})").status, 400);
  EXPECT_EQ(post("/Patient", "{\"resourceType\":\"Patient\",\"id\":\"\xff\"}").status, 400);
  EXPECT_EQ(post("/Patient", anna, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(
      post("/Patient", anna, {{"Content-Type", "application/fhir+json; charset=latin1"}}).status,
      415);
  std::string deep = R"({"resourceType":"Patient","extension":)";
  for (int i = 0; i < 5000; ++i) deep += R"([{"url":"u","extension":)";
  EXPECT_EQ(post("/Patient", deep).status, 413);
  EXPECT_EQ(put("Patient/anna", R"({"resourceType":"Patient","id":"other"})").status, 400);
  EXPECT_EQ(put("Patient/a_b", R"({"resourceType":"Patient","id":"a_b"})").status, 400);
  EXPECT_EQ(post("/Patient", R"({"resourceType":"Patient","resourceType":"Patient"})").status, 400);
}

TEST_F(Fhir, SpeaksXmlBothWays) {
  const char* const xml =
      "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"x\"/><active value=\"true\"/>"
      "<name><family value=\"Ünlü\"/></name></Patient>";
  const Reply made =
      put("Patient/x", xml,
          {{"Content-Type", "application/fhir+xml"}, {"Accept", "application/fhir+xml"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("content-type"), "application/fhir+xml; charset=utf-8");
  EXPECT_NE(made.body.find("<family value=\"Ünlü\"/>"), std::string::npos) << made.body;
  EXPECT_EQ(get("Patient/x").json()["active"].boolean(), true);
  EXPECT_NE(get("Patient/x?_format=xml").body.find("<Patient"), std::string::npos);
  EXPECT_NE(get("Patient?_format=application/fhir%2Bxml").body.find("<Bundle"), std::string::npos);
  EXPECT_NE(get("Patient/none?_format=xml").body.find("<OperationOutcome"), std::string::npos);
  EXPECT_EQ(get("Patient/x?_format=turtle").status, 406);
  EXPECT_EQ(get("Patient/x", {{"Accept", "text/turtle"}}).status, 406);
  EXPECT_NE(get("Patient/x?_pretty=true").body.find("\n  \"id\""), std::string::npos);
}

TEST_F(Fhir, RefusesHostileXml) {
  const Headers xml = {{"Content-Type", "application/fhir+xml"}};
  EXPECT_EQ(post("/Patient",
                 "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>"
                 "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&b;\"/></Patient>",
                 xml)
                .status,
            400);
  EXPECT_EQ(post("/Patient",
                 "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
                 "<Patient xmlns=\"http://hl7.org/fhir\"/>",
                 xml)
                .status,
            400);
  EXPECT_EQ(post("/Patient", "<Patient xmlns=\"http://hl7.org/fhir\"><id", xml).status, 400);
  EXPECT_EQ(post("/Patient", "<Patient><id value=\"x\"/></Patient>", xml).status, 400)
      << "not in FHIR's namespace";
}

TEST_F(Fhir, GivesBackAsMuchAsThePreferenceAsks) {
  const Reply minimal = put("Patient/anna", anna, {{"Prefer", "return=minimal"}});
  EXPECT_EQ(minimal.status, 201);
  EXPECT_EQ(minimal.body, "");
  const Reply outcome = put("Patient/anna", anna, {{"Prefer", "return=OperationOutcome"}});
  EXPECT_EQ(outcome.text("resourceType"), "OperationOutcome");
  EXPECT_EQ(put("Patient/anna", anna).text("resourceType"), "Patient");
}

TEST_F(Fhir, CreatesOnlyWhatIsNotThere) {
  const std::string body =
      R"({"resourceType":"Patient","identifier":[{"system":"urn:x","value":"7"}]})";
  const Headers condition = {{"If-None-Exist", "identifier=urn:x|7"}};
  const Reply first = post("/Patient", body, condition);
  EXPECT_EQ(first.status, 201);
  const Reply second = post("/Patient", body, condition);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.text("id"), first.text("id"));
  post("/Patient", body);
  EXPECT_EQ(post("/Patient", body, condition).status, 412);
  EXPECT_EQ(put("Patient/new", R"({"resourceType":"Patient","id":"new"})", {{"If-None-Match", "*"}})
                .status,
            201);
  EXPECT_EQ(put("Patient/new", R"({"resourceType":"Patient","id":"new"})", {{"If-None-Match", "*"}})
                .status,
            412);
}

TEST_F(Fhir, UpdatesAndDeletesByACondition) {
  const std::string body =
      R"({"resourceType":"Patient","identifier":[{"system":"urn:x","value":"7"}]})";
  const Reply made = put("Patient?identifier=urn:x|7", body);
  EXPECT_EQ(made.status, 201);
  const Reply updated = put("Patient?identifier=urn:x|7", body);
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(updated.text("id"), made.text("id"));
  EXPECT_EQ(server.call("DELETE", "/fhir/Patient").status, 400) << "never all of them";
  EXPECT_EQ(server.call("DELETE", "/fhir/Patient?identifier=urn:x|7").status, 204);
  EXPECT_EQ(get("Patient/" + made.text("id")).status, 410);
  EXPECT_EQ(server.call("DELETE", "/fhir/Patient?identifier=urn:x|7").status, 204);
}

TEST_F(Fhir, LeavesTheWorkOfCasesAlone) {
  const std::string work =
      R"({"resourceType":"Task","id":"17-4","status":"requested","intent":"order",)"
      R"("identifier":[{"system":"urn:passerelle:case","value":"17"}]})";
  const Reply refused = put("Task/17-4", work);
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(issue(refused).find("case"), std::string::npos);
  EXPECT_EQ(post("/Task", work).status, 409);
  EXPECT_EQ(
      put("Task/t", R"({"resourceType":"Task","id":"t","status":"requested","intent":"order"})")
          .status,
      201)
      << "other tasks are free";
}

TEST_F(Fhir, SaysWhichMethodsAnAddressHas) {
  const Reply reply = server.call("POST", "/fhir/Patient/anna", "{}");
  EXPECT_EQ(reply.status, 405);
  EXPECT_NE(reply.header("allow").find("PUT"), std::string::npos);
  EXPECT_EQ(reply.text("resourceType"), "OperationOutcome");
}

}  // namespace
}  // namespace passerelle::server
