// What happened in a rehearsal, in lines that tests can compare. For tests of rehearse/ only.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "rehearse/rehearse.h"
#include "rehearse/test_package.h"

namespace passerelle::rehearse {

inline pathway::EventLog log_of(const TestPackage& test, int days = 3, uint64_t seed = 1) {
  const auto package = test.load();
  if (package == nullptr) return {};
  Settings settings;
  settings.days = days;
  settings.seed = seed;
  auto log = event_log(*package, settings, 0);
  EXPECT_TRUE(log) << to_text(log.error());
  return log ? std::move(*log) : pathway::EventLog();
}

inline Rehearsal once(const TestPackage& test, int days = 3, int replications = 1) {
  const auto package = test.load();
  if (package == nullptr) return {};
  Settings settings;
  settings.days = days;
  settings.replications = replications;
  auto rehearsal = rehearse(*package, settings);
  EXPECT_TRUE(rehearsal) << to_text(rehearsal.error());
  return rehearsal ? std::move(*rehearsal) : Rehearsal();
}

// "1 09T08:30 call start": case, day and local time, activity, lifecycle.
inline std::vector<std::string> told(const pathway::EventLog& log, std::string_view activity = "",
                                     std::string_view lifecycle = "") {
  const Zone zone = *Zone::find("Europe/Paris");
  std::vector<std::string> out;
  for (const pathway::Event& event : log.events) {
    const std::string& name = log.names.text(event.activity);
    if (!activity.empty() && name != activity) continue;
    if (!lifecycle.empty() && to_text(event.lifecycle) != lifecycle) continue;
    const LocalTime at = zone.to_local(event.at);
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{std::chrono::sys_days(day.time_since_epoch())};
    const auto minutes = std::chrono::floor<std::chrono::minutes>(at - day).count();
    std::string line = fmt::format("{} {:02}T{:02}:{:02}", event.case_number,
                                   static_cast<unsigned>(date.day()), minutes / 60, minutes % 60);
    if (activity.empty()) line += " " + name;
    if (lifecycle.empty()) line += " " + std::string(to_text(event.lifecycle));
    out.push_back(std::move(line));
  }
  return out;
}

inline std::string schedule(std::initializer_list<std::string_view> times,
                            const std::string& more = "") {
  std::string out = "start: 2021-01-04\ndays: 3\narrivals:\n  - schedule: [";
  const char* between = "";
  for (const std::string_view time : times) {
    out += between + ("\"2021-01-" + std::string(time) + "\"");
    between = ", ";
  }
  return out + "]\n    assumption: true\n" + more;
}

}  // namespace passerelle::rehearse
