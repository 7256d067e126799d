// Searches by hand: every kind of parameter, modifiers, prefixes, chains, includes, order, pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "store/search/query.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* loinc = "http://loinc.org";
constexpr const char* ucum = "http://unitsofmeasure.org";

Instant day(int year, unsigned month, unsigned of_month) {
  return std::chrono::sys_days(std::chrono::year(year) / month / of_month);
}
IndexValue on_day(const std::string& parameter, int year, unsigned month, unsigned of_month) {
  const Instant start = day(year, month, of_month);
  return date_value(parameter, start, start + std::chrono::hours(24) - Millis(1));
}
IndexValue composite_part(IndexValue value, uint32_t tuple) {
  value.tuple = tuple;
  return value;
}

// A small ward: two practitioners, three patients, five observations, and what hangs on them.
class Search : public testing::Test {
 protected:
  Search() : store(fresh_store()) {
    std::vector<Write> writes;
    writes.push_back(put("Practitioner", "dr1", {string_value("family", "Curie")}));
    writes.push_back(put("Practitioner", "dr2", {string_value("family", "Pasteur")}));
    writes.push_back(put("Patient", "p1",
                         {string_value("family", "Éluard"), string_value("name", "Éluard"),
                          string_value("name", "Paul"), token_value("gender", "g", "male"),
                          on_day("birthdate", 1950, 3, 26), token_value("active", "", "true"),
                          reference_value("general-practitioner", "Practitioner", "dr1")}));
    writes.push_back(put("Patient", "p2",
                         {string_value("family", "Elua,rd"), token_value("gender", "g", "female"),
                          on_day("birthdate", 1980, 12, 31), token_value("identifier", "ins", "2"),
                          reference_value("general-practitioner", "Practitioner", "dr2")}));
    writes.push_back(put("Patient", "p3", {string_value("family", "Sand")}));
    add_observations(writes);
    auto done = store->commit(transaction_of(std::move(writes), at(0)));
    CHECK(done.ok(), "the ward is stored");
  }

  static void add_observations(std::vector<Write>& writes) {
    const auto observation = [&](const std::string& id, const std::string& patient,
                                 const std::string& code, double value, IndexValue date) {
      const IndexValue coded = token_value("code-value-quantity$1", loinc, code);
      const IndexValue measured = quantity_value("code-value-quantity$2", value, ucum, "Cel");
      writes.push_back(
          put("Observation", id,
              {token_value("code", loinc, code), string_value("code:text", "Body " + id),
               reference_value("subject", "Patient", patient),
               reference_value("patient", "Patient", patient),
               quantity_value("value-quantity", value, ucum, "Cel"), composite_part(coded, 1),
               composite_part(measured, 1), std::move(date)}));
    };
    observation("o1", "p1", "temp", 37.2, on_day("date", 2020, 3, 1));
    observation("o2", "p1", "temp", 39.0, on_day("date", 2020, 3, 15));
    observation("o3", "p2", "temp", 38.5, on_day("date", 2020, 4, 1));
    observation("o4", "p2", "pulse", 39.0, on_day("date", 2019, 12, 31));
    writes.push_back(put("Observation", "o5", {token_value("code", "", "temp")}));
    writes.push_back(put("RiskAssessment", "r1", {number_value("probability", 0.82, 0.82)}));
    writes.push_back(put("RiskAssessment", "r2", {number_value("probability", 0.5, 0.9)}));
    writes.push_back(put("ValueSet", "v1", {uri_value("url", "http://x.org/fhir/a/b")}));
    writes.push_back(put("ValueSet", "v2", {uri_value("url", "http://x.org/fhir/ab")}));
    writes.push_back(
        put("Observation", "o6", {reference_value("derived-from", "Observation", "o2")}));
    writes.push_back(put("Provenance", "t1",
                         {reference_value("target", "Observation", "o6"),
                          reference_value("target", "Patient", "gone")}));
    writes.push_back(put("Task", "k1",
                         {{.parameter = "subject", .type = SearchType::reference, .text = "urn:x"},
                          token_value("subject:identifier", "ins", "2")}));
  }

  Result<SearchPage> page(const std::string& type, const std::string& query) {
    TRY(const Query parsed, parse_query(fhir_catalogue(), type, parameters_of(query)));
    return store->search(parsed);
  }
  std::vector<std::string> ids(const std::string& type, const std::string& query,
                               MatchMode mode = MatchMode::match) {
    const auto found = page(type, query);
    if (!found) return {to_text(found.error())};
    std::vector<std::string> out;
    for (const Match& match : found->matches)
      if (match.mode == mode) out.push_back(match.version.id);
    return out;
  }

  std::unique_ptr<Store> store;
};

TEST_F(Search, StringsBeginWithTheOperandWithoutCaseAndAccents) {
  EXPECT_THAT(ids("Patient", "family=elu"), ElementsAre("p1", "p2"));
  EXPECT_THAT(ids("Patient", "family=ÉLUARD"), ElementsAre("p1"));
  EXPECT_THAT(ids("Patient", "family:exact=eluard"), IsEmpty());
  EXPECT_THAT(ids("Patient", "family:exact=Éluard"), ElementsAre("p1"));
  EXPECT_THAT(ids("Patient", "family:contains=UA"), ElementsAre("p1", "p2"));
  EXPECT_THAT(ids("Patient", "family=uard"), IsEmpty());
  EXPECT_THAT(ids("Patient", "family=sand,elua"), UnorderedElementsAre("p1", "p2", "p3"));
  EXPECT_THAT(ids("Patient", "family=elua\\,r"), ElementsAre("p2"));
  EXPECT_THAT(ids("Patient", "name=paul&name=eluard"), ElementsAre("p1"));
}

TEST_F(Search, TokensAreTheSameInSystemAndCode) {
  EXPECT_THAT(ids("Observation", "code=temp"), ElementsAre("o1", "o2", "o3", "o5"));
  EXPECT_THAT(ids("Observation", "code=http://loinc.org|temp"), ElementsAre("o1", "o2", "o3"));
  EXPECT_THAT(ids("Observation", "code=|temp"), ElementsAre("o5"));
  EXPECT_THAT(ids("Observation", "code=http://loinc.org|"), ElementsAre("o1", "o2", "o3", "o4"));
  EXPECT_THAT(ids("Observation", "code=TEMP"), IsEmpty());
  EXPECT_THAT(ids("Observation", "code:not=temp"), ElementsAre("o4", "o6"));
  EXPECT_THAT(ids("Observation", "code:not=neverseen"),
              ElementsAre("o1", "o2", "o3", "o4", "o5", "o6"));
  EXPECT_THAT(ids("Observation", "code:text=body O2"), ElementsAre("o2"));
  EXPECT_THAT(ids("Patient", "active=true"), ElementsAre("p1"));
}

TEST_F(Search, ReferencesByIdTypeUrlAndIdentifier) {
  EXPECT_THAT(ids("Observation", "subject=Patient/p1"), ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Observation", "subject=p1"), ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Observation", "patient=p2"), ElementsAre("o3", "o4"));
  EXPECT_THAT(ids("Observation", "subject:Patient=p1"), ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Observation", "subject:Device=p1"), IsEmpty());
  EXPECT_THAT(ids("Observation", "subject=Device/p1"), IsEmpty());
  EXPECT_THAT(ids("Task", "subject=urn:x"), ElementsAre("k1"));
  EXPECT_THAT(ids("Task", "subject:identifier=ins|2"), ElementsAre("k1"));
  EXPECT_THAT(ids("Provenance", "target=Patient/gone"), ElementsAre("t1"));
}

TEST_F(Search, DatesCompareAsRanges) {
  EXPECT_THAT(ids("Observation", "date=2020-03"), ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Observation", "date=2020"), ElementsAre("o1", "o2", "o3"));
  EXPECT_THAT(ids("Observation", "date=2020-03-15"), ElementsAre("o2"));
  EXPECT_THAT(ids("Observation", "date=2020-03-15T10:00:00Z"), IsEmpty()) << "the value is a day";
  EXPECT_THAT(ids("Observation", "date=ge2020-03-15"), ElementsAre("o2", "o3"));
  EXPECT_THAT(ids("Observation", "date=gt2020-03-15"), ElementsAre("o3"));
  EXPECT_THAT(ids("Observation", "date=gt2020-03-15T10:00:00Z"), ElementsAre("o2", "o3"));
  EXPECT_THAT(ids("Observation", "date=sa2020-03-15T10:00:00Z"), ElementsAre("o3"));
  EXPECT_THAT(ids("Observation", "date=lt2020"), ElementsAre("o4"));
  EXPECT_THAT(ids("Observation", "date=le2020-03"), ElementsAre("o1", "o2", "o4"));
  EXPECT_THAT(ids("Observation", "date=eb2020-03-15"), ElementsAre("o1", "o4"));
  EXPECT_THAT(ids("Observation", "date=ne2020-03-15"), ElementsAre("o1", "o3", "o4"));
  EXPECT_THAT(ids("Observation", "date=ap2020-03-16"), ElementsAre("o2"));
  EXPECT_THAT(ids("Observation", "date=ge2020-03-01&date=lt2020-04"), ElementsAre("o1", "o2"));
}

TEST_F(Search, DatesWithoutAnOffsetAreDaysOfTheZone) {
  const auto paris = Zone::find("Europe/Paris");
  ASSERT_TRUE(paris.ok());
  const Instant start = day(2020, 3, 15) - std::chrono::hours(1);
  ASSERT_TRUE(
      store
          ->commit(transaction_of({put(
              "Observation", "oz", {date_value("date", start, start + std::chrono::minutes(10))})}))
          .ok());
  const auto count = [&](const Zone& zone) {
    auto query =
        parse_query(fhir_catalogue(), "Observation", {{"date", "2020-03-15"}}, false, zone);
    size_t found = 0;
    const auto page = store->search(*query);
    for (const Match& match : page->matches) found += match.version.id == "oz";
    return found;
  };
  EXPECT_EQ(count(*paris), 1u);
  EXPECT_EQ(count(Zone::utc()), 0u);
}

TEST_F(Search, NumbersStandForWhatTheirDigitsLeaveOpen) {
  EXPECT_THAT(ids("RiskAssessment", "probability=0.8"), ElementsAre("r1"));
  EXPECT_THAT(ids("RiskAssessment", "probability=0.80"), IsEmpty());
  EXPECT_THAT(ids("RiskAssessment", "probability=gt0.8"), ElementsAre("r1", "r2"));
  EXPECT_THAT(ids("RiskAssessment", "probability=sa0.8"), ElementsAre("r1"));
  EXPECT_THAT(ids("RiskAssessment", "probability=lt0.6"), ElementsAre("r2"));
  EXPECT_THAT(ids("RiskAssessment", "probability=ne0.8"), ElementsAre("r2"));
  EXPECT_THAT(ids("RiskAssessment", "probability=ap0.9"), ElementsAre("r1", "r2"));
  EXPECT_THAT(ids("RiskAssessment", "probability=82e-2"), ElementsAre("r1"));
}

TEST_F(Search, QuantitiesWithAndWithoutUnit) {
  EXPECT_THAT(ids("Observation", "value-quantity=39.0"), ElementsAre("o2", "o4"));
  EXPECT_THAT(ids("Observation", "value-quantity=ge38.5|http://unitsofmeasure.org|Cel"),
              ElementsAre("o2", "o3", "o4"));
  EXPECT_THAT(ids("Observation", "value-quantity=39||Cel"), ElementsAre("o2", "o3", "o4"));
  EXPECT_THAT(ids("Observation", "value-quantity=39||kg"), IsEmpty());
}

TEST_F(Search, UrisWholeAboveAndBelow) {
  EXPECT_THAT(ids("ValueSet", "url=http://x.org/fhir/ab"), ElementsAre("v2"));
  EXPECT_THAT(ids("ValueSet", "url=http://x.org/fhir/a"), IsEmpty());
  EXPECT_THAT(ids("ValueSet", "url:below=http://x.org/fhir/a"), ElementsAre("v1"));
  EXPECT_THAT(ids("ValueSet", "url:below=http://x.org"), UnorderedElementsAre("v1", "v2"));
  EXPECT_THAT(ids("ValueSet", "url:above=http://x.org/fhir/a/b/c"), ElementsAre("v1"));
}

TEST_F(Search, CompositesHoldInOneTuple) {
  EXPECT_THAT(ids("Observation", "code-value-quantity=temp$ge39"), ElementsAre("o2"));
  EXPECT_THAT(ids("Observation", "code-value-quantity=http://loinc.org|pulse$39"),
              ElementsAre("o4"));
  EXPECT_THAT(ids("Observation", "code-value-quantity=pulse$38.5"), IsEmpty());
}

TEST_F(Search, MissingAsksForTheElement) {
  EXPECT_THAT(ids("Patient", "birthdate:missing=true"), ElementsAre("p3"));
  EXPECT_THAT(ids("Patient", "birthdate:missing=false"), ElementsAre("p1", "p2"));
  EXPECT_THAT(ids("Observation", "code-value-quantity:missing=true"), ElementsAre("o5", "o6"));
  EXPECT_THAT(ids("Patient", "deceased:missing=true"), ElementsAre("p1", "p2", "p3"));
}

TEST_F(Search, IdAndLastUpdated) {
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "p9")}, at(3600))).ok());
  EXPECT_THAT(ids("Patient", "_id=p2,p1,nobody"), ElementsAre("p1", "p2"));
  EXPECT_THAT(ids("Patient", "_lastUpdated=gt" + format_instant(at(1))), ElementsAre("p9"));
  EXPECT_THAT(ids("Patient", "_lastUpdated=le" + format_instant(at(1))),
              ElementsAre("p1", "p2", "p3"));
}

TEST_F(Search, Chains) {
  EXPECT_THAT(ids("Observation", "subject:Patient.family=éluard"), ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Observation", "patient.gender=female"), ElementsAre("o3", "o4"));
  EXPECT_THAT(ids("Observation", "patient.general-practitioner:Practitioner.family=pasteur"),
              ElementsAre("o3", "o4"));
  EXPECT_THAT(ids("Observation", "patient._id=p1"), ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Observation", "derived-from.code=temp"), ElementsAre("o6"));
  EXPECT_THAT(ids("Observation", "derived-from:Observation.code=temp"), ElementsAre("o6"));
  EXPECT_THAT(ids("Observation", "patient.family=nobody"), IsEmpty());
}

TEST_F(Search, Has) {
  EXPECT_THAT(ids("Patient", "_has:Observation:patient:code=pulse"), ElementsAre("p2"));
  EXPECT_THAT(ids("Patient", "_has:Observation:patient:value-quantity=ge39"),
              ElementsAre("p1", "p2"));
  EXPECT_THAT(
      ids("Practitioner", "_has:Patient:general-practitioner:_has:Observation:patient:code=pulse"),
      ElementsAre("dr2"));
  EXPECT_THAT(ids("Observation", "patient._has:Observation:patient:code=pulse"),
              ElementsAre("o3", "o4"));
}

TEST_F(Search, Includes) {
  const MatchMode included = MatchMode::include;
  EXPECT_THAT(ids("Observation", "_id=o1&_include=Observation:subject", included),
              ElementsAre("p1"));
  EXPECT_THAT(ids("Observation", "code=temp&_include=Observation:patient", included),
              ElementsAre("p1", "p2"));
  EXPECT_THAT(ids("Observation", "_id=o1&_include=Observation:subject:Device", included),
              IsEmpty());
  EXPECT_THAT(ids("Observation", "_id=o6&_include=*", included), ElementsAre("o2"));
  EXPECT_THAT(ids("Patient", "_id=p1&_revinclude=Observation:patient", included),
              ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Patient", "_id=p1&_revinclude=Observation:*", included),
              ElementsAre("o1", "o2"));
  EXPECT_THAT(ids("Provenance", "_include=Provenance:target", included), ElementsAre("o6"))
      << "what is only referred to cannot be included";
}

TEST_F(Search, IncludesGoOnOnlyWhenToldToIterate) {
  const MatchMode included = MatchMode::include;
  const std::string start = "_id=t1&_include=Provenance:target&";
  EXPECT_THAT(ids("Provenance", start + "_include=Observation:derived-from", included),
              ElementsAre("o6"));
  EXPECT_THAT(ids("Provenance",
                  start + "_include:iterate=Observation:derived-from&"
                          "_include:iterate=Observation:patient&"
                          "_include:iterate=Patient:general-practitioner",
                  included),
              ElementsAre("o6", "o2", "p1", "dr1"));
  EXPECT_THAT(ids("Practitioner",
                  "_id=dr1&_revinclude=Patient:general-practitioner&"
                  "_revinclude:iterate=Observation:patient",
                  included),
              ElementsAre("p1", "o1", "o2"));
}

TEST_F(Search, SortsWithTheMissingLast) {
  EXPECT_THAT(ids("Observation", "_sort=date"), ElementsAre("o4", "o1", "o2", "o3", "o5", "o6"));
  EXPECT_THAT(ids("Observation", "_sort=-date"), ElementsAre("o3", "o2", "o1", "o4", "o5", "o6"));
  EXPECT_THAT(ids("Patient", "_sort=-family"), ElementsAre("p3", "p1", "p2"));
  EXPECT_THAT(ids("Observation", "_sort=code,-date"),
              ElementsAre("o4", "o3", "o2", "o1", "o5", "o6"));
  EXPECT_THAT(ids("Patient", "_sort=-_id"), ElementsAre("p3", "p2", "p1"));
  EXPECT_THAT(ids("Observation", "_sort=-value-quantity&_count=2"), ElementsAre("o2", "o4"));
}

// Each with a code in two systems, so that it stands twice in what is asked for.
TEST_F(Search, TheNewestOfManyComeOnceEachWhateverTheOrderTheyWereWrittenIn) {
  constexpr int many = 101;
  std::vector<Write> writes;
  for (int n = 0; n < many; ++n) {
    const int minute = n * 37 % many;
    const Instant when = day(2021, 1, 1) + std::chrono::minutes(minute);
    writes.push_back(put("Observation", "m" + std::to_string(1000 + minute),
                         {token_value("code", "a", "many"), token_value("code", "b", "many"),
                          date_value("date", when, when)}));
  }
  ASSERT_TRUE(store->commit(transaction_of(std::move(writes), at(1))).ok());
  auto query = parse_query(fhir_catalogue(), "Observation",
                           parameters_of("code=many&_sort=-date&_count=7&_total=accurate"));
  std::vector<std::string> found;
  for (;;) {
    const auto next = store->search(*query);
    ASSERT_TRUE(next.ok());
    EXPECT_EQ(next->total, many);
    for (const Match& match : next->matches) found.push_back(match.version.id);
    if (next->next.empty()) break;
    ASSERT_TRUE(query->after(next->next).ok());
  }
  ASSERT_EQ(found.size(), size_t{many});
  for (int n = 0; n < many; ++n)
    EXPECT_EQ(found[static_cast<size_t>(n)], "m" + std::to_string(1000 + many - 1 - n));
}

// Most are put in order by what stands beside their references, and never looked at.
TEST_F(Search, TheNewestOfAPatientAreInOrderAfterWhateverHappenedToThem) {
  constexpr int many = 60;
  const auto one = [](int n, int minute) {
    const Instant when = day(2021, 1, 1) + std::chrono::minutes(minute);
    return put(
        "Observation", "m" + std::to_string(100 + n),
        {reference_value("patient", "Patient", "p9"), reference_value("subject", "Patient", "p9"),
         token_value("code", "a", n % 3 == 0 ? "third" : "other"), date_value("date", when, when),
         date_value("value-date", at(n), at(n + 9)),
         // More than one: the latest start counts, or the earliest.
         date_value("value-date", at(1000 - n), at(1000 - n))});
  };
  std::vector<Write> writes;
  for (int n = 0; n < many; ++n) writes.push_back(one(n, n * 7 % many));
  ASSERT_TRUE(store->commit(transaction_of(std::move(writes), at(1))).ok());
  // One moves to the front, one goes, one refers to another patient, one loses its date.
  Write elsewhere = one(1, 99);
  for (IndexValue& value : elsewhere.values)
    if (value.type == SearchType::reference) value.text = "p8";
  Write undated = one(2, 99);
  std::erase_if(undated.values, [](const IndexValue& v) { return v.parameter == "date"; });
  ASSERT_TRUE(store
                  ->commit(transaction_of(
                      {one(0, 1000), erase("Observation", "m159"), elsewhere, undated}, at(2)))
                  .ok());
  std::vector<std::pair<int, std::string>> order;
  for (int n = 3; n < many - 1; ++n) order.emplace_back(n * 7 % many, std::to_string(100 + n));
  std::sort(order.rbegin(), order.rend());
  std::vector<std::string> expected = {"m100"};
  for (const auto& [minute, name] : order) expected.push_back("m" + name);
  expected.push_back("m102");
  for (const std::string pages : {"1", "7", "57", "58", "59"}) {
    auto query = parse_query(fhir_catalogue(), "Observation",
                             parameters_of("patient=p9&_sort=-date&_count=" + pages));
    std::vector<std::string> found;
    for (;;) {
      const auto next = store->search(*query);
      ASSERT_TRUE(next.ok());
      for (const Match& match : next->matches) found.push_back(match.version.id);
      if (next->next.empty()) break;
      ASSERT_TRUE(query->after(next->next).ok());
    }
    EXPECT_EQ(found, expected) << pages;
  }
  EXPECT_THAT(ids("Observation", "patient=p9&code=third&_sort=-date&_count=2"),
              ElementsAre("m100", "m151"));
  EXPECT_THAT(ids("Observation", "patient=p9&_sort=value-date&_count=2"),
              ElementsAre("m100", "m102"));
  EXPECT_THAT(ids("Observation", "subject=Patient/p9&_sort=-value-date&_count=2"),
              ElementsAre("m100", "m102"));
  EXPECT_THAT(ids("Observation", "patient=p9&_lastUpdated=gt2020&_sort=-date&_count=1"), IsEmpty());
  EXPECT_THAT(ids("Observation", "patient=p8,p9&_sort=-date&_count=2"),
              ElementsAre("m100", "m101"));
  EXPECT_EQ(page("Observation", "patient=p9&_sort=-date&_count=1&_total=accurate")->total, 58);
  EXPECT_EQ(
      page("Observation", "patient=p9&code=third&_sort=-date&_count=1&_total=accurate")->total, 20);
  const auto check = store->check();
  EXPECT_TRUE(check.ok()) << to_text(check.error());
}

// A few are put in order at once, more when that is sooner done than reading all dates; of very
// many the dates are read until the page is full.
TEST(SortedSearch, FindsTheNewestOfFewAndOfMany) {
  SqliteOptions options;
  options.walk_from = 20;
  const auto store = fresh_store(options);
  constexpr int sizes[] = {10, 100, 190, 600};
  std::map<std::string, std::vector<std::pair<int, std::string>>> newest;
  std::vector<Write> writes;
  int number = 0;
  for (const int size : sizes) {
    const std::string patient = "of" + std::to_string(size);
    for (int n = 0; n < size; ++n, ++number) {
      const int minute = number * 7919 % 1009;
      const Instant when = day(2021, 1, 1) + std::chrono::minutes(minute);
      const std::string id = "o" + std::to_string(number);
      writes.push_back(put("Observation", id,
                           {reference_value("patient", "Patient", patient),
                            token_value("code", "s", n % 4 == 0 ? "fourth" : "other"),
                            date_value("date", when, when)}));
      newest[patient].emplace_back(minute, id);
    }
  }
  ASSERT_TRUE(store->commit(transaction_of(std::move(writes))).ok());
  for (auto& [patient, expected] : newest) {
    std::sort(expected.rbegin(), expected.rend());
    for (const std::string count : {"1", "3", "40"}) {
      auto query =
          parse_query(fhir_catalogue(), "Observation",
                      parameters_of("patient=" + patient + "&_sort=-date&_count=" + count));
      size_t at = 0;
      for (;;) {
        const auto page = store->search(*query);
        ASSERT_TRUE(page.ok());
        for (const Match& match : page->matches) {
          ASSERT_LT(at, expected.size());
          ASSERT_EQ(match.version.id, expected[at++].second) << patient << " by " << count;
        }
        if (page->next.empty()) break;
        ASSERT_TRUE(query->after(page->next).ok());
      }
      EXPECT_EQ(at, expected.size());
    }
  }
}

TEST_F(Search, PagesStayInPlaceWhileOthersWrite) {
  for (const std::string order : {"", "&_sort=date", "&_sort=-date,code"}) {
    auto query = parse_query(fhir_catalogue(), "Observation",
                             parameters_of("_count=2&_total=accurate" + order));
    ASSERT_TRUE(query.ok());
    std::vector<std::string> seen;
    for (int turn = 0; turn < 4; ++turn) {
      const auto found = store->search(*query);
      ASSERT_TRUE(found.ok());
      for (const Match& match : found->matches) seen.push_back(match.version.id);
      if (turn == 0) {
        EXPECT_EQ(found->total, 6) << order;
      }
      if (found->next.empty()) break;
      ASSERT_TRUE(query->after(found->next).ok());
      // One goes away that was already seen: nobody is passed over.
      if (turn == 0) {
        ASSERT_TRUE(store->commit(transaction_of({erase("Observation", seen[0])})).ok());
      }
    }
    EXPECT_EQ(seen.size(), 6u) << order;
    std::vector<Write> writes;
    add_observations(writes);
    ASSERT_TRUE(store->commit(transaction_of(std::move(writes))).ok());
  }
}

TEST_F(Search, CountsWithoutReading) {
  auto found = page("Observation", "_count=0");
  EXPECT_TRUE(found->matches.empty());
  EXPECT_EQ(found->total, 6);
  EXPECT_EQ(page("Observation", "code=temp&_count=0")->total, 4);
  EXPECT_EQ(page("Observation", "code=temp&date=2020&_count=1&_total=accurate")->total, 3);
  EXPECT_FALSE(page("Observation", "code=temp&_count=1")->total.has_value());
}

TEST_F(Search, SeveralTypesAtOnce) {
  EXPECT_THAT(ids("", "_type=Patient,Patient"), ElementsAre("p1", "p2", "p3"));
  EXPECT_THAT(ids("", "_type=Patient,Practitioner&_id=p1,dr1,o1"),
              UnorderedElementsAre("p1", "dr1"));
  EXPECT_THAT(ids("", "_type=Patient,Practitioner&family=curie,sand"),
              UnorderedElementsAre("p3", "dr1"));
  EXPECT_EQ(page("", "_count=0")->total, 17);
}

TEST_F(Search, WhatIsDeletedOrChangedIsNotFoundByItsOldValues) {
  ASSERT_TRUE(store
                  ->commit(transaction_of(
                      {erase("Observation", "o1"),
                       put("Observation", "o2", {token_value("code", loinc, "pulse")})}))
                  .ok());
  EXPECT_THAT(ids("Observation", "code=temp"), ElementsAre("o3", "o5"));
  EXPECT_THAT(ids("Observation", "code=pulse"), ElementsAre("o2", "o4"));
  EXPECT_THAT(ids("Observation", "patient=p1"), IsEmpty());
  const auto check = store->check();
  EXPECT_TRUE(check.ok()) << to_text(check.error());
}

TEST_F(Search, ACursorOfAnotherOrderIsRefused) {
  auto query = parse_query(fhir_catalogue(), "Observation", parameters_of("_count=1&_sort=date"));
  const std::string next = store->search(*query)->next;
  ASSERT_FALSE(next.empty());
  auto other = parse_query(fhir_catalogue(), "Observation", parameters_of("_sort=-date"));
  EXPECT_EQ(other->after(next).error().code, ErrorCode::invalid);
  EXPECT_FALSE(other->after("").ok());
  EXPECT_FALSE(other->after("zz" + next).ok());
  EXPECT_FALSE(other->after(std::string(40, 'f')).ok());
}

}  // namespace
}  // namespace passerelle::store
