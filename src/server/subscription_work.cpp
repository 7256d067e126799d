// What is done with one subscription: from its place in the order of all versions on, whatever it
// wants is told to its endpoint.
#include "server/subscription_work.h"

#include <algorithm>

#include "gateway/curl.h"
#include "run/indexing.h"
#include "run/search_parameters.h"
#include "server/server_clock.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr size_t changes_at_once = 200;
// Of changes that nobody was told of; after a crash they are only looked at again.
constexpr int64_t unsaved_changes = 5000;
constexpr Millis longest_pause = std::chrono::hours(1);
constexpr int most_attempts = 30;  // about a day
constexpr int answer_seconds = 20;

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

Result<SubscriptionState> Subscriptions::state_of(const std::string& id) {
  const auto row = store_.read_row(subscription_space, id);
  if (row) return read_state(*row);
  if (row.error().code != ErrorCode::not_found) return row.error();
  return SubscriptionState{};
}

store::RowWrite Subscriptions::row_of(const Work& work) {
  return {std::string(subscription_space), work.request.id, write_state(work.state),
          work.state.revision};
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
  TRY(store::Write write, run::make_write(resource, {{settings_.zone, settings_.base_url + "/fhir",
                                                      settings_.parameters}}));
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
  if (!version) {
    const ErrorCode code = version.error().code;
    if (code != ErrorCode::gone && code != ErrorCode::not_found) return version.error();
    forget(id);  // deleted just now
    return {};
  }
  Work work;
  work.version = version->version;
  TRY(work.document, json::Document::parse(version->body));
  work.request.id = id;
  TRY(work.state, state_of(id));
  work.saved_cursor = work.state.cursor;
  const std::string_view status = work.document.root()["status"].string();
  if (status != "requested" && status != "active" && status != "error") {
    forget(id);
    return {};
  }
  auto request = read(work.document.root());
  if (!request) return switch_off(work, to_text(request.error()));
  work.request = std::move(*request);
  // It may have been written when the administrator still allowed it.
  if (const auto allowed = check_endpoint(work.request.endpoint); !allowed)
    return switch_off(work, to_text(allowed.error()));
  skip_what_was_seen(work);
  Result<void> done;
  if (work.request.end && *work.request.end <= clock_.now()) {
    done = switch_off(work, "");
  } else if (work.state.next <= clock_.now()) {
    // Whatever status a client wrote: without a place in the order it has not begun.
    const bool begins = work.request.status == "requested" || !work.state.is_saved();
    done = begins ? activate(work) : follow(work);
  }
  const bool overtaken = !done && (done.error().code == ErrorCode::precondition ||
                                   done.error().code == ErrorCode::conflict);
  if (!overtaken) {
    keep_watch(work);
    return done;
  }
  // Somebody changed the Subscription meanwhile, or began it anew.
  const std::lock_guard lock(mutex_);
  if (const auto watch = watches_.find(id); watch != watches_.end()) watch->second.has_news = true;
  return {};
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
      if (signal_.is_stopping()) return {};
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

}  // namespace passerelle::server
