// Subscriptions: what was written is told to those who asked for it (R4 rest-hook, and topic-based
// by the Subscriptions R5 Backport 1.1). The outbox is the record itself: every subscription has a
// place in the order of all versions ever written, which moves on when the endpoint has taken a
// notification. So nothing is lost when the server is killed, notifications come in order, and at
// least once; writing knows nothing of it and waits for nobody. What each looks for is kept in
// memory: a version of a type that nobody asked for costs nothing, and only a change of a
// Subscription makes it be read again.
//
// An endpoint that does not answer is tried again, ever more rarely, and its Subscription says so
// (status error); after a day of failures it is switched off until somebody restarts it. Endpoints
// must begin with an address that the administrator allows, so that nobody can use this server to
// reach what only it can reach.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "server/notification.h"
#include "server/signal.h"
#include "store/store.h"

namespace passerelle::run {
class SearchParameters;
}

namespace passerelle::server {

class ServerClock;

struct SubscriptionSettings {
  std::string base_url;            // "http://127.0.0.1:8080"
  Zone zone = Zone::utc();         // of dates without one, in criteria
  std::vector<std::string> hooks;  // what endpoints may begin with
  // Of criteria and of what is matched with them; null: those of the specification only.
  const run::SearchParameters* parameters = nullptr;
  int threads = 4;
};

// Where a subscription stands; kept as a row of the store.
struct SubscriptionState {
  int64_t cursor = 0;  // of the last change that was looked at
  int64_t events = 0;  // notified since it was activated
  int attempts = 0;    // failed ones, in a row
  Instant next{};      // not before
  Instant sent{};      // the last notification, for heartbeats
  std::string detail;  // of the last failure
  int64_t revision = 0;
  bool is_saved() const { return revision > 0; }
};

struct SubscriptionReport {
  std::string id, status, endpoint;
  SubscriptionState state;
  int64_t behind = 0;  // changes not looked at yet
};

class Subscriptions {
 public:
  Subscriptions(store::Store& store, const ServerClock& clock, SubscriptionSettings settings);
  ~Subscriptions();

  void start();
  void stop();
  // What was written, in order, from before start() on (ChangeFeed::Listener).
  void note(std::span<const store::ChangeMark> changes);

  // Whether a Subscription that is to be written can be served.
  Result<void> check(json::Value subscription) const;
  Result<SubscriptionRequest> read(json::Value subscription) const;
  Result<std::vector<SubscriptionReport>> list();
  Result<SubscriptionState> state_of(const std::string& id);
  // Tries at once what would be tried later.
  Result<void> retry(const std::string& id);
  // As if it were new; it begins with what is written from now on.
  Result<void> restart(const std::string& id);

 private:
  struct Work;
  void loop();
  std::optional<std::string> take();
  void give_back(const std::string& id, bool served);
  Result<void> find_all();
  void look_at(const store::Version& version);
  void read_again(const std::string& id);
  void forget(const std::string& id);
  Result<void> serve(const std::string& id);
  void skip_what_was_seen(Work& work);
  void keep_watch(const Work& work);
  Result<void> activate(Work& work);
  Result<void> follow(Work& work);
  Result<bool> tell(Work& work, const store::Change& change);
  Result<bool> is_wanted(Work& work, const store::Change& change);
  Result<bool> matches(const Work& work, const store::Version& version);
  // Sends, and notes what came of it; false = not taken.
  Result<bool> deliver(Work& work, const Notification& notification);
  // With `row` in the same transaction.
  Result<void> set_status(Work& work, std::string_view status, const std::string& error,
                          std::optional<store::RowWrite> row = std::nullopt);
  Result<void> switch_off(Work& work, const std::string& error);
  Result<void> check_endpoint(const std::string& endpoint) const;
  static store::RowWrite row_of(const Work& work);
  static void note_saved(Work& work);
  Result<void> save(Work& work);

  store::Store& store_;
  const ServerClock& clock_;
  const SubscriptionSettings settings_;
  Signal signal_;
  struct Watch {
    std::set<std::string, std::less<>> types;  // what it may be told of
    bool has_news = true;                      // something of these types was written, or itself
    bool busy = false;                         // a thread is at it
    bool waits = false;                        // the endpoint does not answer
    int64_t looked = -1;                       // cursor, ahead of what is saved
    Instant not_before{};                      // after failures
    std::optional<Instant> again;  // also when nothing was written: a retry, a heartbeat
  };
  // Of those that are requested, active or in error. Each serves its own; the map is shared.
  std::mutex mutex_;
  std::map<std::string, Watch, std::less<>> watches_;  // by id
  std::vector<std::thread> threads_;
};

}  // namespace passerelle::server
