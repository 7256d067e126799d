// What is searched in other ways than by one parameter's values: expressions (_filter), places,
// words, and searches that take too long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "store/search/full_text.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

using Set = std::set<std::string>;

class Special : public testing::Test {
 protected:
  Set found(const std::string& type, const std::string& name, const std::string& value) {
    const auto query = parse_query(fhir_catalogue(), type, {{name, value}});
    if (!query) return {to_text(query.error())};
    const auto page = store->search(*query);
    if (!page) return {to_text(page.error())};
    Set ids;
    for (const Match& match : page->matches) ids.insert(match.version.id);
    return ids;
  }
  std::unique_ptr<Store> store = fresh_store();
};

class Filters : public Special {
 protected:
  void SetUp() override {
    const auto patient = [](const std::string& id, const std::string& family,
                            const std::string& gender, int64_t born) {
      return put("Patient", id,
                 {string_value("family", family), token_value("gender", "", gender),
                  date_value("birthdate", at(born), at(born))});
    };
    ASSERT_TRUE(store
                    ->commit(transaction_of({
                        patient("a", "Petit", "female", 10),
                        patient("b", "Petitjean", "male", 20),
                        patient("c", "Grand, Jr", "male", 30),
                        put("Patient", "d", {token_value("gender", "", "female")}),
                        put("Observation", "o", {reference_value("subject", "Patient", "a")}),
                        put("Observation", "p", {reference_value("subject", "Patient", "c")}),
                    }))
                    .ok());
  }
  Set filter(const std::string& text) { return found("Patient", "_filter", text); }
};

TEST_F(Filters, CompareInTheWaysOfTheirParameters) {
  EXPECT_EQ(filter("gender eq female"), (Set{"a", "d"}));
  EXPECT_EQ(filter("family eq \"petit\""), Set{}) << "equal is the whole text, as written";
  EXPECT_EQ(filter("family eq \"Petit\""), Set{"a"});
  EXPECT_EQ(filter("family sw \"petit\""), (Set{"a", "b"}));
  EXPECT_EQ(filter("family co \"jean\""), Set{"b"});
  EXPECT_EQ(filter("family eq \"Grand, Jr\""), Set{"c"}) << "a comma in a text separates nothing";
  EXPECT_EQ(filter("gender ne female"), (Set{"b", "c"}));
  EXPECT_EQ(filter("birthdate gt " + format_instant(at(15))), (Set{"b", "c"}));
  EXPECT_EQ(filter("birthdate pr true"), (Set{"a", "b", "c"}));
  EXPECT_EQ(filter("birthdate pr false"), Set{"d"});
}

TEST_F(Filters, JoinAndGroup) {
  EXPECT_EQ(filter("gender eq male and family sw \"pe\""), Set{"b"});
  EXPECT_EQ(filter("gender eq female or family sw \"gr\" and gender eq male"), (Set{"a", "c", "d"}))
      << "'and' binds more tightly";
  EXPECT_EQ(filter("(gender eq female or family sw \"gr\") and birthdate pr true"),
            (Set{"a", "c"}));
  EXPECT_EQ(filter("not (gender eq female or family sw \"gr\")"), Set{"b"});
  EXPECT_EQ(filter("not (not (gender eq female))"), (Set{"a", "d"}));
  EXPECT_EQ(found("Observation", "_filter", "subject.gender eq female and subject pr true"),
            Set{"o"});
  EXPECT_EQ(found("Observation", "_filter", "subject re Patient/c"), Set{"p"});
}

TEST_F(Filters, CostNoMoreWhenTheyAreNested) {
  std::string text = "gender eq male";
  for (int i = 0; i < 18; ++i)
    text = std::string("gender eq male ") + (i % 2 == 0 ? "and" : "or") + " (" + text + ")";
  EXPECT_EQ(filter(text), (Set{"b", "c"})) << "and does not take a year";
}

TEST_F(Filters, SayWhereTheyAreWrong) {
  const auto wrong = [&](const std::string& text) {
    const auto query = parse_query(fhir_catalogue(), "Patient", {{"_filter", text}});
    return query ? std::string("no error") : query.error().message;
  };
  EXPECT_NE(wrong("gender").find("column 7"), std::string::npos) << wrong("gender");
  EXPECT_NE(wrong("gender eq female and").find("column 21"), std::string::npos);
  EXPECT_NE(wrong("(gender eq female").find("')' is missing"), std::string::npos);
  EXPECT_NE(wrong("gender eq female)").find("goes on"), std::string::npos);
  EXPECT_NE(wrong("family eq \"x").find("no end"), std::string::npos);
  EXPECT_NE(wrong("gendr eq female").find("gendr"), std::string::npos);
  EXPECT_NE(wrong("gender is female").find("no operator"), std::string::npos);
  EXPECT_NE(wrong(std::string(50, '(') + "gender eq male").find("nested"), std::string::npos);
  EXPECT_EQ(parse_query(fhir_catalogue(), "Patient", {{"_filter", "family ew \"x\""}}).error().code,
            ErrorCode::unsupported);
}

TEST_F(Special, PlacesAreFoundByTheirDistance) {
  const auto location = [](const std::string& id, double latitude, double longitude) {
    IndexValue one = number_value("near$1", latitude, latitude);
    IndexValue two = number_value("near$2", longitude, longitude);
    one.tuple = two.tuple = 1;
    return put("Location", id, {one, two});
  };
  // Paris, Lyon (392 km away), and Suva beside the 180th meridian.
  ASSERT_TRUE(store
                  ->commit(transaction_of(
                      {location("paris", 48.8566, 2.3522), location("lyon", 45.7640, 4.8357),
                       location("suva", -18.1248, 178.4501), put("Location", "nowhere")}))
                  .ok());
  EXPECT_EQ(found("Location", "near", "48.9|2.3"), Set{"paris"});
  EXPECT_EQ(found("Location", "near", "48.8566|2.3522|390|km"), Set{"paris"});
  EXPECT_EQ(found("Location", "near", "48.8566|2.3522|395|km"), (Set{"paris", "lyon"}));
  EXPECT_EQ(found("Location", "near", "48.8566|2.3522|395000|m"), (Set{"paris", "lyon"}));
  EXPECT_EQ(found("Location", "near", "-18.1|-179.9|200|km"), Set{"suva"})
      << "across the date line";
  for (const char* wrong : {"48.9", "91|0", "0|181", "x|y", "1|2|-3|km", "1|2|3|kg"})
    EXPECT_FALSE(parse_query(fhir_catalogue(), "Location", {{"near", wrong}}).ok()) << wrong;
}

class Words : public Special {
 protected:
  void SetUp() override {
    const auto note = [](const std::string& id, const std::string& div, const std::string& text) {
      return put("Observation", id, {},
                 "\"text\":{\"status\":\"generated\",\"div\":\"<div><p>" + div +
                     "</p></div>\"},\"note\":[{\"text\":\"" + text + "\"}]");
    };
    ASSERT_TRUE(store
                    ->commit(transaction_of({
                        note("a", "Lésion du <b>foie</b>", "métastase"),
                        note("b", "Lésion du poumon", "foie sain"),
                        put("Patient", "p", {}, "\"address\":[{\"city\":\"Foix\"}]"),
                    }))
                    .ok());
  }
  Set text(const std::string& words) { return found("Observation", "_text", words); }
  Set content(const std::string& words) { return found("Observation", "_content", words); }
};

TEST_F(Words, AreFoundInTheNarrativeOrAnywhere) {
  EXPECT_EQ(text("foie"), Set{"a"});
  EXPECT_EQ(content("foie"), (Set{"a", "b"}));
  EXPECT_EQ(content("FOIE lesion"), (Set{"a", "b"})) << "without regard to case and accents";
  EXPECT_EQ(text("foie or poumon"), (Set{"a", "b"}));
  EXPECT_EQ(text("lesion not poumon"), Set{"a"});
  EXPECT_EQ(text("\"lesion du foie\""), Set{"a"});
  EXPECT_EQ(text("lesion (foie or rein)"), Set{"a"});
  EXPECT_EQ(text("(foie or rein) lesion"), Set{"a"});
  EXPECT_EQ(content("metast*"), Set{"a"});
  EXPECT_EQ(content("generated"), (Set{"a", "b"})) << "codes are words too";
  EXPECT_EQ(text("b"), Set{}) << "tags are no words";
  EXPECT_EQ(found("Patient", "_content", "foix"), Set{"p"});
}

TEST_F(Words, FollowWhatIsWrittenAndDeleted) {
  EXPECT_EQ(content("foie"), (Set{"a", "b"}));
  ASSERT_TRUE(
      store
          ->commit(transaction_of({erase("Observation", "a"),
                                   put("Observation", "b", {}, "\"note\":[{\"text\":\"x\"}]"),
                                   put("Observation", "c", {}, "\"note\":[{\"text\":\"foie\"}]")}))
          .ok());
  EXPECT_EQ(content("foie"), Set{"c"});
  ASSERT_TRUE(
      store->commit(transaction_of({put("Observation", "a", {}, "\"note\":[{\"text\":\"foie\"}]")}))
          .ok());
  EXPECT_EQ(content("foie"), (Set{"a", "c"}));
  EXPECT_TRUE(store->check().ok());
}

TEST(WordsKept, AreNotTheSecretsOfSubscriptions) {
  const FullText words = full_text(
      R"({"resourceType":"Subscription","reason":"why","channel":{"header":["X-Key: hidden"]}})");
  EXPECT_NE(words.content.find("why"), std::string::npos);
  EXPECT_EQ(words.content.find("hidden"), std::string::npos);
}

TEST(WordsAsked, AreReadStrictly) {
  EXPECT_EQ(*full_text_query("a b", false), "\"a\" \"b\"");
  EXPECT_EQ(*full_text_query("a OR (b and not-c)", false), "\"a\" OR (\"b\" AND \"not-c\")");
  EXPECT_EQ(*full_text_query("a (b or c)", false), "\"a\" AND (\"b\" OR \"c\")");
  EXPECT_EQ(*full_text_query("(a or b) c", false), "(\"a\" OR \"b\") AND \"c\"");
  EXPECT_EQ(*full_text_query(std::string_view("x\0y", 3), false), "\"x y\"");
  EXPECT_EQ(*full_text_query("NEAR(x y)", false), "\"NEAR\" AND (\"x\" \"y\")")
      << "nothing of FTS5's own language";
  EXPECT_EQ(*full_text_query("content:x", true), "{narrative} : (\"content:x\")");
  for (const char* wrong : {"", " ", "or", "a or", "(a", "a)", "()", "*", "a and or b"})
    EXPECT_FALSE(full_text_query(wrong, false).ok()) << wrong;
}

// A store of so many that looking at each takes more than one search may.
std::unique_ptr<Store> crowded_store(const SqliteOptions& options) {
  auto store = fresh_store(options);
  Transaction many;
  many.at = at(0);
  for (int i = 0; i < 20'000; ++i)
    many.writes.push_back(put("Patient", std::to_string(i), {token_value("gender", "", "male")}));
  CHECK(store->commit(std::move(many)).ok(), "it is written");
  return store;
}
Query long_query() {
  return *parse_query(fhir_catalogue(), "Patient", {{"_lastUpdated", "gt2999"}});
}

TEST(LongSearches, AreStoppedAfterSoMuchWork) {
  SqliteOptions options;
  options.search_steps = 50'000;
  const auto store = crowded_store(options);
  const auto slow = store->search(long_query());
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, ErrorCode::too_costly) << to_text(slow.error());
  EXPECT_THAT(slow.error().message, testing::HasSubstr("50000 steps"));
  EXPECT_TRUE(store->search(*parse_query(fhir_catalogue(), "Patient", {{"_id", "77"}})).ok())
      << "the next search has its own time";
}

TEST(LongSearches, AreStoppedByTheClockHoweverLittleTheyDo) {
  SqliteOptions options;
  options.search_time = Millis(0);
  const auto store = crowded_store(options);
  const auto slow = store->search(long_query());
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, ErrorCode::too_costly) << to_text(slow.error());
  EXPECT_THAT(slow.error().message, testing::HasSubstr("longer than one may take, 0 s"));
  HistoryRequest history;
  history.type = "Patient";
  history.during = {at(-20), at(-10)};
  const auto versions = store->history(history);
  ASSERT_FALSE(versions.ok());
  EXPECT_EQ(versions.error().code, ErrorCode::too_costly) << to_text(versions.error());
  int seen = 0;
  EXPECT_TRUE(store
                  ->scan(long_query(), 0,
                         [&](const Version&, int64_t) {
                           ++seen;
                           return true;
                         })
                  .ok())
      << "who reads everything, such as an export, is not held to it";
}

// Whoever writes waits for whom the condition is looked at again.
TEST(LongSearches, OfAConditionHoldUpNoOtherWriter) {
  SqliteOptions options;
  options.search_time = Millis(0);
  const auto store = crowded_store(options);
  Transaction conditional = transaction_of({put("Patient", "new")});
  conditional.guards.push_back({std::make_shared<const Query>(long_query()), ""});
  const auto refused = store->commit(std::move(conditional));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::too_costly) << to_text(refused.error());
  EXPECT_THAT(refused.error().help, testing::HasSubstr("identifier"));
  EXPECT_FALSE(store->read("Patient", "new").ok()) << "all or nothing";
  EXPECT_TRUE(store->commit(transaction_of({put("Patient", "next")})).ok());
  EXPECT_TRUE(store->counters().writable) << "the disk is not to blame";
  EXPECT_TRUE(store->check().ok());
}

TEST(OlderFiles, GetWhatNewerOnesHave) {
  const TestFolder folder;
  {
    auto store = std::move(*open_sqlite(folder.file()));
    ASSERT_TRUE(
        store
            ->commit(transaction_of({put("Patient", "p", {}, "\"address\":[{\"city\":\"Foix\"}]")}))
            .ok());
  }
  // As the first version of the schema left it.
  run_sql(folder.file(),
          "DROP TABLE full_text; DROP TABLE full_text_state; DROP TABLE dictionary; "
          "ALTER TABLE index_reference DROP COLUMN dates; PRAGMA user_version=1");
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok()) << to_text(store.error());
  const auto page =
      (*store)->search(*parse_query(fhir_catalogue(), "Patient", {{"_content", "foix"}}));
  ASSERT_TRUE(page.ok()) << to_text(page.error());
  EXPECT_EQ(page->matches.size(), 1u);
  EXPECT_TRUE((*store)->check().ok());
}

}  // namespace
}  // namespace passerelle::store
