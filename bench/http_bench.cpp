// What a system meets: reads, searches and creates over HTTP on loopback, with log-in, audit and
// validation, each client on one connection. Client and server share the machine.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "server/server.h"

namespace passerelle::server {
namespace {

class Client {
 public:
  explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    const int at_once = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    CHECK(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
          "the benchmark's own server listens");
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;

  int call(const std::string& request) {
    CHECK(::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(request.size()),
          "a small request is taken at once");
    buffer_.clear();
    size_t whole = std::string::npos;
    while (buffer_.size() < whole) {
      char bytes[65536];
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      CHECK(got > 0, "the server answers");
      buffer_.append(bytes, static_cast<size_t>(got));
      const size_t end = buffer_.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const size_t length = buffer_.find("Content-Length: ");
      whole = end + 4 +
              (length < end ? static_cast<size_t>(std::atoll(buffer_.c_str() + length + 16)) : 0);
    }
    return std::atoi(buffer_.c_str() + 9);
  }

 private:
  int socket_;
  std::string buffer_;
};

struct Bench {
  std::unique_ptr<Server> server;
  std::string token;

  std::string request(std::string_view method, std::string_view path,
                      const std::string& body = {}) const {
    std::string text = std::string(method) + " " + std::string(path) +
                       " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + token + "\r\n";
    if (!body.empty())
      text +=
          "Content-Type: application/fhir+json\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n";
    return text + "\r\n" + body;
  }
};

std::string patient(int number) {
  return R"({"resourceType":"Patient","id":"p)" + std::to_string(number) +
         R"(","identifier":[{"system":"urn:bench","value":")" + std::to_string(number) +
         R"("}],"name":[{"family":"Durand","given":["Anna"]}],"gender":"female",)"
         R"("birthDate":"1950-02-03","telecom":[{"system":"phone","value":"+33612345678"}]})";
}

const Bench& bench_server() {
  static const Bench bench = [] {
    ServerSettings settings;
    settings.port = 0;
    settings.accounts = {{{"bench", "Bench", {"system"}, "en"}, "", false}};
    auto opened = Server::open(settings);
    CHECK(opened.ok() && (*opened)->start().ok(), "the benchmark's own server starts");
    Bench made{std::move(*opened), {}};
    made.token = made.server->identity()
                     .issue_token("bench", std::chrono::hours(10), made.server->now())
                     .value();
    Client client(made.server->port());
    for (int i = 0; i < 2000; ++i)
      CHECK(client.call(made.request("PUT", "/fhir/Patient/p" + std::to_string(i), patient(i))) ==
                201,
            "the benchmark's own patients are taken");
    return made;
  }();
  return bench;
}

void run(benchmark::State& state, const std::function<std::string(const Bench&, int)>& request,
         int status) {
  const Bench& bench = bench_server();
  Client client(bench.server->port());
  int i = state.thread_index() * 7;
  for (auto _ : state) {
    const int got = client.call(request(bench, i++));
    CHECK(got == status, "the benchmark's own requests succeed");
  }
  state.SetItemsProcessed(state.iterations());
}

void read(benchmark::State& state) {
  run(
      state,
      [](const Bench& bench, int i) {
        return bench.request("GET", "/fhir/Patient/p" + std::to_string(i % 2000));
      },
      200);
}
BENCHMARK(read)->Name("http/read")->Threads(8)->UseRealTime();

void search(benchmark::State& state) {
  run(
      state,
      [](const Bench& bench, int i) {
        return bench.request("GET",
                             "/fhir/Patient?identifier=urn:bench%7C" + std::to_string(i % 2000));
      },
      200);
}
BENCHMARK(search)->Name("http/search")->Threads(8)->UseRealTime();

void create(benchmark::State& state) {
  run(
      state,
      [](const Bench& bench, int i) {
        return bench.request("POST", "/fhir/Patient", patient(100'000 + i));
      },
      201);
}
BENCHMARK(create)->Name("http/create")->Threads(32)->UseRealTime();

}  // namespace
}  // namespace passerelle::server
