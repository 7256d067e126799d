// One HTTP connection; the inside of HttpServer.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>

#include "server/http.h"

namespace passerelle::server {

// What all connections share with the server that opened them.
struct HttpShared {
  HttpSettings settings;
  HttpServer::Handler handler;
  HttpServer::LaneOf lane;
  HttpServer::Knows knows;
  // Searches run on few threads, since they keep a core busy; what waits for the disk runs on many,
  // so that many share one sync.
  std::unique_ptr<boost::asio::thread_pool> workers, searchers;
  std::atomic<bool> stopping = false;
  std::atomic<int> connections = 0;
  std::atomic<int> busy = 0;      // requests read and not yet answered
  std::atomic<int> arriving = 0;  // whose body is on its way
  static constexpr std::array<int, 6> refusals = {400, 408, 413, 431, 501, 503};
  std::array<std::atomic<int64_t>, refusals.size()> refused{};
  void count_refused(int status) {
    for (size_t i = 0; i < refused.size(); ++i)
      if (refusals[i] == status) ++refused[i];
  }
};

// It lives as long as an operation on it is under way. All its functions run on the one thread
// of its context, but for answer(), which may run on a worker.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(HttpShared& shared, boost::asio::ip::tcp::socket socket);
  ~HttpSession();
  void run();

 private:
  using Error = boost::beast::error_code;
  using TimePoint = std::chrono::steady_clock::time_point;

  void read();
  void on_header(Error error);
  void invite_body();
  void read_body();
  void on_body(Error error);
  void dispatch();
  bool translate();
  Response answer();
  void refuse_read(Error error);
  void refuse(int status, std::string_view code, std::string_view message, std::string_view help);
  void write(Response response);
  void write_head(const Response& response, size_t size, bool bodyless);
  void on_written(Error error);
  void write_stream(Response response);
  void stream_on(Error error);
  void finish();
  void linger();
  // From now, for what is under way: so many seconds, and the time that slow peers take for it.
  void allow(int seconds, uint64_t bytes = 0);
  bool limit_body();
  bool asks_fhir() const;
  void watch();

  HttpShared& shared_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer stream_timer_;
  std::function<std::optional<std::string>()> stream_;
  std::string piece_;  // of the stream, on its way
  TimePoint deadline_ = TimePoint::max();
  bool timed_out_ = false;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::string head_text_, body_text_;  // of the answer that is being sent
  Request request_;
  std::string peer_;
  size_t lingered_ = 0;
  bool keep_alive_ = false;
  bool head_ = false;
};

}  // namespace passerelle::server
