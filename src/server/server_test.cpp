// The server as a whole: starting, stopping, starting again, and the time of tests.
#include "server/server.h"

#include <filesystem>

#include "server/pages.h"
#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Whole : public testing::Test {
 protected:
  Whole() {
    char name[] = "/tmp/passerelle-server-XXXXXX";
    folder = mkdtemp(name);
  }
  ~Whole() override { std::filesystem::remove_all(folder); }
  ServerSettings settings() {
    ServerSettings made = TestServer::quick_settings();
    made.data_file = folder + "/centre.db";
    return made;
  }
  std::string folder;
  const std::string anna = R"({"resourceType":"Patient","id":"anna"})";
};

TEST_F(Whole, KeepsEverythingOverARestart) {
  std::string token;
  {
    TestServer server(settings());
    token = server.token();
    EXPECT_EQ(server.call("PUT", "/fhir/Patient/anna", anna).status, 201);
    server->stop();
  }
  TestServer server(settings());
  const Reply read =
      server.plain("GET", "/fhir/Patient/anna", "", {{"Authorization", "Bearer " + token}});
  EXPECT_EQ(read.status, 200) << "neither the resource nor the session is lost";
}

TEST_F(Whole, RefusesASecondServerOnTheSameFile) {
  TestServer server(settings());
  const auto second = Server::open(settings());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::conflict) << to_text(second.error());
}

TEST_F(Whole, RefusesABrokenPackageAndNamesItsFaults) {
  std::filesystem::create_directory(folder + "/broken");
  ASSERT_TRUE(write_file(folder + "/broken/pathway.bpmn", "<definitions").ok());
  ServerSettings made = settings();
  made.package_folders = {folder + "/broken"};
  const auto opened = Server::open(made);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(to_text(opened.error()).find("passerelle check"), std::string::npos)
      << to_text(opened.error());
}

TEST_F(Whole, RefusesARoleThatNoOrganisationHas) {
  ServerSettings made = settings();
  made.accounts.push_back({{"x", "X", {"admni"}, "en"}, "password-of-x", false});
  const auto opened = Server::open(made);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(to_text(opened.error()).find("did you mean 'admin'"), std::string::npos);
}

TEST_F(Whole, AnAccountThatIsThereMayStayAsItIs) {
  ServerSettings made = settings();
  made.accounts.push_back({{"x", "X", {"admin"}, "en"}, "first-password", true});
  { TestServer server(made); }
  made.accounts.back().password = "second-password";
  TestServer server(made);
  EXPECT_TRUE(server->identity().log_in("x", "first-password", "10.0.0.1", server->now()).ok());
}

TEST_F(Whole, TheTestClockMovesByHandAndNeverBack) {
  ServerSettings made = settings();
  made.test_clock = *parse_instant("2020-03-26T08:00:00Z");
  {
    TestServer server(made);
    EXPECT_EQ(server.get("/api/test-clock").text("now"), "2020-03-26T08:00:00.000Z");
    const Reply moved = server.call("POST", "/api/test-clock", R"({"advance":"PT4H"})");
    EXPECT_EQ(moved.text("now"), "2020-03-26T12:00:00.000Z");
    EXPECT_EQ(server.call("POST", "/api/test-clock", R"({"to":"2020-03-26T09:00:00Z"})").status,
              400);
    EXPECT_EQ(server.call("POST", "/api/test-clock", R"({"advance":"a while"})").status, 400);
    const Reply put = server.call("PUT", "/fhir/Patient/anna", anna);
    EXPECT_EQ(put.json()["meta"]["lastUpdated"].string(), "2020-03-26T12:00:00.000Z");
  }
  TestServer server(made);
  EXPECT_EQ(server.get("/api/test-clock").text("now"), "2020-03-26T12:00:00.000Z");
}

TEST_F(Whole, TheRealClockCannotBeMoved) {
  TestServer server(settings());
  EXPECT_EQ(server.call("POST", "/api/test-clock", R"({"advance":"PT4H"})").status, 409);
}

TEST_F(Whole, TellsItsState) {
  TestServer server(settings());
  server.call("PUT", "/fhir/Patient/anna", anna);
  const Reply status = server.get("/api/status");
  EXPECT_EQ(status.json()["resources"].number(), "1");
  EXPECT_TRUE(status.json()["writable"].boolean());
  EXPECT_EQ(server.plain("GET", "/health").status, 200);
  EXPECT_EQ(server.plain("GET", "/api/status").status, 401);
}

TEST_F(Whole, CarriesItsPagesOrSaysThatItHasNone) {
  TestServer server(settings());
  const Reply index = server.plain("GET", "/", "", {{"Accept-Language", "en"}});
  if (embedded_pages().empty()) {
    EXPECT_EQ(index.status, 404);
    EXPECT_NE(index.body.find("built without its pages"), std::string::npos);
    return;
  }
  EXPECT_EQ(index.status, 200);
  EXPECT_EQ(index.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(index.header("cache-control"), "no-store");
  for (const PageFile& file : embedded_pages()) {
    const Reply reply = server.plain("GET", std::string(file.path));
    EXPECT_EQ(reply.status, 200) << file.path;
    EXPECT_EQ(reply.body, file.content) << file.path;
  }
  EXPECT_EQ(server.plain("GET", "/assets/none.js").status, 404);
  const Reply packed = server.plain("GET", "/", "", {{"Accept-Encoding", "br, gzip;q=0.8"}});
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_EQ(packed.header("vary"), "Accept-Encoding");
  EXPECT_TRUE(packed.body.starts_with("\x1f\x8b"));
  EXPECT_LT(packed.body.size(), index.body.size());
}

TEST_F(Whole, FinishesWhatIsUnderWayWhenItStops) {
  TestServer server(settings());
  Wire wire(server.port());
  wire.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 200);
  server->stop();
  EXPECT_TRUE(wire.closed());
}

}  // namespace
}  // namespace passerelle::server
