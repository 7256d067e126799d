#include "review/binding.h"

#include <algorithm>

namespace passerelle::review {
namespace {

using pathway::Indicator;
using pathway::Pathway;

constexpr uint8_t bit(Lifecycle lifecycle) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(lifecycle));
}
constexpr uint8_t stays = bit(Lifecycle::schedule) | bit(Lifecycle::start) |
                          bit(Lifecycle::complete) | bit(Lifecycle::withdraw);
constexpr uint8_t work = bit(Lifecycle::assign) | bit(Lifecycle::start) | bit(Lifecycle::suspend) |
                         bit(Lifecycle::complete) | bit(Lifecycle::withdraw) |
                         bit(Lifecycle::ate_abort);
constexpr uint8_t case_bits = bit(Lifecycle::start) | bit(Lifecycle::complete);
constexpr uint8_t recording =
    bit(Lifecycle::schedule) | bit(Lifecycle::start) | bit(Lifecycle::complete);

uint8_t bits_of(const std::vector<Lifecycle>& lifecycles) {
  uint8_t bits = 0;
  for (const Lifecycle each : lifecycles) bits |= bit(each);
  return bits;
}

bool counts_days(const Indicator& indicator) {
  const std::string_view measure = indicator.measure;
  return measure == "rate" || measure == "work_minutes";
}

bool records(const Pathway& pathway, uint16_t activity, std::string_view field) {
  const auto fields = pathway.recorded_fields(activity);
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

}  // namespace

std::vector<std::string> work_activities(const Indicator& indicator, const Pathway& pathway) {
  if (indicator.measure != "work_minutes" || !indicator.activities.empty())
    return indicator.activities;
  std::vector<std::string> out;
  for (const pathway::Activity& activity : pathway.activities()) {
    const bool theirs =
        std::any_of(activity.roles.begin(), activity.roles.end(), [&](const std::string& role) {
          return std::find(indicator.roles.begin(), indicator.roles.end(), role) !=
                 indicator.roles.end();
        });
    if (activity.kind == pathway::ActivityKind::user_task && theirs) out.push_back(activity.id);
  }
  return out;
}

std::vector<uint8_t> needed_events(std::span<const Indicator> indicators, const Pathway& pathway) {
  const auto activities = pathway.activities();
  std::vector<uint8_t> out(activities.size() + 1, 0);
  const auto need = [&](std::string_view activity, uint8_t bits) {
    if (activity == pathway::case_activity) out.back() |= bits;
    if (const auto index = pathway.find_activity(activity)) out[*index] |= bits;
  };
  if (indicators.empty()) return out;
  out.back() = case_bits;
  for (const Indicator& indicator : indicators) {
    for (const auto& [key, choice] : pathway::choices(indicator))
      for (const std::string& activity : choice->activities)
        need(activity, bits_of(choice->lifecycles));
    if (counts_days(indicator)) need(indicator.days_of, stays);
    for (const std::string& activity : work_activities(indicator, pathway)) need(activity, work);
    for (const std::string& group : indicator.groups)
      for (uint16_t a = 0; a < activities.size(); ++a)
        if (records(pathway, a, group)) out[a] |= recording;
  }
  return out;
}

Binding::Binding(std::span<const Indicator> indicators, const Pathway& pathway,
                 const pathway::NameTable& names)
    : names_(names), case_name_(names.find(pathway::case_activity)), by_name_(names.size()) {
  bind_attributes(indicators, pathway);
  for (const Indicator& each : indicators) bind(each, pathway);
}

Binding::Wanted* Binding::wanted(std::string_view activity) {
  const Name name = names_.find(activity);
  // An activity that the log never names has no events.
  return name == 0 ? nullptr : &by_name_[name];
}

void Binding::bind_attributes(std::span<const Indicator> indicators, const Pathway& pathway) {
  for (const Indicator& indicator : indicators)
    for (const std::string& group : indicator.groups)
      if (std::find(attributes_.begin(), attributes_.end(), group) == attributes_.end())
        attributes_.push_back(group);
  for (uint16_t a = 0; a < pathway.activities().size(); ++a) {
    Wanted* place = wanted(pathway.activities()[a].id);
    if (place == nullptr) continue;
    for (uint16_t i = 0; i < attributes_.size(); ++i)
      if (records(pathway, a, attributes_[i])) place->attributes.push_back(i);
  }
}

Slot Binding::select(const pathway::EventSelector& selector, bool in_window) {
  if (!selector.given()) return no_slot;
  const Slot slot = slots_++;
  for (const pathway::EventChoice& choice : selector.any)
    for (const std::string& activity : choice.activities)
      if (Wanted* place = wanted(activity))
        place->entries.push_back({slot, bits_of(choice.lifecycles), in_window, &choice});
  return slot;
}

Slot Binding::select(std::span<const std::string> activities, uint8_t lifecycles) {
  const Slot slot = slots_++;
  for (const std::string& activity : activities)
    if (Wanted* place = wanted(activity))
      place->entries.push_back({slot, lifecycles, false, nullptr});
  return slot;
}

void Binding::bind(const Indicator& indicator, const Pathway& pathway) {
  BoundIndicator bound;
  bound.indicator = &indicator;
  // What is counted lies in the window; what it is compared with may lie before.
  const bool looks_back =
      indicator.measure == "share_found_before" || indicator.measure == "lead_time";
  bound.of = select(indicator.of, true);
  bound.with = select(indicator.with, !looks_back);
  bound.from = select(indicator.from, true);
  bound.to = select(indicator.to, true);
  bound.unless = select(indicator.unless, true);
  if (counts_days(indicator) && indicator.days_of != pathway::case_activity)
    bound.days = select(std::vector{indicator.days_of}, stays);
  const auto activities = work_activities(indicator, pathway);
  if (!activities.empty()) bound.work = select(activities, work);
  for (const std::string& role : indicator.roles)
    if (const Name name = names_.find(role)) bound.roles.push_back(name);
  bound_.push_back(std::move(bound));
}

}  // namespace passerelle::review
