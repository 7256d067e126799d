// Which subscriptions there are, and when a thread sees to one.
#include "server/subscriptions.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "run/search_parameters.h"
#include "server/server_clock.h"
#include "server/subscription_work.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr Millis look_again = std::chrono::seconds(1);
constexpr Millis pause_after_error = std::chrono::seconds(10);

// Whether the peer may take an address for another than the one it begins with: by "..", however
// it is written, by "\\" for "/", by a query that a path would be appended to.
bool may_lead_elsewhere(std::string_view endpoint) {
  if (endpoint.find_first_of("\\?#") != endpoint.npos) return true;
  const std::string folded = lower(endpoint);
  if (folded.find("%2f") != folded.npos || folded.find("%5c") != folded.npos) return true;
  for (std::string_view segment : split(folded, '/')) {
    segment = segment.substr(0, segment.find(';'));
    size_t dots = 0;
    for (; !segment.empty(); ++dots) {
      if (!segment.starts_with('.') && !segment.starts_with("%2e")) break;
      segment.remove_prefix(segment.starts_with('.') ? 1 : 3);
    }
    if (segment.empty() && (dots == 1 || dots == 2)) return true;
  }
  return false;
}

std::set<std::string, std::less<>> types_of(const SubscriptionRequest& request) {
  std::set<std::string, std::less<>> types;
  for (const Criterion& criterion : request.criteria) types.insert(criterion.type);
  return types;
}

}  // namespace

Subscriptions::Subscriptions(store::Store& store, const ServerClock& clock,
                             SubscriptionSettings settings)
    : store_(store), clock_(clock), settings_(std::move(settings)) {}

Subscriptions::~Subscriptions() { stop(); }

void Subscriptions::start() {
  if (const auto found = find_all(); !found) log(LogLevel::error, to_text(found.error()));
  for (int i = 0; i < settings_.threads; ++i) threads_.emplace_back([this] { loop(); });
}

void Subscriptions::stop() {
  signal_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Result<SubscriptionRequest> Subscriptions::read(json::Value subscription) const {
  const store::ParseOptions options{false, settings_.zone, nullptr, settings_.base_url + "/fhir"};
  if (settings_.parameters == nullptr) return read_subscription(subscription, options);
  return read_subscription(subscription, options, *settings_.parameters->catalogue_from_now());
}

Result<void> Subscriptions::check(json::Value subscription) const {
  TRY(const SubscriptionRequest request, read(subscription));
  return check_endpoint(request.endpoint);
}

Result<void> Subscriptions::check_endpoint(const std::string& endpoint) const {
  const bool allowed =
      std::any_of(settings_.hooks.begin(), settings_.hooks.end(), [&](const std::string& hook) {
        return endpoint == hook || endpoint.starts_with(hook + "/") ||
               (hook.ends_with('/') && endpoint.starts_with(hook));
      });
  if (allowed && !may_lead_elsewhere(endpoint)) return {};
  return Error{ErrorCode::forbidden,
               "endpoints at " + passerelle::quoted(endpoint) + " are not allowed on this server",
               "Subscription.channel.endpoint",
               "ask the administrator to start it with --hook and the address"};
}

void Subscriptions::loop() {
  uint64_t seen = 0;
  while (signal_.sleep(seen, look_again)) {
    while (const auto id = take()) {
      const auto done = serve(*id);
      if (!done) log(LogLevel::error, to_text(done.error()));
      give_back(*id, done.ok());
      if (signal_.is_stopping()) return;
    }
  }
}

Result<void> Subscriptions::find_all() {
  TRY(store::Query query, store::parse_query(store::fhir_catalogue(), "Subscription",
                                             {{"status", "requested,active,error"}}));
  std::vector<store::Version> found;
  TRY_VOID(store_.scan(query, 0, [&](const store::Version& version, int64_t) {
    found.push_back(version);
    return true;
  }));
  // Not while the snapshot is held: who reads criteria may have to note in the store that search
  // parameters have changed.
  for (const store::Version& version : found) look_at(version);
  return {};
}

// What one asks for that cannot be read now is known when a thread serves it, which reads it once
// more and switches it off, or goes on (keep_watch).
void Subscriptions::look_at(const store::Version& version) {
  std::set<std::string, std::less<>> types;
  bool is_on = false;
  if (const auto document = json::Document::parse(version.body)) {
    const std::string_view status = document->root()["status"].string();
    is_on = status == "requested" || status == "active" || status == "error";
    const auto request = read(document->root());
    if (request) types = types_of(*request);
  }
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(version.id);
  if (!is_on) {
    // Whoever is at it finds out by looking again.
    if (found != watches_.end() && found->second.busy)
      found->second.has_news = true;
    else if (found != watches_.end())
      watches_.erase(found);
    return;
  }
  Watch& watch = found != watches_.end() ? found->second : watches_[version.id];
  if (!types.empty()) watch.types = std::move(types);
  watch.has_news = true;
}

void Subscriptions::read_again(const std::string& id) {
  const auto version = store_.read("Subscription", id);
  if (version) return look_at(*version);
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;
  // Deleted; what cannot be read now is tried by whoever serves it.
  const bool is_gone =
      version.error().code == ErrorCode::gone || version.error().code == ErrorCode::not_found;
  if (!is_gone || found->second.busy)
    found->second.has_news = true;
  else
    watches_.erase(found);
}

void Subscriptions::note(std::span<const store::ChangeMark> changes) {
  std::set<std::string_view> types;
  std::set<std::string> own;
  for (const store::ChangeMark& change : changes) {
    types.insert(change.type);
    if (change.type == "Subscription") own.insert(change.id);
  }
  for (const std::string& id : own) read_again(id);
  bool has_work = !own.empty();
  {
    const std::lock_guard lock(mutex_);
    for (auto& entry : watches_) {
      Watch& watch = entry.second;
      const bool concerns = std::any_of(types.begin(), types.end(), [&](std::string_view type) {
        return watch.types.contains(type);
      });
      if (concerns) has_work = watch.has_news = true;
      // It has seen what concerned it, and need not read what did not.
      if (!watch.has_news && !watch.busy && !watch.waits) watch.looked = changes.back().sequence;
    }
  }
  if (has_work) signal_.wake();
}

// One that is due, that no other thread is at, and that has something to be looked at.
std::optional<std::string> Subscriptions::take() {
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (auto& [id, watch] : watches_) {
    const bool has_work = watch.has_news || (watch.again && *watch.again <= now);
    if (watch.busy || watch.not_before > now || !has_work) continue;
    watch.busy = true;
    watch.has_news = false;
    return id;
  }
  return std::nullopt;
}

// What failed here, not at the endpoint (a full disk), is not tried again at once.
void Subscriptions::give_back(const std::string& id, bool served) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;  // it is over
  found->second.busy = false;
  if (served) return;
  found->second.has_news = true;
  found->second.not_before = clock_.now() + pause_after_error;
}

void Subscriptions::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  // News that came meanwhile may have begun it anew.
  const auto found = watches_.find(id);
  if (found != watches_.end() && !found->second.has_news) watches_.erase(found);
}

void Subscriptions::skip_what_was_seen(Work& work) {
  const std::lock_guard lock(mutex_);
  const auto watch = watches_.find(work.request.id);
  if (watch != watches_.end() && work.state.is_saved())
    work.state.cursor = std::max(work.state.cursor, watch->second.looked);
}

// When it is to be looked at again, though nothing is written.
void Subscriptions::keep_watch(const Work& work) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(work.request.id);
  if (found == watches_.end()) return;
  Watch& watch = found->second;
  // When it was changed meanwhile it is served again, since it has news.
  watch.types = types_of(work.request);
  watch.looked = work.state.cursor;
  watch.not_before = work.state.next;
  watch.waits = work.state.attempts > 0;
  watch.again.reset();
  const auto sooner = [&](Instant instant) {
    watch.again = watch.again ? std::min(*watch.again, instant) : instant;
  };
  if (watch.waits)
    sooner(work.state.next);
  else if (work.request.heartbeat)
    sooner(work.state.sent + *work.request.heartbeat);
  if (work.request.end) sooner(std::max(*work.request.end, watch.not_before));
}

Result<std::vector<SubscriptionReport>> Subscriptions::list() {
  TRY(store::Query query, store::parse_query(store::fhir_catalogue(), "Subscription", {}));
  TRY(const int64_t newest, store_.newest_change());
  std::vector<SubscriptionReport> reports;
  TRY_VOID(store_.scan(query, 0, [&](const store::Version& version, int64_t) {
    const auto document = json::Document::parse(version.body);
    if (!document) return true;
    SubscriptionReport& report = reports.emplace_back();
    report.id = version.id;
    report.status = std::string(document->root()["status"].string());
    report.endpoint = std::string(document->root()["channel"]["endpoint"].string());
    return true;
  }));
  for (SubscriptionReport& report : reports) {
    TRY(report.state, state_of(report.id));
    {
      const std::lock_guard lock(mutex_);
      if (const auto watch = watches_.find(report.id); watch != watches_.end())
        report.state.cursor = std::max(report.state.cursor, watch->second.looked);
    }
    report.behind = newest - report.state.cursor;
  }
  return reports;
}

Result<void> Subscriptions::retry(const std::string& id) {
  TRY_VOID(store_.read("Subscription", id));
  Work work;
  work.request.id = id;
  TRY(work.state, state_of(id));
  work.state.next = {};
  if (work.state.is_saved()) TRY_VOID(save(work));  // else it has not begun, and will
  {
    const std::lock_guard lock(mutex_);
    const auto watch = watches_.find(id);
    if (watch != watches_.end()) {
      watch->second.not_before = {};
      watch->second.again = clock_.now();
    }
  }
  signal_.wake();
  return {};
}

Result<void> Subscriptions::restart(const std::string& id) {
  TRY(const store::Version version, store_.read("Subscription", id));
  Work work;
  work.version = version.version;
  TRY(work.document, json::Document::parse(version.body));
  TRY_VOID(set_status(work, "requested", "",
                      store::RowWrite{std::string(subscription_space), id, {}, {}}));
  {
    const std::lock_guard lock(mutex_);
    if (const auto watch = watches_.find(id); watch != watches_.end()) {
      watch->second.not_before = {};
      watch->second.waits = false;
    }
  }
  read_again(id);
  signal_.wake();
  return {};
}

}  // namespace passerelle::server
