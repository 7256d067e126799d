// What running pathways keep in the store: cases, timers, events, messages, named rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::ElementsAre;

Transaction when(int64_t seconds) {
  Transaction transaction;
  transaction.at = at(seconds);
  return transaction;
}

TEST(Cases, AreWrittenAtTheRevisionThatWasRead) {
  auto store = fresh_store();
  Transaction t = when(1);
  t.cases = {
      {.number = 7, .pathway = "covid", .pathway_version = "1", .patient = "p", .state = "a"}};
  ASSERT_TRUE(store->commit(t).ok());
  EXPECT_EQ(store->commit(t).error().code, ErrorCode::conflict) << "it exists already";

  t = when(2);
  t.cases = {{.number = 7,
              .expected_revision = 1,
              .pathway = "covid",
              .pathway_version = "1",
              .patient = "p",
              .status = CaseStatus::ended,
              .state = std::string("b\0c", 3)}};
  ASSERT_TRUE(store->commit(t).ok());
  EXPECT_EQ(store->commit(t).error().code, ErrorCode::conflict) << "it has moved on";
  const auto read = store->read_case(7);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->revision, 2);
  EXPECT_EQ(read->state, std::string("b\0c", 3));
  EXPECT_EQ(read->opened, at(1));
  EXPECT_EQ(read->updated, at(2));
  EXPECT_EQ(read->status, CaseStatus::ended);
  EXPECT_EQ(store->read_case(8).error().code, ErrorCode::not_found);
}

TEST(Cases, AreCountedAndFoundByWhatTheyAre) {
  auto store = fresh_store();
  EXPECT_EQ(*store->next_case_number(), 1u);
  EXPECT_EQ(*store->next_case_number(), 2u);
  Transaction t = when(1);
  for (uint64_t n = 1; n <= 6; ++n)
    t.cases.push_back({.number = n,
                       .pathway = n <= 4 ? "covid" : "heart",
                       .pathway_version = n % 2 == 0 ? "2" : "1",
                       .patient = n == 3 ? "p3" : "p",
                       .status = n == 1 ? CaseStatus::ended : CaseStatus::open});
  ASSERT_TRUE(store->commit(t).ok());
  const auto numbers = [&](const CaseFilter& filter) {
    std::vector<uint64_t> found;
    EXPECT_TRUE(store
                    ->scan_cases(filter,
                                 [&](const CaseRecord& record) {
                                   found.push_back(record.number);
                                   return found.size() < 5;
                                 })
                    .ok());
    return found;
  };
  EXPECT_THAT(numbers({}), ElementsAre(1, 2, 3, 4, 5)) << "stops when told";
  EXPECT_THAT(numbers({.status = CaseStatus::open, .pathway = "covid"}), ElementsAre(2, 3, 4));
  EXPECT_THAT(numbers({.pathway = "heart"}), ElementsAre(5, 6));
  EXPECT_THAT(numbers({.patient = "p3"}), ElementsAre(3));
  EXPECT_THAT(numbers({.status = CaseStatus::ended, .after = 1}), ElementsAre());
  EXPECT_THAT(numbers({.after = 4}), ElementsAre(5, 6));

  const auto counts = store->count_cases();
  ASSERT_TRUE(counts.ok());
  int64_t open = 0, sum = 0;
  for (const CaseCount& count : *counts) {
    sum += count.count;
    if (count.pathway == "covid" && count.status == CaseStatus::open) open += count.count;
  }
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(open, 3);
  EXPECT_EQ(store->stats()->open_cases, 5);
}

TEST(Timers, FireOnceInTheOrderTheyAreDue) {
  auto store = fresh_store();
  EXPECT_FALSE((*store->next_timer()).has_value());
  Transaction t = when(0);
  t.timers_to_set = {{1, 1, at(30), "c"}, {1, 2, at(10), "a"}, {2, 1, at(20), "b"}};
  ASSERT_TRUE(store->commit(t).ok());
  EXPECT_EQ(**store->next_timer(), at(10));
  EXPECT_EQ(store->timers_of(1)->size(), 2u);
  EXPECT_TRUE(store->due_timers(at(9), 10)->empty());
  const auto due = store->due_timers(at(30), 2);
  ASSERT_EQ(due->size(), 2u);
  EXPECT_EQ((*due)[0].activity, "a");
  EXPECT_EQ((*due)[1].activity, "b");

  Transaction fire = when(10);
  fire.timers_to_cancel = {{1, 2, true}};
  fire.events.push_back({.case_number = 1, .at = at(10), .activity = "a"});
  ASSERT_TRUE(store->commit(fire).ok());
  EXPECT_EQ(store->commit(fire).error().code, ErrorCode::conflict) << "it fires once";
  EXPECT_EQ(store->stats()->events, 1);
  fire.timers_to_cancel = {{1, 2, false}};
  EXPECT_TRUE(store->commit(fire).ok()) << "cancelling what is not there is no error by itself";
}

TEST(Timers, AreMovedWhenSetAgain) {
  auto store = fresh_store();
  Transaction t = when(0);
  t.timers_to_set = {{1, 1, at(10), "a"}};
  ASSERT_TRUE(store->commit(t).ok());
  t.timers_to_set = {{1, 1, at(50), "b"}};
  ASSERT_TRUE(store->commit(t).ok());
  EXPECT_EQ(store->stats()->pending_timers, 1);
  EXPECT_EQ(**store->next_timer(), at(50));
  t.timers_to_cancel = {{1, 1, true}};
  t.timers_to_set = {{1, 1, at(60), "c"}};
  ASSERT_TRUE(store->commit(t).ok()) << "cancelled first, then set";
  EXPECT_EQ(store->timers_of(1)->at(0).activity, "c");
}

TEST(Events, ComeBackInOrderAsTheyWereAppended) {
  auto store = fresh_store();
  Transaction t = when(0);
  for (int i = 0; i < 5; ++i)
    t.events.push_back({.case_number = static_cast<uint64_t>(1 + i % 2),
                        .at = at(i),
                        .activity = "activity " + std::to_string(i),
                        .bytes = std::string("\0x", 2) + std::to_string(i)});
  ASSERT_TRUE(store->commit(t).ok());
  std::vector<EventRecord> all;
  const auto collect = [&](const EventRecord& event) {
    all.push_back(event);
    return true;
  };
  ASSERT_TRUE(store->scan_events({}, collect).ok());
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[4].bytes, std::string("\0x", 2) + "4");
  EXPECT_EQ(all[4].at, at(4));
  EXPECT_EQ(all[4].activity, "activity 4");
  EXPECT_LT(all[3].sequence, all[4].sequence);
  const int64_t after = all[1].sequence;
  all.clear();
  ASSERT_TRUE(store->scan_events({.after = after, .case_number = 1}, collect).ok());
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].activity, "activity 2");
}

TEST(Messages, GoOutOnceAndAreTriedAgain) {
  auto store = fresh_store();
  Transaction t = when(0);
  t.messages = {{.id = "m1", .channel = "sms", .payload = "text", .case_number = 3, .item = 4},
                {.id = "m2", .channel = "mail", .not_before = at(100)}};
  ASSERT_TRUE(store->commit(t).ok());
  EXPECT_EQ(store->commit(t).error().code, ErrorCode::conflict) << "an id is used once";
  const auto pending = store->pending_messages(at(10), 10);
  ASSERT_EQ(pending->size(), 1u);
  EXPECT_EQ((*pending)[0].payload, "text");
  EXPECT_EQ((*pending)[0].case_number, 3u);

  Transaction retry = when(10);
  retry.message_updates = {{"m1", MessageStatus::pending, at(20), "busy"}};
  ASSERT_TRUE(store->commit(retry).ok());
  EXPECT_TRUE(store->pending_messages(at(19), 10)->empty());
  EXPECT_EQ(store->read_message("m1")->attempts, 1);
  EXPECT_EQ(store->read_message("m1")->detail, "busy");

  EXPECT_EQ(**store->next_due(at(0)), at(20));
  EXPECT_EQ(**store->next_due(at(20)), at(100)) << "what is overdue is not to come";
  EXPECT_FALSE(store->next_due(at(100))->has_value());

  Transaction sent = when(20);
  sent.message_updates = {{"m1", MessageStatus::delivered, {}, "ok"}};
  ASSERT_TRUE(store->commit(sent).ok());
  EXPECT_EQ(store->commit(sent).error().code, ErrorCode::conflict) << "it is delivered once";
  EXPECT_EQ(store->read_message("m1")->status, MessageStatus::delivered);
  EXPECT_EQ(store->pending_messages(at(1000), 10)->size(), 1u);
  EXPECT_EQ(store->stats()->pending_messages, 1);
  EXPECT_EQ(store->read_message("m9").error().code, ErrorCode::not_found);
}

TEST(Rows, AreWrittenAtTheRevisionThatWasRead) {
  auto store = fresh_store();
  const auto write = [&](RowWrite row) {
    Transaction t = when(0);
    t.rows = {std::move(row)};
    return store->commit(t);
  };
  ASSERT_TRUE(write({"lock", "task", "nurse 1", 0}).ok());
  EXPECT_EQ(write({"lock", "task", "nurse 2", 0}).error().code, ErrorCode::conflict);
  EXPECT_EQ(store->read_row("lock", "task")->value, "nurse 1");
  ASSERT_TRUE(write({"lock", "task", "nurse 3", 1}).ok());
  EXPECT_EQ(store->read_row("lock", "task")->revision, 2);
  EXPECT_EQ(write({"lock", "task", {}, 1}).error().code, ErrorCode::conflict);
  ASSERT_TRUE(write({"lock", "task", {}, 2}).ok());
  EXPECT_EQ(store->read_row("lock", "task").error().code, ErrorCode::not_found);
  EXPECT_TRUE(write({"lock", "task", {}, {}}).ok()) << "removing what is not there";
  ASSERT_TRUE(write({"lock", "task", "again", {}}).ok());
  EXPECT_EQ(store->read_row("lock", "task")->revision, 1);
  EXPECT_EQ(store->read_row("other", "task").error().code, ErrorCode::not_found);
}

TEST(Rows, AreScannedByPrefixInOrder) {
  auto store = fresh_store();
  Transaction t = when(0);
  for (const char* key : {"b/2", "a", "b/1", "b", "c", "b0"}) t.rows.push_back({"s", key, "v", {}});
  t.rows.push_back({"t", "b/3", "v", {}});
  ASSERT_TRUE(store->commit(t).ok());
  const auto keys = [&](const std::string& prefix, size_t most) {
    std::vector<std::string> found;
    EXPECT_TRUE(store
                    ->scan_rows("s", prefix,
                                [&](const Row& row) {
                                  found.push_back(row.key);
                                  return found.size() < most;
                                })
                    .ok());
    return found;
  };
  EXPECT_THAT(keys("b/", 9), ElementsAre("b/1", "b/2"));
  EXPECT_THAT(keys("b", 3), ElementsAre("b", "b/1", "b/2"));
  EXPECT_THAT(keys("", 9), ElementsAre("a", "b", "b/1", "b/2", "b0", "c"));
}

}  // namespace
}  // namespace passerelle::store
