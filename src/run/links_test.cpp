// The patient's door.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view nine = "2020-03-27T08:00:00Z";  // in Paris, the next day

TEST(Link, OpensOneFormOfOneCase) {
  Site site;
  const uint64_t martin = site.enrol("Martin");
  const uint64_t durand = site.enrol("Durand", home_alone, "+33600000002");
  site.go_to(nine);
  site.deliver();
  const std::string of_martin = site.token(martin);
  const std::string of_durand = site.token(durand);
  EXPECT_NE(of_martin, of_durand);
  EXPECT_EQ(must(site.engine->open_link(of_martin, site.now)).patient_name, "Louise Martin");
  EXPECT_TRUE(must(site.engine->complete_by_link(of_martin, fever, "fr", site.now)).done);
  EXPECT_THAT(site.open_work(martin), ElementsAre("nurse_call"));
  EXPECT_THAT(site.open_work(durand), ElementsAre("daily"))
      << "another's link changes nothing here";
  EXPECT_EQ(must(site.engine->open_link(of_durand, site.now)).state, LinkState::open);
}

TEST(Link, IsUnknownWhenItWasNotGiven) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  site.deliver();
  const std::string token = site.token(number);
  for (const std::string& wrong : {std::string(), token.substr(1), token + "A",
                                   std::string(9999, 'a'), std::string("../../etc/passwd")})
    EXPECT_EQ(must(site.engine->complete_by_link(wrong, fever, "fr", site.now)).state,
              LinkState::unknown);
  EXPECT_THAT(site.open_work(number), ElementsAre("daily"));
}

TEST(Link, LiesOnlyAsAHashInTheStore) {
  Folder folder;
  std::string token;
  {
    Site site(folder.path + "/data");
    const uint64_t number = site.enrol();
    site.go_to(nine);
    site.deliver();
    token = site.token(number);
  }
  ASSERT_EQ(token.size(), 24u);
  for (const std::string& file : folder.files())
    EXPECT_THAT(must(read_file(folder.path + "/" + file)), Not(HasSubstr(token))) << file;
}

TEST(Link, TakesAFormOnce) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  site.deliver();
  const std::string token = site.token(number);
  EXPECT_TRUE(must(site.engine->complete_by_link(token, fever, "fr", site.now)).done);
  const auto again = must(site.engine->complete_by_link(token, well, "fr", site.now));
  EXPECT_FALSE(again.done);
  EXPECT_EQ(again.state, LinkState::already_sent);
  EXPECT_EQ(site.completed(number, "daily"), 1u);
  const std::string work = must(site.engine->open_link(token, site.now)).work;
  const auto stored = must(site.store->read("QuestionnaireResponse", work));
  EXPECT_THAT(stored.body, HasSubstr("39.5")) << "the first answers stay";
  EXPECT_EQ(stored.version, 1);
}

TEST(Link, TakesAFormOnceWhenTwoWindowsSendItTogether) {
  Site site;
  std::vector<uint64_t> numbers;
  for (int i = 0; i < 8; ++i) numbers.push_back(site.enrol("P" + std::to_string(i)));
  site.go_to(nine);
  site.deliver();
  for (const uint64_t number : numbers) {
    const std::string token = site.token(number);
    std::atomic<int> done = 0;
    std::vector<std::thread> windows;
    for (int i = 0; i < 4; ++i)
      windows.emplace_back([&] {
        const auto sent = must(site.engine->complete_by_link(token, fever, "fr", site.now));
        EXPECT_EQ(sent.state, LinkState::already_sent);
        done += sent.done ? 1 : 0;
      });
    for (auto& window : windows) window.join();
    EXPECT_EQ(done, 1);
    EXPECT_EQ(site.completed(number, "daily"), 1u);
    EXPECT_THAT(site.open_work(number), ElementsAre("nurse_call"));
  }
}

TEST(Link, IsClosedWhenItsTimeHasPassedOrTheCaseHasMovedOn) {
  Settings settings;
  settings.link_life = std::chrono::hours(2);
  Site site({}, settings);
  const uint64_t number = site.enrol();
  site.go_to(nine);
  site.deliver();
  const std::string token = site.token(number);
  site.go_to("2020-03-27T09:59:59Z");
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).state, LinkState::open);
  site.go_to("2020-03-27T10:00:00Z");
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).state, LinkState::closed);
  const auto late = must(site.engine->complete_by_link(token, fever, "fr", site.now));
  EXPECT_FALSE(late.done);
  EXPECT_EQ(late.state, LinkState::closed);
  EXPECT_EQ(must(site.engine->save_draft(token, fever, site.now)), LinkState::closed);
  EXPECT_THAT(site.open_work(number), ElementsAre("daily"));

  site.go_to("2020-03-27T11:00:00Z");  // the reminder brings another link to the same form
  site.deliver();
  const std::string reminder = site.token(number);
  EXPECT_NE(reminder, token);
  EXPECT_EQ(must(site.engine->open_link(reminder, site.now)).state, LinkState::open);
  must(site.engine->tell(number, "hospitalised", "", nurse, "", site.now));
  EXPECT_EQ(must(site.engine->open_link(reminder, site.now)).state, LinkState::closed);
}

TEST(Link, KeepsWhatWasAnsweredUntilItIsSent) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  site.deliver();
  const std::string token = site.token(number);
  const Answers half = {{"breath", "1"}, {"temperature", "38,"}};
  EXPECT_EQ(must(site.engine->save_draft(token, half, site.now)), LinkState::open);
  site.restart();
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).draft, half);
  EXPECT_FALSE(must(site.engine->complete_by_link(token, half, "fr", site.now)).refusals.empty());
  EXPECT_TRUE(must(site.engine->complete_by_link(token, well, "fr", site.now)).done);
  EXPECT_THAT(must(site.engine->open_link(token, site.now)).draft, IsEmpty());
  EXPECT_FALSE(site.store->read_row("draft", work_id(number, 1)).ok());
}

TEST(Link, IsForgottenLongAfterItHasExpired) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  site.deliver();
  const std::string token = site.token(number);
  site.go_to("2020-04-10T08:00:00Z");
  must(site.engine->tidy(site.now));
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).state, LinkState::closed);
  must(site.engine->tidy(at("2020-06-01T08:00:00Z")));
  EXPECT_EQ(must(site.engine->open_link(token, site.now)).state, LinkState::unknown);
}

TEST(Link, LetsStaffFillTheFormForAPatientWhoRings) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  site.deliver();
  const auto work = must(site.engine->read_case(number, nurse)).work;
  ASSERT_EQ(work.size(), 1u);
  EXPECT_EQ(site.engine->complete(work[0].id, well, physician, "", site.now).error().code,
            ErrorCode::forbidden);
  EXPECT_TRUE(must(site.engine->complete(work[0].id, fever, nurse, "", site.now)).done);
  EXPECT_EQ(must(site.engine->open_link(site.token(number), site.now)).state,
            LinkState::already_sent);
}

}  // namespace
}  // namespace passerelle::run
