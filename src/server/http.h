// HTTP/1.1 on Boost.Beast, behind plain classes. Every connection is driven by one of a few I/O
// threads; quick reads are answered there, requests that change something wait for their commit on
// worker threads, so that many of them share one sync of the disk, and searches have threads of
// their own, so that a crowd of long ones holds up nobody else. Slow, half-open and oversized peers
// are shut out by time and size limits; stop() lets what is running finish.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/result.h"

namespace passerelle::server {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"
  std::string path;    // percent-decoded, without query: "/fhir/Patient/1"
  Pairs query;         // percent-decoded, in order
  Pairs headers;       // names in lower case
  std::string body;
  std::string peer;  // the address, for limits and the audit
  std::chrono::steady_clock::time_point arrived = std::chrono::steady_clock::now();  // whole

  std::string_view header(std::string_view lower_name) const;  // "" when missing
  std::string_view cookie(std::string_view name) const;
  std::string_view parameter(std::string_view name) const;  // the first of that name, or ""
};

struct Response {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  Pairs headers = {};
  // An answer that goes on after its body: asked several times a second for what is to be sent now
  // ("" = nothing yet), until it gives none or the peer goes away. It must not wait.
  std::function<std::optional<std::string>()> stream = {};
};

struct HttpSettings {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free one; port() tells
  int io_threads = 2;
  int workers = 32;
  int searchers = 8;
  size_t header_limit = 16 * 1024;
  size_t body_limit = 32u << 20;
  size_t stranger_body_limit = 1u << 20;  // of whom nobody knows: forms are smaller
  int connection_limit = 4096;
  // For a header; a body, and an answer, get as much and the time that they take at slow_bytes.
  int read_timeout_seconds = 30;
  int write_timeout_seconds = 60;
  size_t slow_bytes = 64 * 1024;  // a second: who sends or reads slower is cut off
};

// How it stands, for monitors.
struct HttpCounts {
  int connections = 0;  // open now
  int busy = 0;         // requests that have arrived whole and are not answered yet
  // Refused before anybody read them, by status, since the start.
  std::vector<std::pair<int, int64_t>> refused;
};

// On which thread a request is answered: the connection's own, where it must not wait; a worker,
// where it may wait for the disk; one for searches, which may take long.
enum class Lane : uint8_t { here, worker, search };

class HttpServer {
 public:
  using Handler = std::function<Response(const Request&)>;

  using LaneOf = std::function<Lane(const Request&)>;
  // Whether somebody known sends it, by its headers alone.
  using Knows = std::function<bool(const Request&)>;
  HttpServer(HttpSettings settings, Handler handler, LaneOf lane, Knows knows = {});
  ~HttpServer();

  // Takes the address; who connects waits until start(). Error: the address is taken, or not ours.
  Result<void> listen();
  Result<void> start();  // listens, unless it does, and answers
  uint16_t port() const;
  // Accepts no more; what has arrived is answered, and what is still arriving is told to come
  // again (503); then returns.
  void stop();
  HttpCounts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// "Sun, 06 Nov 1994 08:49:37 GMT", for Last-Modified and its like.
std::string http_date(Instant instant);
// The same read; none when it is written otherwise.
std::optional<Instant> parse_http_date(std::string_view text);

// "a=1&b=%20" -> pairs; error when a % is not followed by two digits or a text is not UTF-8.
Result<Pairs> parse_query(std::string_view query, bool plus_is_space = true);

}  // namespace passerelle::server
