#include "pathway/adoption.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "pathway/calendar_day.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {

double Adoption::share(int64_t day) const {
  if (!rows.empty()) {
    if (day < rows.front().first) return 0;
    const auto after =
        std::find_if(rows.begin(), rows.end(), [day](const auto& row) { return row.first > day; });
    if (after == rows.end()) return rows.back().second;
    const auto& before = *(after - 1);
    const auto part =
        static_cast<double>(day - before.first) / static_cast<double>(after->first - before.first);
    return before.second + part * (after->second - before.second);
  }
  if (day < from) return 0;
  const auto t = static_cast<double>(day - from);
  const double gone = std::exp(-(innovation + imitation) * t);
  return ceiling * (1 - gone) / (1 + imitation / innovation * gone);
}

Adoption read_adoption(const yaml::Node& node, YamlReader& read) {
  Adoption to;
  if (!read.mapping(node, {"from", "ceiling", "innovation", "imitation", "unit", "rows"}))
    return to;
  const auto day_of = [](const yaml::Node& at) -> std::optional<int64_t> {
    const auto day = parse_calendar_day(at.scalar);
    if (!day) return std::nullopt;
    return day->time_since_epoch().count();
  };
  if (const auto* rows = node.find("rows")) {
    if (node.members.size() != 1) read.wrong(node, "rows alone, or from and the others");
    if (!read.sequence(*rows)) return to;
    if (rows->items.empty()) read.wrong(*rows, "at least one row, {at: 2025-03-03, share: 0.1}");
    for (const yaml::Node& each : rows->items) {
      if (!read.mapping(each, {"at", "share"})) continue;
      const auto* at = read.member(each, "at", true);
      const double share = read.number(each, "share", -1);
      const auto day = at == nullptr ? std::nullopt : day_of(*at);
      if (!day || (!to.rows.empty() && *day <= to.rows.back().first)) {
        read.wrong(each, "at: a date like 2025-03-03, later than the row before");
      } else if (!(share >= 0 && share <= 1)) {
        read.wrong(each, "share: from 0 to 1");
      } else {
        to.rows.emplace_back(*day, share);
      }
    }
    if (to.rows.empty()) to.rows.emplace_back(0, 0);
    return to;
  }
  if (const auto* from = read.member(node, "from", true)) {
    const auto day = day_of(*from);
    if (!day) read.wrong(*from, "a date like 2025-03-03");
    to.from = day.value_or(0);
  }
  const std::string unit = read.text(node, "unit", true);
  const double days = unit == "day"     ? 1
                      : unit == "week"  ? 7
                      : unit == "month" ? 365.25 / 12
                                        : 365.25;
  if (unit != "day" && unit != "week" && unit != "month" && unit != "year")
    read.wrong(node, "unit: day, week, month or year, in which the two rates are");
  to.ceiling = read.number(node, "ceiling", 1);
  to.innovation = read.number(node, "innovation", 0) / days;
  to.imitation = read.number(node, "imitation", 0) / days;
  if (!(to.ceiling >= 0 && to.ceiling <= 1)) read.wrong(node, "ceiling: a share from 0 to 1");
  if (!(to.innovation > 0 && to.innovation <= 10 && to.imitation >= 0 && to.imitation <= 10)) {
    read.wrong(node, "innovation: above 0, and imitation: 0 or more, of those who remain");
    to.innovation = 1;
  }
  return to;
}

}  // namespace passerelle::pathway
