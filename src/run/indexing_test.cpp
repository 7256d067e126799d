// Indexing anew: what is found afterwards is what the resources say.
#include "run/indexing.h"

#include <gtest/gtest.h>

#include "store/search/query.h"

namespace passerelle::run {
namespace {

size_t found(store::Store& store, const std::string& name, const std::string& value) {
  const auto query = store::parse_query(store::fhir_catalogue(), "Patient", {{name, value}});
  return store.search(*query)->matches.size();
}

TEST(Reindex, GivesEveryResourceTheValuesOfToday) {
  const auto store = std::move(*store::open_temporary());
  const Instant now{};
  EXPECT_TRUE(*is_index_current(*store, now)) << "a new file is";
  store::Transaction transaction;
  constexpr int patients = 700;  // several commits
  for (int i = 0; i < patients; ++i) {
    const auto document = json::Document::parse(R"({"resourceType":"Patient","id":")" +
                                                std::to_string(i) + R"(","gender":"female"})");
    store::Write write = *make_write(document->root(), {});
    // As a program wrote it that knew of no genders and of something else.
    write.values = {{.parameter = "gender", .text = "unheard-of"}};
    transaction.writes.push_back(std::move(write));
  }
  ASSERT_TRUE(store->commit(std::move(transaction)).ok());
  EXPECT_EQ(found(*store, "gender", "female"), 0u);
  int64_t told = 0;
  const auto done = reindex(*store, {}, now, [&](int64_t count) { told = count; });
  ASSERT_TRUE(done.ok()) << to_text(done.error());
  EXPECT_EQ(*done, patients);
  EXPECT_EQ(told, patients);
  auto query = store::parse_query(store::fhir_catalogue(), "Patient",
                                  {{"gender", "female"}, {"_summary", "count"}});
  query->set_count(0);
  query->want_total();
  EXPECT_EQ(store->search(*query)->total, patients);
  EXPECT_EQ(found(*store, "gender", "unheard-of"), 0u);
  EXPECT_EQ(store->read("Patient", "7")->version, 1) << "nothing was written anew";
  EXPECT_TRUE(store->check().ok());
}

TEST(Reindex, IsNeededByFilesOfOlderPrograms) {
  const auto store = std::move(*store::open_temporary());
  const auto document = json::Document::parse(R"({"resourceType":"Patient","id":"p"})");
  store::Transaction transaction;
  transaction.writes.push_back(*make_write(document->root(), {}));
  ASSERT_TRUE(store->commit(std::move(transaction)).ok());
  EXPECT_FALSE(*is_index_current(*store, Instant{})) << "it never said how it was indexed";
  ASSERT_TRUE(reindex(*store, {}, Instant{}).ok());
  EXPECT_TRUE(*is_index_current(*store, Instant{}));
}

}  // namespace
}  // namespace passerelle::run
