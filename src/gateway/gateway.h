// The doors to the world: a message that a case wants to send becomes an SMS, a mail or a file, by
// the rules of one configuration file. A gateway only converts and delivers; when to try again and
// whom to tell is run/'s business.
//
// Delivery must never be doubled. So a gateway says exactly what it knows: `delivered`,
// `not_delivered` (the peer certainly has not taken it: try again), `refused` (it never will: a
// wrong number) or `unknown` (the connection broke after the message had left: a person must look,
// since a second try could be a second message).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

namespace passerelle::gateway {

struct Outgoing {
  std::string id;       // stable over retries: gateways that can, use it to drop a repeat
  std::string channel;  // of the pathway: web, caregiver, mail, ...
  std::string to;       // telephone number (E.164) or mail address
  std::string language;
  std::string subject;  // of a mail; "" = the first line of the text
  std::string text;     // plain text, UTF-8
};

enum class Outcome { delivered, not_delivered, refused, unknown };

struct Delivery {
  Outcome outcome = Outcome::delivered;
  std::string detail;  // for an administrator; never the message's content
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  virtual Delivery deliver(const Outgoing& message) = 0;
  // Whether a second delivery of an id certainly changes nothing.
  virtual bool drops_repeats() const { return false; }
};

// One file a message in `folder`, JSON; a repeat of an id changes nothing. The demo shows it as the
// patient's phone.
std::unique_ptr<Gateway> make_folder_gateway(std::string folder);

// SMTP (RFC 5321) through libcurl; MIME text/plain in UTF-8; Message-ID from the id.
struct SmtpSettings {
  std::string url;  // smtp://host:port or smtps://host:port
  std::string from;
  std::string user, password;  // "" = none
  bool require_tls = false;
  int timeout_seconds = 30;
};
std::unique_ptr<Gateway> make_smtp_gateway(SmtpSettings settings);

// Any SMS provider with an HTTP interface: {id}, {to}, {text}, {language} are replaced in the URL
// and in the body, percent-encoded in the URL and in form bodies, as JSON text in JSON bodies.
struct HttpSmsSettings {
  std::string method = "GET";
  std::string url;
  std::string content_type;  // "" = no body
  std::string body;
  std::vector<std::string> headers;
  std::vector<int> accept = {200, 201, 202, 204};  // statuses that mean "taken"
  std::vector<int> refuse = {400, 404, 422};       // statuses that mean "never"
  int timeout_seconds = 20;
};
std::unique_ptr<Gateway> make_http_sms_gateway(HttpSmsSettings settings);

// Channel -> gateway. A channel without a route is an error when a message is sent over it, so that
// it becomes a task for somebody and is not lost.
class Gateways {
 public:
  // Everything to one folder.
  static Gateways to_folder(std::string folder);
  // gateways.yaml: `routes: {web: sms, mail: mail}`, `gateways: {sms: {http: {...}}, mail: {smtp:
  // {...}}}`. A password stands in an environment variable named by `password_env`, never in the
  // file.
  static Result<Gateways> parse(std::string_view yaml, std::string file);

  Delivery deliver(const Outgoing& message) const;
  bool drops_repeats(std::string_view channel) const;
  bool has_folder() const { return !folder_.empty(); }
  const std::string& folder() const { return folder_; }

 private:
  std::map<std::string, std::shared_ptr<Gateway>> routes_;  // shared: several channels, one gateway
  std::string folder_;
};

// Replaces {name} in a template by encode(value); an unknown {name} stays as it is.
std::string expand_template(std::string_view text, const std::map<std::string, std::string>& values,
                            const std::function<std::string(std::string_view)>& encode);

// The whole mail as RFC 5322 text with CRLF line ends.
std::string compose_mail(const Outgoing& message, std::string_view from);

}  // namespace passerelle::gateway
