// Indicators bound to the names of one log: for each activity, which selectors want which of its
// events. For measurement.cpp only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pathway/pathway.h"
#include "review/measures/measures.h"

namespace passerelle::review {

class Binding {
 public:
  // One way for an event to get onto a selector's list.
  struct Entry {
    Slot slot = no_slot;
    uint8_t lifecycles = 0;  // a bit for each
    bool in_window = true;   // false: also events before the window, as far as the log has them
    const pathway::EventChoice* choice = nullptr;  // null: no condition
  };

  Binding(std::span<const pathway::Indicator> indicators, const pathway::Pathway& pathway,
          const pathway::NameTable& names);

  const BoundIndicator& bound(size_t indicator) const { return bound_[indicator]; }
  size_t slots() const { return slots_; }
  const std::vector<std::string>& attributes() const { return attributes_; }
  bool is_case(Name activity) const { return activity == case_name_; }

  std::span<const Entry> entries(Name activity) const {
    if (activity >= by_name_.size()) return {};
    return by_name_[activity].entries;
  }
  // Numbers of the group attributes that this activity records.
  std::span<const uint16_t> attributes_of(Name activity) const {
    if (activity >= by_name_.size()) return {};
    return by_name_[activity].attributes;
  }

 private:
  struct Wanted {
    std::vector<Entry> entries;
    std::vector<uint16_t> attributes;
  };
  Wanted* wanted(std::string_view activity);
  Slot select(const pathway::EventSelector& selector, bool in_window);
  Slot select(std::span<const std::string> activities, uint8_t lifecycles);
  void bind(const pathway::Indicator& indicator, const pathway::Pathway& pathway);
  void bind_attributes(std::span<const pathway::Indicator> indicators,
                       const pathway::Pathway& pathway);

  const pathway::NameTable& names_;
  Name case_name_ = 0;
  Slot slots_ = 1;  // 0 is no_slot
  std::vector<Wanted> by_name_;
  std::vector<BoundIndicator> bound_;
  std::vector<std::string> attributes_;
};

// Activities whose work minutes are added: those written, or all that the roles perform.
std::vector<std::string> work_activities(const pathway::Indicator& indicator,
                                         const pathway::Pathway& pathway);

}  // namespace passerelle::review
