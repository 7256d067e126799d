// The calendar of a simulation: for every case the moment at which something happens to it next.
// One entry a case, not one a timer: what a case has planned stands in the case itself, so that a
// form that is answered takes its reminder back without a trace here.
//
// An indexed 4-ary heap: the four children of a node share a cache line (C. Bauer, "4-heaps";
// A. LaMarca and R. Ladner, "The influence of caches on the performance of heaps", 1996).
//
// The order at the same instant is specified, since it decides who waits:
//   1. release:  work ends, people become free
//   2. calendar: people come and leave (shifts, breaks, calls); what they kept or hand over
//   3. queue:    patients come, timers fire, patients answer or leave, messages arrive; work is
//                offered
//   4. seize:    free people take waiting work; then urgent work interrupts; then it is seen
//   whether
//                so much waits still that somebody is called
// Within a phase: by case number, oldest case first; within a case: in the order planned. Work that
// takes no time opens another round at the same instant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace passerelle::rehearse {

enum class Phase : uint8_t { release, calendar, queue };

// Milliseconds since the rehearsal's start, and the phase: one number that sorts.
using When = uint64_t;
constexpr When never = ~When{0};
constexpr When when(int64_t millis, Phase phase) {
  return static_cast<uint64_t>(millis) << 2 | static_cast<uint64_t>(phase);
}
constexpr int64_t millis_of(When moment) { return static_cast<int64_t>(moment >> 2); }

class Calendar {
 public:
  struct Entry {
    When at = never;
    uint32_t number = 0;  // of the case: breaks ties
    uint32_t slot = 0;    // where the case is kept
  };

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const Entry& top() const { return node(0); }

  // The slots that are likely to come up soon: so that their memory can be fetched in time.
  template <class Take>
  void coming(const Take& take) const {
    const size_t end = size_ < 21 ? size_ : 21;
    for (size_t i = 1; i < end; ++i) take(node(i).slot);
  }

  // Plans a slot, moves it, or takes it away (at = never).
  void set(uint32_t slot, uint32_t number, When at) {
    if (slot >= places_.size()) places_.resize(slot + size_t{1}, nowhere);
    const uint32_t place = places_[slot];
    if (place == nowhere) {
      if (at == never) return;
      if (size_ + before_children == lines_.size() * 4) lines_.emplace_back();
      up(static_cast<uint32_t>(size_++), {at, number, slot});
    } else if (at == never) {
      remove(place);
    } else {
      const Entry entry{at, number, slot};
      if (less(entry, node(place))) {
        up(place, entry);
      } else {
        down(place, entry);
      }
    }
  }

 private:
  static constexpr uint32_t nowhere = ~uint32_t{0};
  static bool less(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at < b.at : a.number < b.number;
  }
  void put(uint32_t place, const Entry& entry) {
    node(place) = entry;
    places_[entry.slot] = place;
  }
  void up(uint32_t place, const Entry& entry) {
    while (place > 0) {
      const uint32_t parent = (place - 1) / 4;
      if (!less(entry, node(parent))) break;
      put(place, node(parent));
      place = parent;
    }
    put(place, entry);
  }
  void down(uint32_t place, const Entry& entry) {
    const auto size = static_cast<uint32_t>(size_);
    for (;;) {
      const uint32_t first = place * 4 + 1;
      if (first >= size) break;
      // One of the four behind the children is looked at next.
      const size_t behind = first + size_t{1};
      if (behind + 4 <= lines_.size())
        for (size_t line = behind; line < behind + 4; ++line) __builtin_prefetch(&lines_[line]);
      uint32_t best = first;
      const uint32_t end = first + 4 < size ? first + 4 : size;
      for (uint32_t child = first + 1; child < end; ++child)
        if (less(node(child), node(best))) best = child;
      if (!less(node(best), entry)) break;
      put(place, node(best));
      place = best;
    }
    put(place, entry);
  }
  void remove(uint32_t place) {
    places_[node(place).slot] = nowhere;
    const Entry last = node(size_ - 1);
    --size_;
    if (place == size_) return;
    if (place > 0 && less(last, node((place - 1) / 4))) {
      up(place, last);
    } else {
      down(place, last);
    }
  }

  // The children of a node begin at 4 * node + 1: three entries are left out before the first, so
  // that they begin a line.
  static constexpr size_t before_children = 3;
  struct alignas(64) Line {
    Entry entries[4];
  };
  static_assert(sizeof(Line) == 4 * sizeof(Entry));
  Entry& node(size_t place) {
    place += before_children;
    return lines_[place / 4].entries[place % 4];
  }
  const Entry& node(size_t place) const {
    place += before_children;
    return lines_[place / 4].entries[place % 4];
  }

  std::vector<Line> lines_ = std::vector<Line>(1);
  size_t size_ = 0;
  std::vector<uint32_t> places_;  // by slot
};

}  // namespace passerelle::rehearse
