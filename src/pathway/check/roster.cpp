#include "pathway/check/roster.h"

#include <algorithm>
#include <array>

#include "pathway/bpmn/compiled.h"

namespace passerelle::pathway {
namespace {

using std::chrono::minutes;
constexpr std::array<std::string_view, 7> weekday_names = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::string two(int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

}  // namespace

Instant monday_of(const Organisation& organisation, Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(organisation.zone.to_local(at));
  return organisation.zone.to_instant(LocalTime(monday_of(day)));
}

std::set<Instant> weeks_of(const Organisation& organisation) {
  using namespace std::chrono;
  std::set<Instant> out;
  // The first Monday on which the new headcount holds.
  const auto add = [&](Instant at) {
    const Instant monday = monday_of(organisation, at);
    const LocalTime next = organisation.zone.to_local(monday) + days(7);
    out.insert(monday == at ? at : organisation.zone.to_instant(next));
  };
  for (const Role& role : organisation.roles)
    for (const Shift& shift : role.shifts)
      for (const Headcount::Row& row : shift.headcount.rows)
        if (row.from > Instant::min() + hours(24 * 365)) add(row.from);
  if (out.empty()) add(organisation.zone.to_instant(LocalTime(local_days(2024y / January / 1))));
  return out;
}

std::vector<size_t> covering_roles(const Organisation& organisation, const Activity& activity) {
  std::vector<size_t> out;
  const auto add = [&](const std::string& id) {
    const auto index = organisation.role_index(id);
    if (!index || std::find(out.begin(), out.end(), *index) != out.end()) return false;
    out.push_back(*index);
    return true;
  };
  for (std::string id : activity.roles)
    while (add(id) && !organisation.roles[out.back()].fallback.empty())
      id = organisation.roles[out.back()].fallback;
  return out;
}

std::vector<int> people_of(const Organisation& organisation, const std::vector<size_t>& roles,
                           Instant start, size_t slots, minutes stride) {
  std::vector<int> out(slots, 0);
  for (size_t i = 0; i < slots; ++i)
    out[i] = organisation.on_duty(roles, start + static_cast<int64_t>(i) * stride);
  return out;
}

Deadline::Deadline(const Pathway& pathway, const Organisation& organisation, size_t activity)
    : organisation_(organisation), nothing_(pathway.variables().size()) {
  const Node& node = pathway.compiled().nodes[activity];
  if (node.due == nothing) return;
  const feel::Expression& due = pathway.compiled().expressions[node.due];
  if (due.names_used().empty()) expression_ = &due;
}

std::optional<Instant> Deadline::of(Instant opened) {
  if (expression_ == nullptr) return std::nullopt;
  evaluation_.clear();
  evaluation_.zone = &organisation_.zone;
  evaluation_.host = const_cast<Organisation*>(&organisation_);
  evaluation_.now = opened;
  const feel::Value value = expression_->evaluate(nothing_, evaluation_);
  if (const auto span = value.millis()) return opened + *span;
  return value.instant(organisation_.zone);
}

std::string weekday_text(const Organisation& organisation, Instant at) {
  const LocalTime local = organisation.zone.to_local(at);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto of_day = std::chrono::duration_cast<minutes>(local - day).count();
  return std::string(weekday_names[weekday_of(day)]) + " " + two(of_day / 60) + ":" +
         two(of_day % 60);
}

std::string date_text(const Organisation& organisation, Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(organisation.zone.to_local(at));
  const std::chrono::year_month_day date{day};
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day()));
}

std::string length_text(minutes span) {
  const auto total = span.count();
  return std::to_string(total / 60) + " h" +
         (total % 60 == 0 ? "" : " " + std::to_string(total % 60) + " min");
}

std::string roles_text(const std::vector<std::string>& roles) {
  std::string out;
  for (const std::string& role : roles) out += (out.empty() ? "" : ", ") + role;
  return out;
}

}  // namespace passerelle::pathway
