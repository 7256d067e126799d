// Minutes that people of some roles had their hands on work, per patient-day: from start to
// complete, without the time after it was given back. Work whose start nobody told counts from when
// it was taken (assign).
#include <algorithm>

#include "review/measures/measures.h"

namespace passerelle::review {
namespace {

struct Hands {
  uint32_t item = 0;
  Name activity = 0;
  Instant since{};
  bool started = false;
};

bool ends_work(Lifecycle lifecycle) {
  return lifecycle == Lifecycle::complete || lifecycle == Lifecycle::suspend ||
         lifecycle == Lifecycle::withdraw || lifecycle == Lifecycle::ate_abort;
}

}  // namespace

void add_work_minutes(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  std::vector<Hands> open;
  for (const uint32_t index : view.hits(bound.work)) {
    const Event& event = view.event(index);
    const auto found = std::find_if(open.begin(), open.end(), [&](const Hands& each) {
      return each.item == event.item && each.activity == event.activity;
    });
    if (ends_work(event.lifecycle)) {
      if (found == open.end()) continue;
      out.numerator += (view.clipped(event) - found->since).count();
      open.erase(found);
      continue;
    }
    const bool theirs =
        std::find(bound.roles.begin(), bound.roles.end(), event.role) != bound.roles.end();
    if (!theirs) continue;
    const bool starts = event.lifecycle == Lifecycle::start;
    if (found == open.end()) {
      open.push_back({event.item, event.activity, view.clipped(event), starts});
    } else if (starts && !found->started) {
      *found = {event.item, event.activity, view.clipped(event), true};
    }
  }
  out.denominator = patient_millis(view, bound);
  out.n = out.denominator > 0 ? 1 : 0;
}

}  // namespace passerelle::review
