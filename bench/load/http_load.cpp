#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>

#include "../mix.h"
#include "load.h"

namespace passerelle::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Draws {
  uint64_t state;
  uint64_t below(uint64_t range) { return mix(state += golden_gamma) % range; }
};

void fill(std::string& text, std::string_view mark, uint64_t number) {
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
    text.replace(at, mark.size(), std::to_string(number));
}

class Connection {
 public:
  ~Connection() {
    if (socket_ >= 0) ::close(socket_);
  }
  Result<void> open(const HttpLoad& load, int epoll, size_t index) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(load.port);
    const int at_once = 1;
    if (socket_ < 0 || ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr) != 1 ||
        ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      return failed("cannot connect");
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) != 0) return failed("cannot wait");
    return {};
  }

  // Requests are smaller than what a socket takes at once, unless the server has stopped reading.
  Result<void> send(const std::string& request) {
    answer_.clear();
    whole_ = 0;
    began_ = Clock::now();
    const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) return failed("the request was not taken");
    return {};
  }

  // True when the answer is whole.
  Result<bool> receive() {
    for (;;) {
      char bytes[65536];
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      if (got < 0 && errno == EAGAIN) return false;
      if (got <= 0) return failed("the server closed the connection");
      answer_.append(bytes, static_cast<size_t>(got));
      if (whole_ == 0) find_end();
      if (whole_ != 0 && answer_.size() >= whole_) return true;
      if (got < static_cast<ssize_t>(sizeof bytes)) return false;
    }
  }
  int status() const { return answer_.size() > 12 ? std::atoi(answer_.c_str() + 9) : 0; }
  const std::string& answer() const { return answer_; }
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - began_).count();
  }

 private:
  void find_end() {
    const size_t end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const size_t length = answer_.find("Content-Length: ");
    whole_ =
        end + 4 + (length < end ? std::strtoull(answer_.c_str() + length + 16, nullptr, 10) : 0);
  }
  static Error failed(const char* what) {
    return Error{ErrorCode::unavailable, std::string(what) + ": " + std::strerror(errno)};
  }

  int socket_ = -1;
  std::string answer_;
  size_t whole_ = 0;  // bytes of the answer, once its header is there
  Clock::time_point began_{};
};

class Loop {
 public:
  explicit Loop(const HttpLoad& load) : load_(load), draws_{load.seed} {}
  ~Loop() {
    if (epoll_ >= 0) ::close(epoll_);
  }

  Result<HttpFigures> run() {
    epoll_ = ::epoll_create1(0);
    for (int i = 0; i < load_.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>());
      TRY_VOID(connections_.back()->open(load_, epoll_, static_cast<size_t>(i)));
    }
    const auto began = Clock::now();
    const auto end = began + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(load_.seconds));
    for (auto& connection : connections_) TRY_VOID(connection->send(next_request()));
    size_t open = connections_.size();
    while (open > 0) {
      epoll_event events[64];
      const int count = ::epoll_wait(epoll_, events, 64, 30'000);
      if (count <= 0) return Error{ErrorCode::unavailable, "no answer came for 30 s"};
      for (int i = 0; i < count; ++i) {
        Connection& connection = *connections_[events[i].data.u64];
        TRY(const bool whole, connection.receive());
        if (!whole) continue;
        note(connection);
        if (Clock::now() < end) {
          TRY_VOID(connection.send(next_request()));
        } else {
          --open;
        }
      }
    }
    return figures(std::chrono::duration<double>(Clock::now() - began).count());
  }

 private:
  std::string next_request() {
    const uint64_t number = draws_.below(load_.range);
    const uint64_t next = next_++;
    const auto filled = [&](std::string text) {
      fill(text, "{n}", number);
      fill(text, "{next}", next);
      return text;
    };
    std::string request = load_.method + " " + filled(load_.path) + " HTTP/1.1\r\nHost: bench\r\n";
    for (const std::string& header : load_.headers) request += header + "\r\n";
    const std::string body = filled(load_.body);
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return request + "\r\n" + body;
  }

  void note(const Connection& connection) {
    times_.push_back(static_cast<float>(connection.milliseconds()));
    if (connection.status() < 400) return;
    if (refused_++ == 0) first_refusal_ = connection.answer();
  }

  HttpFigures figures(double seconds) {
    std::sort(times_.begin(), times_.end());
    const auto at = [&](double share) {
      return double{
          times_[std::min(times_.size() - 1, static_cast<size_t>(share * double(times_.size())))]};
    };
    HttpFigures figures;
    figures.requests = times_.size();
    figures.seconds = seconds;
    figures.p50 = at(0.5);
    figures.p99 = at(0.99);
    figures.refused = refused_;
    figures.first_refusal = first_refusal_;
    return figures;
  }

  const HttpLoad& load_;
  Draws draws_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<float> times_;
  uint64_t next_ = 0, refused_ = 0;
  std::string first_refusal_;
};

}  // namespace

Result<HttpFigures> run_http_load(const HttpLoad& load) { return Loop(load).run(); }

}  // namespace passerelle::bench
