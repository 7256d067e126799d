#include "server/http_session.h"

#include <netinet/tcp.h>

#include <array>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <ctime>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace passerelle::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

// How long the system tries to reach a peer that does not acknowledge what was sent: one that
// vanished without a word.
constexpr int silent_milliseconds = 60'000;
// After a refusal the peer may still be sending; closing at once would make its system throw away
// our answer unread (RFC 9112, section 9.6). So we listen a little longer.
constexpr int linger_seconds = 3;
constexpr size_t linger_bytes = 256u << 20;
constexpr int stream_pause_milliseconds = 200;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

Response plain_error(int status, std::string_view code, std::string_view message,
                     std::string_view help) {
  Response response;
  response.status = status;
  response.body = "{\"error\":{\"code\":" + json::quote(code) +
                  ",\"message\":" + json::quote(message) + ",\"help\":" + json::quote(help) + "}}";
  return response;
}

// The same for /fhir, whose clients read nothing else.
Response plain_outcome(int status, std::string_view message, std::string_view help) {
  const std::string_view code = status == 413   ? "too-long"
                                : status == 408 ? "timeout"
                                : status == 503 ? "transient"
                                                : "structure";
  Response response;
  response.status = status;
  response.content_type = "application/fhir+json; charset=utf-8";
  const std::string words = std::string(message) + (help.empty() ? "" : "; ") + std::string(help);
  response.body =
      "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"" +
      std::string(code) + "\",\"diagnostics\":" + json::quote(words) + "}]}";
  return response;
}

// What RFC 9112 lets two parsers read in two ways is refused, so that no proxy in front and we
// disagree on where a request ends.
bool ambiguous(const http::request<http::string_body>& message) {
  const auto encodings = message.count(http::field::transfer_encoding);
  const auto lengths = message.count(http::field::content_length);
  if (encodings > 1 || lengths > 1 || (encodings == 1 && lengths == 1)) return true;
  if (message.version() == 10 && encodings > 0) return true;
  return message.version() >= 11 && message.count(http::field::host) != 1;
}

bool unknown_encoding(const http::request<http::string_body>& message) {
  return message.count(http::field::transfer_encoding) == 1 &&
         !beast::iequals(message[http::field::transfer_encoding], "chunked");
}

// RFC 9110, section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". Made once a second and thread.
std::string_view date_now() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made) {
    made = now;
    text = http_date(Instant(std::chrono::seconds(now)));
  }
  return text;
}

// A header's value that came from outside must not begin another header.
std::string one_line(std::string value) {
  for (char& c : value)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return value;
}

}  // namespace

HttpSession::HttpSession(HttpShared& shared, tcp::socket socket)
    : shared_(shared),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      stream_timer_(socket_.get_executor()) {
  ++shared_.connections;
  Error error;
  socket_.set_option(tcp::no_delay(true), error);
  socket_.set_option(
      asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>(silent_milliseconds),
      error);
  const auto endpoint = socket_.remote_endpoint(error);
  if (!error) peer_ = endpoint.address().to_string();
  buffer_.reserve(16384);
}

HttpSession::~HttpSession() { --shared_.connections; }

void HttpSession::run() {
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] {
    self->read();
    self->watch();
  });
}

void HttpSession::allow(int seconds, uint64_t bytes) {
  const auto more = static_cast<int64_t>(bytes / shared_.settings.slow_bytes);
  deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(seconds + more);
}

// One timer for the connection's life: it looks at the deadline and sleeps on until then.
void HttpSession::watch() {
  const TimePoint now = std::chrono::steady_clock::now();
  if (deadline_ <= now) {
    timed_out_ = true;
    deadline_ = TimePoint::max();
    Error ignored;
    socket_.cancel(ignored);
  }
  timer_.expires_at(
      std::min(deadline_, now + std::chrono::seconds(shared_.settings.read_timeout_seconds)));
  timer_.async_wait([weak = weak_from_this()](Error error) {
    if (const auto self = weak.lock(); self && !error) self->watch();
  });
}

void HttpSession::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(shared_.settings.header_limit));
  parser_->body_limit(shared_.settings.body_limit);
  timed_out_ = false;
  allow(shared_.settings.read_timeout_seconds);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](Error error, size_t) { self->on_header(error); });
}

void HttpSession::on_header(Error error) {
  if (error) return refuse_read(error);
  const auto& message = parser_->get();
  if (unknown_encoding(message))
    return refuse(501, "unsupported", "this Transfer-Encoding is not known here",
                  "send the body with Content-Length, or chunked");
  if (ambiguous(message))
    return refuse(400, "invalid", "the request can be read in two ways",
                  "send one Host header, and either Content-Length or chunked");
  if (parser_->is_done()) return dispatch();
  if (!limit_body())
    return refuse(413, "too_large", "nobody is logged in, and the request is larger than a form",
                  "send Authorization: Bearer <token>; then the server takes more");
  ++shared_.arriving;
  if (beast::iequals(message[http::field::expect], "100-continue")) return invite_body();
  read_body();
}

// Whoever is not known could fill the memory with what nobody will read. False: it says itself that
// it is too large.
bool HttpSession::limit_body() {
  const auto& message = parser_->get();
  const size_t limit = shared_.settings.stranger_body_limit;
  const auto length = parser_->content_length();
  uint64_t most = length ? *length : shared_.settings.body_limit;
  if (most > limit && shared_.knows) {
    Request header;
    for (const auto field : {http::field::authorization, http::field::cookie})
      header.headers.emplace_back(lower(view(http::to_string(field))),
                                  std::string(view(message[field])));
    if (!shared_.knows(header)) {
      if (length) return false;
      parser_->body_limit(limit);
      most = limit;
    }
  }
  allow(shared_.settings.read_timeout_seconds, most);
  return true;
}

void HttpSession::invite_body() {
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(go_on), [self = shared_from_this()](Error error, size_t) {
    if (error)
      --self->shared_.arriving;
    else
      self->read_body();
  });
}

void HttpSession::read_body() {
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](Error error, size_t) { self->on_body(error); });
}

void HttpSession::on_body(Error error) {
  --shared_.arriving;
  if (error) return refuse_read(error);
  dispatch();
}

void HttpSession::refuse_read(Error error) {
  if (timed_out_ && parser_->got_some())
    return refuse(408, "too_slow", "the request did not arrive in time",
                  "send it again, faster or in smaller parts");
  if (error == http::error::body_limit)
    return refuse(413, "too_large", "the request is larger than this server takes",
                  "send it in smaller parts");
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return refuse(431, "too_large", "the header is larger than this server takes",
                  "shorten the address or the headers");
  if (error == http::error::end_of_stream || error == http::error::partial_message) return;
  const bool has_length = parser_->get().count(http::field::content_length) > 0;
  if (error == http::error::bad_transfer_encoding && !has_length)
    return refuse(501, "unsupported", "this Transfer-Encoding is not known here",
                  "send the body with Content-Length, or chunked");
  if (error.category() == http::make_error_code(http::error::bad_method).category())
    return refuse(400, "invalid", "this is not HTTP: " + error.message(), "");
  // Else the peer went away.
}

void HttpSession::dispatch() {
  if (!translate()) return;
  // Counted before it is asked: stop() waits for whoever was counted when it began.
  ++shared_.busy;
  if (shared_.stopping) {
    --shared_.busy;
    return refuse(503, "unavailable", "the server is being stopped", "try again in a minute");
  }
  keep_alive_ = parser_->get().keep_alive();
  head_ = parser_->get().method() == http::verb::head;
  deadline_ = TimePoint::max();
  const Lane lane = shared_.lane(request_);
  if (lane == Lane::here) return write(answer());
  asio::post(
      lane == Lane::search ? *shared_.searchers : *shared_.workers, [self = shared_from_this()] {
        Response response = self->answer();
        asio::post(self->socket_.get_executor(), [self, response = std::move(response)]() mutable {
          self->write(std::move(response));
        });
      });
}

bool HttpSession::translate() {
  auto& message = parser_->get();
  std::string_view target = view(message.target());
  // A proxy may send the whole address (RFC 9112, section 3.2.2).
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const size_t slash = target.find('/', target.find("://") + 3);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
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

Response HttpSession::answer() {
  try {
    return shared_.handler(request_);
  } catch (const std::exception& problem) {
    // Only a bug, or memory that ran out, comes here; the connection's peer hears of it.
    // A patient's link is a secret and stays out of the log.
    const bool link = request_.path.starts_with("/f/");
    log(LogLevel::error, problem.what(), request_.method + " " + (link ? "/f/" : request_.path));
    return plain_error(500, "internal", "a bug of this server stopped the request",
                       "tell the administrator the time");
  }
}

// Also when the header is too long to be read whole.
bool HttpSession::asks_fhir() const {
  if (!parser_) return false;
  std::string_view target = view(parser_->get().target());
  if (target.empty()) {
    target = {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
    target.remove_prefix(std::min(target.find(' ') + 1, target.size()));
  }
  return target.starts_with("/fhir");
}

void HttpSession::refuse(int status, std::string_view code, std::string_view message,
                         std::string_view help) {
  keep_alive_ = false;
  head_ = false;
  timed_out_ = false;
  ++shared_.busy;
  shared_.count_refused(status);
  write(asks_fhir() ? plain_outcome(status, message, help)
                    : plain_error(status, code, message, help));
}

// Server-sent events and their like have no length: the connection's end is theirs (RFC 9112,
// section 6.3). They do not count as busy, so that a server that is to stop need not wait.
void HttpSession::write_stream(Response response) {
  --shared_.busy;
  keep_alive_ = false;
  stream_ = std::move(response.stream);
  piece_ = "HTTP/1.1 200 OK\r\nDate: " + std::string(date_now()) +
           "\r\nContent-Type: " + one_line(std::move(response.content_type)) +
           "\r\nConnection: close\r\n";
  for (auto& [name, value] : response.headers)
    piece_ += name + ": " + one_line(std::move(value)) + "\r\n";
  piece_ += "\r\n" + response.body;
  stream_on({});
}

// Sends what there is, or looks again in a moment.
void HttpSession::stream_on(Error error) {
  if (error) return;
  if (piece_.empty() && !shared_.stopping) {
    auto next = stream_();
    if (!next) return finish();
    piece_ = std::move(*next);
  }
  if (shared_.stopping) return finish();
  auto self = shared_from_this();
  if (piece_.empty()) {
    deadline_ = TimePoint::max();
    stream_timer_.expires_after(std::chrono::milliseconds(stream_pause_milliseconds));
    return stream_timer_.async_wait([self](Error failed) { self->stream_on(failed); });
  }
  allow(shared_.settings.write_timeout_seconds);
  asio::async_write(socket_, asio::buffer(piece_), [self](Error failed, size_t) {
    self->piece_.clear();
    self->stream_on(failed);
  });
}

void HttpSession::finish() {
  Error ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  allow(linger_seconds);
  linger();
}

// RFC 9112, section 4.
void HttpSession::write_head(const Response& response, size_t size, bool bodyless) {
  head_text_.clear();
  const auto add = [this](std::string_view name, std::string_view value) {
    head_text_.append(name).append(": ").append(value).append("\r\n");
  };
  const auto reason = http::obsolete_reason(http::int_to_status(unsigned(response.status)));
  head_text_.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head_text_.append(view(reason)).append("\r\n");
  add("Date", date_now());
  if (!bodyless) {
    add("Content-Type", one_line(response.content_type));
    add("Content-Length", std::to_string(size));
  }
  for (const auto& [name, value] : response.headers) add(name, one_line(value));
  if (!keep_alive_) add("Connection", "close");
  head_text_ += "\r\n";
}

void HttpSession::write(Response response) {
  if (response.stream && response.status == 200 && !head_) return write_stream(std::move(response));
  if (shared_.stopping) keep_alive_ = false;
  const bool bodyless = response.status == 204 || response.status == 304;
  write_head(response, response.body.size(), bodyless);
  body_text_ = head_ || bodyless ? std::string() : std::move(response.body);
  allow(shared_.settings.write_timeout_seconds, head_text_.size() + body_text_.size());
  auto done = [self = shared_from_this()](Error error, size_t) { self->on_written(error); };
  // What is small goes in one piece.
  constexpr size_t small = 16384;
  if (body_text_.size() <= small) {
    head_text_ += body_text_;
    asio::async_write(socket_, asio::buffer(head_text_), std::move(done));
  } else {
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(head_text_),
                                                     asio::buffer(body_text_)};
    asio::async_write(socket_, parts, std::move(done));
  }
}

void HttpSession::on_written(Error error) {
  --shared_.busy;
  if (error) return;
  if (keep_alive_) return read();
  finish();
}

void HttpSession::linger() {
  buffer_.clear();
  if (timed_out_ || lingered_ > linger_bytes) return;
  socket_.async_read_some(buffer_.prepare(16384),
                          [self = shared_from_this()](Error error, size_t size) {
                            self->lingered_ += size;
                            if (!error) self->linger();
                          });
}

}  // namespace passerelle::server
