// SearchParameters that come, change and go while others write: nothing is missed, nothing stays.
#include "run/search_parameters.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "run/indexing.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::run {
namespace {

using Work = SearchParameters::Work;

class Parameters : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open_temporary();
    ASSERT_TRUE(opened.ok());
    store = std::move(*opened);
    parameters = std::make_unique<SearchParameters>(*store);
  }

  fhir::ExtractOptions options() { return {Zone::utc(), "", parameters.get()}; }
  static Instant now() { return Instant(std::chrono::seconds(1'600'000'000)); }

  store::Write write_of(const std::string& text) {
    const auto document = json::Document::parse(text);
    EXPECT_TRUE(document.ok()) << text;
    auto write = make_write(document->root(), {options()});
    EXPECT_TRUE(write.ok()) << (write ? "" : passerelle::to_text(write.error()));
    return std::move(*write);
  }
  void commit(store::Write write) {
    store::Transaction transaction;
    transaction.at = now();
    transaction.writes.push_back(std::move(write));
    const auto receipt = store->commit(std::move(transaction));
    ASSERT_TRUE(receipt.ok()) << passerelle::to_text(receipt.error());
  }
  void put(const std::string& text) { commit(write_of(text)); }
  void put_patient(const std::string& id, const std::string& eye) { put(patient(id, eye)); }
  static std::string patient(const std::string& id, const std::string& eye) {
    return R"({"resourceType":"Patient","id":")" + id +
           R"(","gender":"female","extension":[)"
           R"({"url":"urn:eye","valueCode":")" +
           eye + R"("}]})";
  }
  void put_parameter(const std::string& status = "active", const std::string& url = "urn:eye") {
    put(R"x({"resourceType":"SearchParameter","id":"eye","url":"urn:sp:eye","name":"Eye","status":")x" +
        status +
        R"x(","description":"Colour","code":"eye","base":["Patient"],"type":"token",)x"
        R"x("expression":"Patient.extension(')x" +
        url + R"x(').value"})x");
  }

  // How many patients a search finds; -1: refused since not all can be found; -2: unknown.
  int found(const std::string& eye, bool lenient = false) {
    auto query = store::parse_query(*parameters->catalogue(), "Patient", {{"eye", eye}}, lenient);
    if (!query) return query.error().code == ErrorCode::unavailable ? -1 : -2;
    query->set_count(0);
    query->want_total();
    const auto page = store->search(*query);
    EXPECT_TRUE(page.ok());
    return static_cast<int>(page->total.value_or(-3));
  }
  Work work() {
    const auto done = parameters->work(options(), now());
    EXPECT_TRUE(done.ok()) << (done ? "" : passerelle::to_text(done.error()));
    return done ? *done : Work::none;
  }
  void work_all() {
    // The thread that writes lets go of a write only after it has answered.
    constexpr int most = 10'000;
    for (int pieces = 0; pieces < most; ++pieces) {
      const Work done = work();
      if (done == Work::none) return;
      if (done == Work::wait) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL() << "work without end";
  }
  IndexState state() { return parameters->list().at(0).state; }

  std::unique_ptr<store::Store> store;
  std::unique_ptr<SearchParameters> parameters;
};

TEST_F(Parameters, FindWhatWasThereBeforeOnceItIsIndexed) {
  EXPECT_EQ(work(), Work::none);
  for (int i = 0; i < 700; ++i) put_patient("p" + std::to_string(i), i % 7 == 0 ? "blue" : "brown");
  EXPECT_EQ(found("blue"), -2);
  put_parameter();
  EXPECT_EQ(found("blue"), -1);
  EXPECT_EQ(state(), IndexState::waiting);
  put_patient("new", "blue");
  EXPECT_EQ(found("blue", true), 1);  // what is written since is found already
  EXPECT_EQ(work(), Work::more);      // begun
  EXPECT_EQ(work(), Work::more);
  EXPECT_EQ(state(), IndexState::indexing);
  EXPECT_EQ(parameters->list().at(0).done, 300);
  EXPECT_EQ(parameters->list().at(0).total, 701);
  EXPECT_EQ(found("blue"), -1);
  work_all();
  EXPECT_EQ(state(), IndexState::ready);
  EXPECT_EQ(found("blue"), 101);
  EXPECT_TRUE(store->check().ok());
}

// The values of what it was meanwhile do not count as those of what it is again.
TEST_F(Parameters, ThatWereAnotherWhileTheyWereIndexedAreIndexedAnew) {
  for (int i = 0; i < 700; ++i) put_patient("p" + std::to_string(i), "blue");
  put_parameter();
  EXPECT_EQ(work(), Work::more);  // begun
  EXPECT_EQ(work(), Work::more);
  put_parameter("active", "urn:left");
  EXPECT_EQ(work(), Work::more);  // by the other's values
  put_parameter();
  EXPECT_EQ(found("blue"), -1);
  work_all();
  EXPECT_EQ(state(), IndexState::ready);
  EXPECT_EQ(found("blue"), 700);
  EXPECT_TRUE(store->check().ok());
}

TEST_F(Parameters, GoOnAfterARestartWhereTheyWere) {
  for (int i = 0; i < 400; ++i) put_patient("p" + std::to_string(i), "blue");
  put_parameter();
  work();
  work();
  parameters = std::make_unique<SearchParameters>(*store);
  EXPECT_EQ(parameters->list().at(0).done, 300);
  EXPECT_EQ(found("blue"), -1);
  work_all();
  EXPECT_EQ(parameters->list().at(0).state, IndexState::ready);
  parameters = std::make_unique<SearchParameters>(*store);
  EXPECT_EQ(found("blue"), 400);
}

// A write that was prepared before the parameter was known, and committed after the scan had
// passed.
TEST_F(Parameters, WaitForWritesThatDidNotKnowThem) {
  put_patient("a", "blue");
  store::Write late = write_of(patient("late", "blue"));
  put_parameter();
  EXPECT_EQ(work(), Work::more);  // begun
  EXPECT_EQ(work(), Work::more);  // all there is was looked at
  EXPECT_EQ(work(), Work::wait);
  commit(std::move(late));
  late = {};
  work_all();
  EXPECT_EQ(state(), IndexState::ready);
  EXPECT_EQ(found("blue"), 2);
}

TEST_F(Parameters, ChangeAndAreIndexedAnew) {
  put(R"({"resourceType":"Patient","id":"a","extension":[{"url":"urn:left","valueCode":"green"}]})");
  put_patient("b", "blue");
  put_parameter();
  work_all();
  EXPECT_EQ(found("blue"), 1);
  put_parameter("active", "urn:left");
  EXPECT_EQ(found("green"), -1);
  work_all();
  EXPECT_EQ(found("green"), 1);
  EXPECT_EQ(found("blue"), 0);
}

TEST_F(Parameters, GoWithTheirValuesWhenTheyAreRetired) {
  put_patient("a", "blue");
  put_parameter();
  work_all();
  put_parameter("retired");
  EXPECT_EQ(found("blue"), -2);
  EXPECT_EQ(state(), IndexState::removing);
  put_patient("b", "blue");  // without a value of it
  put_parameter();           // back before its values went
  EXPECT_EQ(found("blue"), -1);
  work_all();
  EXPECT_EQ(found("blue"), 2);
  put_parameter("retired");
  work_all();
  EXPECT_TRUE(parameters->list().empty());
  EXPECT_TRUE(store->check().ok());
}

TEST_F(Parameters, ThatCannotBeAreToldAndRefused) {
  put_parameter();
  const auto document = json::Document::parse(
      R"({"resourceType":"SearchParameter","id":"other","status":"active","code":"eye","base":["Patient"],)"
      R"("type":"string","expression":"Patient.name"})");
  const auto checked = parameters->check(document->root());
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().message,
            "there is a search parameter 'eye' of Patient already, SearchParameter/eye");
  // One that came in by another way, such as an import, is passed over and shown.
  put(R"({"resourceType":"SearchParameter","id":"bad","url":"urn:bad","name":"B","status":"active","description":"d",)"
      R"("code":"bad","base":["Patient"],"type":"string","expression":"Patient.nam"})");
  EXPECT_EQ(parameters->list().at(0).state, IndexState::refused);
  EXPECT_NE(parameters->list().at(0).detail.find("did you mean 'name'"), std::string::npos);
}

TEST_F(Parameters, AreAllDoneAfterAWholeReindex) {
  put_patient("a", "blue");
  put_parameter();
  ASSERT_TRUE(reindex(*store, options(), now()).ok());
  ASSERT_TRUE(parameters->all_done(now()).ok());
  EXPECT_EQ(state(), IndexState::ready);
  EXPECT_EQ(found("blue"), 1);
  EXPECT_EQ(work(), Work::none);
}

}  // namespace
}  // namespace passerelle::run
