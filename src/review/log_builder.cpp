#include "review/log_builder.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace passerelle::review {
namespace {

using pathway::Lifecycle;

// IEEE 1849-2016, 7.2, and the older names of the MXML model behind it.
struct Transition {
  std::string_view name;
  Lifecycle lifecycle;
};
constexpr std::array transitions = {
    Transition{"schedule", Lifecycle::schedule},  Transition{"assign", Lifecycle::assign},
    Transition{"reassign", Lifecycle::assign},    Transition{"start", Lifecycle::start},
    Transition{"suspend", Lifecycle::suspend},    Transition{"resume", Lifecycle::resume},
    Transition{"complete", Lifecycle::complete},  Transition{"end", Lifecycle::complete},
    Transition{"completed", Lifecycle::complete}, Transition{"started", Lifecycle::start},
    Transition{"withdraw", Lifecycle::withdraw},  Transition{"manualskip", Lifecycle::withdraw},
    Transition{"autoskip", Lifecycle::withdraw},  Transition{"ate_abort", Lifecycle::ate_abort},
    Transition{"pi_abort", Lifecycle::ate_abort},
};

constexpr uint64_t names_by_number_limit = 100'000'000;

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<Lifecycle> parse_lifecycle(std::string_view text) {
  for (const Transition& each : transitions)
    if (each.name == text) return each.lifecycle;
  const std::string small = lower(text);
  for (const Transition& each : transitions)
    if (each.name == small) return each.lifecycle;
  return std::nullopt;
}

Result<Instant> parse_log_time(std::string_view text, const Zone& zone) {
  text = trim(text);
  if (text.size() >= 20 && text[10] == 'T') {  // the common case, without a copy
    auto exact = parse_instant(text);
    if (exact) return exact;
  }
  std::string written(text);
  if (written.size() == 10) written += "T00:00:00";
  if (written.size() > 10 && written[10] == ' ') written[10] = 'T';
  if (auto exact = parse_instant(written)) return exact;
  auto local = parse_instant(written + "Z");
  if (!local)
    return Error{ErrorCode::invalid,
                 "'" + std::string(text.substr(0, 40)) + "' is no date and time",
                 {},
                 "write 2020-03-26T08:45:00+01:00"};
  return zone.to_instant(LocalTime(local->time_since_epoch()));
}

uint64_t LogBuilder::case_number(std::string_view name) {
  const auto [at, added] = cases_.try_emplace(std::string(name), log_.case_names.size());
  if (added) log_.case_names.emplace_back(name);
  return at->second;
}

uint64_t LogBuilder::new_case(std::string_view name) {
  log_.case_names.emplace_back(name);
  return log_.case_names.size() - 1;
}

void LogBuilder::own_case(uint64_t number, std::string_view name) {
  if (name.empty() || name == std::to_string(number) || number >= names_by_number_limit) return;
  if (log_.case_names.size() <= number) log_.case_names.resize(number + 1);
  log_.case_names[number] = name;
}

uint32_t LogBuilder::item(uint64_t case_number, std::string_view name) {
  if (name.empty()) return 0;
  uint32_t number = 0;
  if (digits(name) && name.size() <= 9) {
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
  }
  Items& items = items_[case_number];
  // Above all numbers that a log would write itself.
  constexpr uint32_t first = 1'000'000'000;
  const auto [at, added] = items.numbers.try_emplace(std::string(name), first + items.highest);
  if (added) ++items.highest;
  return at->second;
}

Result<void> LogBuilder::add(pathway::Event event) {
  if (log_.events.size() >= options_.limits.events)
    return Error{ErrorCode::too_large,
                 "holds more than " + std::to_string(options_.limits.events) + " events",
                 {},
                 "split the log by time or by case"};
  log_.events.push_back(std::move(event));
  return {};
}

void LogBuilder::odd_lifecycle(std::string_view text) {
  if (odd_lifecycles_++ == 0) first_odd_lifecycle_ = text.substr(0, 40);
}

LoadedLog LogBuilder::finish() {
  LoadedLog out;
  const auto remark = [&](size_t count, const std::string& what) {
    if (count > 0)
      out.remarks.push_back(std::to_string(count) + (count == 1 ? " event " : " events ") + what);
  };
  remark(without_time_, "without a time: taken as the time of the event before");
  remark(without_activity_, "without an activity: called '(none)'");
  remark(odd_lifecycles_, "with a lifecycle that is not of the standard, such as '" +
                              first_odd_lifecycle_ + "': taken as complete");
  if (group_by_case(log_))
    out.remarks.push_back("events of a case were not in the order of time: sorted");
  out.log = std::move(log_);
  return out;
}

}  // namespace passerelle::review
