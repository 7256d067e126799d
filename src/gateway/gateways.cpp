#include <cstdlib>

#include "gateway/gateway.h"

namespace passerelle::gateway {
namespace {

Error at(const yaml::Node& node, std::string message, std::string help) {
  return {ErrorCode::invalid, std::move(message), to_text(node.place), std::move(help)};
}

Result<std::string> text_or(const yaml::Node& map, std::string_view key, std::string otherwise) {
  const yaml::Node* node = map.find(key);
  if (node == nullptr) return otherwise;
  return node->text();
}

Result<std::string> password(const yaml::Node& map) {
  TRY(const std::string name, text_or(map, "password_env", ""));
  if (name.empty()) return std::string();
  const char* value = std::getenv(name.c_str());
  if (value == nullptr)
    return at(*map.find("password_env"), "the environment variable " + name + " is not set",
              "set it before the server starts");
  return std::string(value);
}

Result<int> seconds_or(const yaml::Node& map, int otherwise) {
  const yaml::Node* node = map.find("timeout_seconds");
  if (node == nullptr) return otherwise;
  TRY(const int64_t value, node->integer());
  if (value < 1 || value > 300) return at(*node, "a timeout is 1 to 300 seconds", "change it");
  return static_cast<int>(value);
}

Result<std::unique_ptr<Gateway>> parse_smtp(const yaml::Node& map) {
  SmtpSettings settings;
  TRY(settings.url, text_or(map, "url", ""));
  TRY(settings.from, text_or(map, "from", ""));
  TRY(settings.user, text_or(map, "user", ""));
  TRY(settings.password, password(map));
  TRY(settings.timeout_seconds, seconds_or(map, 30));
  if (const yaml::Node* tls = map.find("require_tls")) {
    TRY(settings.require_tls, tls->boolean());
  }
  if (settings.url.empty() || settings.from.empty())
    return at(map, "an smtp gateway needs url and from",
              "write e.g. {url: \"smtp://mail:25\", from: \"suivi@hospital.example\"}");
  return make_smtp_gateway(std::move(settings));
}

Result<std::unique_ptr<Gateway>> parse_http(const yaml::Node& map) {
  HttpSmsSettings settings;
  TRY(settings.method, text_or(map, "method", "GET"));
  TRY(settings.url, text_or(map, "url", ""));
  TRY(settings.content_type, text_or(map, "content_type", ""));
  TRY(settings.body, text_or(map, "body", ""));
  TRY(settings.timeout_seconds, seconds_or(map, 20));
  if (const yaml::Node* headers = map.find("headers")) {
    for (const auto& item : headers->items) {
      TRY(std::string header, item.text());
      settings.headers.push_back(std::move(header));
    }
  }
  for (const auto& [key, list] :
       {std::pair{"accept", &settings.accept}, std::pair{"refuse", &settings.refuse}}) {
    const yaml::Node* node = map.find(key);
    if (node == nullptr) continue;
    list->clear();
    for (const auto& item : node->items) {
      TRY(const int64_t status, item.integer());
      list->push_back(static_cast<int>(status));
    }
  }
  if (settings.url.empty())
    return at(map, "an http gateway needs a url", "write it with {to} and {text} in it");
  return make_http_sms_gateway(std::move(settings));
}

Result<std::unique_ptr<Gateway>> parse_gateway(const yaml::Node& node, std::string& folder) {
  if (const yaml::Node* smtp = node.find("smtp")) return parse_smtp(*smtp);
  if (const yaml::Node* http = node.find("http")) return parse_http(*http);
  if (const yaml::Node* path = node.find("folder")) {
    TRY(folder, path->text());
    return make_folder_gateway(folder);
  }
  return at(node, "a gateway is one of smtp, http or folder", "name one of them");
}

}  // namespace

Gateways Gateways::to_folder(std::string folder) {
  Gateways gateways;
  gateways.folder_ = folder;
  gateways.routes_["*"] = make_folder_gateway(std::move(folder));
  return gateways;
}

Result<Gateways> Gateways::parse(std::string_view content, std::string file) {
  TRY(const yaml::Node root, yaml::parse(content, std::move(file)));
  const yaml::Node* named = root.find("gateways");
  const yaml::Node* routes = root.find("routes");
  if (named == nullptr || routes == nullptr)
    return at(root, "the file needs `gateways` and `routes`", "see docs/administration.md");
  Gateways result;
  std::map<std::string, std::shared_ptr<Gateway>> made;
  for (const auto& [name, node] : named->members) {
    TRY(std::shared_ptr<Gateway> gateway, parse_gateway(node, result.folder_));
    made[name] = std::move(gateway);
  }
  for (const auto& [channel, node] : routes->members) {
    TRY(const std::string name, node.text());
    if (!made.contains(name))
      return at(node, "no gateway is called '" + name + "'", "name one of those under `gateways`");
    result.routes_[channel] = made[name];
  }
  return result;
}

bool Gateways::drops_repeats(std::string_view channel) const {
  auto route = routes_.find(std::string(channel));
  if (route == routes_.end()) route = routes_.find("*");
  return route != routes_.end() && route->second->drops_repeats();
}

Delivery Gateways::deliver(const Outgoing& message) const {
  auto route = routes_.find(message.channel);
  if (route == routes_.end()) route = routes_.find("*");
  if (route == routes_.end())
    return {Outcome::refused, "no gateway carries the channel '" + message.channel + "'"};
  if (message.to.empty()) return {Outcome::refused, "the patient has no number or address for it"};
  return route->second->deliver(message);
}

}  // namespace passerelle::gateway
