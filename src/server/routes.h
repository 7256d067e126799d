// Every address that the server answers is a line in a table: method, pattern, who may, handler.
// The router finds the line, says 404, 405, 401 or 403 in the form of the door (OperationOutcome
// for /fhir, {"error": ...} for /api, a page else), and calls the handler. A handler reads the
// Context and returns a Response, or an Error that becomes one.
//
// To add an address: one handler, one line in a table, one test. The tables are joined in
// route_tables.cpp.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "server/http.h"
#include "server/identity.h"

namespace passerelle::store {
class Store;
}
namespace passerelle::run {
class Engine;
class SearchParameters;
}  // namespace passerelle::run
namespace passerelle::gateway {
class Gateways;
}
namespace passerelle::pathway {
struct Package;
}

namespace passerelle::server {

class ServerClock;
class Background;
class Audit;
class Rehearsals;
class StoredTerminology;
class Exports;
class Subscriptions;
class ChangeFeed;
class StoredProfiles;
class RequestMetrics;

// What handlers work with; everything outlives every request.
struct Services {
  store::Store& store;
  run::Engine& engine;
  const gateway::Gateways& gateways;
  Identity& identity;
  ServerClock& clock;
  Background& background;
  Audit& audit;
  Rehearsals& rehearsals;
  StoredTerminology& terminology;
  Exports& exports;
  Subscriptions& subscriptions;
  ChangeFeed& feed;
  run::SearchParameters& search_parameters;
  StoredProfiles& profiles;
  RequestMetrics& requests;
  const HttpServer& http;
  // By id: what the server was started with.
  const std::map<std::string, std::shared_ptr<const pathway::Package>, std::less<>>& packages;
  std::string base_url;   // "http://127.0.0.1:8080", without a "/" at the end: for links
  std::string data_file;  // for /api/status
  std::string default_language = "fr";
  Zone zone = Zone::utc();                        // of dates without one, in searches
  Millis bundle_time = std::chrono::seconds(30);  // of all that one Bundle searches
};

// Who may call.
enum class Who : uint8_t {
  anyone,   // the handler sees to it itself: log-in, a patient's link, the pages' files
  account,  // any account
  staff,    // any account with a role of an organisation, or an administrator
  system,   // a system or an administrator
  reader,   // staff, systems, administrators; not those who only monitor
  teller,   // the same: who may tell a case something; the engine looks at the pathway's roles
  admin,    // an administrator
  monitor,  // an administrator, or a program that watches over the server
};

class Context {
 public:
  Context(const Request& asked, const Services& offered) : request(asked), services(offered) {}

  const Request& request;
  const Services& services;
  std::shared_ptr<const Account> account;  // null: nobody is logged in
  bool bearer = false;                     // logged in by Authorization, not by the cookie
  std::string token;                       // of the session, for log-out

  // Set by a handler that noted in its own commit who did what.
  mutable bool audited = false;

  // What a {placeholder} of the pattern stands for; "" when there is none of that name.
  std::string_view path(std::string_view name) const;
  // "fr" or "en": the account's, else what the browser asks for, else the site's.
  std::string_view language() const { return language_; }
  // The instant of the request: the same for all that it does.
  Instant now() const { return now_; }

 private:
  friend class Router;
  std::vector<std::pair<std::string_view, std::string_view>> path_;
  std::string language_ = "fr";
  Instant now_{};
  size_t route_ = 0;  // for RequestMetrics
};

using Handler = Result<Response> (*)(Context&);

struct Route {
  std::string_view method;   // "GET" answers HEAD too
  std::string_view pattern;  // "/api/work/{id}/take"; a last "{rest*}" takes all that follows
  Who who = Who::account;
  Handler handler = nullptr;
  Lane lane = Lane::worker;
  std::string_view interaction = {};  // its name for monitors; else method and pattern
};

// A JSON answer of /api.
Response json_response(json::Value value, int status = 200);
Response json_response(std::string body, int status = 200);

// The request's body as a JSON object. Errors: another Content-Type, not JSON, not an object.
Result<json::Document> json_body(const Context& context);

// An Error in the language of the account: `english` and `french` say the same.
Error say(const Context& context, ErrorCode code, std::string_view english, std::string_view french,
          std::string_view english_help = {}, std::string_view french_help = {});

// The answer that an error makes at the request's door.
Response error_response(const Context& context, const Error& error);

class Router {
 public:
  Router(std::span<const std::span<const Route>> tables, const Services& services);

  Response answer(const Request& request) const;
  Lane lane(const Request& request) const;   // for HttpServer
  bool knows(const Request& request) const;  // whether somebody is logged in
  // The methods that a path has, for Allow; empty when the path is unknown.
  std::vector<std::string_view> methods_of(std::string_view path) const;

 private:
  struct Line {
    const Route* route = nullptr;
    size_t number = 0;  // in all tables
    std::vector<std::string_view> parts;
  };
  const Line* find(std::string_view method, std::string_view path,
                   std::vector<std::pair<std::string_view, std::string_view>>* values) const;
  Result<Response> handle(Context& context, const Request& request) const;

  std::vector<Line> lines_;
  const Services& services_;
};

// All tables of the server (route_tables.cpp).
std::span<const std::span<const Route>> route_tables();

}  // namespace passerelle::server
