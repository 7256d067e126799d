#include "rehearse/rehearse.h"

#include <algorithm>
#include <optional>

#include "base/whole_file.h"
#include "rehearse/crew.h"
#include "rehearse/precision.h"
#include "rehearse/reduce.h"
#include "rehearse/simulation.h"
#include "rehearse/warm_up.h"
#include "review/log_file.h"

namespace passerelle::rehearse {
namespace {

constexpr int most_replications = 100'000;

Error wrong(std::string message, std::string help) {
  return Error{ErrorCode::invalid, std::move(message), "", std::move(help)};
}

constexpr int pilots = 5;  // replications in which the warm-up is found

Result<int> find_warm_up(const Plan& plan, Settings settings) {
  settings.warm_up_days = 0;
  settings.batches = 0;
  settings.memory_may_stay = false;  // the rehearsal itself comes after
  settings.keep_finished = false;
  settings.progress = nullptr;
  Hourly hourly;
  TRY_VOID(run_replications(plan, settings, 0, pilots, hourly));
  const auto hours = hours_until_rest(hourly, static_cast<size_t>(plan.millis / hour_millis));
  if (!hours)
    return wrong(
        "the rehearsal does not come to rest in its first half: MSER-5 finds no warm-up",
        "rehearse more days, or give the warm-up in days; what is a wave, or more than can "
        "be done, never comes to rest");
  return static_cast<int>((*hours + 23) / 24);
}

// Of a whole whose length is not known each round tells half of what is left, and the last all.
std::function<void(double)> progress_between(const Settings& whole, double from, double to) {
  if (!whole.progress) return nullptr;
  return [&whole, from, to](double share) { whole.progress(from + share * (to - from)); };
}

Error stopped_too_early(size_t finished, size_t wanted) {
  return Error{ErrorCode::unavailable,
               "stopped after " + std::to_string(finished) + " of " + std::to_string(wanted) +
                   (wanted == 1 ? " replication" : " replications") +
                   ": there is no result, which takes two at least",
               "", "start it again, with fewer days (--days) if it took too long"};
}

// More replications until everything is as precise as was asked for.
Result<Rehearsal> rehearse_until_precise(const pathway::Package& package, const Plan& plan,
                                         const Settings& settings) {
  std::vector<Replication> replications;
  Hourly hourly;
  size_t wanted = static_cast<size_t>(settings.batches > 0 ? 1 : settings.replications);
  const auto most = static_cast<size_t>(std::max(settings.most_replications, 1));
  Settings round = settings;
  if (settings.precision > 0)
    round.memory_may_stay = false;  // which round is the last is not known
  double told = 0;
  for (;;) {
    const bool last = !(settings.precision > 0) || wanted >= most;
    const double end = last ? 1 : (told + 1) / 2;
    round.progress = progress_between(settings, told, end);
    told = end;
    TRY(auto more,
        run_replications(plan, round, replications.size(), wanted - replications.size(), hourly));
    std::move(more.begin(), more.end(), std::back_inserter(replications));
    const bool stopped = settings.batches == 0 && replications.size() < wanted;
    if (replications.empty() || (stopped && replications.size() < 2))
      return stopped_too_early(replications.size(), wanted);
    Rehearsal out = reduce(package, plan, settings, replications, hourly);
    if (stopped) out.stopped_of = static_cast<int>(wanted);
    if (!(settings.precision > 0)) return out;
    out.precision = settings.precision;
    const Widest found = widest(out, settings.precision);
    if (found.enough()) {
      if (!last && settings.progress) settings.progress(1);
      return out;
    }
    if (last || stopped) {
      out.imprecise = found.what;
      out.remarks.push_back("'" + found.what +
                            "' is still less precise than was asked for: allow more replications.");
      return out;
    }
    wanted = std::min(most, static_cast<size_t>(found.needed(static_cast<int>(wanted))));
  }
}

}  // namespace

Result<Rehearsal> rehearse(const pathway::Package& package, const Settings& settings,
                           std::string_view scenario) {
  if (settings.replications < 1 || settings.replications > most_replications)
    return wrong("a rehearsal has from 1 to 100,000 replications", "ask for 10 or 20");
  if (settings.precision > 0 && (settings.batches > 0 || settings.replications < 2))
    return wrong("a precision needs two replications or more, and no batches",
                 "ask for 10 replications to begin with");
  Settings used = settings;
  TRY(const auto plan, plan_of(package, settings));
  if (settings.find_warm_up) {
    TRY(used.warm_up_days, find_warm_up(*plan, settings));
    TRY_VOID(check_warm_up(*plan, used));
  }
  TRY(Rehearsal out, rehearse_until_precise(package, *plan, used));
  out.warm_up_found = settings.find_warm_up;
  out.scenario = scenario;
  for (const pathway::Scenario& each : package.scenarios)
    if (each.id == scenario) out.scenario_name = each.name;
  return out;
}

Settings same_as(Settings settings, const Rehearsal& rehearsal) {
  settings.find_warm_up = false;
  settings.warm_up_days = rehearsal.warm_up_days;
  settings.precision = 0;
  settings.replications = rehearsal.replications;
  return settings;
}

Result<pathway::EventLog> event_log(const pathway::Package& package, const Settings& settings,
                                    int replication,
                                    std::function<void(const pathway::Stimulus&)> told) {
  TRY(const auto plan, plan_of(package, settings));
  std::vector<std::vector<pathway::Event>> cases;
  SimulationSettings simulated = simulation_settings(settings, replication);
  simulated.progress = settings.progress;
  simulated.told = std::move(told);
  simulated.log = [&](const pathway::EventTape& tape,
                      const pathway::EventKinds& kinds) -> Result<void> {
    if (!tape.empty()) tape.copy_to(cases.emplace_back(), kinds);
    return {};
  };
  TRY_VOID(Simulation(*plan, simulated).run());
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) {
    return a.front().case_number < b.front().case_number;
  });
  pathway::EventLog log;
  log.names = plan->names;
  for (auto& each : cases)
    log.events.insert(log.events.end(), std::make_move_iterator(each.begin()),
                      std::make_move_iterator(each.end()));
  return log;
}

Result<void> write_log(const pathway::Package& package, const Settings& settings, int replication,
                       const std::string& path) {
  TRY(const auto plan, plan_of(package, settings));
  std::optional<WholeFile> file;
  const auto writer = review::log_writer(
      path, plan->names, [&](std::string_view piece) { return file->write(piece); });
  if (writer == nullptr) {
    TRY(const auto log, event_log(package, settings, replication));
    return review::write_log(path, log);
  }
  TRY(WholeFile opened, WholeFile::open(path));
  file.emplace(std::move(opened));
  SimulationSettings simulated = simulation_settings(settings, replication);
  simulated.progress = settings.progress;
  simulated.log = [&](const pathway::EventTape& tape,
                      const pathway::EventKinds& kinds) -> Result<void> {
    if (tape.empty()) return {};
    return writer->write_case(tape, kinds);
  };
  TRY_VOID(Simulation(*plan, simulated).run());
  TRY_VOID(writer->finish());
  return file->finish();
}

}  // namespace passerelle::rehearse
