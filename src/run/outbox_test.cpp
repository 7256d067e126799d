// Messages: sent once, tried again, and a task for somebody when they cannot be delivered.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view nine = "2020-03-27T08:00:00Z";

// A port on which an SMS provider answers, or nobody does.
class Provider {
 public:
  Provider() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "a free port");
    socklen_t size = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Provider() { close(socket_); }
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  void listen() { CHECK(::listen(socket_, 8) == 0, "the port listens"); }
  // Waits for one request, all of it; the connection stays open, without an answer.
  std::string take_request() {
    connection_ = accept(socket_, nullptr, nullptr);
    std::string text;
    char bytes[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = recv(connection_, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      text.append(bytes, static_cast<size_t>(got));
    }
    return text;
  }
  void hang_up() { close(connection_); }
  bool is_called_again() {
    timeval wait{0, 300'000};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    const int again = accept(socket_, nullptr, nullptr);
    if (again >= 0) close(again);
    return again >= 0;
  }
  gateway::Gateways gateways(std::string_view channel = "web") const {
    return must(gateway::Gateways::parse(
        "routes: {" + std::string(channel) +
            ": sms}\ngateways: {sms: {http: {url: \"http://127.0.0.1:" + std::to_string(port_) +
            "/send?to={to}&text={text}\"}}}\n",
        "gateways.yaml"));
  }

 private:
  int socket_;
  int connection_ = -1;
  uint16_t port_ = 0;
};

TEST(Outbox, SendsTheWordsOfThePatientWithTheirLink) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  EXPECT_THAT(must(site.engine->outbox(10)), SizeIs(1));
  EXPECT_EQ(site.deliver().delivered, 1u);
  EXPECT_EQ(site.deliver().delivered, 0u);
  ASSERT_THAT(site.phone.files(), SizeIs(1));
  const std::string text = must(read_file(site.phone.path + "/" + site.phone.files()[0]));
  EXPECT_THAT(text, HasSubstr("Bonjour"));
  EXPECT_THAT(text, HasSubstr("\"to\": \"+33600000001\""));
  EXPECT_THAT(text, HasSubstr("http://127.0.0.1:8080/f/" + site.token(number)));
  EXPECT_THAT(must(site.engine->outbox(10)), IsEmpty());
}

TEST(Outbox, GivesSomebodyTheTaskWhenAMessageIsRefused) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  const Provider provider;
  const auto count =
      must(site.engine->deliver(provider.gateways("another-channel"), site.now, 100));
  EXPECT_EQ(count.failed, 1u);
  EXPECT_THAT(site.open_work(number), ElementsAre("daily", "invite (problem)"));
  EXPECT_THAT(site.list(coordinator), ElementsAre("invite (problem)"));
  const std::string problem = site.work_of(coordinator, "invite");
  const WorkDetails details = must(site.engine->work(problem, coordinator, site.now));
  EXPECT_THAT(details.item.title, HasSubstr("Something went wrong"));
  EXPECT_THAT(details.item.show, HasSubstr("no gateway carries the channel"));
  EXPECT_THAT(must(site.engine->outbox(10)), SizeIs(1)) << "failed, until somebody has seen to it";
  EXPECT_TRUE(must(site.engine->complete(problem, {}, coordinator, "", site.now)).done);
  EXPECT_THAT(must(site.engine->outbox(10)), IsEmpty());
  EXPECT_THAT(site.open_work(number), ElementsAre("daily"));
}

TEST(Outbox, GivesSomebodyTheTaskWhenThePatientHasNoNumber) {
  Site site;
  const uint64_t number = site.enrol("Martin", home_alone, "");
  site.go_to(nine);
  EXPECT_EQ(site.deliver().failed, 1u);
  EXPECT_THAT(site.open_work(number), ElementsAre("daily", "invite (problem)"));
}

TEST(Outbox, TellsSomebodyEvenAfterTheCaseHasEnded) {
  Site site;
  const uint64_t number = site.enrol("Martin", home_alone, "");
  must(site.engine->tell(number, "withdraw", R"({"reason":"well"})", nurse, "", site.now));
  EXPECT_TRUE(must(site.engine->read_case(number, nurse)).summary.ended.has_value());
  EXPECT_EQ(site.deliver().failed, 1u);
  EXPECT_THAT(site.list(coordinator), ElementsAre("goodbye (problem)"));
  const std::string problem = site.work_of(coordinator, "goodbye");
  EXPECT_FALSE(site.engine->complete(problem, {}, nurse, "", site.now).ok());
  EXPECT_TRUE(must(site.engine->complete(problem, {}, coordinator, "", site.now)).done);
  EXPECT_THAT(site.list(coordinator), IsEmpty());
  EXPECT_FALSE(site.engine->complete(problem, {}, coordinator, "", site.now).ok());
}

TEST(Outbox, TriesAgainLaterAndThenTellsSomebody) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  const Provider nobody;  // does not listen
  const auto gateways = nobody.gateways();
  EXPECT_EQ(must(site.engine->deliver(gateways, site.now, 100)).later, 1u);
  EXPECT_EQ(must(site.engine->deliver(gateways, site.now, 100)).later, 0u) << "not at once";
  size_t tries = 1;
  DeliveryCount count;
  for (int minute = 1; minute < 60 && count.failed == 0; ++minute) {
    count = must(site.engine->deliver(gateways, site.now + std::chrono::minutes(minute), 100));
    tries += count.later + count.failed;
  }
  EXPECT_EQ(tries, 6u);
  EXPECT_THAT(site.open_work(number), ElementsAre("daily", "invite (problem)"));
  const auto& failed = must(site.engine->outbox(10));
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].message.attempts, 6);
}

TEST(Outbox, DoesNotAskForWhatIsDone) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  site.deliver();
  const std::string token = site.token(number);
  site.go_to("2020-03-27T11:00:00Z");  // the reminder waits in the outbox
  ASSERT_THAT(must(site.engine->outbox(10)), SizeIs(1));
  must(site.engine->complete_by_link(token, well, "fr", site.now));
  const auto count = site.deliver();
  EXPECT_EQ(count.delivered + count.failed, 0u);
  EXPECT_THAT(site.phone.files(), SizeIs(1));
  EXPECT_THAT(must(site.engine->outbox(10)), IsEmpty());
  EXPECT_THAT(site.open_work(number), IsEmpty());
}

// The program dies after the provider has the message and before it has heard so.
TEST(Outbox, NeverDoublesAMessageAfterACrash) {
  Folder folder;
  const std::string file = folder.path + "/data";
  uint64_t number = 0;
  {
    Site site(file);
    number = site.enrol();
    site.go_to(nine);
  }
  Provider provider;
  provider.listen();
  const pid_t child = fork();
  if (child == 0) {
    Site site(file);
    site.go_to(nine);
    (void)site.engine->deliver(provider.gateways(), site.now, 100);
    _exit(1);  // not reached: it is killed while it waits
  }
  EXPECT_THAT(provider.take_request(), HasSubstr("to=%2B33600000001"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  provider.hang_up();

  Site site(file);
  site.go_to(nine);
  EXPECT_EQ(must(site.engine->deliver(provider.gateways(), site.now, 100)).delivered, 0u);
  site.go_to("2020-03-27T08:10:00Z");
  EXPECT_EQ(must(site.engine->deliver(provider.gateways(), site.now, 100)).failed, 1u);
  EXPECT_FALSE(provider.is_called_again());
  EXPECT_THAT(site.open_work(number), ElementsAre("daily", "invite (problem)"));
  EXPECT_THAT(
      must(site.engine->work(site.work_of(coordinator, "invite"), coordinator, site.now)).item.show,
      HasSubstr("may or may not have arrived"));
}

TEST(Outbox, SendsAgainAfterACrashWhereRepeatsAreDropped) {
  Site site;
  const uint64_t number = site.enrol();
  site.go_to(nine);
  const std::string id = must(site.engine->outbox(1))[0].message.id;
  store::Transaction mark;  // as a crash leaves it
  mark.at = site.now;
  mark.rows = {{"leaving", id, format_instant(site.now), 0}};
  ASSERT_TRUE(site.store->commit(std::move(mark)).ok());
  EXPECT_EQ(site.deliver().delivered, 0u) << "another may still be at it";
  EXPECT_EQ(must(site.engine->next_change(site.now)), at("2020-03-27T08:05:00Z"));
  site.go_to("2020-03-27T08:10:00Z");
  EXPECT_EQ(site.deliver().delivered, 1u);
  EXPECT_THAT(site.open_work(number), ElementsAre("daily"));
  EXPECT_EQ(must(site.engine->open_link(site.token(number), site.now)).state, LinkState::open);
}

}  // namespace
}  // namespace passerelle::run
