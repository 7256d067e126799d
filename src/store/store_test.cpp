// Resources and transactions: versions, history, all or nothing, guards, idempotency.
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/test_store.h"

namespace passerelle::store {
namespace {

using testing::HasSubstr;

MatchGuard guard(const std::string& type, const std::string& query, const std::string& id) {
  auto parsed = parse_query(fhir_catalogue(), type, parameters_of(query));
  CHECK(parsed.ok(), "the test's own query parses");
  return {std::make_shared<const Query>(std::move(*parsed)), id};
}

TEST(Resources, AreReadAsTheyWereWritten) {
  auto store = fresh_store();
  Write write = put("Patient", "p1");
  write.body =
      R"({"id":"p1","meta":{"versionId":"99","tag":[{"code":"x"}],"lastUpdated":"1999"},)"
      R"("resourceType":"Patient","multipleBirthInteger":1.10,"name":[{"family":"Éloïse"}]})";
  const auto receipt = store->commit(transaction_of({write}, at(5)));
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->writes.size(), 1u);
  EXPECT_EQ(receipt->writes[0].version, 1);
  EXPECT_TRUE(receipt->writes[0].created);
  EXPECT_EQ(receipt->updated, at(5));

  const auto read = store->read("Patient", "p1");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->version, 1);
  EXPECT_EQ(read->updated, at(5));
  EXPECT_EQ(read->body, R"({"resourceType":"Patient","id":"p1","meta":{"versionId":"1",)"
                        R"("lastUpdated":"2020-03-23T21:46:45.000Z","tag":[{"code":"x"}]},)"
                        R"("multipleBirthInteger":1.10,"name":[{"family":"Éloïse"}]})");
  EXPECT_EQ(store->read("Patient", "p2").error().code, ErrorCode::not_found);
  EXPECT_EQ(store->read("Observation", "p1").error().code, ErrorCode::not_found);
}

TEST(Resources, KeepEveryVersion) {
  auto store = fresh_store();
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "p", {}, R"("a":1)")}, at(1))).ok());
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "p", {}, R"("a":2)")}, at(2))).ok());
  ASSERT_TRUE(store->commit(transaction_of({erase("Patient", "p")}, at(3))).ok());
  EXPECT_EQ(store->read("Patient", "p").error().code, ErrorCode::gone);
  EXPECT_THAT(store->vread("Patient", "p", 1)->body, HasSubstr("\"a\":1"));
  EXPECT_THAT(store->vread("Patient", "p", 2)->body, HasSubstr("\"a\":2"));
  EXPECT_EQ(store->vread("Patient", "p", 3).error().code, ErrorCode::gone);
  EXPECT_EQ(store->vread("Patient", "p", 4).error().code, ErrorCode::not_found);

  const auto again = store->commit(transaction_of({put("Patient", "p")}, at(4)));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->writes[0].version, 4);
  EXPECT_TRUE(again->writes[0].created);
  EXPECT_TRUE(store->read("Patient", "p").ok());
  EXPECT_TRUE(store->check().ok());
}

TEST(Resources, DeletingWhatIsNotThereDoesNothing) {
  auto store = fresh_store();
  const auto receipt = store->commit(transaction_of({erase("Patient", "p")}));
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->writes[0].version, 0);
  EXPECT_EQ(store->read("Patient", "p").error().code, ErrorCode::not_found);
}

TEST(Resources, ThatAreOnlyReferredToAreNotThere) {
  auto store = fresh_store();
  ASSERT_TRUE(store
                  ->commit(transaction_of(
                      {put("Observation", "o", {reference_value("subject", "Patient", "p")})}))
                  .ok());
  EXPECT_EQ(store->read("Patient", "p").error().code, ErrorCode::not_found);
  EXPECT_EQ(store->history({"Patient", "p"}).error().code, ErrorCode::not_found);
  EXPECT_EQ(store->stats()->resources, 1);
  EXPECT_TRUE(store->check().ok());
}

TEST(Resources, OfAnotherTypeOrIdThanSaidAreRefused) {
  auto store = fresh_store();
  Write write = put("Patient", "p");
  write.body = body_of("Patient", "q");
  EXPECT_THAT(to_text(store->commit(transaction_of({write})).error()), HasSubstr("'q'"));
  write.body = body_of("Observation", "p");
  EXPECT_THAT(to_text(store->commit(transaction_of({write})).error()), HasSubstr("Observation"));
  write.body = "{";
  EXPECT_EQ(store->commit(transaction_of({write})).error().code, ErrorCode::invalid);
  EXPECT_EQ(
      store->commit(transaction_of({put("Patient", "p"), erase("Patient", "p")})).error().code,
      ErrorCode::invalid);
  EXPECT_EQ(store->stats()->versions, 0);
}

TEST(LastUpdated, NeverRunsBackward) {
  auto store = fresh_store();
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "a")}, at(100))).ok());
  const auto receipt = store->commit(transaction_of({put("Patient", "b")}, at(50)));
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->updated, at(100));
  EXPECT_EQ(store->read("Patient", "b")->updated, at(100));
  EXPECT_TRUE(store->check().ok());
}

TEST(History, GoesFromTheNewestBackInPages) {
  auto store = fresh_store();
  for (int i = 0; i < 7; ++i) {
    const std::string id = i % 2 == 0 ? "even" : "odd";
    ASSERT_TRUE(store->commit(transaction_of({put("Patient", id)}, at(i))).ok());
    ASSERT_TRUE(store->commit(transaction_of({put("Device", id)}, at(i))).ok());
  }
  HistoryRequest request{"Patient", "even"};
  request.count = 3;
  auto page = store->history(request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->total, 4);
  ASSERT_EQ(page->versions.size(), 3u);
  EXPECT_EQ(page->versions[0].version, 4);
  EXPECT_NE(page->next, 0);
  request.before = page->next;
  page = store->history(request);
  ASSERT_EQ(page->versions.size(), 1u);
  EXPECT_EQ(page->versions[0].version, 1);
  EXPECT_EQ(page->next, 0);

  EXPECT_EQ(store->history({"Patient", ""})->versions.size(), 7u);
  EXPECT_EQ(store->history({"", ""})->versions.size(), 14u);
  EXPECT_EQ(store->history({"", ""})->versions[0].type, "Device");
  EXPECT_EQ(store->history({"Group", ""})->versions.size(), 0u);
  HistoryRequest recent{"Patient", ""};
  recent.since = at(5);
  page = store->history(recent);
  EXPECT_EQ(page->versions.size(), 2u);
  EXPECT_EQ(page->total, 7);
  EXPECT_EQ(store->history({"Patient", "nobody"}).error().code, ErrorCode::not_found);
}

TEST(History, OfManyVersionsIsInOrderToo) {
  auto store = fresh_store();
  std::vector<Write> writes;
  for (int i = 0; i < 2500; ++i) writes.push_back(put("Patient", std::to_string(i)));
  ASSERT_TRUE(store->commit(transaction_of({put("Device", "first")}, at(0))).ok());
  ASSERT_TRUE(store->commit(transaction_of(std::move(writes), at(1))).ok());
  ASSERT_TRUE(store->commit(transaction_of({put("Device", "last")}, at(2))).ok());
  HistoryRequest request{"Patient", ""};
  request.count = 1000;
  int next = 2500;
  do {
    const auto page = store->history(request);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->total, 2500);
    for (const Version& version : page->versions) EXPECT_EQ(version.id, std::to_string(--next));
    request.before = page->next;
  } while (request.before != 0);
  EXPECT_EQ(next, 0);
  const auto rare = store->history({"Device", ""});
  ASSERT_EQ(rare->versions.size(), 2u);
  EXPECT_EQ(rare->versions[0].id, "last");
}

TEST(History, TellsDeletions) {
  auto store = fresh_store();
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "p")}, at(1))).ok());
  ASSERT_TRUE(store->commit(transaction_of({erase("Patient", "p")}, at(2))).ok());
  const auto page = store->history({"Patient", "p"});
  ASSERT_EQ(page->versions.size(), 2u);
  EXPECT_TRUE(page->versions[0].deleted());
  EXPECT_EQ(page->versions[0].body, "");
  EXPECT_EQ(page->versions[0].version, 2);
}

TEST(IfVersion, RefusesWhatWasChangedMeanwhile) {
  auto store = fresh_store();
  Write write = put("Patient", "p");
  write.if_version = 0;
  ASSERT_TRUE(store->commit(transaction_of({write})).ok());
  EXPECT_EQ(store->commit(transaction_of({write})).error().code, ErrorCode::precondition);
  write.if_version = 1;
  ASSERT_TRUE(store->commit(transaction_of({write})).ok());
  const auto late = store->commit(transaction_of({write}));
  EXPECT_EQ(late.error().code, ErrorCode::precondition);
  EXPECT_THAT(to_text(late.error()), HasSubstr("version 2"));
  Write gone = erase("Patient", "nobody");
  gone.if_version = 1;
  EXPECT_EQ(store->commit(transaction_of({gone})).error().code, ErrorCode::precondition);
  EXPECT_EQ(store->read("Patient", "p")->version, 2);
}

TEST(Transactions, AreAllOrNothing) {
  auto store = fresh_store();
  ASSERT_TRUE(
      store->commit(transaction_of({put("Patient", "old", {token_value("gender", "", "x")})}))
          .ok());
  Transaction bad = transaction_of(
      {put("Patient", "new", {token_value("gender", "", "y")}), erase("Patient", "old")});
  bad.idempotency_key = "once";
  bad.cases.push_back({.number = 1, .pathway = "covid"});
  bad.timers_to_set.push_back({1, 2, at(10), "remind"});
  bad.events.push_back({.case_number = 1, .at = at(0), .activity = "start", .bytes = "b"});
  bad.messages.push_back({.id = "m", .channel = "sms"});
  bad.rows.push_back({"space", "key", "value", {}});
  bad.rows.push_back({"space", "other", "value", 7});  // is not there: everything fails
  EXPECT_EQ(store->commit(bad).error().code, ErrorCode::conflict);

  EXPECT_EQ(store->read("Patient", "new").error().code, ErrorCode::not_found);
  EXPECT_TRUE(store->read("Patient", "old").ok());
  EXPECT_EQ(store->read_case(1).error().code, ErrorCode::not_found);
  EXPECT_TRUE(store->due_timers(at(100), 10)->empty());
  EXPECT_EQ(store->stats()->events, 0);
  EXPECT_EQ(store->read_message("m").error().code, ErrorCode::not_found);
  EXPECT_EQ(store->read_row("space", "key").error().code, ErrorCode::not_found);
  EXPECT_TRUE(store->check().ok());

  bad.rows.pop_back();
  const auto good = store->commit(bad);
  ASSERT_TRUE(good.ok());
  EXPECT_FALSE(good->repeated) << "a transaction that failed leaves no key";
  EXPECT_TRUE(store->read("Patient", "new").ok());
  EXPECT_EQ(store->read_case(1)->pathway, "covid");
  EXPECT_TRUE(store->check().ok());
}

// Many in one group, every third of which fails: the others must not notice, whatever names
// (types, codes, resources) the failed ones had brought in.
TEST(Transactions, ThatFailInAGroupDoNotHarmTheOthers) {
  auto store = fresh_store();
  std::atomic<int> good{0}, bad{0};
  for (int i = 0; i < 600; ++i) {
    const std::string n = std::to_string(i);
    Transaction t = transaction_of(
        {put("Type" + std::to_string(i % 50), n,
             {token_value("p" + std::to_string(i % 70), "s" + std::to_string(i % 30), "c" + n),
              reference_value("subject", "Patient", std::to_string(i % 40))})});
    if (i % 3 == 0) t.rows.push_back({"none", n, "", 5});
    store->submit(std::move(t), [&](Result<Receipt> result) { ++(result ? good : bad); });
  }
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "last")})).ok());
  EXPECT_EQ(good, 400);
  EXPECT_EQ(bad, 200);
  EXPECT_EQ(store->stats()->resources, 401);
  EXPECT_LT(store->stats()->commits, 600);
  const auto check = store->check();
  EXPECT_TRUE(check.ok()) << to_text(check.error());
}

TEST(Transactions, OfOneCallerHappenInOrder) {
  auto store = fresh_store();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i)
    store->submit(transaction_of({put("Patient", "p")}, at(i)), [&order, i](Result<Receipt> done) {
      if (done && done->writes[0].version == i + 1) order.push_back(i);
    });
  ASSERT_TRUE(store->commit(Transaction{}).ok());
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Idempotency, DoesTheSecondOfTwoNotAgain) {
  auto store = fresh_store();
  Transaction t = transaction_of({put("Patient", "p"), erase("Patient", "q")}, at(1));
  t.idempotency_key = "form 7";
  t.answer = "thank\nyou";
  t.events.push_back({.case_number = 1, .at = at(0), .activity = "form"});
  const auto first = store->commit(t);
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first->repeated);
  t.answer = "other";
  t.at = at(9);
  const auto second = store->commit(t);
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->repeated);
  EXPECT_EQ(second->answer, "thank\nyou");
  EXPECT_EQ(second->updated, at(1));
  ASSERT_EQ(second->writes.size(), 2u);
  EXPECT_EQ(second->writes[0].version, 1);
  EXPECT_TRUE(second->writes[0].created);
  EXPECT_EQ(second->writes[1].version, 0);
  EXPECT_EQ(store->read("Patient", "p")->version, 1);
  EXPECT_EQ(store->stats()->events, 1);
}

TEST(Idempotency, KeysAreForgottenWhenTold) {
  auto store = fresh_store();
  Transaction t;
  t.at = at(1);
  t.idempotency_key = "k";
  ASSERT_TRUE(store->commit(t).ok());
  Transaction keep;
  keep.forget_keys_before = at(1);
  ASSERT_TRUE(store->commit(keep).ok());
  EXPECT_TRUE(store->commit(t)->repeated);
  Transaction forget;
  forget.forget_keys_before = at(2);
  ASSERT_TRUE(store->commit(forget).ok());
  EXPECT_FALSE(store->commit(t)->repeated);
}

TEST(Guards, HoldAtTheCommitOrNothingIsDone) {
  auto store = fresh_store();
  const IndexValues values = {token_value("identifier", "ins", "1")};
  Transaction create = transaction_of({put("Patient", "a", values)});
  create.guards = {guard("Patient", "identifier=ins|1", "")};
  ASSERT_TRUE(store->commit(create).ok());
  create.writes = {put("Patient", "b", values)};
  EXPECT_EQ(store->commit(create).error().code, ErrorCode::conflict);
  EXPECT_EQ(store->read("Patient", "b").error().code, ErrorCode::not_found);

  Transaction update = transaction_of({put("Patient", "a", values)});
  update.guards = {guard("Patient", "identifier=ins|1", "a")};
  EXPECT_TRUE(store->commit(update).ok());
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "c", values)})).ok());
  EXPECT_EQ(store->commit(update).error().code, ErrorCode::precondition) << "two match now";
}

TEST(Guards, LetOneOfManyThreadsCreate) {
  auto store = fresh_store();
  std::atomic<int> created{0}, refused{0};
  std::vector<std::thread> threads;
  for (int n = 0; n < 8; ++n)
    threads.emplace_back([&, n] {
      Transaction t = transaction_of(
          {put("Patient", "p" + std::to_string(n), {token_value("identifier", "ins", "1")})});
      t.guards = {guard("Patient", "identifier=ins|1", "")};
      const auto done = store->commit(t);
      if (done) ++created;
      if (!done && done.error().code == ErrorCode::conflict) ++refused;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 7);
}

TEST(Readers, SeeWholeCommitsOnlyWhileAWriterIsBusy) {
  auto store = fresh_store();
  std::atomic<bool> stop{false};
  ASSERT_TRUE(store->commit(transaction_of({put("Patient", "a"), put("Patient", "b")})).ok());
  auto query = parse_query(fhir_catalogue(), "Patient", {});
  ASSERT_TRUE(query.ok());
  std::vector<std::thread> readers;
  std::atomic<int> torn{0}, seen{0};
  for (int n = 0; n < 3; ++n)
    readers.emplace_back([&] {
      while (!stop) {
        const auto page = store->search(*query);
        if (!page || page->matches.size() != 2 ||
            page->matches[0].version.version != page->matches[1].version.version)
          ++torn;
        ++seen;
      }
    });
  // A quick disk takes two hundred commits before a thread has begun.
  for (int i = 0; i < 200 || (seen < 100 && i < 100'000); ++i) {
    const auto done = store->commit(transaction_of({put("Patient", "a"), put("Patient", "b")}));
    EXPECT_TRUE(done.ok()) << to_text(done.error());
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GE(seen, 100);
}

}  // namespace
}  // namespace passerelle::store
