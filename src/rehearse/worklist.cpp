#include "rehearse/worklist.h"

#include <algorithm>

namespace passerelle::rehearse {

namespace {
bool after(const WaitingWork& a, const WaitingWork& b) { return before(b, a); }
}  // namespace

void WorkQueue::push(const WaitingWork& work) {
  heap_.push_back(work);
  std::push_heap(heap_.begin(), heap_.end(), after);
}

void WorkQueue::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), after);
  heap_.pop_back();
}

}  // namespace passerelle::rehearse
