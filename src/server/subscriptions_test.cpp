// Subscriptions against a real endpoint: what is told, in which order, what happens when nobody
// listens.
#include "server/subscriptions.h"

#include <unistd.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <thread>

#include "run/indexing.h"
#include "run/search_parameters.h"
#include "server/server_clock.h"
#include "server/test_client.h"

namespace passerelle::server {
namespace {

// An endpoint that keeps what it is sent, and answers as it is told to.
class Endpoint {
 public:
  struct Message {
    std::string method, path, body;
    std::string headers;  // in lower case
  };

  Endpoint() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Endpoint() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void answer(int status) { status_ = status; }
  // The messages, once there are so many.
  std::vector<Message> wait_for(size_t count) {
    for (int tries = 0; tries < 2000; ++tries) {
      {
        const std::lock_guard lock(mutex_);
        if (messages_.size() >= count) return messages_;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "fewer than " << count << " messages came";
    const std::lock_guard lock(mutex_);
    auto found = messages_;
    found.resize(count);
    return found;
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }

 private:
  void serve() {
    for (;;) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      std::string text;
      char bytes[4096];
      size_t length = std::string::npos;
      while (length == std::string::npos || text.size() < length) {
        const ssize_t got = ::recv(socket, bytes, sizeof bytes, 0);
        if (got <= 0) break;
        text.append(bytes, static_cast<size_t>(got));
        const size_t end = text.find("\r\n\r\n");
        if (end == std::string::npos) continue;
        const std::string head = lower(text.substr(0, end));
        const size_t at = head.find("content-length: ");
        length =
            end + 4 +
            (at == std::string::npos ? 0 : static_cast<size_t>(std::atoll(head.c_str() + at + 16)));
      }
      const std::string reply = "HTTP/1.1 " + std::to_string(status_.load()) +
                                " x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      ::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
      ::close(socket);
      const size_t end = text.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const std::string line = text.substr(0, text.find('\r'));
      const auto words = split(line, ' ');
      Message message;
      message.method = std::string(words[0]);
      message.path = words.size() > 1 ? std::string(words[1]) : "";
      message.headers = lower(text.substr(0, end));
      message.body = text.substr(end + 4);
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
  }

  int listener_;
  uint16_t port_ = 0;
  std::atomic<int> status_ = 200;
  std::mutex mutex_;
  std::vector<Message> messages_;
  std::thread thread_;
};

class Hooks : public testing::Test {
 protected:
  static ServerSettings settings(const Endpoint& endpoint) {
    ServerSettings settings = TestServer::quick_settings();
    settings.hooks = {endpoint.url() + "/hook"};
    return settings;
  }
  Reply put(const std::string& address, const std::string& members) {
    const size_t slash = address.find('/');
    return server.call("PUT", "/fhir/" + address,
                       R"({"resourceType":")" + address.substr(0, slash) + R"(","id":")" +
                           address.substr(slash + 1) + "\"" + members + "}");
  }
  void put_observation(const std::string& id, const std::string& status) {
    EXPECT_LT(put("Observation/" + id,
                  R"(,"status":")" + status + R"(","code":{"coding":[{"code":"bp"}]})")
                  .status,
              300);
  }
  Reply subscribe(const std::string& criteria, const std::string& channel = "",
                  const std::string& more = "") {
    return put("Subscription/s", R"(,"status":"requested","reason":"r","criteria":")" + criteria +
                                     "\"" + more +
                                     R"(,"channel":{"type":"rest-hook","endpoint":")" +
                                     endpoint.url() + "/hook\"" + channel + "}");
  }
  void wait_for_status(const std::string& status) {
    for (int tries = 0; tries < 2000; ++tries) {
      if (server.get("/fhir/Subscription/s").text("status") == status) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "the subscription never became " << status << ": "
                  << server.get("/fhir/Subscription/s").body;
  }
  Reply administrator(const std::string& method, const std::string& path) {
    const auto token = server->identity().issue_token("ada", std::chrono::hours(1), server->now());
    return server.call(method, path, "", {{"Authorization", "Bearer " + *token}});
  }

  Endpoint endpoint;
  TestServer server{settings(endpoint)};
};

TEST_F(Hooks, TellOfWhatMeetsTheCriteriaInOrder) {
  ASSERT_EQ(subscribe("Observation?code=bp&status=final", R"(,"header":["X-Key: secret"])").status,
            201);
  wait_for_status("active");
  put_observation("a", "final");
  put_observation("b", "preliminary");
  put_observation("c", "final");
  put("Patient/p", "");
  server.call("DELETE", "/fhir/Observation/a");
  put_observation("b", "final");
  const auto messages = endpoint.wait_for(3);
  for (const auto& message : messages) {
    EXPECT_EQ(message.method, "POST");
    EXPECT_EQ(message.path, "/hook");
    EXPECT_EQ(message.body, "") << "without a payload only the news is sent";
    EXPECT_NE(message.headers.find("x-key: secret"), std::string::npos);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(endpoint.count(), 3u) << "neither deletions nor others";
}

TEST_F(Hooks, WriteTheResourceToTheEndpointWhenAPayloadIsWanted) {
  subscribe("Observation?status=final", R"(,"payload":"application/fhir+json")");
  wait_for_status("active");
  for (int i = 0; i < 10; ++i) put_observation("o" + std::to_string(i), "final");
  const auto messages = endpoint.wait_for(10);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(messages[i].method, "PUT");
    EXPECT_EQ(messages[i].path, "/hook/Observation/o" + std::to_string(i)) << "in order";
    EXPECT_EQ(messages[i].body,
              server.get("/fhir/Observation/o" + std::to_string(i) + "/_history/1").body);
  }
}

TEST_F(Hooks, AVersionThatWasOvertakenIsStillJudgedByWhatItSaid) {
  endpoint.answer(503);
  subscribe("Observation?status=final", R"(,"payload":"application/fhir+json")");
  wait_for_status("active");
  put_observation("a", "final");
  wait_for_status("error");
  put_observation("a", "amended");
  endpoint.answer(200);
  EXPECT_EQ(administrator("POST", "/api/subscriptions/s/retry").status, 200);
  const auto messages = endpoint.wait_for(2);  // the first was refused
  EXPECT_NE(messages[1].body.find("final"), std::string::npos);
  wait_for_status("active");
}

TEST_F(Hooks, AnEndpointThatFailsIsToldOfAgainAndShownToAdministrators) {
  subscribe("Observation?status=final", R"(,"payload":"application/fhir+json")");
  wait_for_status("active");
  endpoint.answer(500);
  put_observation("a", "final");
  put_observation("b", "final");
  wait_for_status("error");
  const Reply seen = administrator("GET", "/api/subscriptions");
  const json::Value one = seen.json()["subscriptions"][0];
  EXPECT_EQ(one["status"].string(), "error") << seen.body;
  EXPECT_EQ(one["detail"].string(), "the endpoint answered 500");
  EXPECT_NE(server.get("/fhir/Subscription/s").text("error"), "");
  endpoint.answer(200);
  wait_for_status("active");  // it is tried again after a second
  const auto messages = endpoint.wait_for(3);
  std::vector<std::string> paths;
  for (const auto& message : messages)
    if (paths.empty() || paths.back() != message.path) paths.push_back(message.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"/hook/Observation/a", "/hook/Observation/b"}))
      << "the second waits for the first";
}

TEST_F(Hooks, AreKeptUpWithWhatNobodyAskedForAndWithTheirOwnChanges) {
  subscribe("Observation?status=final", R"(,"payload":"application/fhir+json")");
  wait_for_status("active");
  const auto behind = [&] {
    const Reply seen = administrator("GET", "/api/subscriptions");
    return seen.json()["subscriptions"][0]["behind"].integer().value();
  };
  for (int i = 0; i < 20; ++i) put("Patient/p" + std::to_string(i), "");
  for (int tries = 0; tries < 2000 && behind() > 0; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(behind(), 0);
  put_observation("a", "final");
  EXPECT_EQ(endpoint.wait_for(1)[0].path, "/hook/Observation/a");

  // Other criteria: other types are told of from now on, and those of before no more.
  subscribe("Patient", R"(,"payload":"application/fhir+json")");
  wait_for_status("active");
  put_observation("b", "final");
  put("Patient/q", "");
  EXPECT_EQ(endpoint.wait_for(2)[1].path, "/hook/Patient/q");

  server.call("DELETE", "/fhir/Subscription/s");
  put("Patient/r", "");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(endpoint.count(), 2u) << "one that is deleted is told of nothing";
}

TEST_F(Hooks, OneOfABundleIsServedToo) {
  const std::string bundle =
      R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT",)"
      R"("url":"Subscription/s"},"resource":{"resourceType":"Subscription","id":"s","status":)"
      R"("requested","reason":"r","criteria":"Observation","channel":{"type":"rest-hook",)"
      R"("endpoint":")" +
      endpoint.url() + R"(/hook"}}}]})";
  ASSERT_EQ(server.call("POST", "/fhir", bundle).status, 200);
  wait_for_status("active");
  put_observation("a", "final");
  EXPECT_EQ(endpoint.wait_for(1)[0].method, "POST");
}

TEST_F(Hooks, OneWrittenAsActiveIsNotSentWhatWasWrittenBefore) {
  put_observation("a", "final");
  const std::string body =
      R"(,"status":"active","reason":"r","criteria":"Observation","channel":{"type":"rest-hook",)"
      R"("payload":"application/fhir+json","endpoint":")" +
      endpoint.url() + "/hook\"}";
  EXPECT_EQ(put("Subscription/s", body).status, 201);
  // Requested, then active: the second and the third version.
  for (int tries = 0; tries < 2000; ++tries) {
    if (server.get("/fhir/Subscription/s/_history/3").status == 200) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  wait_for_status("active");
  put_observation("b", "final");
  EXPECT_EQ(endpoint.wait_for(1)[0].path, "/hook/Observation/b");
}

TEST_F(Hooks, TheirSecretsAreForSystemsAndAdministratorsOnly) {
  ASSERT_EQ(subscribe("Observation", R"(,"header":["X-Key: hidden"])").status, 201);
  const Account nurse{"nurse", "Nurse", {"nurse"}, "en"};
  ASSERT_TRUE(server->identity().put_account(nurse, "", server->now()).ok());
  const auto token = server->identity().issue_token("nurse", std::chrono::hours(1), server->now());
  const Headers as_nurse = {{"Authorization", "Bearer " + *token}};
  for (const char* path :
       {"Subscription/s", "Subscription", "Subscription?_id=s", "Subscription/_history",
        "Subscription/s/_history", "Subscription/s/_history/1"})
    EXPECT_EQ(server.get("/fhir/" + std::string(path), as_nurse).status, 403) << path;
  const Reply all = server.get("/fhir/_history", as_nurse);
  EXPECT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(all.body.find("hidden"), std::string::npos) << all.body;
  EXPECT_NE(server.get("/fhir/_history").body.find("hidden"), std::string::npos);
  EXPECT_NE(administrator("GET", "/fhir/Subscription/s").body.find("hidden"), std::string::npos);
}

TEST_F(Hooks, OnlyWhatCanBeServedIsTaken) {
  EXPECT_EQ(subscribe("Observation?stauts=final").status, 422);
  EXPECT_EQ(subscribe("Nonsense?x=1").status, 422);
  EXPECT_EQ(subscribe("http://example.org/topic").status, 501);
  const auto elsewhere = [&](const std::string& url) {
    return put("Subscription/x", R"(,"status":"requested","reason":"r","criteria":"Observation",)"
                                 R"("channel":{"type":"rest-hook","endpoint":")" +
                                     url + "\"}")
        .status;
  };
  EXPECT_EQ(elsewhere("http://127.0.0.1:1/hook"), 403);
  EXPECT_EQ(elsewhere(endpoint.url() + "/hooked"), 403) << "another path that begins alike";
  for (const char* path : {"/../x", "/a/%2e%2E/x", "/.", "/a?x=/", "/a#x", "/..;a/x", "/..%2fx"})
    EXPECT_EQ(elsewhere(endpoint.url() + "/hook" + path), 403) << path;
  EXPECT_EQ(elsewhere(endpoint.url() + "/hook/a..b/.well-known"), 201);
  EXPECT_EQ(put("Subscription/m", R"(,"status":"requested","reason":"r","criteria":"Observation",)"
                                  R"("channel":{"type":"email","endpoint":"mailto:a@b"})")
                .status,
            501);
}

class Topics : public Hooks {
 protected:
  Reply subscribe_to(const std::string& filter, const std::string& content,
                     const std::string& channel = "") {
    return subscribe(std::string(changed_topic),
                     R"(,"payload":"application/fhir+json","_payload":{"extension":[{"url":")" +
                         base + R"(backport-payload-content","valueCode":")" + content + R"("}]})" +
                         channel,
                     R"(,"_criteria":{"extension":[{"url":")" + base +
                         R"(backport-filter-criteria","valueString":")" + filter + R"("}]})");
  }
  static std::string parameter(const json::Value bundle, std::string_view name) {
    const json::Value status = bundle["entry"][0]["resource"];
    for (const json::Value one : status["parameter"].items())
      if (one["name"].string() == name)
        for (const json::Member& member : one.members())
          if (member.name.starts_with("value")) return std::string(member.value.string());
    return "";
  }
  std::deque<json::Document> documents;
  const std::string base = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";
};

TEST_F(Topics, ShakeHandsThenTellOfChangesAndDeletions) {
  ASSERT_EQ(subscribe_to("Observation?status=final", "full-resource").status, 201);
  wait_for_status("active");
  put_observation("a", "final");
  put_observation("b", "preliminary");
  server.call("DELETE", "/fhir/Observation/a");
  server.call("DELETE", "/fhir/Observation/b");
  const auto messages = endpoint.wait_for(3);
  const auto bundle = [&](size_t i) {
    documents.push_back(std::move(*json::Document::parse(messages[i].body)));
    return documents.back().root();
  };
  EXPECT_EQ(parameter(bundle(0), "type"), "handshake") << messages[0].body;
  const json::Value first = bundle(1);
  EXPECT_EQ(first["type"].string(), "history");
  EXPECT_EQ(parameter(first, "type"), "event-notification");
  EXPECT_EQ(parameter(first, "events-since-subscription-start"), "1");
  EXPECT_EQ(first["entry"][1]["resource"]["id"].string(), "a");
  const json::Value second = bundle(2);
  EXPECT_EQ(second["entry"][1]["request"]["method"].string(), "DELETE")
      << "of what had met the criteria";
  EXPECT_FALSE(second["entry"][1]["resource"].exists());
  const Reply status = server.get("/fhir/Subscription/s/$status");
  EXPECT_EQ(status.status, 200) << status.body;
  EXPECT_NE(status.body.find("query-status"), std::string::npos);
}

// As searches do.
TEST_F(Topics, LookForAddedParametersAndWholeAddresses) {
  ASSERT_EQ(put("SearchParameter/hospital",
                R"(,"status":"active","url":"urn:x:hospital","name":"H","description":"h",)"
                R"("code":"hospital","base":["Patient"],"type":"reference",)"
                R"("target":["Organization"],"expression":"Patient.managingOrganization")")
                .status,
            201);
  const std::string address = server->url() + "/fhir/Organization/h";
  ASSERT_EQ(subscribe_to("Patient?hospital=" + address, "id-only").status, 201);
  wait_for_status("active");
  const Reply status = server.call("POST", "/fhir/Subscription/s/$status");
  EXPECT_EQ(status.status, 200) << status.body;
  put("Patient/other", "");
  put("Patient/ours", R"(,"managingOrganization":{"reference":"Organization/h"})");
  const auto messages = endpoint.wait_for(2);
  EXPECT_NE(messages[1].body.find("Patient/ours"), std::string::npos) << messages[1].body;
}

TEST_F(Topics, SendNoMoreThanWasAskedFor) {
  subscribe_to("Observation?status=final", "empty");
  wait_for_status("active");
  put_observation("a", "final");
  const auto messages = endpoint.wait_for(2);
  EXPECT_EQ(messages[1].body.find("Observation/a"), std::string::npos) << messages[1].body;
}

TEST_F(Topics, SendAHeartbeatWhenNothingHappens) {
  subscribe_to(
      "Observation?status=final", "id-only",
      R"(,"extension":[{"url":")" + base + R"(backport-heartbeat-period","valueUnsignedInt":1}])");
  const auto messages = endpoint.wait_for(2);
  EXPECT_NE(messages[1].body.find("\"heartbeat\""), std::string::npos) << messages[1].body;
  put_observation("a", "final");
  const auto more = endpoint.wait_for(3);
  EXPECT_NE(more[2].body.find("Observation/a"), std::string::npos)
      << "events do not wait for the next beat";
}

TEST_F(Hooks, AnEndpointThatIsNoLongerAllowedIsSwitchedOff) {
  const std::string file =
      (std::filesystem::temp_directory_path() / ("unhooked-" + std::to_string(getpid()))).string();
  ServerSettings kept = settings(endpoint);
  kept.data_file = file;
  {
    TestServer first(kept);
    first.call("PUT", "/fhir/Subscription/s",
               R"({"resourceType":"Subscription","id":"s","status":"requested","reason":"r",)"
               R"("criteria":"Patient","channel":{"type":"rest-hook","endpoint":")" +
                   endpoint.url() + "/hook\"}}");
  }
  kept.hooks.clear();
  TestServer second(kept);
  Reply seen;
  for (int tries = 0; tries < 2000 && seen.status != 200; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (Reply now = second.get("/fhir/Subscription/s"); now.text("status") == "off")
      seen = std::move(now);
  }
  ASSERT_EQ(seen.status, 200) << "it was never switched off";
  EXPECT_NE(seen.text("error").find("not allowed"), std::string::npos) << seen.body;
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(file + suffix);
}

TEST_F(Hooks, AServerThatIsStartedAgainGoesOnWhereItStopped) {
  const std::string file =
      (std::filesystem::temp_directory_path() / ("hooks-" + std::to_string(getpid()))).string();
  ServerSettings kept = settings(endpoint);
  kept.data_file = file;
  {
    TestServer first(kept);
    endpoint.answer(500);
    first.call("PUT", "/fhir/Subscription/s",
               R"({"resourceType":"Subscription","id":"s","status":"requested","reason":"r",)"
               R"("criteria":"Patient","channel":{"type":"rest-hook","payload":)"
               R"("application/fhir+json","endpoint":")" +
                   endpoint.url() + "/hook\"}}");
    while (first.get("/fhir/Subscription/s").text("status") == "requested")
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    first.call("PUT", "/fhir/Patient/a", R"({"resourceType":"Patient","id":"a"})");
    first.call("PUT", "/fhir/Patient/b", R"({"resourceType":"Patient","id":"b"})");
    endpoint.wait_for(1);
  }
  const size_t refused = endpoint.count();
  endpoint.answer(200);
  TestServer second(kept);
  const auto messages = endpoint.wait_for(refused + 2);
  EXPECT_EQ(messages[refused].path, "/hook/Patient/a");
  EXPECT_EQ(messages[refused + 1].path, "/hook/Patient/b");
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(file + suffix);
}

// A criterion that cannot be read just when its Subscription is met (the search parameter is on its
// way, or the store is full) is not forgotten.
TEST(HooksOfWhatIsKnownLater, AreToldAllTheSame) {
  Endpoint endpoint;
  const auto opened = store::open_temporary();
  ASSERT_TRUE(opened.ok());
  store::Store& store = **opened;
  const ServerClock clock;
  const run::SearchParameters parameters(store);
  SubscriptionSettings settings;
  settings.hooks = {endpoint.url()};
  settings.parameters = &parameters;
  const auto put = [&](const std::string& type, const std::string& members) {
    const auto document =
        json::Document::parse(R"({"resourceType":")" + type + R"(","id":"one",)" + members + "}");
    ASSERT_TRUE(document.ok());
    store::Transaction transaction;
    transaction.at = clock.now();
    auto write = run::make_write(document->root(), {{Zone::utc(), "", &parameters}});
    ASSERT_TRUE(write.ok());
    transaction.writes.push_back(std::move(*write));
    ASSERT_TRUE(store.commit(std::move(transaction)).ok());
  };
  put("Subscription",
      R"("status":"requested","criteria":"Patient?blood-group=A","reason":"r","channel":)"
      R"({"type":"rest-hook","endpoint":")" +
          endpoint.url() + "\"}");
  Subscriptions subscriptions(store, clock, settings);
  subscriptions.start();  // its threads look a second later
  put("SearchParameter",
      R"("status":"active","url":"urn:x:blood-group","name":"B","description":"b",)"
      R"("code":"blood-group","base":["Patient"],"type":"token",)"
      R"("expression":"Patient.extension('urn:x:blood-group').value")");
  const auto status = [&] {
    const auto now = store.read("Subscription", "one");
    return now ? std::string(json::Document::parse(now->body)->root()["status"].string()) : "";
  };
  for (int tries = 0; tries < 2000 && status() != "active"; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_EQ(status(), "active");
  put("Patient", R"("extension":[{"url":"urn:x:blood-group","valueCode":"A"}])");
  subscriptions.note(*store.change_marks(*store.newest_change() - 1, 1));
  endpoint.wait_for(1);
}

}  // namespace
}  // namespace passerelle::server
