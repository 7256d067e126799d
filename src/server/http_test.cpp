// The bytes on the wire: what is not HTTP, what is too much, what comes too slowly.
#include "server/http.h"

#include "server/test_client.h"

namespace passerelle::server {
namespace {

using testing::Test;

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
