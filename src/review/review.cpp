#include "review/review.h"

#include <algorithm>
#include <cmath>

#include "review/discovery.h"
#include "review/log_file.h"
#include "review/verdict.h"

namespace passerelle::review {
namespace {

using pathway::Event;
using pathway::EventLog;
using pathway::Package;

// The name of a value of a group: "group.smartphone.false", else "channel.phone", else itself.
std::string value_name(const Package& package, const std::string& attribute,
                       const std::string& value, const std::string& language) {
  for (const std::string& key : {"group." + attribute + "." + value, attribute + "." + value})
    if (package.texts.contains(key)) return package.text(key, language);
  return value;
}

std::string text_or(const Package& package, const std::string& key, const std::string& language,
                    const std::string& otherwise) {
  return package.texts.contains(key) ? package.text(key, language) : otherwise;
}

std::vector<ReviewedGroup> groups_of(const Package& package, const IndicatorOutcome& outcome,
                                     const std::string& language) {
  std::vector<ReviewedGroup> out;
  for (const GroupOutcome& group : outcome.groups) {
    ReviewedGroup each{.result = group};
    each.attribute_name = text_or(package, "group." + group.attribute, language, group.attribute);
    if (!group.value.empty())
      each.value_name = value_name(package, group.attribute, group.value, language);
    each.differs = group.difference_low > 0 || group.difference_high < 0;
    out.push_back(std::move(each));
  }
  return out;
}

ReviewedIndicator reviewed(const Package& package, const pathway::Indicator& indicator,
                           const IndicatorOutcome& outcome, const Options& options) {
  const std::string& language = options.language;
  ReviewedIndicator out;
  out.id = indicator.id;
  out.name = text_or(package, indicator.name_key, language, indicator.id);
  out.what = text_or(package, indicator.description_key, language, "");
  out.advice = text_or(package, indicator.advice_key, language, "");
  out.heading = indicator.heading;
  out.unit = indicator.unit;
  out.target = indicator.target;
  out.owner = indicator.owner;
  if (!indicator.owner.empty())
    out.owner_name = text_or(package, "role." + indicator.owner, language, indicator.owner);
  out.result = outcome.all;
  out.groups = groups_of(package, outcome, language);
  if (out.target) out.target_verdict = judge_target(*out.target, outcome.all);
  if (!options.promise) return out;
  const auto promised = options.promise->indicators.find(indicator.id);
  if (promised == options.promise->indicators.end()) return out;
  out.promise = promised->second;
  if (out.target)
    out.promise_verdict = judge_promise(out.target->at_least, *out.promise, outcome.all);
  return out;
}

Window whole(const EventLog& log) {
  Window window;
  if (log.events.empty()) return window;
  const auto earlier = [](const Event& a, const Event& b) { return a.at < b.at; };
  const auto [first, last] = std::minmax_element(log.events.begin(), log.events.end(), earlier);
  return {first->at, last->at};
}

bool grouped(const EventLog& log) {
  std::vector<uint64_t> seen;
  for (size_t i = 1; i < log.events.size(); ++i) {
    const Event& event = log.events[i];
    const Event& before = log.events[i - 1];
    if (event.case_number == before.case_number) {
      if (event.at < before.at) return false;
    } else {
      seen.push_back(before.case_number);
    }
  }
  if (!log.events.empty()) seen.push_back(log.events.back().case_number);
  std::sort(seen.begin(), seen.end());
  return std::adjacent_find(seen.begin(), seen.end()) == seen.end();
}

void name_activities(const Package* package, const std::string& language, Review& out) {
  for (ActivityTimes& activity : out.activities) {
    std::string name = activity.id;
    if (package != nullptr) {
      if (const auto index = package->pathway.find_activity(activity.id)) {
        const std::string& label = package->pathway.activities()[*index].name;
        name = text_or(*package, "activity." + activity.id, language,
                       label.empty() ? activity.id : label);
      }
    }
    activity.name = name;
    out.activity_names.emplace(activity.id, name);
  }
}

}  // namespace

Review review(const EventLog& given, const Package* package, const Options& options) {
  EventLog sorted;
  const EventLog* log = &given;
  if (!grouped(given)) {
    sorted = given;
    group_by_case(sorted);
    log = &sorted;
  }
  const Window window = options.window.value_or(whole(*log));
  Review out;
  out.language = options.language;
  out.remarks = options.remarks;
  out.from = window.from;
  out.until = window.until;
  Discovery discovery(*log, package, window);
  const auto cases = cases_of(*log);
  for (const auto events : cases) discovery.add_case(events);
  discovery.tell(out, options.variants);
  name_activities(package, options.language, out);
  if (package == nullptr) return out;
  out.pathway = package->id;
  out.version = package->version;
  const auto title = package->title.find(options.language);
  out.title = title != package->title.end() ? title->second : package->id;
  if (options.promise) {
    out.has_promise = true;
    out.scenario = options.promise->scenario;
    if (!options.promise->pathway.empty() && options.promise->pathway != package->id)
      out.remarks.push_back("the rehearsal is of another pathway: " + options.promise->pathway);
  }
  Measurement measurement(package->indicators, package->pathway, log->names, window);
  for (const auto events : cases) measurement.add_case(events);
  const auto outcomes = measurement.result();
  for (size_t i = 0; i < outcomes.size(); ++i)
    out.indicators.push_back(reviewed(*package, package->indicators[i], outcomes[i], options));
  return out;
}

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::held:
      return "held";
    case Verdict::missed:
      return "missed";
    case Verdict::too_few:
      return "too_few";
  }
  return "too_few";
}

// Nothing is called held or missed that chance alone may have brought about.
Verdict judge_target(const pathway::Target& target, const Outcome& reality) {
  if (!reality.known()) return Verdict::too_few;
  if (std::isnan(reality.low) && std::isnan(reality.high)) {
    // A plain count is what it is.
    if (reality.denominator == 0)
      return target.met(reality.value) ? Verdict::held : Verdict::missed;
    return Verdict::too_few;
  }
  // A few that are all alike have an interval without width, which proves nothing.
  if (reality.low == reality.high && reality.n < least_observations) return Verdict::too_few;
  const double worst = target.at_least ? reality.low : reality.high;
  const double best = target.at_least ? reality.high : reality.low;
  if (!std::isnan(worst) && target.met(worst)) return Verdict::held;
  if (!std::isnan(best) && !target.met(best)) return Verdict::missed;
  return Verdict::too_few;
}

Verdict judge_promise(bool more_is_better, const Promise::Value& promise, const Outcome& reality) {
  if (!reality.known() || std::isnan(promise.value) || reality.n < least_observations)
    return Verdict::too_few;
  const double bound = more_is_better ? (std::isnan(promise.low) ? promise.value : promise.low)
                                      : (std::isnan(promise.high) ? promise.value : promise.high);
  const auto good = [&](double value) { return more_is_better ? value >= bound : value <= bound; };
  if (good(reality.value)) return Verdict::held;
  const double best = more_is_better ? reality.high : reality.low;
  if (std::isnan(best) || good(best)) return Verdict::too_few;
  return Verdict::missed;
}

}  // namespace passerelle::review
