// Searches that need more than a parameter's own values: units, types of identifiers, value sets,
// the order of codes, lists, words, places.
#include <set>

#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Helped : public testing::Test {
 protected:
  using Set = std::set<std::string>;
  void put(const std::string& address, const std::string& members) {
    const size_t slash = address.find('/');
    const Reply reply =
        server.call("PUT", "/fhir/" + address,
                    R"({"resourceType":")" + address.substr(0, slash) + R"(","id":")" +
                        address.substr(slash + 1) + "\"" + members + "}");
    EXPECT_LT(reply.status, 300) << reply.body;
  }
  void put_observation(const std::string& id, const std::string& code,
                       const std::string& members = "") {
    put("Observation/" + id,
        R"(,"status":"final","code":{"coding":[{"system":"urn:animals","code":")" + code +
            R"("}]})" + members);
  }
  Set found(const std::string& path) {
    const Reply reply = server.get("/fhir/" + path);
    EXPECT_EQ(reply.status, 200) << reply.body;
    Set out;
    for (const json::Value entry : reply.json()["entry"].items())
      out.insert(std::string(entry["resource"]["id"].string()));
    return out;
  }
  int status(const std::string& path) { return server.get("/fhir/" + path).status; }
  TestServer server;
};

TEST_F(Helped, QuantitiesAreComparedAcrossUnits) {
  const auto weight = [&](const std::string& id, const std::string& value,
                          const std::string& unit) {
    put_observation(id, "w",
                    R"(,"valueQuantity":{"value":)" + value +
                        R"(,"system":"http://unitsofmeasure.org","code":")" + unit + "\"}");
  };
  weight("grams", "70500", "g");
  weight("kilos", "70.5", "kg");
  weight("light", "70.4", "kg");
  put_observation("odd", "w", R"(,"valueQuantity":{"value":70.5,"unit":"kg"})");
  const std::string ucum = "%7Chttp://unitsofmeasure.org%7C";
  EXPECT_EQ(found("Observation?value-quantity=70.5" + ucum + "kg"), (Set{"grams", "kilos"}));
  EXPECT_EQ(found("Observation?value-quantity=70500" + ucum + "g"), (Set{"grams", "kilos"}));
  EXPECT_EQ(found("Observation?value-quantity=lt70450" + ucum + "g"), Set{"light"});
  EXPECT_EQ(found("Observation?value-quantity=gt70.45" + ucum + "kg"), (Set{"grams", "kilos"}));
  EXPECT_EQ(found("Observation?value-quantity=70.5%7C%7Ckg"), (Set{"kilos", "odd"}))
      << "without a system a unit is what is written";
  EXPECT_EQ(found("Observation?code-value-quantity=urn:animals%7Cw$ge70500" + ucum + "g"),
            (Set{"grams", "kilos"}));
  EXPECT_EQ(found("Observation?value-quantity=70.5" + ucum + "m"), Set{});
  // What was changed is found by its new value only.
  weight("grams", "1", "g");
  EXPECT_EQ(found("Observation?value-quantity=70500" + ucum + "g"), Set{"kilos"});
}

TEST_F(Helped, IdentifiersAreFoundByTheirType) {
  put("Patient/a", R"(,"identifier":[{"type":{"coding":[{"system":"urn:t","code":"MR"}]},)"
                   R"("system":"urn:s","value":"1"}])");
  put("Patient/b",
      R"(,"identifier":[{"type":{"coding":[{"system":"urn:t","code":"SB"}]},)"
      R"("value":"1"},{"type":{"coding":[{"system":"urn:t","code":"MR"}]},"value":"2"}])");
  EXPECT_EQ(found("Patient?identifier:of-type=urn:t%7CMR%7C1"), Set{"a"});
  EXPECT_EQ(found("Patient?identifier:of-type=urn:t%7CSB%7C1"), Set{"b"});
  EXPECT_EQ(status("Patient?identifier:of-type=MR%7C1"), 400);
}

class HelpedByTerms : public Helped {
 protected:
  void SetUp() override {
    put("CodeSystem/animals",
        R"(,"url":"urn:animals","status":"active","content":"complete","concept":[{"code":"dog",)"
        R"("concept":[{"code":"poodle"}]},{"code":"cat"}])");
    put("ValueSet/dogs",
        R"(,"url":"urn:dogs","status":"active","compose":{"include":[{"system":"urn:animals",)"
        R"("filter":[{"property":"concept","op":"is-a","value":"dog"}]}]})");
    put_observation("d", "dog");
    put_observation("p", "poodle");
    put_observation("c", "cat");
  }
};

TEST_F(HelpedByTerms, CodesAreFoundByValueSetsAndByTheirOrder) {
  EXPECT_EQ(found("Observation?code:in=urn:dogs"), (Set{"d", "p"}));
  EXPECT_EQ(found("Observation?code:in=ValueSet/dogs"), (Set{"d", "p"}));
  EXPECT_EQ(found("Observation?code:not-in=urn:dogs"), Set{"c"});
  EXPECT_EQ(found("Observation?code:below=urn:animals%7Cdog"), (Set{"d", "p"}));
  EXPECT_EQ(found("Observation?code:above=urn:animals%7Cpoodle"), (Set{"d", "p"}));
  EXPECT_EQ(found("Observation?_filter=code%20in%20urn:dogs%20and%20not%20(code%20eq%20dog)"),
            Set{"p"});
  EXPECT_EQ(status("Observation?code:in=urn:cows"), 404);
  EXPECT_EQ(status("Observation?code:below=dog"), 400);
  put("ValueSet/dogs", R"(,"url":"urn:dogs","status":"active","compose":{"include":[{"system":)"
                       R"("urn:animals","concept":[{"code":"cat"}]}]})");
  EXPECT_EQ(found("Observation?code:in=urn:dogs"), Set{"c"}) << "as the value set is now";
}

TEST_F(HelpedByTerms, AListChoosesWhatItHolds) {
  put("List/changes", R"(,"status":"current","mode":"changes","entry":[{"item":{"reference":)"
                      R"("Observation/d"}},{"item":{"reference":"Observation/c"},"deleted":true},)"
                      R"({"item":{"reference":"Patient/none"}}])");
  put("List/empty", R"(,"status":"current","mode":"working")");
  EXPECT_EQ(found("Observation?_list=changes"), Set{"d"});
  EXPECT_EQ(found("Observation?_list=changes&code:below=urn:animals%7Ccat"), Set{});
  EXPECT_EQ(found("Observation?_list=empty"), Set{});
  EXPECT_EQ(status("Observation?_list=none"), 404);
  EXPECT_EQ(status("Observation?_list=$current-problems"), 501);
}

TEST_F(Helped, WordsAndPlacesAreSearched) {
  put("Location/paris", R"(,"position":{"longitude":2.3522,"latitude":48.8566},"name":"Hôpital")");
  put("Location/lyon", R"(,"position":{"longitude":4.8357,"latitude":45.764},"name":"Clinique")");
  EXPECT_EQ(found("Location?near=48.85%7C2.35%7C10%7Ckm"), Set{"paris"});
  EXPECT_EQ(found("Location?_content=clinique"), Set{"lyon"});
  EXPECT_EQ(found("Location?_content=hopital&near=45.7%7C4.8"), Set{});
  EXPECT_EQ(status("Location?_content=("), 400);
}

}  // namespace
}  // namespace passerelle::server
