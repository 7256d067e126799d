#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "gateway/curl.h"
#include "gateway/gateway.h"

namespace passerelle::gateway {
namespace {

std::string json_inside(std::string_view text) {
  const std::string quoted = json::quote(text);
  return quoted.substr(1, quoted.size() - 2);
}

bool contains(const std::vector<int>& statuses, long status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

class HttpSmsGateway : public Gateway {
 public:
  explicit HttpSmsGateway(HttpSmsSettings settings) : settings_(std::move(settings)) {}

  Delivery deliver(const Outgoing& message) override {
    const std::map<std::string, std::string> values = {{"id", message.id},
                                                       {"to", message.to},
                                                       {"text", message.text},
                                                       {"language", message.language}};
    const auto percent = [](std::string_view text) { return percent_encode(text); };
    Transfer what;
    what.method = settings_.method;
    what.url = expand_template(settings_.url, values, percent);
    what.timeout_seconds = settings_.timeout_seconds;
    what.headers = settings_.headers;
    if (!settings_.content_type.empty()) {
      what.headers.push_back("Content-Type: " + settings_.content_type);
      what.has_body = true;
      const bool json = settings_.content_type.find("json") != std::string::npos;
      what.body = json ? expand_template(settings_.body, values, json_inside)
                       : expand_template(settings_.body, values, percent);
    }
    const TransferResult result = transfer(what);
    const std::string said = "HTTP " + std::to_string(result.status) + " " + result.detail;
    if (result.reached && contains(settings_.accept, result.status))
      return {Outcome::delivered, said};
    if (result.reached && contains(settings_.refuse, result.status))
      return {Outcome::refused, said};
    if (result.reached) return {Outcome::not_delivered, said};
    return {result.sent ? Outcome::unknown : Outcome::not_delivered, said};
  }

 private:
  HttpSmsSettings settings_;
};

}  // namespace

std::string expand_template(std::string_view text, const std::map<std::string, std::string>& values,
                            const std::function<std::string(std::string_view)>& encode) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    const auto value = values.find(std::string(text.substr(open + 1, close - open - 1)));
    if (value == values.end()) {
      // Not one of ours (a JSON body has braces of its own): keep the brace, look behind it.
      out += text.substr(0, open + 1);
      text.remove_prefix(open + 1);
      continue;
    }
    out += text.substr(0, open);
    out += encode(value->second);
    text.remove_prefix(close + 1);
  }
  return out += text;
}

std::unique_ptr<Gateway> make_http_sms_gateway(HttpSmsSettings settings) {
  return std::make_unique<HttpSmsGateway>(std::move(settings));
}

}  // namespace passerelle::gateway
