#include "server/http.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <iterator>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "server/http_session.h"

namespace passerelle::server {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

std::string_view Request::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_name) return value;
  return {};
}

std::string_view Request::cookie(std::string_view name) const {
  for (std::string_view part : split(header("cookie"), ';')) {
    part = trim(part);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=')
      return part.substr(name.size() + 1);
  }
  return {};
}

std::string_view Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

Result<Pairs> parse_query(std::string_view query, bool plus_is_space) {
  Pairs pairs;
  if (query.empty()) return pairs;
  for (const std::string_view part : split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    TRY(std::string key, percent_decode(part.substr(0, equals), plus_is_space));
    std::string value;
    if (equals != std::string_view::npos) {
      TRY(value, percent_decode(part.substr(equals + 1), plus_is_space));
    }
    if (!is_utf8(key) || !is_utf8(value))
      return Error{ErrorCode::invalid, "the address holds bytes that are not UTF-8", "",
                   "encode it as UTF-8, then percent-encode it"};
    pairs.emplace_back(std::move(key), std::move(value));
  }
  return pairs;
}

namespace {

constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::optional<Instant> parse_http_date(std::string_view text) {
  constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != form.size()) return std::nullopt;
  const auto month = std::find(std::begin(months), std::end(months), text.substr(8, 3));
  if (month == std::end(months)) return std::nullopt;
  const auto number = 100 + (month - std::begin(months)) + 1;  // "101" for January
  const auto instant =
      parse_instant(std::string(text.substr(12, 4)) + "-" + std::to_string(number).substr(1) + "-" +
                    std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z");
  // What does not give the same text again is no such date: another weekday, other separators.
  if (!instant || http_date(*instant) != text) return std::nullopt;
  return *instant;
}

std::string http_date(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::string text = format_instant(instant);  // 2020-03-26T08:45:00.000Z
  return std::string(days[std::chrono::weekday(day).c_encoding()]) + ", " + text.substr(8, 2) +
         " " + months[static_cast<unsigned>(date.month()) - 1] + " " + text.substr(0, 4) + " " +
         text.substr(11, 8) + " GMT";
}

namespace {

// How long a stop waits: for answers that are being made and read, for requests that are being
// sent, for what is on the wire.
constexpr std::chrono::milliseconds most_answering(60'000);
constexpr std::chrono::milliseconds most_arriving(3'000);
constexpr std::chrono::milliseconds last_words(150);

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpSettings settings, Handler handler, LaneOf lane, Knows knows)
      : shared_{std::move(settings)}, contexts_(make_contexts(shared_.settings.io_threads)) {
    shared_.handler = std::move(handler);
    shared_.lane = std::move(lane);
    shared_.knows = std::move(knows);
  }

  ~Impl() { stop(); }

  Result<void> listen() {
    const HttpSettings& settings = shared_.settings;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error)
      return Error{ErrorCode::invalid, "'" + settings.address + "' is not an IP address", "",
                   "use e.g. 127.0.0.1, or 0.0.0.0 behind a proxy that adds TLS"};
    const tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(1024, error);
    if (error)
      return Error{ErrorCode::unavailable,
                   "cannot listen on " + settings.address + ":" + std::to_string(settings.port) +
                       ": " + error.message(),
                   "", "another program may use the port: choose one with --port"};
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  Result<void> start() {
    if (!acceptor_.is_open()) TRY_VOID(listen());
    const HttpSettings& settings = shared_.settings;
    shared_.workers = std::make_unique<asio::thread_pool>(static_cast<size_t>(settings.workers));
    shared_.searchers =
        std::make_unique<asio::thread_pool>(static_cast<size_t>(settings.searchers));
    accept();
    for (const auto& io : contexts_)
      threads_.emplace_back([&context = io->context] { context.run(); });
    return {};
  }

  uint16_t port() const { return port_; }

  HttpCounts counts() const {
    HttpCounts now{shared_.connections, shared_.busy, {}};
    for (size_t i = 0; i < shared_.refused.size(); ++i)
      now.refused.emplace_back(HttpShared::refusals[i], shared_.refused[i].load());
    return now;
  }

  void stop() {
    if (shared_.stopping.exchange(true)) return;
    asio::post(acceptor_.get_executor(), [this] {
      take_the_last();
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
    });
    // Whatever was accepted is answered; who reads the answer too slowly, or sends too slowly, is
    // not waited for. Connections that idle are cut.
    if (!threads_.empty()) {
      wait(most_answering, [this] { return shared_.busy == 0; });
      wait(most_arriving, [this] { return shared_.busy == 0 && shared_.arriving == 0; });
      // One that was sent just when we stopped still hears that it is to come again.
      wait(last_words, [this] { return shared_.connections == 0; });
      wait(most_arriving, [this] { return shared_.busy == 0; });
    }
    if (shared_.workers) shared_.workers->join();
    if (shared_.searchers) shared_.searchers->join();
    for (const auto& io : contexts_) io->context.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  template <class Condition>
  static void wait(std::chrono::milliseconds most, Condition done) {
    constexpr std::chrono::milliseconds step(2);
    for (std::chrono::milliseconds waited(0); waited < most && !done(); waited += step)
      std::this_thread::sleep_for(step);
  }

  // Who is connected as far as the system is concerned, and not yet accepted here.
  void take_the_last() {
    boost::system::error_code error;
    acceptor_.non_blocking(true, error);
    while (!error) {
      tcp::socket socket(next_context());
      acceptor_.accept(socket, error);
      if (!error) open(std::move(socket));
    }
  }

  void accept() {
    // Each connection stays with one thread: nothing of it is locked, and no thread wakes another.
    acceptor_.async_accept(next_context(),
                           [this](boost::system::error_code error, tcp::socket socket) {
                             // Also one that came just before the end.
                             if (!error) open(std::move(socket));
                             if (!acceptor_.is_open()) return;
                             if (error) return accept_later(error.message());
                             accept();
                           });
  }

  // Out of file descriptors, for example: trying again at once would burn a core.
  void accept_later(const std::string& why) {
    log(LogLevel::warning, "cannot accept a connection: " + why);
    pause_.expires_after(std::chrono::milliseconds(200));
    pause_.async_wait([this](boost::system::error_code) {
      if (acceptor_.is_open()) accept();
    });
  }

  void open(tcp::socket socket) {
    if (shared_.connections < shared_.settings.connection_limit)
      return std::make_shared<HttpSession>(shared_, std::move(socket))->run();
    static constexpr std::string_view full =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n";
    shared_.count_refused(503);
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(full), ignored);
  }

  // One thread's connections. It keeps running while nothing is connected.
  struct Io {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  };
  static std::vector<std::unique_ptr<Io>> make_contexts(int count) {
    std::vector<std::unique_ptr<Io>> contexts;
    for (int i = 0; i < std::max(count, 1); ++i) contexts.push_back(std::make_unique<Io>());
    return contexts;
  }

  asio::io_context& next_context() {
    return contexts_[next_context_++ % contexts_.size()]->context;
  }

  HttpShared shared_;
  std::vector<std::unique_ptr<Io>> contexts_;  // whose waiting handlers refer to what stands above
  size_t next_context_ = 0;
  tcp::acceptor acceptor_{contexts_.front()->context};
  asio::steady_timer pause_{acceptor_.get_executor()};
  std::vector<std::thread> threads_;
  uint16_t port_ = 0;
};

HttpServer::HttpServer(HttpSettings settings, Handler handler, LaneOf lane, Knows knows)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(handler), std::move(lane),
                                   std::move(knows))) {}
HttpServer::~HttpServer() = default;
Result<void> HttpServer::listen() { return impl_->listen(); }
Result<void> HttpServer::start() { return impl_->start(); }
uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::stop() { impl_->stop(); }
HttpCounts HttpServer::counts() const { return impl_->counts(); }

}  // namespace passerelle::server
