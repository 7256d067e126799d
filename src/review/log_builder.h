// What readers of all formats share: cases by name, times as people write them, lifecycles by their
// standard names, and the remarks about what a log left out. For review/ only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "review/log_file.h"

namespace passerelle::review {

// RFC 3339, or without offset (then local time in `zone`), "T" or a space, or a date alone.
Result<Instant> parse_log_time(std::string_view text, const Zone& zone);
// The XES standard's transitions in any case of letters; nothing for words it does not know.
std::optional<pathway::Lifecycle> parse_lifecycle(std::string_view text);

class LogBuilder {
 public:
  explicit LogBuilder(const LogOptions& options) : options_(options) {}

  // The number of a case by its outside name.
  uint64_t case_number(std::string_view name);
  // Of another case, whatever others are called.
  uint64_t new_case(std::string_view name);
  // A log of ours tells the number itself.
  void own_case(uint64_t number, std::string_view name);
  // The item of an outside name of a piece of work, unique in its case.
  uint32_t item(uint64_t case_number, std::string_view name);
  pathway::Name name(std::string_view text) { return log_.names.intern(text); }
  // An error without place when there are too many.
  Result<void> add(pathway::Event event);
  size_t size() const { return log_.events.size(); }

  void no_time() { ++without_time_; }
  void no_activity() { ++without_activity_; }
  void odd_lifecycle(std::string_view text);

  LoadedLog finish();

 private:
  const LogOptions& options_;
  pathway::EventLog log_;
  std::unordered_map<std::string, uint64_t> cases_;
  struct Items {
    std::unordered_map<std::string, uint32_t> numbers;
    uint32_t highest = 0;
  };
  std::unordered_map<uint64_t, Items> items_;
  size_t without_time_ = 0, without_activity_ = 0, odd_lifecycles_ = 0;
  std::string first_odd_lifecycle_;
};

}  // namespace passerelle::review
