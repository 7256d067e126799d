// What a staffing search has found, for programs: docs/rehearse.md.
#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "rehearse/search.h"

namespace passerelle::rehearse {
namespace {

using json::Value;

class SearchWriter {
 public:
  std::string write(const Search& of) {
    std::vector<Value> choices, aims, tried, frontier, hours;
    for (size_t i = 0; i < of.asked.choices.size(); ++i) choices.push_back(choice(of, i));
    for (size_t i = 0; i < of.aims.size(); ++i) aims.push_back(aim(of, i));
    for (const Staffed& each : of.tried) tried.push_back(staffed(each, of));
    for (const size_t each : of.frontier) frontier.push_back(integer(each));
    for (const HourOfWeek& each : of.hours) hours.push_back(hour(each));
    document_.set_root(
        document_.object({{"pathway", text(of.pathway)},
                          {"scenario", text(of.scenario)},
                          {"days", document_.integer(of.days)},
                          {"warm_up_days", document_.integer(of.warm_up_days)},
                          {"seed", document_.number(std::to_string(of.seed))},
                          {"currency", text(of.asked.currency)},
                          {"may_change", document_.array(choices)},
                          {"targets", document_.array(aims)},
                          {"possible", integer(of.possible)},
                          {"replications", document_.integer(of.replications)},
                          {"tried", document_.array(tried)},
                          {"best", of.best ? integer(*of.best) : document_.null()},
                          {"unknown", integer(of.unknown)},
                          {"complete", document_.boolean(of.best && of.unknown == 0)},
                          {"stopped", document_.boolean(of.stopped)},
                          {"frontier", document_.array(frontier)},
                          {"hours", document_.array(hours)}}));
    return json::write(document_.root(), true) + "\n";
  }

 private:
  Value text(std::string_view value) { return document_.string(value); }
  Value integer(uint64_t value) { return document_.number(std::to_string(value)); }
  Value number(double value) {
    return std::isfinite(value) ? document_.number(fmt::format("{}", value)) : document_.null();
  }
  template <class Items, class Make>
  Value list(const Items& items, Make make) {
    std::vector<Value> values;
    for (const auto& each : items) values.push_back(make(each));
    return document_.array(values);
  }
  Value choice(const Search& of, size_t i) {
    const auto& it = of.asked.choices[i];
    return document_.object(
        {{"role", text(it.role)},
         {"shifts", list(it.shifts, [&](const std::string& each) { return text(each); })},
         {"least", document_.integer(it.least)},
         {"most", document_.integer(it.most)},
         {"hours_a_week", number(of.hours_a_week[i])},
         {"cost_per_hour", number(it.cost_per_hour)}});
  }
  Value aim(const Search& of, size_t i) {
    return document_.object({{"indicator", text(of.aims[i].id)},
                             {"unit", text(pathway::to_text(of.aims[i].unit))},
                             {"target", number(of.aims[i].target->value)},
                             {"at_least", document_.boolean(of.aims[i].target->at_least)},
                             {"tolerance", number(of.asked.aims[i].tolerance)}});
  }
  static std::string_view name(Staffed::Verdict verdict) {
    switch (verdict) {
      case Staffed::Verdict::open:
        return "open";
      case Staffed::Verdict::meets:
        return "meets";
      case Staffed::Verdict::misses:
        return "misses";
    }
    return "";
  }
  Value staffed(const Staffed& it, const Search& of) {
    std::vector<json::Member> aims;
    for (size_t i = 0; i < it.aims.size(); ++i)
      aims.push_back({of.aims[i].id, document_.object({{"value", number(it.aims[i].value)},
                                                       {"low", number(it.aims[i].low)},
                                                       {"high", number(it.aims[i].high)}})});
    return document_.object(
        {{"people", list(it.people, [&](int each) { return document_.integer(each); })},
         {"cost_a_week", number(it.cost)},
         {"verdict", text(name(it.verdict))},
         {"replications", document_.integer(it.replications)},
         {"aims", document_.object(aims)},
         {"margin", number(it.margin)},
         {"undone", list(it.undone, [&](const Undone& each) { return text(each.activity); })}});
  }
  Value hour(const HourOfWeek& it) {
    const auto rough = [&](double each) { return document_.number(fmt::format("{:.4g}", each)); };
    const auto whole = [&](int each) { return document_.integer(each); };
    return document_.object({{"role", text(it.role)},
                             {"load", list(it.load, rough)},
                             {"needed", list(it.needed, whole)},
                             {"people", list(it.people, whole)}});
  }

  json::Document document_;
};

}  // namespace

std::string to_json(const Search& search) { return SearchWriter().write(search); }

}  // namespace passerelle::rehearse
