#include "server/server.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "gateway/gateway.h"
#include "pathway/package.h"
#include "run/access.h"
#include "run/engine.h"
#include "run/indexing.h"
#include "run/search_parameters.h"
#include "server/api_json.h"
#include "server/audit.h"
#include "server/background.h"
#include "server/change_feed.h"
#include "server/exports.h"
#include "server/http.h"
#include "server/process_metrics.h"
#include "server/profiles.h"
#include "server/rehearsals.h"
#include "server/request_metrics.h"
#include "server/route_tables.h"
#include "server/search_indexing.h"
#include "server/secret.h"
#include "server/server_clock.h"
#include "server/subscriptions.h"
#include "server/terminology.h"
#include "store/store.h"

namespace passerelle::server {
namespace {

using PackageMap = std::map<std::string, std::shared_ptr<const pathway::Package>, std::less<>>;

std::string name_of_folder(const std::string& folder) {
  std::string path = folder;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return std::filesystem::absolute(path).lexically_normal().filename().string();
}

Result<std::shared_ptr<const pathway::Package>> load(const std::string& folder) {
  TRY(const pathway::PackageFiles files, pathway::read_package_files(folder));
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(files, name_of_folder(folder), "", findings);
  if (package) return std::shared_ptr<const pathway::Package>(std::move(package));
  std::string errors;
  for (const pathway::Finding& finding : findings)
    if (finding.severity == pathway::Severity::error)
      errors += "\n  " + to_text(finding.place) + ": " + finding.message;
  return Error{ErrorCode::invalid, "the package cannot be run:" + errors, folder,
               "passerelle check " + folder + " says more"};
}

Result<gateway::Gateways> make_gateways(const ServerSettings& settings) {
  if (!settings.gateways_file.empty()) {
    TRY(const std::string yaml, read_file(settings.gateways_file));
    return gateway::Gateways::parse(yaml, settings.gateways_file);
  }
  std::string folder = settings.phone_folder;
  if (folder.empty())
    folder = settings.data_file.empty()
                 ? (std::filesystem::temp_directory_path() / "passerelle.phone").string()
                 : settings.data_file + ".phone";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return Error{ErrorCode::unavailable, "cannot make the folder of messages: " + error.message(),
                 folder};
  return gateway::Gateways::to_folder(folder);
}

std::vector<std::string> declared_roles(const PackageMap& packages) {
  std::vector<std::string> out;
  for (const auto& [id, package] : packages)
    for (const pathway::Role& role : package->pathway.organisation().roles) out.push_back(role.id);
  return out;
}

std::vector<std::string> declared_skills(const PackageMap& packages) {
  std::vector<std::string> out;
  for (const auto& [id, package] : packages)
    for (std::string& skill : run::skills_named(package->pathway.organisation()))
      out.push_back(std::move(skill));
  return out;
}

// A test clock goes on where it stood when the server was stopped.
Result<std::optional<Instant>> begin_of_test_clock(const ServerSettings& settings,
                                                   store::Store& store) {
  if (!settings.test_clock) return std::optional<Instant>();
  Instant begin = *settings.test_clock;
  const auto row = store.read_row("server", "test-clock");
  if (row) {
    TRY(const Instant stood, parse_instant(row->value));
    begin = std::max(begin, stood);
  } else if (row.error().code != ErrorCode::not_found) {
    return row.error();
  }
  return std::optional(begin);
}

}  // namespace

// In the order in which they depend on each other; they go in the opposite one.
class Server::Impl {
 public:
  Result<void> open(const ServerSettings& given) {
    note_start();
    settings_ = given;
    for (const std::string& folder : settings_.package_folders) {
      TRY(auto package, load(folder));
      const std::string id = package->id;
      if (!packages_.emplace(id, std::move(package)).second)
        return Error{ErrorCode::invalid, "two packages have the name '" + id + "'", folder};
    }
    TRY(gateways_, make_gateways(settings_));
    // So many connections stay open; more are lent under load (store/sqlite/readers.cpp).
    store::SqliteOptions options;
    options.readers = 12;
    options.cache_bytes = 12 << 20;
    if (settings_.search_steps > 0) options.search_steps = settings_.search_steps;
    if (settings_.search_time) options.search_time = *settings_.search_time;
    if (settings_.data_file.empty()) {
      TRY(store_, store::open_temporary(options));
    } else {
      TRY(store_, store::open_sqlite(settings_.data_file, options));
    }
    TRY(const auto begin, begin_of_test_clock(settings_, *store_));
    clock_ = begin ? std::make_unique<ServerClock>(begin) : std::make_unique<ServerClock>();
    identity_ = std::make_unique<Identity>(*store_, settings_.identity);
    TRY_VOID(put_accounts());
    TRY_VOID(listen());
    return make_engine();
  }

  Result<void> start() {
    // Who follows the record begins before anybody writes to it.
    feed_->start();
    subscriptions_->start();
    background_->start();
    exports_->start();
    indexing_->start();
    TRY_VOID(http_->start());
    return {};
  }

  void stop() {
    if (rehearsals_) rehearsals_->leave();  // nobody's request waits for what they play
    if (http_) http_->stop();
    if (feed_) feed_->stop();
    if (subscriptions_) subscriptions_->stop();
    if (indexing_) indexing_->stop();
    if (exports_) exports_->stop();
    if (background_) background_->stop();
    if (audit_ && clock_) {
      if (const auto written = audit_->flush(clock_->now()); !written)
        log(LogLevel::error, to_text(written.error()));
    }
    http_.reset();
    background_.reset();
    router_.reset();
    services_.reset();
    requests_.reset();
    rehearsals_.reset();
    exports_.reset();
    subscriptions_.reset();
    feed_.reset();
    remove_temporary_exports();
    engine_.reset();
    profiles_.reset();
    terminology_.reset();
    indexing_.reset();
    parameters_.reset();
    audit_.reset();
    identity_.reset();
    store_.reset();
  }

  ~Impl() { stop(); }

  uint16_t port() const { return http_ ? http_->port() : 0; }
  const std::string& url() const { return url_; }
  Identity& identity() { return *identity_; }

 private:
  Result<void> put_accounts() {
    for (const AccountSettings& entry : settings_.accounts) {
      TRY_VOID(check_roles(entry.account, declared_roles(packages_)));
      TRY_VOID(check_skills(entry.account, declared_skills(packages_)));
      if (entry.only_if_new && identity_->find_account(entry.account.id)) continue;
      TRY_VOID(identity_->put_account(entry.account, entry.password, wall_now()));
    }
    return {};
  }

  // A file of an older program is served at once, and said to find less than it could.
  Result<void> check_index(const std::string& fhir_base_url) {
    TRY_VOID(run::keep_site(*store_, {zone(), fhir_base_url}, clock_->now()));
    TRY(const bool current, run::is_index_current(*store_, clock_->now()));
    if (!current)
      log(LogLevel::warning,
          "the search index was made by an older program: stop, and run passerelle store reindex");
    return {};
  }

  Zone zone() const {
    return packages_.empty() ? Zone::utc() : packages_.begin()->second->pathway.organisation().zone;
  }

  SubscriptionSettings subscription_settings(const std::string& base) const {
    SubscriptionSettings settings;
    settings.base_url = base;
    settings.zone = zone();
    settings.parameters = parameters_.get();
    settings.hooks = settings_.hooks;
    return settings;
  }

  ExportSettings export_settings(const std::string& base) {
    ExportSettings settings;
    settings.folder = settings_.data_file + ".export";
    if (settings_.data_file.empty())
      settings.folder = temporary_exports_ =
          (std::filesystem::temp_directory_path() / ("passerelle-export-" + random_token()))
              .string();
    settings.zone = zone();
    settings.parameters = parameters_.get();
    settings.terminology = terminology_.get();
    settings.base_url = base + "/fhir";
    return settings;
  }

  void remove_temporary_exports() {
    std::error_code ignored;
    if (!temporary_exports_.empty()) std::filesystem::remove_all(temporary_exports_, ignored);
    temporary_exports_.clear();
  }

  // The port is needed before the engine: links to patients carry it.
  Result<void> listen() {
    HttpSettings http;
    http.address = settings_.address;
    http.port = settings_.port;
    // Half of the processor answers what is quick; the other is for searches and for writes.
    http.io_threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, 4);
    http.workers = settings_.workers;
    http.body_limit = settings_.body_limit;
    http.connection_limit = settings_.connections;
    http.read_timeout_seconds = settings_.read_timeout_seconds;
    http.write_timeout_seconds = settings_.write_timeout_seconds;
    http.slow_bytes = settings_.slow_bytes;
    http_ = std::make_unique<HttpServer>(
        http,
        [this](const Request& request) {
          Response response = router_->answer(request);
          if (request.method != "GET" && request.method != "HEAD") {
            feed_->wake();
            indexing_->wake();
            // What comes in at /fhir sets no timer and sends no message.
            if (!request.path.starts_with("/fhir")) background_->wake();
          }
          return response;
        },
        [this](const Request& request) { return router_->lane(request); },
        [this](const Request& request) { return router_->knows(request); });
    TRY_VOID(http_->listen());
    const bool six = settings_.address.find(':') != std::string::npos;
    url_ = "http://" + (six ? "[" + settings_.address + "]" : settings_.address) + ":" +
           std::to_string(http_->port());
    return {};
  }

  Result<void> make_engine() {
    std::string base = settings_.public_url.empty() ? url_ : settings_.public_url;
    while (base.ends_with('/')) base.pop_back();
    TRY_VOID(check_index(base + "/fhir"));
    parameters_ = std::make_unique<run::SearchParameters>(*store_);
    indexing_ = std::make_unique<SearchIndexing>(*parameters_, *clock_, zone(), base + "/fhir");
    terminology_ = std::make_unique<StoredTerminology>(*store_);
    profiles_ = std::make_unique<StoredProfiles>(*store_, *terminology_, settings_.profiles);
    run::Settings run;
    run.base_url = base;
    run.validate = [this](json::Value resource) {
      ReferencedResources referenced(*store_);
      return fhir::validate(resource, write_validation(*profiles_, &referenced));
    };
    run.zone = zone();
    run.fhir_url = base + "/fhir";
    run.search_parameters = parameters_.get();
    run.staff = [this] {
      std::vector<run::Actor> staff;
      if (const auto accounts = identity_->accounts())
        for (const Account& account : *accounts)
          staff.push_back(actor_of(account, account.language));
      return staff;
    };
    engine_ = std::make_unique<run::Engine>(*store_, std::move(run));
    for (const auto& [id, package] : packages_) TRY_VOID(engine_->deploy(package, clock_->now()));
    audit_ = std::make_unique<Audit>(*store_);
    rehearsals_ = std::make_unique<Rehearsals>();
    requests_ = std::make_unique<RequestMetrics>(route_tables());
    feed_ = std::make_unique<ChangeFeed>(*store_);
    subscriptions_ = std::make_unique<Subscriptions>(*store_, *clock_, subscription_settings(base));
    feed_->listen([this](auto changes) { subscriptions_->note(changes); });
    exports_ = std::make_unique<Exports>(*store_, *clock_, export_settings(base));
    background_ =
        std::make_unique<Background>(*store_, *engine_, gateways_, *identity_, *audit_, *clock_);
    services_ = std::unique_ptr<Services>(new Services{*store_,
                                                       *engine_,
                                                       gateways_,
                                                       *identity_,
                                                       *clock_,
                                                       *background_,
                                                       *audit_,
                                                       *rehearsals_,
                                                       *terminology_,
                                                       *exports_,
                                                       *subscriptions_,
                                                       *feed_,
                                                       *parameters_,
                                                       *profiles_,
                                                       *requests_,
                                                       *http_,
                                                       packages_,
                                                       base,
                                                       settings_.data_file,
                                                       "fr",
                                                       zone(),
                                                       settings_.bundle_time});
    if (!packages_.empty()) {
      const pathway::Package& first = *packages_.begin()->second;
      if (!first.languages.empty()) services_->default_language = first.languages.front();
    }
    router_ = std::make_unique<Router>(route_tables(), *services_);
    return {};
  }

  ServerSettings settings_;
  PackageMap packages_;
  gateway::Gateways gateways_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<ServerClock> clock_;
  std::unique_ptr<Identity> identity_;
  std::unique_ptr<Audit> audit_;
  std::unique_ptr<run::SearchParameters> parameters_;
  std::unique_ptr<SearchIndexing> indexing_;
  std::unique_ptr<StoredTerminology> terminology_;
  std::unique_ptr<StoredProfiles> profiles_;
  std::unique_ptr<run::Engine> engine_;
  std::unique_ptr<RequestMetrics> requests_;
  std::unique_ptr<Rehearsals> rehearsals_;
  std::unique_ptr<Exports> exports_;
  std::unique_ptr<Subscriptions> subscriptions_;
  std::unique_ptr<ChangeFeed> feed_;
  std::string temporary_exports_;  // of a server whose data goes with it
  std::unique_ptr<Background> background_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<HttpServer> http_;
  std::string url_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const ServerSettings& settings) {
  auto impl = std::make_unique<Impl>();
  TRY_VOID(impl->open(settings));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Result<void> Server::start() { return impl_->start(); }
uint16_t Server::port() const { return impl_->port(); }
const std::string& Server::url() const { return impl_->url(); }
void Server::stop() { impl_->stop(); }
Identity& Server::identity() { return impl_->identity(); }
Instant Server::now() const { return wall_now(); }

}  // namespace passerelle::server
