#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "review/review.h"

namespace passerelle::review {
namespace {

using json::Document;
using json::Member;

class Writer {
 public:
  explicit Writer(const Review& review) : review_(review) {}
  std::string write();

 private:
  json::Value text(std::string_view value) { return document_.string(value); }
  json::Value count(uint64_t value) { return document_.integer(static_cast<int64_t>(value)); }
  json::Value number(double value) {
    if (!std::isfinite(value)) return document_.null();
    return document_.number(fmt::format("{}", value));
  }
  template <class Items, class Make>
  json::Value list(const Items& items, Make make) {
    std::vector<json::Value> values;
    for (const auto& item : items) values.push_back(make(item));
    return document_.array(values);
  }
  json::Value times(const TimeSummary& summary);
  json::Value outcome(const Outcome& outcome, std::vector<Member> members = {});
  json::Value group(const ReviewedGroup& group);
  json::Value indicator(const ReviewedIndicator& indicator);
  json::Value target(const ReviewedIndicator& indicator);
  json::Value log();
  json::Value activity(const ActivityTimes& activity);
  json::Value variants();

  const Review& review_;
  Document document_;
};

json::Value Writer::times(const TimeSummary& summary) {
  if (summary.n == 0) return document_.null();
  return document_.object({{"n", count(summary.n)},
                           {"mean", number(summary.mean)},
                           {"median", number(summary.median)},
                           {"p90", number(summary.p90)}});
}

json::Value Writer::outcome(const Outcome& outcome, std::vector<Member> members) {
  members.insert(members.end(), {{"value", number(outcome.value)},
                                 {"low", number(outcome.low)},
                                 {"high", number(outcome.high)},
                                 {"numerator", number(outcome.numerator)},
                                 {"denominator", number(outcome.denominator)},
                                 {"n", count(outcome.n)}});
  return document_.object(members);
}

json::Value Writer::group(const ReviewedGroup& group) {
  const GroupOutcome& result = group.result;
  return document_.object({{"attribute", text(result.attribute)},
                           {"attribute_name", text(group.attribute_name)},
                           {"value", text(result.value)},
                           {"name", text(group.value_name)},
                           {"result", outcome(result.outcome)},
                           {"difference", number(result.difference)},
                           {"difference_low", number(result.difference_low)},
                           {"difference_high", number(result.difference_high)},
                           {"differs", document_.boolean(group.differs)}});
}

json::Value Writer::target(const ReviewedIndicator& indicator) {
  if (!indicator.target) return document_.null();
  return document_.object({{"text", text(indicator.target->text)},
                           {"at_least", document_.boolean(indicator.target->at_least)},
                           {"value", number(indicator.target->value)},
                           {"owner", text(indicator.owner)},
                           {"owner_name", text(indicator.owner_name)}});
}

json::Value Writer::indicator(const ReviewedIndicator& indicator) {
  const auto verdict = [&](const std::optional<Verdict>& given) {
    return given ? text(to_text(*given)) : document_.null();
  };
  json::Value promise = document_.null();
  if (indicator.promise)
    promise = document_.object({{"value", number(indicator.promise->value)},
                                {"low", number(indicator.promise->low)},
                                {"high", number(indicator.promise->high)}});
  return document_.object(
      {{"id", text(indicator.id)},
       {"name", text(indicator.name)},
       {"what", text(indicator.what)},
       {"advice", text(indicator.advice)},
       {"heading", text(pathway::to_text(indicator.heading))},
       {"unit", text(pathway::to_text(indicator.unit))},
       {"result", outcome(indicator.result)},
       {"target", target(indicator)},
       {"target_verdict", verdict(indicator.target_verdict)},
       {"promise", promise},
       {"promise_verdict", verdict(indicator.promise_verdict)},
       {"groups", list(indicator.groups, [&](const ReviewedGroup& each) { return group(each); })}});
}

json::Value Writer::log() {
  return document_.object(
      {{"cases", count(review_.cases)},
       {"open_cases", count(review_.open_cases)},
       {"events", count(review_.events)},
       {"from", review_.events == 0 ? document_.null() : text(format_instant(review_.from))},
       {"until", review_.events == 0 ? document_.null() : text(format_instant(review_.until))},
       {"remarks", list(review_.remarks, [&](const std::string& each) { return text(each); })},
       {"unknown_activities", list(review_.unknown_activities, [&](const auto& each) {
          return document_.object({{"activity", text(each.first)}, {"events", count(each.second)}});
        })}});
}

json::Value Writer::activity(const ActivityTimes& activity) {
  return document_.object({{"id", text(activity.id)},
                           {"name", text(activity.name)},
                           {"completed", count(activity.completed)},
                           {"cases", count(activity.cases)},
                           {"waiting", times(activity.waiting)},
                           {"service", times(activity.service)}});
}

json::Value Writer::variants() {
  const double all = static_cast<double>(review_.cases);
  const json::Value told = list(review_.variants, [&](const Variant& each) {
    return document_.object(
        {{"activities", list(each.activities, [&](const std::string& id) { return text(id); })},
         {"cases", count(each.cases)},
         {"share", number(static_cast<double>(each.cases) / all)},
         {"throughput", times(each.throughput)}});
  });
  return document_.object({{"rule", text(review_.variants_by_first ? "first" : "all")},
                           {"count", count(review_.variant_count)},
                           {"list", told}});
}

std::string Writer::write() {
  const Review& r = review_;
  const json::Value throughput =
      document_.object({{"minutes", times(r.throughput)},
                        {"bins", list(r.throughput_bins, [&](const ThroughputBin& each) {
                           return document_.object({{"from", number(each.from_minutes)},
                                                    {"to", number(each.to_minutes)},
                                                    {"cases", count(each.cases)}});
                         })}});
  const json::Value flows = list(r.flows, [&](const Flow& each) {
    return document_.object({{"from", text(each.from)},
                             {"to", text(each.to)},
                             {"count", count(each.count)},
                             {"mean_minutes", number(each.mean_minutes)}});
  });
  const json::Value handovers = list(r.handovers, [&](const Handover& each) {
    return document_.object(
        {{"from", text(each.from)}, {"to", text(each.to)}, {"count", count(each.count)}});
  });
  document_.set_root(document_.object(
      {{"pathway", text(r.pathway)},
       {"version", text(r.version)},
       {"title", text(r.title)},
       {"language", text(r.language)},
       {"scenario", r.has_promise ? text(r.scenario) : document_.null()},
       {"log", log()},
       {"indicators",
        list(r.indicators, [&](const ReviewedIndicator& each) { return indicator(each); })},
       {"throughput", throughput},
       {"activities",
        list(r.activities, [&](const ActivityTimes& each) { return activity(each); })},
       {"flows", flows},
       {"handovers", handovers},
       {"variants", variants()}}));
  return json::write(document_.root(), true);
}

}  // namespace

std::string to_json(const Review& review) { return Writer(review).write() + "\n"; }

}  // namespace passerelle::review
