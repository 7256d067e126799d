// Number of events of one kind by number of events of another.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_ratio(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  out.numerator = static_cast<int64_t>(view.hits(bound.of).size());
  out.denominator = static_cast<int64_t>(view.hits(bound.with).size());
  out.n = static_cast<uint64_t>(out.denominator);
}

}  // namespace passerelle::review
