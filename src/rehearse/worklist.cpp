#include "rehearse/worklist.h"

#include <algorithm>

namespace passerelle::rehearse {

namespace {
bool after(const WaitingWork& a, const WaitingWork& b) { return before(b, a); }
}  // namespace

void WorkQueue::push_before_others(const WaitingWork& work) {
  heap_.push_back(work);
  std::push_heap(heap_.begin(), heap_.end(), after);
}

void WorkQueue::pop_from_heap() {
  std::pop_heap(heap_.begin(), heap_.end(), after);
  heap_.pop_back();
}

void WorkQueue::close_up() {
  row_.erase(row_.begin(), row_.begin() + static_cast<ptrdiff_t>(front_));
  front_ = 0;
}

}  // namespace passerelle::rehearse
