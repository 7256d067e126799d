// Work that waits for staff, by the roles that may take it. The order is that of the worklist which
// people really see (pathway/work_order.h); at last the case's number, so that it is never left to
// chance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pathway/work_order.h"

namespace passerelle::rehearse {

using pathway::no_deadline;

struct WaitingWork {
  pathway::WorkRank rank;
  int64_t since = 0;  // when it began to wait
  int16_t priority = 0;
  uint32_t number = 0;  // of the case
  uint32_t item = 0;
  uint32_t slot = 0;    // where the case is kept
  uint32_t ticket = 0;  // of this waiting: taken, withdrawn and offered again get another
};

// Whether `a` is taken before `b`.
inline bool before(const WaitingWork& a, const WaitingWork& b) {
  if (a.rank != b.rank) return a.rank < b.rank;
  if (a.number != b.number) return a.number < b.number;
  return a.item < b.item;
}

// One queue: a binary heap. What is withdrawn stays in it until it comes up: `alive` of pop and top
// says whether it still waits.
class WorkQueue {
 public:
  void push(const WaitingWork& work);
  // The first that is alive, or null; what is dead in front of it is dropped.
  template <class Alive>
  const WaitingWork* top(const Alive& alive) {
    while (!heap_.empty() && !alive(heap_.front())) pop();
    return heap_.empty() ? nullptr : &heap_.front();
  }
  void pop();
  const WaitingWork& first() const { return heap_.front(); }
  // All that still waits, in no order.
  const std::vector<WaitingWork>& all() const { return heap_; }

 private:
  std::vector<WaitingWork> heap_;
};

}  // namespace passerelle::rehearse
