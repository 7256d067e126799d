// Promised deadlines against shifts: the week is walked in half hours; whenever a task is opened,
// somebody who may do it must be on duty before its deadline.
#include <algorithm>
#include <array>
#include <map>
#include <pugixml.hpp>
#include <set>

#include "base/text.h"
#include "pathway/bpmn/compiled.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"

namespace passerelle::pathway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
constexpr minutes stride{30};
constexpr std::array<std::string_view, 7> day_names = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::string_view local_name(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// BPMN id -> the text of p:due.
void collect_deadlines(const pugi::xml_node& node, std::map<std::string, std::string>& out) {
  for (const pugi::xml_attribute attribute : node.attributes())
    if (local_name(attribute.name()) == "due" &&
        std::string_view(attribute.name()).find(':') != std::string_view::npos)
      out[node.attribute("id").value()] = attribute.value();
  for (const pugi::xml_node child : node.children()) collect_deadlines(child, out);
}

// The Mondays from which headcounts are looked at: that of the first day and of every change.
std::set<Instant> weeks(const Organisation& organisation) {
  std::set<Instant> out;
  const auto add = [&](Instant at) {
    const auto day = std::chrono::floor<std::chrono::days>(organisation.zone.to_local(at));
    const int64_t weekday = ((day.time_since_epoch().count() + 3) % 7 + 7) % 7;
    out.insert(organisation.zone.to_instant(
        LocalTime(day - std::chrono::days(weekday) + std::chrono::days(7))));
  };
  for (const Role& role : organisation.roles)
    for (const Shift& shift : role.shifts)
      for (const Headcount::Row& row : shift.headcount.rows)
        if (row.from > Instant::min() + hours(24 * 365)) add(row.from);
  if (out.empty()) {
    using namespace std::chrono;
    add(organisation.zone.to_instant(LocalTime(local_days(2024y / January / 1))));
  }
  return out;
}

// The task's roles and all who take over for them.
std::vector<size_t> covering(const Organisation& organisation, const Activity& activity) {
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

// On duty in each half hour from `start`.
std::vector<bool> staffed(const Organisation& organisation, const std::vector<size_t>& roles,
                          Instant start, size_t slots) {
  std::vector<bool> out(slots, false);
  for (size_t i = 0; i < slots; ++i)
    for (const size_t role : roles)
      out[i] = out[i] || organisation.on_duty(role, start + i * stride) > 0;
  return out;
}

struct Gap {
  Instant from{}, to{};  // openings without cover
};

std::string clock(const Organisation& organisation, Instant at) {
  const LocalTime local = organisation.zone.to_local(at);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto of_day = std::chrono::duration_cast<minutes>(local - day).count();
  const int64_t weekday = ((day.time_since_epoch().count() + 3) % 7 + 7) % 7;
  const auto two = [](int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::string(day_names[static_cast<size_t>(weekday)]) + " " + two(of_day / 60) + ":" +
         two(of_day % 60);
}

std::string length(minutes span) {
  const auto total = span.count();
  return std::to_string(total / 60) + " h" +
         (total % 60 == 0 ? "" : " " + std::to_string(total % 60) + " min");
}

// The longest run of openings that nobody covers; nothing when there is none or the deadline
// depends on more than the time.
std::optional<Gap> longest_gap(const Organisation& organisation, const Activity& activity,
                               const feel::Expression& due, size_t variables) {
  std::optional<Gap> worst;
  const std::vector<size_t> roles = covering(organisation, activity);
  const std::vector<feel::Value> nothing(variables);
  feel::Evaluation evaluation;
  evaluation.zone = &organisation.zone;
  evaluation.host = const_cast<Organisation*>(&organisation);
  constexpr size_t week = 7 * 48, horizon = week + 5 * 48;
  for (const Instant start : weeks(organisation)) {
    const std::vector<bool> there = staffed(organisation, roles, start, horizon);
    std::optional<Gap> run;
    for (size_t i = 0; i < week; ++i) {
      const Instant opened = start + i * stride;
      evaluation.clear();
      evaluation.now = opened;
      const feel::Value value = due.evaluate(nothing, evaluation);
      std::optional<Instant> until = value.instant(organisation.zone);
      if (const auto span = value.millis()) until = opened + *span;
      if (!until) return std::nullopt;
      bool covered = false;
      for (size_t j = i; j < horizon && !covered && start + j * stride < *until; ++j)
        covered = there[j];
      if (covered || start + horizon * stride < *until) {
        run.reset();
        continue;
      }
      if (!run) run = Gap{opened, opened};
      run->to = opened + stride;
      if (!worst || run->to - run->from > worst->to - worst->from) worst = run;
    }
  }
  return worst;
}

// A gap of a night only; a longer one is more than a missing night route.
bool at_night(const Organisation& organisation, const Gap& gap) {
  if (gap.to - gap.from > hours(16)) return false;
  for (Instant at = gap.from; at < gap.to; at += stride) {
    const LocalTime local = organisation.zone.to_local(at);
    const auto of_day = local - std::chrono::floor<std::chrono::days>(local);
    if (of_day >= hours(2) && of_day < hours(5)) return true;
  }
  return false;
}

}  // namespace

void check_cover(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  pugi::xml_document document;
  const std::string& xml = input.pathway.bpmn_xml();
  if (!document.load_buffer(xml.data(), xml.size())) return;  // told by the compiler
  std::map<std::string, std::string> deadlines;
  collect_deadlines(document, deadlines);

  feel::Names names;
  for (const std::string& name : input.pathway.variables()) names.add(name);
  feel::CompileOptions options;
  options.functions = &pathway_functions();
  for (const Activity& activity : input.pathway.activities()) {
    const auto due = deadlines.find(activity.id);
    if (due == deadlines.end() || !is_staff_task(activity, organisation)) continue;
    std::string_view text = trim(due->second);
    if (text.starts_with("=")) text.remove_prefix(1);
    const auto expression = feel::compile(text, names, options);
    if (!expression) continue;  // told by the compiler
    const auto gap = longest_gap(organisation, activity, *expression, names.list.size());
    if (!gap) continue;
    std::string roles;
    for (const std::string& role : activity.roles) roles += (roles.empty() ? "" : ", ") + role;
    const auto span = std::chrono::duration_cast<minutes>(gap->to - gap->from);
    const std::string id =
        at_night(organisation, *gap) ? "night-route-missing" : "hours-without-cover";
    input.findings.push_back(
        check_finding(id, activity.place,
                      {activity.id, clock(organisation, gap->from), clock(organisation, gap->to),
                       roles, "the longest gap: " + length(span)}));
  }
}

}  // namespace passerelle::pathway
