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

  bool empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  const Entry& top() const { return heap_.front(); }

  // The slots that are likely to come up soon: so that their memory can be fetched in time.
  template <class Take>
  void soon(const Take& take) const {
    const size_t end = heap_.size() < 5 ? heap_.size() : 5;
    for (size_t i = 1; i < end; ++i) take(heap_[i].slot);
  }
  // Those that are likely to be among them soon.
  template <class Take>
  void later(const Take& take) const {
    const size_t end = heap_.size() < 21 ? heap_.size() : 21;
    for (size_t i = 5; i < end; ++i) take(heap_[i].slot);
  }

  // Plans a slot, moves it, or takes it away (at = never).
  void set(uint32_t slot, uint32_t number, When at) {
    if (slot >= places_.size()) places_.resize(slot + size_t{1}, nowhere);
    const uint32_t place = places_[slot];
    if (place == nowhere) {
      if (at == never) return;
      heap_.push_back({at, number, slot});
      up(static_cast<uint32_t>(heap_.size() - 1), {at, number, slot});
    } else if (at == never) {
      remove(place);
    } else {
      const Entry entry{at, number, slot};
      if (less(entry, heap_[place])) {
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
    heap_[place] = entry;
    places_[entry.slot] = place;
  }
  void up(uint32_t place, const Entry& entry) {
    while (place > 0) {
      const uint32_t parent = (place - 1) / 4;
      if (!less(entry, heap_[parent])) break;
      put(place, heap_[parent]);
      place = parent;
    }
    put(place, entry);
  }
  void down(uint32_t place, const Entry& entry) {
    const auto size = static_cast<uint32_t>(heap_.size());
    for (;;) {
      const uint32_t first = place * 4 + 1;
      if (first >= size) break;
      uint32_t best = first;
      const uint32_t end = first + 4 < size ? first + 4 : size;
      for (uint32_t child = first + 1; child < end; ++child)
        if (less(heap_[child], heap_[best])) best = child;
      if (!less(heap_[best], entry)) break;
      put(place, heap_[best]);
      place = best;
    }
    put(place, entry);
  }
  void remove(uint32_t place) {
    places_[heap_[place].slot] = nowhere;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (place == heap_.size()) return;
    if (place > 0 && less(last, heap_[(place - 1) / 4])) {
      up(place, last);
    } else {
      down(place, last);
    }
  }

  std::vector<Entry> heap_;
  std::vector<uint32_t> places_;  // by slot
};

}  // namespace passerelle::rehearse
