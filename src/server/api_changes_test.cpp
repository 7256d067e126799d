// Server-sent events over a real socket.
#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Events : public testing::Test {
 protected:
  // Reads from the stream until the text has come, and gives all that came.
  class Stream {
   public:
    Stream(const TestServer& server, const std::string& query, const std::string& more = "")
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(server.port());
      inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
      timeval patience{10, 0};
      setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
      const std::string text = "GET /api/changes" + query +
                               " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " +
                               server.token() + "\r\n" + more + "\r\n";
      ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    ~Stream() { ::close(socket_); }
    Stream(const Stream&) = delete;

    std::string until(const std::string& text) {
      char bytes[4096];
      while (came_.find(text) == std::string::npos) {
        const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
        if (got <= 0) break;
        came_.append(bytes, static_cast<size_t>(got));
      }
      EXPECT_NE(came_.find(text), std::string::npos) << came_;
      return came_;
    }
    bool ends() {
      char bytes[4096];
      for (;;) {
        const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
        if (got <= 0) return got == 0;
      }
    }

   private:
    int socket_;
    std::string came_;
  };

  void put(const std::string& type, const std::string& id) {
    EXPECT_LT(server
                  .call("PUT", "/fhir/" + type + "/" + id,
                        R"({"resourceType":")" + type + R"(","id":")" + id +
                            (type == "Organization" ? R"(","name":"x"})" : "\"}"))
                  .status,
              300);
  }
  TestServer server;
};

TEST_F(Events, TellOfWhatIsWrittenOfTheTypesAskedFor) {
  put("Patient", "before");
  Stream stream(server, "?type=Patient");
  const std::string header = stream.until("retry: 3000");
  EXPECT_NE(header.find("Content-Type: text/event-stream"), std::string::npos) << header;
  put("Organization", "o");
  put("Patient", "a");
  server.call("DELETE", "/fhir/Patient/a");
  const std::string all = stream.until("\"deleted\":true");
  EXPECT_NE(all.find(R"({"type":"Patient","id":"a","version":1,"deleted":false})"),
            std::string::npos)
      << all;
  EXPECT_EQ(all.find("Organization"), std::string::npos);
  EXPECT_EQ(all.find("before"), std::string::npos);
}

TEST_F(Events, GoOnWhereTheConnectionBroke) {
  std::string id;
  {
    Stream stream(server, "");
    stream.until("retry");
    put("Patient", "a");
    const std::string all = stream.until("\"id\":\"a\"");
    const size_t at = all.find("id: ") + 4;
    id = all.substr(at, all.find('\n', at) - at);
  }
  put("Patient", "b");
  Stream again(server, "", "Last-Event-ID: " + id + "\r\n");
  const std::string all = again.until("\"id\":\"b\"");
  EXPECT_EQ(all.find("\"id\":\"a\""), std::string::npos);
}

TEST_F(Events, AreForThoseWhoAreLoggedIn) {
  EXPECT_EQ(server.plain("GET", "/api/changes").status, 401);
  EXPECT_EQ(server.get("/api/changes?type=Pateint").status, 400);
}

TEST_F(Events, DoNotHoldUpAServerThatIsToStop) {
  Stream stream(server, "");
  stream.until("retry");
  server->stop();
  EXPECT_TRUE(stream.ends());
}

}  // namespace
}  // namespace passerelle::server
