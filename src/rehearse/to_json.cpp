// Rehearsals and comparisons as JSON: docs/rehearse.md. What does not exist is null.
#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "rehearse/rehearse.h"

namespace passerelle::rehearse {
namespace {

using json::Document;
using json::Member;
using json::Value;

class Writer {
 public:
  std::string write(const Rehearsal& rehearsal);
  std::string write(const Comparison& comparison);

 private:
  Value text(std::string_view value) { return document_.string(value); }
  Value number(double value) {
    if (!std::isfinite(value)) return document_.null();
    return document_.number(fmt::format("{}", value));
  }
  // What pictures are drawn from needs no more than four figures.
  Value rough(double value) {
    if (!std::isfinite(value)) return document_.null();
    return document_.number(fmt::format("{:.4g}", value));
  }
  Value integer(int64_t value) { return document_.integer(value); }
  template <class Items, class Make>
  Value list(const Items& items, Make make) {
    std::vector<Value> values;
    for (const auto& item : items) values.push_back(make(item));
    return document_.array(values);
  }
  Value texts(const pathway::Texts& texts) {
    std::vector<Member> members;
    for (const auto& [language, words] : texts) members.push_back({language, text(words)});
    return document_.object(members);
  }
  Value names(const std::vector<std::string>& names) {
    return list(names, [&](const std::string& each) { return text(each); });
  }
  Value hours(const std::vector<double>& values) {
    return list(values, [&](double each) { return rough(each); });
  }
  std::vector<Member> members(const Estimate& estimate) {
    return {{"value", number(estimate.value)},
            {"low", number(estimate.low)},
            {"high", number(estimate.high)},
            {"runs", list(estimate.runs, [&](double each) { return number(each); })}};
  }
  Value estimate(const Estimate& estimate) { return document_.object(members(estimate)); }
  Value indicator(const IndicatorResult& result);
  Value activity(const ActivityResult& result);
  Value queue(const QueueResult& result);
  Value staff(const StaffResult& result);
  Value adoption(const AdoptionResult& result);
  Value truth(const TruthResult& result);
  Value difference(const Difference& difference);

  Document document_;
};

Value Writer::indicator(const IndicatorResult& result) {
  Value target = document_.null();
  if (result.target)
    target = document_.object({{"text", text(result.target->text)},
                               {"at_least", document_.boolean(result.target->at_least)},
                               {"value", number(result.target->value)},
                               {"owner", text(result.owner)}});
  std::vector<Member> out = {{"id", text(result.id)},
                             {"name", texts(result.name)},
                             {"heading", text(pathway::to_text(result.heading))},
                             {"unit", text(pathway::to_text(result.unit))},
                             {"target", target},
                             {"owner", text(result.owner)}};
  const auto found = members(result.result);
  out.insert(out.end(), found.begin(), found.end());
  out.push_back({"grows", document_.boolean(result.grows)});
  out.push_back({"met", number(result.met)});
  out.push_back({"groups", list(result.groups, [&](const GroupResult& each) {
                   return document_.object({{"attribute", text(each.attribute)},
                                            {"value", text(each.value)},
                                            {"result", estimate(each.result)},
                                            {"difference", estimate(each.difference)}});
                 })});
  return document_.object(out);
}

Value Writer::activity(const ActivityResult& result) {
  return document_.object({{"id", text(result.id)},
                           {"name", texts(result.name)},
                           {"roles", names(result.roles)},
                           {"staff", document_.boolean(result.staff)},
                           {"grows", document_.boolean(result.grows)},
                           {"offered", estimate(result.offered)},
                           {"done", estimate(result.done)},
                           {"withdrawn", estimate(result.withdrawn)},
                           {"left", estimate(result.left)},
                           {"abandoned", estimate(result.abandoned)},
                           {"interrupted", estimate(result.interrupted)},
                           {"vain", estimate(result.vain)},
                           {"late", estimate(result.late)},
                           {"wait_mean", estimate(result.wait_mean)},
                           {"wait_median", estimate(result.wait_median)},
                           {"wait_p90", estimate(result.wait_p90)},
                           {"wait_p95", estimate(result.wait_p95)},
                           {"wait_max", estimate(result.wait_max)},
                           {"work_mean", estimate(result.work_mean)},
                           {"work_hours", estimate(result.work_hours)},
                           {"wait_by_hour", hours(result.wait_by_hour)}});
}

Value Writer::queue(const QueueResult& result) {
  return document_.object({{"roles", names(result.roles)},
                           {"activity", text(result.activity)},
                           {"skills", names(result.skills)},
                           {"grows", document_.boolean(result.grows)},
                           {"mean", estimate(result.mean)},
                           {"peak", estimate(result.peak)},
                           {"waiting", hours(result.waiting)}});
}

Value Writer::staff(const StaffResult& result) {
  std::vector<double> at_work;
  for (const Estimate& share : result.at_work) at_work.push_back(share.value);
  return document_.object({{"role", text(result.role)},
                           {"roles", names(result.roles)},
                           {"name", texts(result.name)},
                           {"use", estimate(result.use)},
                           {"peak_use", estimate(result.peak_use)},
                           {"paid_hours", estimate(result.paid_hours)},
                           {"busy_hours", estimate(result.busy_hours)},
                           {"overtime_hours", estimate(result.overtime_hours)},
                           {"on_duty", hours(result.on_duty)},
                           {"busy", hours(result.busy)},
                           {"at_work", hours(at_work)}});
}

Value Writer::adoption(const AdoptionResult& result) {
  return document_.object({{"role", text(result.role)},
                           {"name", texts(result.name)},
                           {"activities", names(result.activities)},
                           {"people", integer(result.people)},
                           {"at_start", estimate(result.at_start)},
                           {"at_end", estimate(result.at_end)},
                           {"work", estimate(result.work)},
                           {"changed", hours(result.changed)}});
}

Value Writer::truth(const TruthResult& result) {
  if (!result.given) return document_.null();
  return document_.object({{"deteriorated", estimate(result.deteriorated)},
                           {"sensitivity", estimate(result.sensitivity)},
                           {"found", estimate(result.found)},
                           {"missed", estimate(result.missed)},
                           {"to_alert_median", estimate(result.to_alert_median)},
                           {"to_alert_p90", estimate(result.to_alert_p90)},
                           {"to_found_mean", estimate(result.to_found_mean)},
                           {"to_found_median", estimate(result.to_found_median)},
                           {"to_found_p90", estimate(result.to_found_p90)},
                           {"episodes", estimate(result.episodes)},
                           {"episodes_alerted", estimate(result.episodes_alerted)},
                           {"episodes_found", estimate(result.episodes_found)},
                           {"episode_to_alert_median", estimate(result.episode_to_alert_median)},
                           {"episode_to_found_median", estimate(result.episode_to_found_median)},
                           {"alerts", estimate(result.alerts)},
                           {"false_alerts", estimate(result.false_alerts)},
                           {"false_share", estimate(result.false_share)},
                           {"false_hours", estimate(result.false_hours)},
                           {"false_hours_share", estimate(result.false_hours_share)}});
}

std::string Writer::write(const Rehearsal& it) {
  const auto all = [&](const auto& items, auto make) {
    return list(items, [&](const auto& each) { return (this->*make)(each); });
  };
  const Value stopped_of = it.stopped_of > 0 ? integer(it.stopped_of) : document_.null();
  return json::write(document_.object(
      {{"pathway", text(it.pathway)},
       {"version", text(it.version)},
       {"scenario", text(it.scenario)},
       {"scenario_name", texts(it.scenario_name)},
       {"title", texts(it.title)},
       {"days", integer(it.days)},
       {"warm_up_days", integer(it.warm_up_days)},
       {"warm_up_found", document_.boolean(it.warm_up_found)},
       {"replications", integer(it.replications)},
       {"batches", integer(it.batches)},
       {"precision", it.precision > 0 ? number(it.precision) : document_.null()},
       {"imprecise", text(it.imprecise)},
       {"stopped_of", stopped_of},
       {"seed", document_.number(std::to_string(it.seed))},
       {"start", text(format_instant(it.start))},
       {"end", text(format_instant(it.end))},
       {"zone", text(it.zone)},
       {"patients", estimate(it.patients)},
       {"ended", estimate(it.ended)},
       {"open", estimate(it.open)},
       {"stimuli", estimate(it.stimuli)},
       {"incidents", estimate(it.incidents)},
       {"incident_at", text(it.incident_at)},
       {"incident", text(it.incident)},
       {"indicators", all(it.indicators, &Writer::indicator)},
       {"activities", all(it.activities, &Writer::activity)},
       {"queues", all(it.queues, &Writer::queue)},
       {"staff", all(it.staff, &Writer::staff)},
       {"adoption", all(it.adoption, &Writer::adoption)},
       {"truth", truth(it.truth)},
       {"outcomes", list(it.outcomes,
                         [&](const OutcomeResult& each) {
                           return document_.object({{"name", text(each.name)},
                                                    {"title", texts(each.title)},
                                                    {"patients", estimate(each.patients)},
                                                    {"share", estimate(each.share)}});
                         })},
       {"remarks", names(it.remarks)}}));
}

Value Writer::difference(const Difference& each) {
  return document_.object(
      {{"kind", text(each.kind)},
       {"id", text(each.id)},
       {"name", texts(each.name)},
       {"unit", text(each.unit)},
       {"before", estimate(each.before)},
       {"after", estimate(each.after)},
       {"before_grows", document_.boolean(each.before_grows)},
       {"after_grows", document_.boolean(each.after_grows)},
       {"difference", estimate(each.difference)},
       {"variance_ratio", number(each.variance_ratio)},
       {"p", number(each.p)},
       {"real", document_.boolean(each.real)},
       {"better", each.better ? document_.boolean(*each.better) : document_.null()}});
}

std::string Writer::write(const Comparison& it) {
  return json::write(document_.object(
      {{"pathway", text(it.pathway)},
       {"before", text(it.before)},
       {"after", text(it.after)},
       {"before_name", texts(it.before_name)},
       {"after_name", texts(it.after_name)},
       {"replications", integer(it.replications)},
       {"patients_shared", number(it.patients_shared)},
       {"differences",
        list(it.differences, [&](const Difference& each) { return difference(each); })}}));
}

}  // namespace

std::string to_json(const Rehearsal& rehearsal) { return Writer().write(rehearsal); }
std::string to_json(const Comparison& comparison) { return Writer().write(comparison); }

}  // namespace passerelle::rehearse
