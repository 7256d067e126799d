#include "server/subscriptions.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "gateway/curl.h"
#include "run/indexing.h"
#include "run/search_parameters.h"
#include "server/server_clock.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr std::string_view state_space = "subscription";
constexpr Millis look_again = std::chrono::seconds(1);
constexpr Millis gather{5};
constexpr size_t changes_at_once = 200;
// Of changes that nobody was told of; after a crash they are only looked at again.
constexpr int64_t unsaved_changes = 5000;
constexpr Millis longest_pause = std::chrono::hours(1);
constexpr int most_attempts = 30;  // about a day
constexpr int answer_seconds = 20;
constexpr Millis pause_after_error = std::chrono::seconds(10);

// 1 s, 2 s, 4 s, ... an hour.
Millis pause_after(int attempts) {
  const Millis pause = std::chrono::seconds(1) * (int64_t{1} << std::min(attempts - 1, 20));
  return std::min(pause, longest_pause);
}

std::string write_state(const SubscriptionState& state) {
  return "{\"cursor\":" + std::to_string(state.cursor) +
         ",\"events\":" + std::to_string(state.events) +
         ",\"attempts\":" + std::to_string(state.attempts) +
         ",\"next\":" + json::quote(format_instant(state.next)) +
         ",\"sent\":" + json::quote(format_instant(state.sent)) +
         ",\"detail\":" + json::quote(state.detail) + "}";
}

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

Result<SubscriptionState> read_state(const store::Row& row) {
  TRY(const json::Document document, json::Document::parse(row.value));
  const json::Value root = document.root();
  SubscriptionState state;
  TRY(state.cursor, root["cursor"].integer());
  TRY(state.events, root["events"].integer());
  TRY(const int64_t attempts, root["attempts"].integer());
  state.attempts = static_cast<int>(attempts);
  TRY(state.next, parse_instant(root["next"].string()));
  TRY(state.sent, parse_instant(root["sent"].string()));
  state.detail = std::string(root["detail"].string());
  state.revision = row.revision;
  return state;
}

}  // namespace

// A subscription while a thread sees to it.
struct Subscriptions::Work {
  json::Document document;  // the resource
  int64_t version = 0;
  SubscriptionRequest request;
  SubscriptionState state;
  int64_t saved_cursor = 0;
};

Subscriptions::Subscriptions(store::Store& store, const ServerClock& clock,
                             SubscriptionSettings settings)
    : store_(store), clock_(clock), settings_(std::move(settings)) {}

Subscriptions::~Subscriptions() { stop(); }

void Subscriptions::start() {
  for (int i = 0; i < settings_.threads; ++i) threads_.emplace_back([this] { loop(); });
}

void Subscriptions::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Subscriptions::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notify_one();
}

bool Subscriptions::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

Result<SubscriptionRequest> Subscriptions::read(json::Value subscription) const {
  if (settings_.parameters == nullptr) return read_subscription(subscription, settings_.zone);
  return read_subscription(subscription, settings_.zone,
                           *settings_.parameters->catalogue_from_now());
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
               "endpoints at " + quoted(endpoint) + " are not allowed on this server",
               "Subscription.channel.endpoint",
               "ask the administrator to start it with --hook and the address"};
}

void Subscriptions::loop() {
  uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, look_again, [&] { return stopping_ || changes_ != seen; });
      // Many changes a second are looked at together.
      changed_.wait_for(lock, gather, [&] { return stopping_; });
      if (stopping_) return;
      seen = changes_;
    }
    while (const auto id = take()) {
      const auto done = serve(*id);
      if (!done) log(LogLevel::error, to_text(done.error()));
      give_back(*id, done.ok());
      if (is_stopping()) return;
    }
  }
}

Result<std::vector<std::string>> Subscriptions::find_all() {
  TRY(store::Query query, store::parse_query(store::fhir_catalogue(), "Subscription",
                                             {{"status", "requested,active,error"}}));
  std::vector<std::string> ids;
  TRY_VOID(store_.scan(query, 0, [&](const store::Version& version, int64_t) {
    ids.push_back(version.id);
    return true;
  }));
  return ids;
}

// One that is due, that no other thread is at, and that has something to be looked at.
std::optional<std::string> Subscriptions::take() {
  const auto ids = find_all();
  const auto newest = store_.newest_change();
  if (!ids || !newest) {
    log(LogLevel::error, to_text(ids ? newest.error() : ids.error()));
    return std::nullopt;
  }
  const Instant now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (const std::string& id : *ids) {
    const Watch& watch = watches_[id];
    const bool has_work = watch.looked < *newest || (watch.again && *watch.again <= now);
    if (busy_.contains(id) || watch.not_before > now || !has_work) continue;
    busy_.insert(id);
    return id;
  }
  return std::nullopt;
}

// What failed here, not at the endpoint (a full disk), is not tried again at once.
void Subscriptions::give_back(const std::string& id, bool served) {
  const std::lock_guard lock(mutex_);
  busy_.erase(id);
  if (!served) watches_[id].not_before = clock_.now() + pause_after_error;
}

Result<SubscriptionState> Subscriptions::state_of(const std::string& id) {
  const auto row = store_.read_row(state_space, id);
  if (row) return read_state(*row);
  if (row.error().code != ErrorCode::not_found) return row.error();
  return SubscriptionState{};
}

store::RowWrite Subscriptions::row_of(const Work& work) {
  return {std::string(state_space), work.request.id, write_state(work.state), work.state.revision};
}

void Subscriptions::note_saved(Work& work) {
  ++work.state.revision;
  work.saved_cursor = work.state.cursor;
}

Result<void> Subscriptions::save(Work& work) {
  store::Transaction transaction;
  transaction.at = clock_.now();
  transaction.rows.push_back(row_of(work));
  TRY_VOID(store_.commit(std::move(transaction)));
  note_saved(work);
  return {};
}

Result<void> Subscriptions::set_status(Work& work, std::string_view status,
                                       const std::string& error,
                                       std::optional<store::RowWrite> row) {
  json::Document& document = work.document;
  json::Value resource = document.with(document.root(), "status", document.string(status));
  if (error.empty()) {
    if (resource["error"].exists()) resource = document.without(resource, "error");
  } else {
    resource = document.with(resource, "error", document.string(error));
  }
  TRY(store::Write write, run::make_write(resource, {settings_.zone, settings_.base_url + "/fhir",
                                                     settings_.parameters}));
  write.if_version = work.version;
  store::Transaction transaction;
  transaction.at = clock_.now();
  transaction.writes.push_back(std::move(write));
  if (row) transaction.rows.push_back(std::move(*row));
  TRY(const store::Receipt receipt, store_.commit(std::move(transaction)));
  document.set_root(resource);
  work.version = receipt.writes[0].version;
  work.request.status = std::string(status);
  return {};
}

// Without what failed before: one that is asked for again starts afresh.
Result<void> Subscriptions::switch_off(Work& work, const std::string& error) {
  work.state.attempts = 0;
  work.state.next = {};
  if (!work.state.is_saved()) return set_status(work, "off", error);
  TRY_VOID(set_status(work, "off", error, row_of(work)));
  note_saved(work);
  return {};
}

Result<void> Subscriptions::serve(const std::string& id) {
  auto version = store_.read("Subscription", id);
  if (!version) return {};  // deleted just now
  Work work;
  work.version = version->version;
  TRY(work.document, json::Document::parse(version->body));
  work.request.id = id;
  TRY(work.state, state_of(id));
  auto request = read(work.document.root());
  if (!request) return switch_off(work, to_text(request.error()));
  work.request = std::move(*request);
  // It may have been written when the administrator still allowed it.
  if (const auto allowed = check_endpoint(work.request.endpoint); !allowed)
    return switch_off(work, to_text(allowed.error()));
  work.saved_cursor = work.state.cursor;
  Result<void> done;
  if (work.request.end && *work.request.end <= clock_.now()) {
    done = switch_off(work, "");
  } else if (work.state.next <= clock_.now()) {
    // Whatever status a client wrote: without a place in the order it has not begun.
    const bool begins = work.request.status == "requested" || !work.state.is_saved();
    done = begins ? activate(work) : follow(work);
  }
  {
    const std::lock_guard lock(mutex_);
    Watch& watch = watches_[id];
    watch = {work.state.cursor, work.state.next, std::nullopt};
    if (work.state.attempts > 0)
      watch.again = work.state.next;
    else if (work.request.heartbeat)
      watch.again = work.state.sent + *work.request.heartbeat;
  }
  // Somebody changed the Subscription meanwhile: it is looked at again.
  const bool overtaken = !done && (done.error().code == ErrorCode::precondition ||
                                   done.error().code == ErrorCode::conflict);
  return overtaken ? Result<void>() : done;
}

Result<void> Subscriptions::activate(Work& work) {
  if (work.request.status != "requested") TRY_VOID(set_status(work, "requested", ""));
  const int attempts = work.state.attempts;
  if (attempts == 0) {
    TRY(work.state.cursor, store_.newest_change());
    work.state.events = 0;
  }
  if (!work.request.topic.empty()) {
    TRY(const bool taken,
        deliver(work, topic_notification(work.request, NotificationType::handshake, 0, nullptr,
                                         clock_.now(), settings_.base_url)));
    if (!taken) return {};
  }
  TRY_VOID(set_status(work, "active", "", row_of(work)));
  note_saved(work);
  return follow(work);
}

Result<bool> Subscriptions::matches(const Work& work, const store::Version& version) {
  TRY(const json::Document document, json::Document::parse(version.body));
  const store::IndexValues values = run::index_values(
      document.root(), {settings_.zone, settings_.base_url + "/fhir", settings_.parameters});
  for (const Criterion& criterion : work.request.criteria) {
    if (criterion.type != version.type) continue;
    if (criterion.plain) return true;
    TRY(const bool found, store_.matches(criterion.query, version, values));
    if (found) return true;
  }
  return false;
}

Result<bool> Subscriptions::is_wanted(Work& work, const store::Change& change) {
  const store::Version& version = change.version;
  const bool type =
      std::any_of(work.request.criteria.begin(), work.request.criteria.end(),
                  [&](const Criterion& criterion) { return criterion.type == version.type; });
  if (!type) return false;
  if (!version.deleted()) return matches(work, version);
  if (work.request.topic.empty()) return false;  // R4: nobody is told of deletions
  TRY(const store::Version before, store_.vread(version.type, version.id, version.version - 1));
  return matches(work, before);
}

Result<bool> Subscriptions::deliver(Work& work, const Notification& notification) {
  gateway::Transfer what;
  what.url = notification.url;
  what.method = notification.method;
  what.headers = work.request.headers;
  if (!notification.content_type.empty())
    what.headers.push_back("Content-Type: " + notification.content_type);
  what.body = notification.body;
  what.has_body = true;
  what.timeout_seconds = answer_seconds;
  const gateway::TransferResult result = gateway::transfer(what);
  SubscriptionState& state = work.state;
  if (result.reached && result.status >= 200 && result.status < 300) {
    const bool recovered = state.attempts > 0;
    state.attempts = 0;
    state.detail.clear();
    state.next = {};
    state.sent = clock_.now();
    if (recovered && work.request.status == "error") TRY_VOID(set_status(work, "active", ""));
    return true;
  }
  ++state.attempts;
  state.detail = result.reached ? "the endpoint answered " + std::to_string(result.status)
                                : "the endpoint did not answer: " + result.detail;
  state.next = clock_.now() + pause_after(state.attempts);
  if (state.attempts >= most_attempts) {
    TRY_VOID(switch_off(work, "switched off: " + state.detail));
    return false;
  }
  TRY_VOID(save(work));
  if (work.request.status == "active") TRY_VOID(set_status(work, "error", state.detail));
  return false;
}

// Tells of one change, if it is wanted; false = the endpoint did not take it.
Result<bool> Subscriptions::tell(Work& work, const store::Change& change) {
  TRY(const bool wanted, is_wanted(work, change));
  if (!wanted) {
    work.state.cursor = change.sequence;
    return true;
  }
  Notification notification;
  if (work.request.topic.empty()) {
    TRY(notification, hook_notification(work.request, change.version));
  } else {
    notification = topic_notification(work.request, NotificationType::event, work.state.events + 1,
                                      &change.version, clock_.now(), settings_.base_url);
  }
  TRY(const bool taken, deliver(work, notification));
  if (!taken) return false;
  work.state.cursor = change.sequence;
  ++work.state.events;
  TRY_VOID(save(work));
  return true;
}

Result<void> Subscriptions::follow(Work& work) {
  for (;;) {
    TRY(const auto changes, store_.changes(work.state.cursor, changes_at_once));
    for (const store::Change& change : changes) {
      if (is_stopping()) return {};
      TRY(const bool told, tell(work, change));
      if (!told) return {};
      if (work.request.status == "off") return {};
    }
    if (work.state.cursor - work.saved_cursor > unsaved_changes) TRY_VOID(save(work));
    if (changes.size() < changes_at_once) break;
  }
  if (!work.request.heartbeat || clock_.now() < work.state.sent + *work.request.heartbeat)
    return {};
  TRY(const bool taken,
      deliver(work, topic_notification(work.request, NotificationType::heartbeat, work.state.events,
                                       nullptr, clock_.now(), settings_.base_url)));
  return taken ? save(work) : Result<void>();
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
    Watch& watch = watches_[id];
    watch.not_before = {};
    watch.again = clock_.now();
  }
  wake();
  return {};
}

Result<void> Subscriptions::restart(const std::string& id) {
  TRY(const store::Version version, store_.read("Subscription", id));
  Work work;
  work.version = version.version;
  TRY(work.document, json::Document::parse(version.body));
  TRY_VOID(
      set_status(work, "requested", "", store::RowWrite{std::string(state_space), id, {}, {}}));
  {
    const std::lock_guard lock(mutex_);
    watches_.erase(id);
  }
  wake();
  return {};
}

}  // namespace passerelle::server
