// Rehearsals and comparisons for a terminal: aligned tables in the reader's language.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rehearse/rehearse.h"
#include "rehearse/text_table.h"
#include "rehearse/words.h"
#include "review/words.h"

namespace passerelle::rehearse {
namespace {

using pathway::Unit;

class Printer {
 public:
  explicit Printer(std::string_view language) : language_(language) {}
  std::string print(const Rehearsal& rehearsal);
  std::string print(const Comparison& comparison);

 private:
  std::string w(std::string_view key) const { return std::string(word(key, language_)); }
  std::string name(const pathway::Texts& texts, std::string_view otherwise) const {
    return text_of(texts, language_, otherwise);
  }
  std::string count(double value) const {
    if (std::isnan(value)) return "–";
    return review::show_count(static_cast<uint64_t>(std::llround(std::max(0.0, value))), language_);
  }
  std::string minutes(double value) const {
    return std::isnan(value) ? "–" : review::show_minutes(value, language_);
  }
  std::string percent(double value) const { return review::show(value, Unit::share, language_); }
  std::string hours(double value) const { return review::show(value, Unit::hours, language_); }
  void heading(std::string_view key) { out_ += "\n" + w(key) + "\n"; }
  std::string scenario(const std::string& id, const pathway::Texts& texts) const {
    return id.empty() ? w("as_written") : name(texts, id);
  }
  // Judged by the interval, as in the review; with one replication the value must do.
  std::string verdict(const IndicatorResult& result) const {
    if (result.target && result.grows) return result.target->at_least ? "" : w("missed");
    if (!result.target || !result.result.known()) return "";
    const Estimate& it = result.result;
    const double low = it.has_interval() ? it.low : it.value;
    const double high = it.has_interval() ? it.high : it.value;
    if (result.target->met(low) && result.target->met(high)) return w("met");
    if (!result.target->met(low) && !result.target->met(high)) return w("missed");
    return w("unsure");
  }
  std::string interval(const Estimate& it, Unit unit) const {
    return show_interval(it, unit, language_);
  }
  void indicators(const Rehearsal& it);
  void waits(const Rehearsal& it);
  void staff(const Rehearsal& it);
  void adoption(const Rehearsal& it);
  void truth(const TruthResult& it);
  void outcomes(const Rehearsal& it);
  std::string with_interval(const Estimate& it, const std::string& value, Unit unit) const;
  std::string shown(double value, const std::string& unit) const {
    return show_in(value, unit, language_);
  }
  std::string judged(const Difference& it) const;

  std::string language_;
  std::string out_;
};

void Printer::indicators(const Rehearsal& it) {
  heading("indicators");
  TextTable table;
  table.row({w("indicator"), w("result"), w("interval"), w("target"), ""});
  for (const IndicatorResult& each : it.indicators)
    table.row(
        {name(each.name, each.id),
         each.grows ? w("without_end") : review::show(each.result.value, each.unit, language_),
         interval(each.result, each.unit),
         each.target ? review::show_target(*each.target, each.unit, language_) : "",
         verdict(each)});
  table.print(out_);
}

void Printer::waits(const Rehearsal& it) {
  heading("waits");
  TextTable table;
  table.row(
      {w("activity"), w("offered"), w("median"), w("p90"), w("longest"), w("late"), w("vain")});
  for (const ActivityResult& each : it.activities)
    table.row({name(each.name, each.id), count(each.offered.value),
               each.grows ? w("without_end") : minutes(each.wait_median.value),
               minutes(each.wait_p90.value), minutes(each.wait_max.value), percent(each.late.value),
               each.staff ? count(each.vain.value) : ""});
  table.print(out_);
}

void Printer::staff(const Rehearsal& it) {
  heading("staff");
  TextTable table;
  table.row({w("role"), w("paid"), w("busy"), w("use"), w("peak"), w("overtime")});
  for (const StaffResult& each : it.staff)
    table.row({name(each.name, each.role), count(each.paid_hours.value),
               count(each.busy_hours.value), percent(each.use.value), percent(each.peak_use.value),
               hours(each.overtime_hours.value)});
  table.print(out_);
}

void Printer::adoption(const Rehearsal& it) {
  if (it.adoption.empty()) return;
  heading("adoption");
  TextTable table;
  table.row({w("activity"), w("adoption_people"), w("adoption_first"), w("adoption_last"),
             w("interval"), w("adoption_work")});
  for (const AdoptionResult& each : it.adoption) {
    const auto people = [&](double value) {
      return std::isnan(value) ? "–" : review::show_number(value, 3, language_);
    };
    table.row({adopted_by(each, language_), std::to_string(each.people),
               people(each.at_start.value), people(each.at_end.value),
               each.at_end.has_interval()
                   ? people(std::max(0.0, each.at_end.low)) + " – " +
                         people(std::min<double>(each.people, each.at_end.high))
                   : "–",
               percent(each.work.value)});
  }
  table.print(out_);
}

std::string Printer::with_interval(const Estimate& it, const std::string& value, Unit unit) const {
  if (!it.has_interval()) return value;
  return value + "  (" + interval(it, unit) + ")";
}

void Printer::truth(const TruthResult& it) {
  if (!it.given) return;
  heading("truth");
  TextTable table;
  const auto share = [&](std::string_view key, const Estimate& value) {
    table.row({w(key), with_interval(value, percent(value.value), Unit::share)});
  };
  const auto time = [&](std::string_view key, const Estimate& value) {
    table.row({w(key), minutes(value.value)});
  };
  table.row({w("deteriorated"), count(it.deteriorated.value)});
  share("sensitivity", it.sensitivity);
  share("found", it.found);
  share("not_found", it.missed);
  time("to_alert", it.to_alert_median);
  time("to_alert_p90", it.to_alert_p90);
  time("to_found", it.to_found_median);
  time("to_found_p90", it.to_found_p90);
  // Where patients get worse more than once.
  if (it.episodes.value > 1.05 * it.deteriorated.value) {
    table.row({w("episodes"), count(it.episodes.value)});
    share("episodes_alerted", it.episodes_alerted);
    share("episodes_found", it.episodes_found);
    time("episode_to_alert", it.episode_to_alert_median);
    time("episode_to_found", it.episode_to_found_median);
  }
  table.row({w("alerts"), count(it.alerts.value)});
  share("false_alerts", it.false_share);
  table.row({w("false_hours"), count(it.false_hours.value)});
  table.print(out_);
}

void Printer::outcomes(const Rehearsal& it) {
  if (it.outcomes.empty()) return;
  heading("outcomes");
  TextTable table;
  for (const OutcomeResult& each : it.outcomes)
    table.row({name(each.title, each.name), count(each.patients.value),
               with_interval(each.share, percent(each.share.value), Unit::share)});
  table.print(out_);
}

std::string Printer::print(const Rehearsal& it) {
  out_ = w("rehearsal") + w("colon") + name(it.title, it.pathway) + ", " +
         scenario(it.scenario, it.scenario_name) + "\n";
  const std::string days = show_days(it.days, language_);
  out_ += it.batches > 0 ? fmt::format(fmt::runtime(w("of_batches")), days, it.batches, it.seed)
                         : fmt::format(fmt::runtime(w("of")), days,
                                       show_replications(it.replications, language_), it.seed);
  if (it.warm_up_days > 0)
    out_ += fmt::format(fmt::runtime(w(it.warm_up_found ? "warm_up_found" : "warm_up")),
                        show_days(it.warm_up_days, language_));
  out_ +=
      "; " +
      fmt::format(fmt::runtime(w("patients")), count(it.patients.value), count(it.ended.value)) +
      "\n";
  if (it.replications == 1 && it.batches == 0) out_ += w("no_interval") + "\n";
  if (it.stopped_of > 0)
    out_ += fmt::format(fmt::runtime(w("stopped")), it.replications, it.stopped_of) + "\n";
  if (!it.imprecise.empty()) out_ += fmt::format(fmt::runtime(w("imprecise")), it.imprecise) + "\n";
  for (const ActivityResult& each : it.activities)
    if (each.grows) out_ += fmt::format(fmt::runtime(w("grows")), name(each.name, each.id)) + "\n";
  if (it.incidents.value > 0)
    out_ +=
        fmt::format(fmt::runtime(w("incidents")), count(it.incidents.value), it.incident_at) + "\n";
  indicators(it);
  waits(it);
  staff(it);
  adoption(it);
  truth(it.truth);
  outcomes(it);
  out_ += "\n" + w("no_device") + "\n";
  return std::move(out_);
}

// ---- comparisons ----

std::string Printer::judged(const Difference& it) const {
  if (it.turns()) return w(it.before_grows ? "turns_better" : "turns_worse");
  if (std::isnan(it.p)) return w("none");
  if (it.real && it.better) return w(*it.better ? "real_better" : "real_worse");
  if (it.real) return w("real");
  const bool same = std::all_of(it.difference.runs.begin(), it.difference.runs.end(),
                                [](double each) { return each == 0 || std::isnan(each); });
  return w(same ? "same" : "chance");
}

std::string Printer::print(const Comparison& it) {
  out_ = fmt::format(fmt::runtime(w("comparison")), scenario(it.before, it.before_name),
                     scenario(it.after, it.after_name)) +
         "\n";
  if (it.replications == 1) out_ += w("no_interval") + "\n";
  TextTable table;
  table.row({"", w("before"), w("after"), w("difference"), w("interval"), w("verdict")});
  for (const Difference& each : it.differences) {
    if (!each.told()) continue;
    std::string label = name(each.name, each.id);
    if (each.kind == "wait") label += w("colon") + w("wait_p90");
    if (each.kind == "staff") label += w("colon") + w("use");
    const Estimate& apart = each.difference;
    table.row({label, each.before_grows ? w("without_end") : shown(each.before.value, each.unit),
               each.after_grows ? w("without_end") : shown(each.after.value, each.unit),
               show_difference(apart.value, each.unit, language_),
               apart.has_interval() ? show_apart(apart.low, each.unit, language_) + " … " +
                                          show_apart(apart.high, each.unit, language_)
                                    : "–",
               judged(each)});
  }
  table.print(out_);
  out_ += "\n" + w("how_judged") + "\n";
  if (const double saved = replications_saved(it); saved >= worth_telling)
    out_ +=
        fmt::format(fmt::runtime(w("narrower")), review::show_number(saved, 2, language_)) + "\n";
  return std::move(out_);
}

}  // namespace

std::string to_text(const Rehearsal& rehearsal, std::string_view language) {
  return Printer(language).print(rehearsal);
}
std::string to_text(const Comparison& comparison, std::string_view language) {
  return Printer(language).print(comparison);
}

}  // namespace passerelle::rehearse
