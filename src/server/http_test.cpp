// The bytes on the wire: what is not HTTP, what is too much, what comes too slowly.
#include "server/http.h"

#include <atomic>
#include <deque>
#include <latch>
#include <thread>

#include "server/test_client.h"

namespace passerelle::server {
namespace {

using testing::Test;

std::string hex_of(size_t number) {
  std::string out;
  for (; number > 0 || out.empty(); number /= 16)
    out.insert(out.begin(), "0123456789abcdef"[number % 16]);
  return out;
}

class Http : public Test {
 protected:
  static ServerSettings settings() {
    ServerSettings made = TestServer::quick_settings();
    made.body_limit = 100'000;
    made.read_timeout_seconds = 1;
    return made;
  }
  Reply raw(std::string_view bytes) {
    Wire wire(server.port());
    wire.send(bytes);
    return wire.receive();
  }
  TestServer server{settings()};
};

TEST_F(Http, AnswersManyRequestsOnOneConnection) {
  Wire wire(server.port());
  for (int i = 0; i < 3; ++i) {
    wire.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(wire.receive().status, 200);
  }
  // Sent together, answered in order.
  wire.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere/x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 200);
  EXPECT_EQ(wire.receive().status, 404);
}

TEST_F(Http, TellsTheDateAndForbidsFramesAndSniffing) {
  const Reply reply = server.plain("GET", "/health");
  EXPECT_EQ(reply.header("date").size(), 29u);
  EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(reply.header("cache-control"), "no-store");
  EXPECT_NE(reply.header("content-security-policy").find("default-src 'self'"), std::string::npos);
}

TEST_F(Http, AnswersHeadLikeGetWithoutABody) {
  const Reply reply = server.plain("HEAD", "/health");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-length"), "15");
  EXPECT_EQ(reply.body, "");
}

TEST_F(Http, RefusesWhatIsNotHttp) {
  EXPECT_EQ(raw("\x16\x03\x01 TLS hello\r\n\r\n").status, 400);
  EXPECT_EQ(raw("GET\r\n\r\n").status, 400);
  EXPECT_EQ(raw("GET /health HTTP/9.9\r\nHost: x\r\n\r\n").status, 400);
}

TEST_F(Http, RefusesARequestThatCanBeReadInTwoWays) {
  EXPECT_EQ(raw("GET /health HTTP/1.1\r\n\r\n").status, 400) << "no Host";
  EXPECT_EQ(raw("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status, 400);
  EXPECT_EQ(raw("POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                .status,
            400);
  EXPECT_EQ(raw("POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                "Content-Length: 6\r\n\r\nabcdef")
                .status,
            400);
}

TEST_F(Http, RefusesAnUnknownTransferEncoding) {
  const int status =
      raw("POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n").status;
  EXPECT_EQ(status, 501);
}

TEST_F(Http, TakesAChunkedBody) {
  Wire wire(server.port());
  wire.send(
      "POST /api/login HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\nContent-Type: "
      "application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
  EXPECT_NE(wire.receive().body.find("'account' and 'password'"), std::string::npos);
}

TEST_F(Http, InvitesABodyThatWaitsForIt) {
  Wire wire(server.port());
  wire.send(
      "POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 100);
  wire.send("{}");
  EXPECT_EQ(wire.receive().status, 400);
}

TEST_F(Http, RefusesTooLargeABodyBeforeItIsSent) {
  EXPECT_EQ(
      raw("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n").status,
      413);
}

TEST_F(Http, RefusesTooLargeABodyThatIsSentAllTheSame) {
  Wire wire(server.port());
  std::string chunks;
  for (int i = 0; i < 50; ++i) chunks += "1000\r\n" + std::string(4096, 'x') + "\r\n";
  wire.send("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
            chunks);
  EXPECT_EQ(wire.receive().status, 413);
}

TEST_F(Http, RefusesTooLargeAHeader) {
  EXPECT_EQ(
      raw("GET /health HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n").status,
      431);
}

TEST_F(Http, RefusesAnAddressThatIsNotUtf8) {
  EXPECT_EQ(raw("GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n").status, 400);
  EXPECT_EQ(raw("GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n").status, 400);
  EXPECT_EQ(raw("GET /health?x=%zz HTTP/1.1\r\nHost: x\r\n\r\n").status, 400);
}

TEST_F(Http, EndsARequestThatDripsIn) {
  Wire wire(server.port());
  wire.send("GET /health HTTP/1.1\r\nHo");
  EXPECT_EQ(wire.receive().status, 408);
  Wire body(server.port());
  body.send("POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_EQ(body.receive().status, 408);
}

TEST_F(Http, ClosesAConnectionThatSaysNothing) {
  Wire wire(server.port());
  EXPECT_TRUE(wire.closed());
}

TEST(HttpLimits, NoMoreThanAFormIsTakenFromWhomNobodyKnows) {
  const TestServer server;
  const std::string body(2'000'000, 'x');
  const auto chunked = [&](const std::string& header) {
    Wire wire(server.port());
    wire.send("PUT /fhir/Binary/b HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n" + header +
              "Transfer-Encoding: chunked\r\n\r\n" + hex_of(body.size()) + "\r\n" + body +
              "\r\n0\r\n\r\n");
    return wire.receive();
  };
  Wire stranger(server.port());
  stranger.send("PUT /fhir/Binary/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
  const Reply refused = stranger.receive();
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.text("resourceType"), "OperationOutcome");
  EXPECT_NE(refused.body.find("nobody is logged in"), std::string::npos) << refused.body;
  EXPECT_EQ(chunked("").status, 413);
  EXPECT_EQ(chunked("Authorization: Bearer none\r\n").status, 413);
  EXPECT_EQ(chunked("Authorization: Bearer " + server.token() + "\r\n").status, 201);
  EXPECT_EQ(server.call("PUT", "/fhir/Binary/b", body, {{"Content-Type", "text/plain"}}).status,
            200);
}

TEST(HttpLimits, APeerThatDoesNotReadItsAnswerIsCutOff) {
  ServerSettings settings = TestServer::quick_settings();
  settings.read_timeout_seconds = 1;
  settings.write_timeout_seconds = 1;
  settings.slow_bytes = 5u << 20;
  const TestServer server(settings);
  const std::string content(20u << 20, 'x');
  ASSERT_EQ(server.call("PUT", "/fhir/Binary/b", content, {{"Content-Type", "text/plain"}}).status,
            201);
  Wire wire(server.port());
  wire.send("GET /fhir/Binary/b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + server.token() +
            "\r\nAccept: text/plain\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::seconds(9));  // it may take five
  const Reply reply = wire.receive();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-length"), std::to_string(content.size()));
  EXPECT_TRUE(reply.body.empty()) << "the connection ended before all of it had come";
  EXPECT_EQ(server.get("/fhir/Binary/b", {{"Accept", "text/plain"}}).body.size(), content.size())
      << "who reads gets it";
}

// By how much it does, and by the clock.
class LongSearch : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(HttpLimits, LongSearch, testing::Bool());

TEST_P(LongSearch, IsStopped) {
  ServerSettings settings = TestServer::quick_settings();
  if (GetParam())
    settings.search_time = Millis(0);
  else
    settings.search_steps = 5000;
  const TestServer server(settings);
  std::string bundle = R"({"resourceType":"Bundle","type":"batch","entry":[)";
  for (int i = 0; i < 2000; ++i)
    bundle += std::string(i == 0 ? "" : ",") +
              R"({"request":{"method":"POST","url":"Observation"},"resource":{"resourceType":)"
              R"("Observation","status":"final","code":{"text":"number )" +
              std::to_string(i) + R"("}}})";
  ASSERT_EQ(server.call("POST", "/fhir", bundle + "]}").status, 200);
  const Reply slow = server.get("/fhir/Observation?_lastUpdated=gt2999");
  EXPECT_EQ(slow.status, 413) << slow.body.substr(0, 300);
  EXPECT_EQ(slow.text("resourceType"), "OperationOutcome");
  EXPECT_EQ(slow.json()["issue"][0]["code"].string(), "too-costly") << "what was sent is short";
  EXPECT_NE(slow.body.find(GetParam() ? "took longer than one may" : "took more work than one may"),
            std::string::npos)
      << slow.body;
  EXPECT_EQ(server.get("/fhir/Observation?_id=none").status, 200) << "others are answered";
  EXPECT_EQ(
      server
          .call("PUT", "/fhir/Basic/b", R"({"resourceType":"Basic","id":"b","code":{"text":"b"}})")
          .status,
      201)
      << "and so are writers";
}

TEST(HttpLanes, ACrowdOfLongSearchesHoldsUpNobodyElse) {
  std::latch done(1);
  HttpSettings settings;
  settings.port = 0;
  HttpServer server(
      settings,
      [&](const Request& request) {
        if (request.path == "/search") done.wait();
        Response response;
        response.body = request.path;
        return response;
      },
      [](const Request& request) {
        return request.path == "/search" ? Lane::search : Lane::worker;
      });
  ASSERT_TRUE(server.start().ok());
  std::deque<Wire> searches;
  for (int i = 0; i < 100; ++i) {
    searches.emplace_back(server.port());
    searches.back().send("GET /search HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  Wire form(server.port());
  form.send("GET /form HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(form.receive().body, "/form");
  EXPECT_GE(server.counts().connections, 101);
  done.count_down();
  for (Wire& search : searches) EXPECT_EQ(search.receive().body, "/search");
  server.stop();
}

// One that stops while requests are on their way, being worked on and arriving.
TEST(HttpStop, AnswersWhateverHasArrived) {
  std::latch go(1);
  HttpSettings settings;
  settings.port = 0;
  HttpServer server(
      settings,
      [&](const Request& request) {
        go.wait();
        Response response;
        response.body = request.body.empty() ? request.path : request.body;
        return response;
      },
      [](const Request&) { return Lane::worker; });
  ASSERT_TRUE(server.start().ok());
  constexpr int many = 100;  // more than there are workers
  std::deque<Wire> wires;
  for (int i = 0; i < many; ++i) {
    wires.emplace_back(server.port());
    wires.back().send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  Wire arriving(server.port());
  arriving.send("POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nla");
  while (server.counts().busy < many || server.counts().connections <= many)
    std::this_thread::yield();
  std::thread stopping([&] { server.stop(); });
  while (!Wire::is_refused(server.port())) std::this_thread::yield();
  arriving.send("te");
  go.count_down();
  for (int i = 0; i < many; ++i) {
    const Reply reply = wires[static_cast<size_t>(i)].receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "/" + std::to_string(i));
  }
  EXPECT_EQ(arriving.receive().status, 503) << "what arrives too late is told so";
  stopping.join();
}

TEST_F(Http, SaysThatAPortIsTaken) {
  ServerSettings second = settings();
  second.port = server.port();
  const auto opened = Server::open(second);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().help.find("--port"), std::string::npos);
}

TEST(HttpQuery, ReadsPairsInOrder) {
  const auto pairs = parse_query("a=1&b=%C3%A9+x&a=2&c");
  ASSERT_TRUE(pairs.ok());
  EXPECT_EQ(*pairs, (Pairs{{"a", "1"}, {"b", "é x"}, {"a", "2"}, {"c", ""}}));
  EXPECT_FALSE(parse_query("a=%f").ok());
  EXPECT_FALSE(parse_query("a=%ff").ok());
}

TEST(HttpDate, IsWrittenAsTheStandardSays) {
  EXPECT_EQ(http_date(Instant(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace passerelle::server
