#include "rehearse/crew.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

#include "rehearse/wire.h"

namespace passerelle::rehearse {
namespace {

Error no_room(std::string message, std::string help) {
  return Error{ErrorCode::invalid, std::move(message), "", std::move(help)};
}

// Tells how far all replications are together; any of the threads may call.
class Progress {
 public:
  Progress(const Settings& settings, size_t replications)
      : tell_(settings.progress), done_(replications) {}

  void set(size_t replication, double share) {
    if (!tell_) return;
    const std::lock_guard lock(mutex_);
    sum_ += share - done_[replication];
    done_[replication] = share;
    const double all = std::min(1.0, sum_ / static_cast<double>(done_.size()));
    if (all <= told_) return;
    told_ = all;
    tell_(all);
  }

 private:
  const std::function<void(double)>& tell_;
  std::mutex mutex_;
  std::vector<double> done_;
  double sum_ = 0;
  double told_ = 0;
};

using Parts = Result<std::vector<Replication>>;

// Each thread takes the next replication; what one finds out does not depend on who takes it.
class Crew {
 public:
  // Replications by their numbers.
  Crew(const Plan& plan, const Settings& settings, std::vector<size_t> numbers)
      : plan_(plan),
        settings_(settings),
        numbers_(std::move(numbers)),
        results_(numbers_.size()),
        hours_(numbers_.size()),
        progress_(settings, numbers_.size()) {}

  // By the order of the numbers; nothing of those that others' failures left unplayed. The hours
  // of those before the first failure are added to `hourly`.
  std::vector<std::optional<Parts>> run(Hourly& hourly) {
    if (numbers_.empty()) return {};
    size_t threads = settings_.threads > 0 ? static_cast<size_t>(settings_.threads)
                                           : std::thread::hardware_concurrency();
    threads = std::clamp<size_t>(threads, 1, numbers_.size());
    std::vector<std::thread> others;
    for (size_t i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
    work();
    for (std::thread& other : others) other.join();
    hourly.add(std::move(hourly_));
    return std::move(results_);
  }

 private:
  void work() {
    auto spare = std::make_unique<SpareCases>();
    work_with(*spare);
    // A gigabyte in small pieces takes a while to be given back one by one.
    if (settings_.memory_may_stay) static_cast<void>(spare.release());
  }

  void work_with(SpareCases& spare) {
    for (;;) {
      const size_t mine = next_.fetch_add(1);
      if (mine >= numbers_.size() || failed_.load()) return;
      SimulationSettings settings =
          simulation_settings(settings_, static_cast<int>(numbers_[mine]));
      if (settings_.progress)
        settings.progress = [this, mine](double share) { progress_.set(mine, share); };
      settings.spare = &spare;
      auto result = played(settings);
      if (result) {
        const std::lock_guard lock(mutex_);
        hours_[mine].emplace(std::move(result->hourly));
        results_[mine].emplace(std::move(result->parts));
        add_hours();
      } else {
        failed_.store(true);
        results_[mine].emplace(std::move(result.error()));
      }
      progress_.set(mine, 1);
    }
  }

  // In their order, so that those behind one that fails are left out; few wait for one that is
  // still being played.
  void add_hours() {
    for (; added_ < hours_.size() && hours_[added_]; ++added_) {
      hourly_.add(std::move(*hours_[added_]));
      hours_[added_].reset();
    }
  }

  // Where the machine says no at all: more often it ends the program.
  Result<SimulationResult> played(const SimulationSettings& settings) const {
    // A short one is over before it looks at the flag itself.
    if (settings.stop != nullptr && *settings.stop) return Simulation::stopped();
    try {
      return Simulation(plan_, settings).run();
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::too_large, "the machine has not enough memory for this rehearsal", "",
                   "rehearse with --threads 1, fewer patients or fewer days"};
    }
  }

  const Plan& plan_;
  const Settings& settings_;
  std::vector<size_t> numbers_;
  std::vector<std::optional<Parts>> results_;
  std::vector<std::optional<Hourly>> hours_;  // that wait for earlier ones
  size_t added_ = 0;                          // of them, to hourly_
  Progress progress_;
  std::mutex mutex_;
  Hourly hourly_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
};

Played played_of(size_t index, Parts&& parts) {
  Played out;
  out.index = index;
  out.failed = !parts.ok();
  if (parts) {
    out.parts = std::move(*parts);
    return out;
  }
  const Error& error = parts.error();
  out.code = error.code;
  out.message = error.message;
  out.where = error.where;
  out.help = error.help;
  return out;
}

// In the order of replications, whoever played them; the first error, whoever met one first.
// `until_stopped`: what comes before one that was stopped.
Result<std::vector<Replication>> in_order(std::vector<Played>& played, bool until_stopped) {
  std::sort(played.begin(), played.end(),
            [](const Played& a, const Played& b) { return a.index < b.index; });
  std::vector<Replication> out;
  for (Played& each : played) {
    if (each.failed && until_stopped && each.code == ErrorCode::unavailable) break;
    if (each.failed) return Error{each.code, each.message, each.where, each.help};
    std::move(each.parts.begin(), each.parts.end(), std::back_inserter(out));
  }
  return out;
}

}  // namespace

Result<void> check_warm_up(const Plan& plan, const Settings& settings) {
  const int64_t warm_up = int64_t{settings.warm_up_days} * 24 * hour_millis;
  if (warm_up < 0 || warm_up >= plan.millis)
    return no_room("the warm-up must be shorter than the rehearsal",
                   "ask for fewer days of warm-up or more days of rehearsal");
  if (settings.batches > 0 && plan.millis - warm_up < int64_t{settings.batches} * hour_millis)
    return no_room("a batch must last an hour at least", "ask for fewer batches or more days");
  return {};
}

Result<std::unique_ptr<Plan>> plan_of(const pathway::Package& package, const Settings& settings) {
  Model model;
  model.pathway = &package.pathway;
  model.cohort = &package.cohort;
  model.indicators = package.indicators;
  TRY(auto plan, make_plan(model, settings.days));
  TRY_VOID(check_warm_up(*plan, settings));
  return plan;
}

SimulationSettings simulation_settings(const Settings& settings, int replication) {
  SimulationSettings out;
  out.seed = settings.seed;
  out.replication = static_cast<uint32_t>(replication);
  out.warm_up = int64_t{settings.warm_up_days} * 24 * hour_millis;
  out.batches = settings.batches;
  out.stop = settings.stop;
  return out;
}

Result<std::vector<Replication>> run_replications(const Plan& plan, const Settings& settings,
                                                  size_t first, size_t count, Hourly& hourly) {
  const auto ranks = static_cast<size_t>(settings.ranks == nullptr ? 1 : settings.ranks->count());
  const auto rank = static_cast<size_t>(settings.ranks == nullptr ? 0 : settings.ranks->rank());
  std::vector<size_t> numbers;
  for (size_t i = first + rank; i < first + count; i += ranks) numbers.push_back(i);
  Parcel mine;
  auto results = Crew(plan, settings, numbers).run(mine.hourly);
  for (size_t i = 0; i < results.size(); ++i)
    if (results[i]) mine.played.push_back(played_of(numbers[i], std::move(*results[i])));
  if (ranks > 1) {
    TRY(const std::vector<std::string> all, settings.ranks->exchange(pack(std::move(mine))));
    mine = {};
    for (const std::string& bytes : all) {
      Parcel other = unpack(bytes);
      mine.hourly.add(std::move(other.hourly));
      std::move(other.played.begin(), other.played.end(), std::back_inserter(mine.played));
    }
  }
  const bool stopped = settings.stop != nullptr && *settings.stop;
  TRY(std::vector<Replication> out,
      in_order(mine.played, stopped && settings.keep_finished && ranks == 1));
  hourly.add(std::move(mine.hourly));
  return out;
}

}  // namespace passerelle::rehearse
