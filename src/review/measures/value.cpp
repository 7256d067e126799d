// A number that events record.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_value(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  const pathway::Indicator& indicator = *bound.indicator;
  for (const uint32_t index : view.hits(bound.of)) {
    const auto value =
        evaluate_on(view, indicator.holds, indicator.holds_fields, view.event(index));
    if (value.is_number()) out.samples.push_back(value.real());
  }
}

}  // namespace passerelle::review
