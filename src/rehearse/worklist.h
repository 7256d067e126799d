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

// One queue. What comes mostly goes behind all that waits already: such work stands in a row, and
// only what overtakes somebody goes into a binary heap beside it. What is withdrawn stays until it
// comes up: `alive` of top says whether it still waits.
class WorkQueue {
 public:
  void push(const WaitingWork& work) {
    if (front_ == row_.size()) {
      row_.clear();
      front_ = 0;
    }
    if (row_.empty() || !before(work, row_.back())) {
      row_.push_back(work);
    } else {
      push_before_others(work);
    }
  }
  // The first that is alive, or null; what is dead in front of it is dropped.
  template <class Alive>
  const WaitingWork* top(const Alive& alive) {
    while (!empty()) {
      const WaitingWork& work = first();
      if (alive(work)) return &work;
      pop();
    }
    return nullptr;
  }
  // Of a queue that is not empty.
  void pop() {
    if (heap_.empty() || !heap_first()) {
      ++front_;
      if (front_ >= least_gone && front_ * 2 >= row_.size()) close_up();
    } else {
      pop_from_heap();
    }
  }
  const WaitingWork& first() const {
    return heap_.empty() || !heap_first() ? row_[front_] : heap_.front();
  }
  // All that still waits, in no order.
  template <class Visitor>
  void each(const Visitor& visit) const {
    for (size_t i = front_; i < row_.size(); ++i) visit(row_[i]);
    for (const WaitingWork& work : heap_) visit(work);
  }

 private:
  static constexpr size_t least_gone = 64;
  bool empty() const { return heap_.empty() && front_ == row_.size(); }
  bool heap_first() const { return front_ == row_.size() || before(heap_.front(), row_[front_]); }
  void push_before_others(const WaitingWork& work);
  void pop_from_heap();
  void close_up();

  std::vector<WaitingWork> row_;  // in order; those before front_ are gone
  size_t front_ = 0;
  std::vector<WaitingWork> heap_;
};

}  // namespace passerelle::rehearse
