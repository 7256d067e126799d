// Operations over HTTP: $validate, $meta, $everything and terminology; and that the
// CapabilityStatement names those that there are.
#include <set>

#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Operations : public testing::Test {
 protected:
  Reply post(const std::string& path, const std::string& body) {
    return server.call("POST", "/fhir/" + path, body);
  }
  Reply get(const std::string& path) { return server.get("/fhir/" + path); }
  void put(const std::string& address, const std::string& members) {
    const size_t slash = address.find('/');
    const Reply reply =
        server.call("PUT", "/fhir/" + address,
                    R"({"resourceType":")" + address.substr(0, slash) + R"(","id":")" +
                        address.substr(slash + 1) + "\"" + members + "}");
    EXPECT_LT(reply.status, 300) << reply.body;
  }
  static std::string parameters(const std::string& items) {
    return R"({"resourceType":"Parameters","parameter":[)" + items + "]}";
  }
  // The value of a parameter of the answer, as text.
  static std::string said(const Reply& reply, std::string_view name) {
    for (const json::Value one : reply.json()["parameter"].items()) {
      if (one["name"].string() != name) continue;
      for (const json::Member& member : one.members())
        if (member.name.starts_with("value")) return json::write(member.value);
    }
    return "";
  }
  static size_t errors(const Reply& reply) {
    size_t count = 0;
    for (const json::Value issue : reply.json()["issue"].items())
      count += issue["severity"].string() == "error" ? 1 : 0;
    return count;
  }
  static std::set<std::string> ids(const Reply& reply) {
    std::set<std::string> out;
    for (const json::Value entry : reply.json()["entry"].items())
      out.insert(std::string(entry["resource"]["id"].string()));
    return out;
  }
  TestServer server;
};

TEST_F(Operations, ValidateSaysWhatWouldBeSaidAndStoresNothing) {
  const Reply good = post("Patient/$validate", R"({"resourceType":"Patient","gender":"male"})");
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(errors(good), 0u) << good.body;
  const Reply bad = post(
      "Patient/$validate",
      parameters(R"({"name":"resource","resource":{"resourceType":"Patient","gender":"mal"}})"));
  EXPECT_EQ(bad.status, 200) << "also what is invalid was looked at";
  EXPECT_EQ(errors(bad), 1u) << bad.body;
  EXPECT_EQ(bad.json()["issue"][0]["expression"][0].string(), "Patient.gender");
  EXPECT_EQ(errors(post("Observation/$validate", R"({"resourceType":"Patient"})")), 1u);
  EXPECT_EQ(get("Patient?_summary=count").json()["total"].number(), "0");
  put("Patient/anna", "");
  EXPECT_EQ(errors(get("Patient/anna/$validate")), 0u);
  const Reply profile = get("Patient/anna/$validate?profile=urn:p");
  EXPECT_EQ(profile.json()["issue"][0]["code"].string(), "not-supported") << profile.body;
  EXPECT_EQ(errors(post("Patient/anna/$validate", R"({"resourceType":"Patient","id":"bob"})")), 1u);
  EXPECT_EQ(post("Patient/$validate", "").status, 400);
  EXPECT_EQ(get("Patient/anna/$validate?profle=x").status, 400);
}

TEST_F(Operations, MetaIsReadAddedToAndTakenFrom) {
  put("Patient/anna", R"(,"meta":{"tag":[{"system":"s","code":"a"}]})");
  const std::string more = parameters(
      R"({"name":"meta","valueMeta":{"tag":[{"system":"s","code":"b"},{"system":"s","code":"a",)"
      R"("display":"again"}],"security":[{"system":"s","code":"R"}]}})");
  const Reply added = post("Patient/anna/$meta-add", more);
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_NE(said(added, "return").find(R"("security":[{"system":"s","code":"R"}])"),
            std::string::npos);
  EXPECT_EQ(get("Patient?_tag=s|b").json()["entry"].size(), 1u);
  EXPECT_EQ(get("Patient/anna").json()["meta"]["tag"].size(), 2u) << "what is there stays single";
  EXPECT_EQ(get("Patient/anna").header("etag"), "W/\"2\"");
  EXPECT_EQ(post("Patient/anna/$meta-delete", more).status, 200);
  EXPECT_EQ(said(get("Patient/anna/$meta"), "return").find("tag"), std::string::npos);
  EXPECT_EQ(post("Patient/anna/$meta-add", parameters("")).status, 400);
  EXPECT_EQ(post("Patient/nobody/$meta-add", more).status, 404);
}

TEST_F(Operations, EverythingOfAPatientIsTheCompartmentWithWhatItRefersTo) {
  put("Patient/anna", R"(,"managingOrganization":{"reference":"Organization/clinic"})");
  put("Organization/clinic", R"(,"name":"Clinic")");
  put("Organization/other", R"(,"name":"Other")");
  put("Patient/bob", "");
  const auto observation = [&](const std::string& id, const std::string& who,
                               const std::string& date) {
    put("Observation/" + id, R"(,"status":"final","code":{"text":"t"},"effectiveDateTime":")" +
                                 date + R"(","subject":{"reference":"Patient/)" + who + "\"}");
  };
  observation("early", "anna", "2019-05-01");
  observation("late", "anna", "2020-05-01");
  observation("bobs", "bob", "2020-05-01");
  using Set = std::set<std::string>;
  EXPECT_EQ(ids(get("Patient/anna/$everything")), (Set{"anna", "clinic", "early", "late"}));
  EXPECT_EQ(ids(get("Patient/anna/$everything?start=2020-01-01")), (Set{"anna", "clinic", "late"}));
  EXPECT_EQ(ids(get("Patient/anna/$everything?end=2019-12-31")), (Set{"anna", "clinic", "early"}));
  EXPECT_EQ(ids(get("Patient/anna/$everything?_type=Observation")), (Set{"anna", "early", "late"}))
      << "what they refer to is included";
  EXPECT_EQ(ids(get("Patient/anna/$everything?_since=2999-01-01T00:00:00Z")), Set{});
  EXPECT_EQ(ids(post("Patient/anna/$everything",
                     parameters(R"({"name":"start","valueDate":"2020-01-01"})"))),
            (Set{"anna", "clinic", "late"}));
  const Reply page = get("Patient/anna/$everything?_count=1&start=2019-01-01");
  EXPECT_EQ(page.json()["link"][1]["relation"].string(), "next");
  EXPECT_EQ(
      ids(server.get(
              std::string(page.json()["link"][1]["url"].string()).substr(server->url().size())))
          .size(),
      2u)
      << "the next match, and Anna as what it refers to";
  EXPECT_EQ(get("Patient/nobody/$everything").status, 404);
  EXPECT_EQ(get("Patient/anna/$everything?until=2020").status, 400);
}

TEST_F(Operations, EverythingOfAPatientTellsOfNoOtherPatient) {
  put("Patient/anna", R"(,"link":[{"other":{"reference":"Patient/twice"},"type":"seealso"}])");
  put("Patient/twice", "");
  put("Patient/bob", "");
  put("Group/study", R"(,"type":"person","actual":true,"member":[)"
                     R"({"entity":{"reference":"Patient/anna"}},)"
                     R"({"entity":{"reference":"Patient/bob"}}])");
  put("Appointment/class", R"(,"status":"proposed","participant":[)"
                           R"({"actor":{"reference":"Patient/anna"},"status":"accepted"},)"
                           R"({"actor":{"reference":"Patient/bob"},"status":"accepted"}])");
  put("CareTeam/team", R"(,"subject":{"reference":"Group/study"},"participant":[)"
                       R"({"member":{"reference":"Patient/anna"}}])");
  using Set = std::set<std::string>;
  const Set annas = {"anna", "twice", "class", "team"};
  EXPECT_EQ(ids(get("Patient/anna/$everything")), annas) << "twice is Anna too";
  EXPECT_EQ(ids(get("Patient/anna/$everything?_type=CareTeam,Group")), (Set{"anna", "team"}))
      << "nor what is referred to";
  const Reply group = get("Patient/anna/$everything?_type=Group");
  EXPECT_EQ(group.status, 400);
  EXPECT_NE(group.body.find("search Group?member=Patient/anna"), std::string::npos) << group.body;
  const Reply record = get("Patient/anna/*?_total=accurate");
  EXPECT_EQ(ids(record), (Set{"anna", "class", "team"})) << record.body;
  EXPECT_EQ(record.json()["total"].number(), "3") << "counted no more than shown";
  EXPECT_EQ(ids(get("Patient/anna/Group")), Set{"study"}) << "who asks for it by name";
  EXPECT_EQ(ids(get("Patient/anna/*?_type=Group,CareTeam")), (Set{"study", "team"}));
}

class Terms : public Operations {
 protected:
  void SetUp() override {
    put("CodeSystem/animals",
        R"(,"url":"urn:animals","version":"7","name":"Animals","status":"active",)"
        R"("content":"complete","concept":[{"code":"dog","display":"Dog","definition":"Barks",)"
        R"("concept":[{"code":"poodle","display":"Poodle"}]},{"code":"cat","display":"Cat"}])");
    put("ValueSet/dogs",
        R"(,"url":"urn:dogs","status":"active","compose":{"include":[{"system":"urn:animals",)"
        R"("filter":[{"property":"concept","op":"is-a","value":"dog"}]}]})");
    put("ConceptMap/pets",
        R"(,"url":"urn:map","status":"active","group":[{"source":"urn:animals","target":"urn:pets",)"
        R"("element":[{"code":"dog","target":[{"code":"D","equivalence":"equivalent"}]},)"
        R"({"code":"cat","target":[{"equivalence":"unmatched"}]}]}])");
  }
  static std::string expanded(const Reply& reply) {
    std::string out;
    for (const json::Value one : reply.json()["expansion"]["contains"].items())
      out += (out.empty() ? "" : " ") + std::string(one["code"].string()) + "=" +
             std::string(one["display"].string());
    return out;
  }
};

TEST_F(Terms, ExpandsValueSetsThatAreStoredSentOrBuiltIn) {
  EXPECT_EQ(expanded(get("ValueSet/dogs/$expand")), "dog=Dog poodle=Poodle");
  const Reply by_url = get("ValueSet/$expand?url=urn:dogs&filter=poo");
  EXPECT_EQ(expanded(by_url), "poodle=Poodle") << by_url.body;
  EXPECT_EQ(by_url.json()["expansion"]["total"].number(), "1");
  EXPECT_FALSE(by_url.json()["compose"].exists());
  EXPECT_EQ(expanded(get("ValueSet/$expand?url=urn:dogs&offset=1&count=5")), "poodle=Poodle");
  EXPECT_EQ(expanded(post("ValueSet/$expand",
                          R"({"resourceType":"ValueSet","status":"active","compose":{"include":[)"
                          R"({"system":"urn:animals"}]}})")),
            "dog=Dog poodle=Poodle cat=Cat");
  const Reply gender =
      get("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender");
  EXPECT_EQ(gender.json()["expansion"]["total"].number(), "4") << gender.body;
  EXPECT_EQ(get("ValueSet/$expand?url=urn:cows").status, 404);
  EXPECT_EQ(get("ValueSet/$expand").status, 400);
  EXPECT_EQ(get("ValueSet/$expand?url=urn:dogs&includeDesignations=true").status, 400)
      << "what is not offered is not silently left out";
}

TEST_F(Terms, ChecksCodes) {
  EXPECT_EQ(
      said(get("ValueSet/$validate-code?url=urn:dogs&code=poodle&system=urn:animals"), "result"),
      "true");
  EXPECT_EQ(said(get("ValueSet/dogs/$validate-code?code=cat"), "result"), "false");
  const Reply wrong = get("CodeSystem/$validate-code?url=urn:animals&code=dog&display=Cat");
  EXPECT_EQ(said(wrong, "result"), "false");
  EXPECT_EQ(said(wrong, "display"), "\"Dog\"");
  EXPECT_EQ(said(post("CodeSystem/$validate-code",
                      parameters(R"({"name":"codeableConcept","valueCodeableConcept":{"coding":[)"
                                 R"({"system":"urn:animals","code":"cow"},)"
                                 R"({"system":"urn:animals","code":"cat"}]}})")),
                 "result"),
            "true");
  EXPECT_EQ(get("CodeSystem/$validate-code?url=urn:cows&code=x").status, 404);
  EXPECT_EQ(get("ValueSet/dogs/$validate-code").status, 400);
}

TEST_F(Terms, LooksUpCodesAndTheirOrder) {
  const Reply dog = get("CodeSystem/$lookup?system=urn:animals&code=poodle");
  EXPECT_EQ(said(dog, "display"), "\"Poodle\"") << dog.body;
  EXPECT_EQ(said(dog, "name"), "\"Animals\"");
  EXPECT_EQ(said(dog, "version"), "\"7\"");
  EXPECT_EQ(get("CodeSystem/$lookup?system=urn:animals&code=cow").status, 404);
  EXPECT_EQ(said(post("CodeSystem/$lookup",
                      parameters(R"({"name":"coding","valueCoding":{"system":)"
                                 R"("http://hl7.org/fhir/administrative-gender","code":"male"}})")),
                 "display"),
            "\"male\"")
      << "of the specification's own codes no displays are known";
  EXPECT_EQ(said(get("CodeSystem/$subsumes?system=urn:animals&codeA=dog&codeB=poodle"), "outcome"),
            "\"subsumes\"");
  EXPECT_EQ(said(get("CodeSystem/$subsumes?system=urn:animals&codeA=cat&codeB=poodle"), "outcome"),
            "\"not-subsumed\"");
  // A new version of the code system counts at once.
  put("CodeSystem/animals", R"(,"url":"urn:animals","status":"active","content":"complete",)"
                            R"("concept":[{"code":"cow","display":"Cow"}])");
  EXPECT_EQ(get("CodeSystem/$lookup?system=urn:animals&code=cow").status, 200);
}

TEST_F(Terms, TranslatesByTheMapsThatAreLoaded) {
  for (const char* query : {"url=urn:map&", ""}) {
    const Reply dog =
        get(std::string("ConceptMap/$translate?") + query + "system=urn:animals&code=dog");
    EXPECT_EQ(said(dog, "result"), "true") << dog.body;
    const json::Value match = dog.json()["parameter"][1];
    EXPECT_EQ(match["part"][1]["valueCoding"]["code"].string(), "D") << dog.body;
  }
  EXPECT_EQ(said(get("ConceptMap/pets/$translate?system=urn:animals&code=cat"), "result"), "false");
  const Reply back = get("ConceptMap/$translate?system=urn:pets&code=D&reverse=true");
  EXPECT_EQ(said(back, "result"), "true") << back.body;
}

TEST_F(Operations, TheCapabilityStatementNamesOnlyWhatIsThere) {
  const Reply metadata = get("metadata");
  size_t count = 0;
  for (const json::Value resource : metadata.json()["rest"][0]["resource"].items()) {
    const std::string type(resource["type"].string());
    for (const json::Value operation : resource["operation"].items()) {
      ++count;
      const std::string name = "/$" + std::string(operation["name"].string());
      // It is there when it does not say that there is no such operation.
      bool there = false;
      for (const std::string& path : {type + name, type + "/none" + name})
        for (const char* method : {"GET", "POST"}) {
          const Reply reply = server.call(method, "/fhir/" + path, "");
          there = there || (reply.status != 405 &&
                            reply.body.find("there is no operation") == std::string::npos);
        }
      EXPECT_TRUE(there) << type << name;
      if (type == "Account" || type == "Patient") continue;
      if (count > 60) return;  // every type has the same four
    }
  }
  EXPECT_GT(count, 4u);
}

TEST_F(Operations, AMisspeltOperationIsToldWhichThereAre) {
  const Reply reply = get("ValueSet/$expnad?url=urn:x");
  EXPECT_EQ(reply.status, 404);
  EXPECT_NE(reply.body.find("$expand"), std::string::npos) << reply.body;
  EXPECT_EQ(get("Patient/x/$evrything").status, 404);
}

}  // namespace
}  // namespace passerelle::server
