// Changes in the order of their commits, resources indexed anew, compartments of many.
#include <gtest/gtest.h>

#include <set>

#include "store/test_store.h"

namespace passerelle::store {
namespace {

std::set<std::string> found(Store& store, const Query& query) {
  std::set<std::string> ids;
  EXPECT_TRUE(store
                  .scan(query, 0,
                        [&](const Version& version, int64_t) {
                          ids.insert(version.type + "/" + version.id);
                          return true;
                        })
                  .ok());
  return ids;
}
Query parsed(const std::string& type, const std::string& parameters) {
  auto query = parse_query(fhir_catalogue(), type, parameters_of(parameters));
  CHECK(query.ok(), query ? "" : to_text(query.error()).c_str());
  return std::move(*query);
}
using Set = std::set<std::string>;

TEST(Changes, ComeInTheOrderOfTheirCommitsFromWhereOneStopped) {
  const auto store = fresh_store();
  EXPECT_EQ(*store->newest_change(), 0);
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "a"), put("Task", "t")}, at(1))).ok());
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "a")}, at(2))).ok());
  ASSERT_TRUE(store->commit(transaction_of({erase("Task", "t")}, at(3))).ok());
  const auto first = store->changes(0, 2);
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ((*first)[1].version.type, "Task");
  const auto rest = store->changes((*first)[1].sequence, 10);
  ASSERT_EQ(rest->size(), 2u);
  EXPECT_EQ((*rest)[0].version.version, 2);
  EXPECT_TRUE((*rest)[1].version.deleted());
  EXPECT_EQ((*rest)[1].sequence, *store->newest_change());
  EXPECT_TRUE(store->changes(*store->newest_change(), 10)->empty());
}

TEST(Reindexing, GivesAResourceOtherValuesAndNoNewVersion) {
  const auto store = fresh_store();
  ASSERT_TRUE(
      store->commit(transaction_of({put("Patient", "a", {token_value("gender", "", "male")})}))
          .ok());
  Transaction again;
  again.reindexes = {{"Patient", "a", 1, {token_value("gender", "", "female")}},
                     {"Patient", "nobody", 1, {token_value("gender", "", "female")}},
                     {"Patient", "a", 7, {token_value("gender", "", "other")}}};
  ASSERT_TRUE(store->commit(std::move(again)).ok());
  EXPECT_EQ(found(*store, parsed("Patient", "gender=female")), Set{"Patient/a"});
  EXPECT_EQ(found(*store, parsed("Patient", "gender=male,other")), Set{});
  EXPECT_EQ(store->read("Patient", "a")->version, 1);
  EXPECT_TRUE(store->check().ok());
}

class Compartments : public testing::Test {
 protected:
  void SetUp() override {
    const auto observation = [](const std::string& id, const std::string& type,
                                const std::string& subject, int64_t seconds) {
      return put(
          "Observation", id,
          {reference_value("subject", type, subject), reference_value("patient", type, subject),
           date_value("date", at(seconds), at(seconds))});
    };
    ASSERT_TRUE(store
                    ->commit(transaction_of({
                        put("Patient", "a"),
                        put("Patient", "b"),
                        put("Device", "d"),
                        put("Practitioner", "p"),
                        observation("early", "Patient", "a", 10),
                        observation("late", "Patient", "a", 90),
                        observation("bs", "Patient", "b", 50),
                        observation("device", "Device", "d", 50),
                    }))
                    .ok());
  }
  std::set<std::string> within(const CompartmentOf& compartment, const std::string& type = "") {
    Query query = parsed(type, type.empty() ? "_type=Observation,Patient,Practitioner" : "");
    const auto done = query.within(compartment);
    return done ? found(*store, query) : Set{to_text(done.error())};
  }
  const std::unique_ptr<Store> store = fresh_store();
};

TEST_F(Compartments, HoldWhatRefersToOneOrSeveralOrAnyOfAType) {
  EXPECT_EQ(within({"Patient", {"a"}}),
            (Set{"Patient/a", "Observation/early", "Observation/late"}));
  EXPECT_EQ(within({"Patient", {"a", "b"}}, "Observation"),
            (Set{"Observation/early", "Observation/late", "Observation/bs"}));
  EXPECT_EQ(within({"Patient"}), (Set{"Patient/a", "Patient/b", "Observation/early",
                                      "Observation/late", "Observation/bs"}))
      << "what is about a device is in no patient's";
  EXPECT_EQ(within({"Patient", {"nobody"}}), Set{});
}

TEST_F(Compartments, KeepToDatesOfCare) {
  const auto millis = [](Instant instant) { return instant.time_since_epoch().count(); };
  CompartmentOf anna{"Patient", {"a"}};
  anna.dates.first = millis(at(50));
  EXPECT_EQ(within(anna), (Set{"Patient/a", "Observation/late"}));
  anna.dates = {INT64_MIN, millis(at(50))};
  EXPECT_EQ(within(anna), (Set{"Patient/a", "Observation/early"}));
}

}  // namespace
}  // namespace passerelle::store
