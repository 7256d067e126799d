// Searches over HTTP: what is found, in which pages, how much of it; and what is refused.
#include "fhir/validate.h"
#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Search : public testing::Test {
 protected:
  Search() {
    for (int i = 0; i < 7; ++i) {
      const std::string id = "p" + std::to_string(i);
      const Reply made = server.call(
          "PUT", "/fhir/Patient/" + id,
          R"({"resourceType":"Patient","id":")" + id +
              R"(","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">)" +
              id + R"(</div>"},"active":true,"name":[{"family":"Martin","given":["N)" + id +
              R"("]}],"birthDate":"195)" + std::to_string(i) +
              R"(-06-01","contact":[{"name":{"family":"Petit"},"gender":"male"}]})");
      EXPECT_EQ(made.status, 201) << made.body;
    }
    server.call("PUT", "/fhir/Observation/o",
                R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"t"},)"
                R"("subject":{"reference":"Patient/p3"}})");
  }
  Reply get(const std::string& path, const Headers& headers = {}) {
    return server.get("/fhir/" + path, headers);
  }
  static std::vector<std::string> ids(const Reply& reply) {
    std::vector<std::string> out;
    for (const json::Value entry : reply.json()["entry"].items())
      out.emplace_back(entry["resource"]["id"].string());
    return out;
  }
  std::string link(const Reply& reply, std::string_view relation) {
    for (const json::Value link : reply.json()["link"].items())
      if (link["relation"].string() == relation)
        return std::string(link["url"].string().substr(server->url().size()));
    return "";
  }
  TestServer server;
};

TEST_F(Search, FindsByValuesAndSaysHowItUnderstoodThem) {
  const Reply found = get("Patient?birthdate=ge1955&family=martin");
  EXPECT_EQ(found.text("type"), "searchset");
  EXPECT_EQ(ids(found), (std::vector<std::string>{"p5", "p6"}));
  EXPECT_EQ(link(found, "self"), "/fhir/Patient?birthdate=ge1955&family=martin");
  EXPECT_EQ(found.json()["entry"][0]["fullUrl"].string(), server->url() + "/fhir/Patient/p5");
  EXPECT_EQ(found.json()["entry"][0]["search"]["mode"].string(), "match");
}

TEST_F(Search, TakesItsParametersAsAFormToo) {
  const Reply found = server.call("POST", "/fhir/Patient/_search", "birthdate=1953&family=Martin",
                                  {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(ids(found), (std::vector<std::string>{"p3"}));
  EXPECT_EQ(server.call("POST", "/fhir/Patient/_search", "{}").status, 415);
}

TEST_F(Search, ComesInPagesThatMissAndRepeatNothing) {
  std::vector<std::string> all;
  std::string next = "/fhir/Patient?_count=3&_sort=-birthdate&_total=accurate";
  int pages = 0;
  while (!next.empty() && pages < 10) {
    const Reply page = server.get(next);
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_EQ(page.json()["total"].number(), "7");
    for (const std::string& id : ids(page)) all.push_back(id);
    next = link(page, "next");
    ++pages;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(all, (std::vector<std::string>{"p6", "p5", "p4", "p3", "p2", "p1", "p0"}));
  EXPECT_EQ(server.get("/fhir/Patient?_cursor=nonsense").status, 400);
}

TEST_F(Search, IncludesWhatIsReferredTo) {
  const Reply found = get("Observation?_include=Observation:subject");
  EXPECT_EQ(ids(found), (std::vector<std::string>{"o", "p3"}));
  EXPECT_EQ(found.json()["entry"][1]["search"]["mode"].string(), "include");
  EXPECT_EQ(ids(get("Observation?subject.birthdate=1953")), (std::vector<std::string>{"o"}));
  EXPECT_EQ(ids(get("Patient?_has:Observation:subject:status=final")),
            (std::vector<std::string>{"p3"}));
}

TEST_F(Search, RefusesWhatItDoesNotKnowUnlessAskedToPassItOver) {
  const Reply strict = get("Patient?famly=Martin");
  EXPECT_EQ(strict.status, 400);
  EXPECT_NE(strict.body.find("did you mean 'family'"), std::string::npos) << strict.body;
  const Reply lenient =
      get("Patient?famly=Martin&birthdate=1953", {{"Prefer", "handling=lenient"}});
  ASSERT_EQ(lenient.status, 200) << lenient.body;
  EXPECT_EQ(lenient.json()["entry"].size(), 2u);
  EXPECT_EQ(lenient.json()["entry"][1]["search"]["mode"].string(), "outcome");
  EXPECT_EQ(link(lenient, "self"), "/fhir/Patient?birthdate=1953");
  EXPECT_EQ(get("Patient?birthdate=tomorrow", {{"Prefer", "handling=lenient"}}).status, 400);
  EXPECT_EQ(get("Patien?family=x").status, 404);
  EXPECT_EQ(get("Patient?_contained=true").status, 501);
}

TEST_F(Search, CountsWithoutGiving) {
  const Reply count = get("Patient?_summary=count");
  EXPECT_EQ(count.json()["total"].number(), "7");
  EXPECT_FALSE(count.json()["entry"].exists());
  EXPECT_EQ(get("Patient?_count=0").json()["total"].number(), "7");
}

TEST_F(Search, GivesLessOfAResourceAndMarksIt) {
  const Reply summary = get("Patient?_id=p1&_summary=true");
  const json::Value patient = summary.json()["entry"][0]["resource"];
  EXPECT_TRUE(patient["name"].exists());
  EXPECT_FALSE(patient["contact"].exists());
  EXPECT_FALSE(patient["text"].exists());
  EXPECT_EQ(patient["meta"]["tag"][0]["code"].string(), "SUBSETTED");
  const Reply elements = get("Patient/p1?_elements=birthDate");
  EXPECT_TRUE(elements.json()["birthDate"].exists());
  EXPECT_FALSE(elements.json()["name"].exists());
  EXPECT_EQ(elements.text("id"), "p1");
  EXPECT_TRUE(get("Patient/p1?_summary=text").json()["text"].exists());
  EXPECT_FALSE(get("Patient/p1?_summary=text").json()["name"].exists());
  EXPECT_FALSE(get("Patient/p1?_summary=data").json()["text"].exists());
  EXPECT_EQ(get("Patient/p1?_summary=some").status, 400);
}

TEST_F(Search, GoesOverSeveralTypes) {
  EXPECT_EQ(ids(get("?_type=Observation,Patient&_id=o,p1")).size(), 2u);
}

TEST_F(Search, TheCapabilityStatementIsValidAndTrue) {
  const Reply metadata = server.plain("GET", "/fhir/metadata");
  ASSERT_EQ(metadata.status, 200);
  for (const fhir::Issue& issue : fhir::validate(metadata.json()))
    EXPECT_EQ(issue.severity, fhir::Severity::warning) << issue.expression << issue.message;
  const json::Value rest = metadata.json()["rest"][0];
  EXPECT_GT(rest["resource"].size(), 140u);
  int asked = 0;
  for (const json::Value resource : rest["resource"].items()) {
    const std::string type(resource["type"].string());
    if (type != "Patient" && type != "Observation" && type != "Task") continue;
    for (const json::Value parameter : resource["searchParam"].items()) {
      const std::string name(parameter["name"].string());
      if (name == "_has") continue;
      if (name == "_list") {
        EXPECT_EQ(get(type + "?_list=none").status, 404) << "it is asked for the List";
        continue;
      }
      if (name == "_filter") {
        EXPECT_EQ(get(type + "?_filter=_id%20eq%20x").status, 200);
        continue;
      }
      const bool composite = parameter["type"].string() == "composite";
      const Reply reply = get(type + "?" + name + (composite ? ":missing=true" : ":missing=false"));
      if (name == "_id" || name == "_lastUpdated") continue;
      EXPECT_EQ(reply.status, 200) << type << "?" << name << " " << reply.body;
      ++asked;
    }
  }
  EXPECT_GT(asked, 60);
}

}  // namespace
}  // namespace passerelle::server
