#include "server/http.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <thread>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace passerelle::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

Response plain_error(int status, std::string_view code, std::string_view message,
                     std::string_view help) {
  Response response;
  response.status = status;
  response.body = "{\"error\":{\"code\":" + json::quote(code) +
                  ",\"message\":" + json::quote(message) + ",\"help\":" + json::quote(help) + "}}";
  return response;
}

// What RFC 9112 lets two parsers read in two ways is refused, so that no proxy in front and we
// disagree on where a request ends.
template <class Message>
bool ambiguous(const Message& message) {
  const bool chunked = message.chunked();
  const auto encodings = message.count(http::field::transfer_encoding);
  if (encodings > 1) return true;
  if (encodings == 1 && !beast::iequals(message[http::field::transfer_encoding], "chunked"))
    return true;
  if (encodings == 1 && message.count(http::field::content_length) > 0) return true;
  if (message.count(http::field::content_length) > 1) return true;
  if (message.version() == 10 && chunked) return true;
  return message.version() >= 11 && message.count(http::field::host) != 1;
}

}  // namespace

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

class HttpServer::Impl {
 public:
  Impl(HttpSettings settings, Handler handler, std::function<bool(const Request&)> waits)
      : settings_(std::move(settings)), handler_(std::move(handler)), waits_(std::move(waits)) {}

  ~Impl() { stop(); }

  Result<void> start() {
    beast::error_code error;
    const auto address = asio::ip::make_address(settings_.address, error);
    if (error)
      return Error{ErrorCode::invalid, "'" + settings_.address + "' is not an IP address", "",
                   "use e.g. 127.0.0.1, or 0.0.0.0 behind a proxy that adds TLS"};
    const tcp::endpoint endpoint(address, settings_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(1024, error);
    if (error)
      return Error{ErrorCode::unavailable,
                   "cannot listen on " + settings_.address + ":" + std::to_string(settings_.port) +
                       ": " + error.message(),
                   "", "another program may use the port: choose one with --port"};
    port_ = acceptor_.local_endpoint().port();
    workers_ = std::make_unique<asio::thread_pool>(static_cast<size_t>(settings_.workers));
    accept();
    for (int i = 0; i < settings_.io_threads; ++i) threads_.emplace_back([this] { io_.run(); });
    return {};
  }

  uint16_t port() const { return port_; }

  void stop() {
    if (stopping_.exchange(true)) return;
    asio::post(io_, [this] {
      beast::error_code ignored;
      acceptor_.close(ignored);
    });
    // What runs may finish; connections that idle are cut when the time is over.
    for (int i = 0; i < 100 && busy_ > 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (workers_) workers_->join();
    io_.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  class Session;

  void accept() {
    acceptor_.async_accept(asio::make_strand(io_),
                           [this](beast::error_code error, tcp::socket socket) {
                             if (!acceptor_.is_open()) return;
                             if (!error && connections_ < settings_.connection_limit)
                               open_session(std::move(socket));
                             accept();
                           });
  }

  void open_session(tcp::socket socket);

  HttpSettings settings_;
  Handler handler_;
  std::function<bool(const Request&)> waits_;
  asio::io_context io_;
  tcp::acceptor acceptor_{io_};
  std::unique_ptr<asio::thread_pool> workers_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<int> busy_ = 0;
  uint16_t port_ = 0;
};

// One connection. It lives as long as an operation on it is under way.
class HttpServer::Impl::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Impl& server, tcp::socket socket) : server_(server), stream_(std::move(socket)) {
    ++server_.connections_;
    beast::error_code error;
    stream_.socket().set_option(tcp::no_delay(true), error);
    const auto endpoint = stream_.socket().remote_endpoint(error);
    if (!error) peer_ = endpoint.address().to_string();
    buffer_.reserve(16384);
  }
  ~Session() { --server_.connections_; }

  void run() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
  }

 private:
  void read() {
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(server_.settings_.header_limit));
    parser_->body_limit(server_.settings_.body_limit);
    stream_.expires_after(std::chrono::seconds(server_.settings_.read_timeout_seconds));
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](beast::error_code error, size_t) { self->on_read(error); });
  }

  void on_read(beast::error_code error) {
    if (error == http::error::end_of_stream) return close();
    if (error == http::error::body_limit)
      return refuse(413, "too_large", "the request is larger than this server takes",
                    "send it in smaller parts");
    if (error == http::error::header_limit)
      return refuse(431, "too_large", "the header is larger than this server takes",
                    "shorten the address or the headers");
    if (error && error.category() == http::make_error_code(http::error::bad_method).category())
      return refuse(400, "invalid", "this is not HTTP: " + error.message(), "");
    if (error) return;  // the peer went away, or was too slow
    if (ambiguous(parser_->get()))
      return refuse(400, "invalid", "the request can be read in two ways",
                    "send one Host header, and either Content-Length or chunked");
    if (!translate()) return;
    keep_alive_ = parser_->get().keep_alive() && !server_.stopping_;
    head_ = parser_->get().method() == http::verb::head;
    stream_.expires_never();
    ++server_.busy_;
    if (server_.waits_(request_)) {
      asio::post(*server_.workers_, [self = shared_from_this()] {
        Response response = self->answer();
        asio::post(self->stream_.get_executor(), [self, response = std::move(response)]() mutable {
          self->write(std::move(response));
        });
      });
    } else {
      write(answer());
    }
  }

  bool translate() {
    auto& message = parser_->get();
    const std::string_view target = view(message.target());
    const size_t question = target.find('?');
    auto path = percent_decode(target.substr(0, question));
    auto query = parse_query(question == std::string_view::npos ? std::string_view()
                                                                : target.substr(question + 1));
    if (!path || !query || !is_utf8(*path) || path->find('\0') != std::string::npos) {
      refuse(400, "invalid", "the address is not well encoded", "percent-encode it as UTF-8");
      return false;
    }
    request_ = Request();
    request_.method = std::string(view(message.method_string()));
    request_.path = std::move(*path);
    request_.query = std::move(*query);
    for (const auto& field : message)
      request_.headers.emplace_back(lower(view(field.name_string())),
                                    std::string(view(field.value())));
    request_.body = std::move(message.body());
    request_.peer = peer_;
    return true;
  }

  Response answer() {
    try {
      return server_.handler_(request_);
    } catch (const std::exception& problem) {
      // Only a bug, or memory that ran out, comes here; the connection's peer hears of it.
      log(LogLevel::error, problem.what(), request_.method + " " + request_.path);
      return plain_error(500, "internal", "a bug of this server stopped the request",
                         "nothing was changed; tell the administrator the time");
    }
  }

  void refuse(int status, std::string_view code, std::string_view message, std::string_view help) {
    keep_alive_ = false;
    head_ = false;
    ++server_.busy_;
    write(plain_error(status, code, message, help));
  }

  void write(Response response) {
    message_ = {};
    message_.version(11);
    message_.result(static_cast<unsigned>(response.status));
    message_.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) message_.insert(name, value);
    message_.keep_alive(keep_alive_);
    const size_t size = response.body.size();
    if (!head_) message_.body() = std::move(response.body);
    if (response.status == 204 || response.status == 304) {
      message_.erase(http::field::content_type);
    } else {
      message_.content_length(size);
    }
    stream_.expires_after(std::chrono::seconds(60));
    serializer_.emplace(message_);
    if (head_) serializer_->split(true);
    auto done = [self = shared_from_this()](beast::error_code error, size_t) {
      --self->server_.busy_;
      if (error || !self->keep_alive_) return self->close();
      self->read();
    };
    if (head_) {
      http::async_write_header(stream_, *serializer_, std::move(done));
    } else {
      http::async_write(stream_, *serializer_, std::move(done));
    }
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  Impl& server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> message_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  Request request_;
  std::string peer_;
  bool keep_alive_ = false;
  bool head_ = false;
};

void HttpServer::Impl::open_session(tcp::socket socket) {
  std::make_shared<Session>(*this, std::move(socket))->run();
}

HttpServer::HttpServer(HttpSettings settings, Handler handler,
                       std::function<bool(const Request&)> waits)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(handler), std::move(waits))) {}
HttpServer::~HttpServer() = default;
Result<void> HttpServer::start() { return impl_->start(); }
uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace passerelle::server
