#include "base/base64.h"
#include "base/text.h"
#include "gateway/curl.h"
#include "gateway/gateway.h"

namespace passerelle::gateway {
namespace {

// RFC 2047: encoded words of at most 75 characters, split between characters of UTF-8.
std::string header_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t n = std::min<size_t>(42, text.size());
    while (n < text.size() && n > 1 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + to_base64(text.substr(0, n)) + "?=";
    text.remove_prefix(n);
  }
  return out;
}

// No header may be broken out of: an address with a control character is no address.
bool plain_address(std::string_view address) {
  if (address.find('@') == std::string_view::npos) return false;
  for (unsigned char c : address)
    if (c <= ' ' || c == '<' || c == '>' || c == 127) return false;
  return true;
}

class SmtpGateway : public Gateway {
 public:
  explicit SmtpGateway(SmtpSettings settings) : settings_(std::move(settings)) {}

  Delivery deliver(const Outgoing& message) override {
    if (!plain_address(message.to)) return {Outcome::refused, "not a mail address"};
    Transfer what;
    what.url = settings_.url;
    what.mail_from = settings_.from;
    what.mail_to = message.to;
    what.user = settings_.user;
    what.password = settings_.password;
    what.require_tls = settings_.require_tls;
    what.timeout_seconds = settings_.timeout_seconds;
    what.body = compose_mail(message, settings_.from);
    const TransferResult result = transfer(what);
    const std::string said = "SMTP " + std::to_string(result.status) + " " + result.detail;
    if (result.reached && result.status >= 500) return {Outcome::refused, said};
    if (result.reached && result.status >= 400) return {Outcome::not_delivered, said};
    if (result.detail.empty()) return {Outcome::delivered, said};
    return {result.sent ? Outcome::unknown : Outcome::not_delivered, said};
  }

 private:
  SmtpSettings settings_;
};

}  // namespace

std::string compose_mail(const Outgoing& message, std::string_view from) {
  std::string_view subject = message.subject;
  if (subject.empty()) subject = std::string_view(message.text).substr(0, message.text.find('\n'));
  const std::string domain(from.substr(std::min(from.find('@') + 1, from.size())));
  std::string mail = "From: <" + std::string(from) + ">\r\nTo: <" + message.to + ">\r\n";
  mail += "Subject: " + header_text(subject) + "\r\n";
  mail += "Message-ID: <" + message.id + "@" + (domain.empty() ? "localhost" : domain) + ">\r\n";
  mail += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  if (!message.language.empty()) mail += "Content-Language: " + message.language + "\r\n";
  mail += "Content-Transfer-Encoding: base64\r\n\r\n";
  const std::string body = to_base64(message.text);
  for (size_t i = 0; i < body.size(); i += 76) mail += body.substr(i, 76) + "\r\n";
  return mail;
}

std::unique_ptr<Gateway> make_smtp_gateway(SmtpSettings settings) {
  return std::make_unique<SmtpGateway>(std::move(settings));
}

}  // namespace passerelle::gateway
