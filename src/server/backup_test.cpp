// A backup of a running server, and that it can be restored.
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "server/test_client.h"

namespace passerelle::server {
namespace {

TEST(Backup, IsTakenWhileOthersWriteAndServesWhatItHeld) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("backup-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  ServerSettings settings = TestServer::quick_settings();
  settings.data_file = (folder / "data").string();
  std::string copy;
  {
    TestServer server(settings);
    const auto put = [&](int n) {
      const std::string id = std::to_string(n);
      return server
          .call("PUT", "/fhir/Patient/" + id,
                R"({"resourceType":"Patient","id":")" + id + R"(","gender":"female"})")
          .status;
    };
    for (int n = 0; n < 20; ++n) EXPECT_EQ(put(n), 201);
    std::atomic<bool> done = false;
    std::thread writer([&] {
      for (int n = 20; !done; ++n) EXPECT_EQ(put(n), 201);
    });
    EXPECT_EQ(server.call("POST", "/api/backup").status, 403) << "for administrators only";
    const auto token = server->identity().issue_token("ada", std::chrono::hours(1), server->now());
    const Reply reply =
        server.call("POST", "/api/backup", "", {{"Authorization", "Bearer " + *token}});
    done = true;
    writer.join();
    ASSERT_EQ(reply.status, 200) << reply.body;
    copy = reply.text("file");
    EXPECT_EQ(std::to_string(std::filesystem::file_size(copy)),
              std::string(reply.json()["bytes"].number()));
    EXPECT_EQ(put(5000), 201);
  }
  settings.data_file = copy;
  TestServer restored(settings);
  const auto count = restored.get("/fhir/Patient?_summary=count").json()["total"].integer();
  EXPECT_GE(*count, 20);
  EXPECT_EQ(restored.get("/fhir/Patient/5000").status, 404) << "it was written later";
  EXPECT_EQ(restored.get("/fhir/Patient?gender=female&_id=7").json()["entry"].size(), 1u);
  EXPECT_EQ(
      restored.call("PUT", "/fhir/Patient/x", R"({"resourceType":"Patient","id":"x"})").status,
      201);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

TEST(Backup, NeedsAFile) {
  TestServer server;
  const auto token = server->identity().issue_token("ada", std::chrono::hours(1), server->now());
  EXPECT_EQ(server.call("POST", "/api/backup", "", {{"Authorization", "Bearer " + *token}}).status,
            409);
}

}  // namespace
}  // namespace passerelle::server
