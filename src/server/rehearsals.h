// Rehearsals that staff asked for: one at a time on a thread of its own, beside the requests, with
// progress, and stopped on demand. Results are kept in memory, the newest ones only: the same seed
// gives the same result again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "pathway/package.h"
#include "rehearse/rehearse.h"

namespace passerelle::server {

struct RehearsalOrder {
  std::shared_ptr<const pathway::Package> package;  // shared with the engine's cache
  std::string scenario;                             // "" = as written
  // Further changes to it, written like those of a scenario; null: none.
  yaml::Node changes;
  std::optional<std::string> against;  // another scenario on the same patients
  int days = 0, replications = 10;
  uint64_t seed = 1;
  std::string account;  // who asked, and may stop it
};

// What a rehearsal leaves for the report.
struct RehearsalDone {
  std::unique_ptr<pathway::Package> package;  // as it was rehearsed
  rehearse::Rehearsal rehearsal;
  std::vector<rehearse::Rehearsal> others;  // what it was set against, if anything
  std::vector<rehearse::Comparison> comparisons;
  std::string json, against_json, comparison_json;  // the same for programs; "" = there is none
  std::map<std::string, std::vector<std::string>> own_changes;  // in words, by language
};

class Rehearsals {
 public:
  enum class State : uint8_t { running, done, failed, stopped };
  struct View {
    State state = State::running;
    double progress = 0;
    std::string error;  // when failed
    std::string account;
    std::shared_ptr<const RehearsalDone> done;  // shared by the job and by who reads it; or null
  };

  Rehearsals();
  ~Rehearsals();
  // Stops what runs; nothing is rehearsed any more.
  void leave();

  // Error when too many wait already.
  Result<std::string> order(RehearsalOrder order);
  std::optional<View> find(std::string_view id);
  void stop(std::string_view id);
  // Where everybody was in its first replication (rehearse/animation.h), played once more when it
  // is first asked for. Error: it has not ended, or the server is stopping.
  Result<std::string> animation(std::string_view id);

 private:
  struct Job {
    std::string id;
    RehearsalOrder order;
    View view;              // progress apart
    std::string animation;  // JSON, once it was asked for
    std::atomic<double> progress = 0;
    std::atomic<bool> stop = false;
  };

  void loop();
  void run(Job& job);
  void finish(Job& job, View view);
  std::shared_ptr<Job> lookup(std::string_view id);

  std::mutex mutex_;  // of what follows, and of every Job::view
  std::condition_variable ordered_;
  std::atomic<bool> stopping_ = false;
  uint64_t last_ = 0;
  std::deque<std::shared_ptr<Job>> jobs_;   // all that are known; shared with the thread
  std::deque<std::shared_ptr<Job>> queue_;  // that wait
  std::mutex drawing_;                      // one animation at a time
  std::thread thread_;
};

std::string_view to_text(Rehearsals::State state);

}  // namespace passerelle::server
