#include "rehearse/worklist.h"

#include <algorithm>

namespace passerelle::rehearse {

bool before(const WaitingWork& a, const WaitingWork& b) {
  if (a.priority != b.priority) return a.priority > b.priority;
  if (a.due != b.due) return a.due < b.due;
  if (a.offered != b.offered) return a.offered < b.offered;
  if (a.number != b.number) return a.number < b.number;
  return a.item < b.item;
}

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
