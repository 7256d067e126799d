#include "server/routes.h"

#include <algorithm>

#include "base/text.h"
#include "server/audit.h"
#include "server/request_metrics.h"
#include "server/server_clock.h"

namespace passerelle::server {
namespace {

using Parts = std::vector<std::string_view>;
using Values = std::vector<std::pair<std::string_view, std::string_view>>;

Parts parts_of(std::string_view path) {
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return split(path, '/');
}

bool is_placeholder(std::string_view part) { return part.size() > 1 && part.front() == '{'; }
bool takes_rest(std::string_view part) { return part.ends_with("*}"); }

bool changes(std::string_view method) { return method != "GET" && method != "HEAD"; }

// The language that comes first in Accept-Language, of those that we have.
std::string language_asked(const Request& request, std::string_view site) {
  for (std::string_view part : split(request.header("accept-language"), ',')) {
    part = trim(part);
    for (const std::string_view ours : {"fr", "en"})
      if (part.size() >= 2 && lower(part.substr(0, 2)) == ours) return std::string(ours);
  }
  return std::string(site);
}

std::string_view bearer_token(const Request& request) {
  const std::string_view header = request.header("authorization");
  if (header.size() < 7 || lower(header.substr(0, 7)) != "bearer ") return {};
  return trim(header.substr(7));
}

bool may(Who who, const Account& account) {
  if (account.is_admin()) return true;
  const bool is_system = account.has_role(system_role);
  const bool is_staff = std::any_of(
      account.roles.begin(), account.roles.end(),
      [](const std::string& role) { return role != system_role && role != monitor_role; });
  switch (who) {
    case Who::anyone:
    case Who::account:
      return true;
    case Who::staff:
      return is_staff;
    case Who::system:
      return is_system;
    case Who::reader:
    case Who::teller:
      return is_staff || is_system;
    case Who::admin:
      return false;
    case Who::monitor:
      return account.has_role(monitor_role);
  }
  return false;
}

// What every answer carries unless the handler says otherwise.
void add_security_headers(Response& response, const Request& request) {
  const auto add = [&](std::string_view name, std::string_view value) {
    for (const auto& [key, ignored] : response.headers)
      if (key == name) return;
    response.headers.emplace_back(name, value);
  };
  add("Content-Security-Policy",
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
      "script-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'");
  add("X-Content-Type-Options", "nosniff");
  add("X-Frame-Options", "DENY");
  add("Referrer-Policy", "no-referrer");
  // Answers hold patients' data: no browser or proxy keeps them.
  if (!request.path.starts_with("/assets/")) add("Cache-Control", "no-store");
}

}  // namespace

std::string_view Context::path(std::string_view name) const {
  for (const auto& [key, value] : path_)
    if (key == name) return value;
  return {};
}

Response json_response(json::Value value, int status) {
  return json_response(json::write(value), status);
}

Response json_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Result<json::Document> json_body(const Context& context) {
  const std::string type = lower(context.request.header("content-type"));
  if (!type.starts_with("application/json") && !type.starts_with("application/fhir+json"))
    return say(context, ErrorCode::invalid, "the body must be application/json",
               "le corps doit être de type application/json", "set the Content-Type header",
               "indiquer l'en-tête Content-Type");
  json::Limits limits;
  limits.depth = 100;
  auto document = json::Document::parse(context.request.body, limits);
  if (!document)
    return say(context, document.error().code, "the body is not JSON: " + to_text(document.error()),
               "le corps n'est pas du JSON : " + to_text(document.error()));
  if (!document->root().is_object())
    return say(context, ErrorCode::invalid, "the body must be a JSON object",
               "le corps doit être un objet JSON");
  return std::move(*document);
}

Router::Router(std::span<const std::span<const Route>> tables, const Services& services)
    : services_(services) {
  for (const auto& table : tables)
    for (const Route& route : table)
      lines_.push_back({&route, lines_.size(), parts_of(route.pattern)});
  // A literal part is nearer than a placeholder, and that than all the rest: "/fhir/metadata" comes
  // before "/fhir/{type}". Compared as texts, so that it is one order for all lines.
  const auto nearness = [](const Line& line) {
    std::string text;
    for (const std::string_view part : line.parts)
      text += !is_placeholder(part) ? '0' : takes_rest(part) ? '2' : '1';
    return text;
  };
  std::stable_sort(lines_.begin(), lines_.end(),
                   [&](const Line& a, const Line& b) { return nearness(a) < nearness(b); });
}

namespace {

bool matches(const Parts& pattern, const Parts& path, std::string_view whole, Values* values) {
  if (values != nullptr) values->clear();
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (i >= path.size()) return false;
    if (!is_placeholder(pattern[i])) {
      if (pattern[i] != path[i]) return false;
      continue;
    }
    const bool rest = takes_rest(pattern[i]);
    if (path[i].empty()) return false;
    if (values != nullptr) {
      const std::string_view name = pattern[i].substr(1, pattern[i].size() - (rest ? 3 : 2));
      const size_t at = static_cast<size_t>(path[i].data() - whole.data());
      values->emplace_back(name, rest ? whole.substr(at) : path[i]);
    }
    if (rest) return true;
  }
  return pattern.size() == path.size();
}

}  // namespace

const Router::Line* Router::find(std::string_view method, std::string_view path,
                                 Values* values) const {
  if (method == "HEAD") method = "GET";
  const Parts parts = parts_of(path);
  for (const Line& line : lines_)
    if (line.route->method == method && matches(line.parts, parts, path, values)) return &line;
  return nullptr;
}

std::vector<std::string_view> Router::methods_of(std::string_view path) const {
  std::vector<std::string_view> methods;
  const Parts parts = parts_of(path);
  for (const Line& line : lines_) {
    if (!matches(line.parts, parts, path, nullptr)) continue;
    if (std::find(methods.begin(), methods.end(), line.route->method) != methods.end()) continue;
    methods.push_back(line.route->method);
    if (line.route->method == "GET") methods.push_back("HEAD");
  }
  return methods;
}

bool Router::knows(const Request& request) const {
  const std::string_view bearer = bearer_token(request);
  const std::string_view token = bearer.empty() ? request.cookie("passerelle") : bearer;
  return !token.empty() && services_.identity.who(token, wall_now()) != nullptr;
}

Lane Router::lane(const Request& request) const {
  const Line* line = find(request.method, request.path, nullptr);
  return line == nullptr ? Lane::here : line->route->lane;
}

Result<Response> Router::handle(Context& context, const Request& request) const {
  const Line* line = find(request.method, request.path, &context.path_);
  if (line == nullptr) {
    const auto methods = methods_of(request.path);
    if (methods.empty())
      return say(context, ErrorCode::not_found, "there is nothing at this address",
                 "il n'y a rien à cette adresse", "docs/api.md lists the addresses",
                 "docs/api.md donne la liste des adresses");
    std::string allowed;
    for (const std::string_view method : methods)
      allowed += (allowed.empty() ? "" : ", ") + std::string(method);
    Response response = error_response(
        context, say(context, ErrorCode::unsupported, request.method + " is not possible here",
                     request.method + " n'est pas possible ici", "possible are: " + allowed,
                     "sont possibles : " + allowed));
    response.status = 405;
    response.headers.emplace_back("Allow", allowed);
    return response;
  }
  context.route_ = line->number;
  const Who who = line->route->who;
  if (who != Who::anyone && !context.account)
    return say(context, ErrorCode::unauthenticated, "nobody is logged in",
               "personne n'est connecté", "log in, or send Authorization: Bearer <token>",
               "se connecter, ou envoyer Authorization: Bearer <jeton>");
  // A form on another site can make a browser send the cookie, but never this header.
  if (who != Who::anyone && changes(request.method) && !context.bearer &&
      request.header("x-passerelle").empty())
    return say(context, ErrorCode::forbidden, "a change by cookie needs the header X-Passerelle: 1",
               "un changement par cookie demande l'en-tête X-Passerelle: 1");
  if (who != Who::anyone && !may(who, *context.account))
    return say(context, ErrorCode::forbidden, "this account may not do that",
               "ce compte n'y est pas autorisé", "ask the administrator for the role it needs",
               "demander à l'administrateur le rôle nécessaire");
  return line->route->handler(context);
}

Response Router::answer(const Request& request) const {
  Context context(request, services_);
  context.route_ = services_.requests.routes();
  context.now_ = services_.clock.now();
  context.token = std::string(bearer_token(request));
  context.bearer = !context.token.empty();
  if (!context.bearer) context.token = std::string(request.cookie("passerelle"));
  if (!context.token.empty()) context.account = services_.identity.who(context.token, wall_now());
  context.language_ = language_asked(
      request, context.account ? context.account->language : services_.default_language);
  Result<Response> result = handle(context, request);
  Response response = result ? std::move(*result) : error_response(context, result.error());
  add_security_headers(response, request);
  // Not the pages' files, nor a patient's link, which is a secret.
  const bool is_door = request.path.starts_with("/fhir") || request.path.starts_with("/api/");
  if (context.account && is_door && !context.audited)
    services_.audit.note({context.now_, context.account->id, request.peer, request.method,
                          request.path, response.status});
  services_.requests.note(context.route_, response.status,
                          std::chrono::steady_clock::now() - request.arrived);
  return response;
}

}  // namespace passerelle::server
