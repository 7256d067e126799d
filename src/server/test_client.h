// For tests: a server on a free port, and a client that speaks HTTP to it over a socket of its own.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "server/server.h"

namespace passerelle::server {

struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  // The body as JSON; lives as long as the reply.
  json::Value json() const {
    if (!document_) {
      auto parsed = json::Document::parse(body);
      EXPECT_TRUE(parsed.ok()) << body.substr(0, 500);
      document_ = std::make_shared<json::Document>(parsed ? std::move(*parsed) : json::Document());
    }
    return document_->root();
  }
  std::string text(std::string_view name) const { return std::string(json()[name].string()); }

 private:
  mutable std::shared_ptr<json::Document> document_;  // shared by copies of the reply
};

// One connection.
class Wire {
 public:
  // Whether nobody takes connections there any more.
  static bool is_refused(uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = local(port);
    const bool refused =
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
    ::close(socket);
    return refused;
  }
  explicit Wire(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = local(port);
    timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Wire() { ::close(socket_); }
  Wire(const Wire&) = delete;

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // One whole response; status 0 when the connection ends before.
  Reply receive(bool head = false) {
    Reply reply;
    size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return reply;
    const std::string header = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    bool first = true;
    for (const std::string_view line : split(header, '\n')) {
      const std::string_view text = trim(line);
      if (first) {
        reply.status = std::atoi(std::string(text.substr(9, 3)).c_str());
        first = false;
        continue;
      }
      const size_t colon = text.find(':');
      if (colon != std::string_view::npos)
        reply.headers[lower(text.substr(0, colon))] = std::string(trim(text.substr(colon + 1)));
    }
    const size_t length = static_cast<size_t>(std::atoll(reply.header("content-length").c_str()));
    if (head || reply.status == 204 || reply.status == 304 || reply.status == 100) return reply;
    while (buffer_.size() < length)
      if (!more()) return reply;
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return reply;
  }
  // Whether the peer has closed, or does within the time of the socket.
  bool closed() {
    char byte = 0;
    return buffer_.empty() && ::recv(socket_, &byte, 1, 0) <= 0;
  }

 private:
  static sockaddr_in local(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    return address;
  }
  bool more() {
    char bytes[16384];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  int socket_;
  std::string buffer_;
};

using Headers = std::map<std::string, std::string>;

class TestServer {
 public:
  static ServerSettings quick_settings() {
    ServerSettings settings;
    settings.port = 0;
    settings.identity.memory_kib = 64;
    settings.identity.passes = 1;
    settings.accounts = {{{"lab", "Laboratory", {"system"}, "en"}, "laboratory-password", false},
                         {{"ada", "Ada", {"admin"}, "en"}, "administrator-password", false}};
    return settings;
  }

  explicit TestServer(const ServerSettings& settings = quick_settings()) {
    auto opened = Server::open(settings);
    EXPECT_TRUE(opened.ok()) << (opened ? "" : to_text(opened.error()));
    server_ = std::move(*opened);
    const auto started = server_->start();
    EXPECT_TRUE(started.ok()) << (started ? "" : to_text(started.error()));
    const auto token =
        server_->identity().issue_token("lab", std::chrono::hours(1000), server_->now());
    EXPECT_TRUE(token.ok());
    token_ = token ? *token : "";
  }

  Server& operator*() { return *server_; }
  Server* operator->() { return server_.get(); }
  uint16_t port() const { return server_->port(); }
  const std::string& token() const { return token_; }

  // As the system "lab", unless the headers say otherwise.
  Reply call(const std::string& method, const std::string& path, const std::string& body = "",
             Headers headers = {}) const {
    if (!headers.contains("Authorization") && !headers.contains("Cookie"))
      headers["Authorization"] = "Bearer " + token_;
    if (!body.empty() && !headers.contains("Content-Type"))
      headers["Content-Type"] = "application/fhir+json";
    return plain(method, path, body, headers);
  }
  // As nobody.
  Reply plain(const std::string& method, const std::string& path, const std::string& body = "",
              const Headers& headers = {}) const {
    Wire wire(port());
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers)
      if (!value.empty()) text += name + ": " + value + "\r\n";
    if (!body.empty() || method == "POST" || method == "PUT")
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    wire.send(text + "\r\n" + body);
    return wire.receive(method == "HEAD");
  }
  Reply get(const std::string& path, const Headers& headers = {}) const {
    return call("GET", path, "", headers);
  }

 private:
  std::unique_ptr<Server> server_;
  std::string token_;
};

}  // namespace passerelle::server
