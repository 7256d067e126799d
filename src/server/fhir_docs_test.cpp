// The examples of docs/fhir.md do what it says: each indented request is sent as it stands there.
#include "base/text.h"
#include "server/test_client.h"

namespace passerelle::server {
namespace {

struct Example {
  std::string method, path, body;
  Headers headers;
};

// Indented blocks that begin with a method and an address: headers, an empty line, the body.
std::vector<Example> examples_of(const std::string& text) {
  std::vector<Example> out;
  bool inside = false, in_body = false;
  for (const std::string_view line : split(text, '\n')) {
    const bool indented = line.starts_with("    ");
    const std::string_view content = trim(line);
    if (!indented && !(content.empty() && inside)) inside = false;
    if (!indented && !inside) continue;
    if (!inside) {
      const size_t space = content.find(' ');
      if (content.substr(space + 1).substr(0, 6) != "/fhir/") continue;
      out.push_back(
          {std::string(content.substr(0, space)), std::string(content.substr(space + 1)), "", {}});
      inside = true;
      in_body = false;
    } else if (content.empty()) {
      in_body = true;
    } else if (in_body) {
      out.back().body += std::string(content) + "\n";
    } else {
      const size_t colon = content.find(':');
      out.back().headers[std::string(content.substr(0, colon))] =
          std::string(trim(content.substr(colon + 1)));
    }
  }
  return out;
}

TEST(Documentation, ItsExamplesWork) {
  const auto text = read_file(std::string(PASSERELLE_ROOT) + "/docs/fhir.md");
  ASSERT_TRUE(text.ok());
  const auto examples = examples_of(*text);
  EXPECT_GE(examples.size(), 3u);
  ServerSettings settings = TestServer::quick_settings();
  settings.hooks = {"https://lab.example/hook"};
  const TestServer server(settings);
  ASSERT_EQ(server
                .call("PUT", "/fhir/Patient/anna",
                      R"({"resourceType":"Patient","id":"anna","gender":"female",)"
                      R"("name":[{"family":"Durand","given":["Anna"]}]})")
                .status,
            201);
  for (const Example& example : examples) {
    const Reply reply =
        server.call(example.method, example.path, trim(example.body).empty() ? "" : example.body,
                    example.headers);
    EXPECT_LT(reply.status, 300) << example.method << " " << example.path << "\n" << reply.body;
  }
}

}  // namespace
}  // namespace passerelle::server
