// kill -9 in the middle of the work: what was acknowledged is there, nothing is there twice.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <set>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

constexpr std::string_view nine = "2020-03-27T08:00:00Z";
constexpr int patients = 60;
constexpr size_t forms_before_kill = 9;

// Sends forms, and says on `pipe` which were acknowledged.
[[noreturn]] void send_forms(const std::string& file, const std::vector<std::string>& tokens,
                             int pipe) {
  Site site(file);
  site.go_to(nine);
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto sent = site.engine->complete_by_link(tokens[i], fever, "fr", site.now);
    if (!sent || sent->state != LinkState::already_sent) _exit(1);
    const auto index = static_cast<uint8_t>(i);
    if (write(pipe, &index, 1) != 1) _exit(1);
  }
  _exit(0);
}

TEST(Crash, LosesNoAcknowledgedFormAndRepeatsNoTask) {
  Folder folder;
  const std::string file = folder.path + "/data";
  std::vector<uint64_t> numbers;
  std::vector<std::string> tokens;
  {
    Site site(file);
    for (int i = 0; i < patients; ++i) numbers.push_back(site.enrol("P" + std::to_string(i)));
    site.go_to(nine);
    site.deliver();
    for (const uint64_t number : numbers) tokens.push_back(site.token(number));
  }
  std::set<uint8_t> acknowledged;
  int kills = 0;
  for (bool finished = false; !finished && kills < patients;) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) send_forms(file, tokens, ends[1]);
    close(ends[1]);
    // It begins from the first form each time: those that are there are told at once.
    const size_t enough = acknowledged.size() + forms_before_kill;
    uint8_t index = 0;
    for (size_t told = 0; told < enough && read(ends[0], &index, 1) == 1; ++told)
      acknowledged.insert(index);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    while (read(ends[0], &index, 1) == 1) acknowledged.insert(index);
    close(ends[0]);
    finished = WIFEXITED(status);
    if (finished) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
    }
    ++kills;

    Site site(file);
    must(site.store->check());
    for (const uint8_t each : acknowledged) {
      ASSERT_EQ(must(site.engine->open_link(tokens[each], at(nine))).state, LinkState::already_sent)
          << "form " << int{each} << " was acknowledged";
    }
  }
  EXPECT_GT(kills, 3);
  EXPECT_EQ(acknowledged.size(), static_cast<size_t>(patients));
  Site site(file);
  for (const uint64_t number : numbers) {
    EXPECT_EQ(site.completed(number, "daily"), 1u);
    EXPECT_EQ(site.completed(number, "triage"), 1u);
    EXPECT_THAT(site.open_work(number), testing::ElementsAre("nurse_call"));
  }
}

}  // namespace
}  // namespace passerelle::run
