// Share of cases with `of` in which `with` came before, at most `within` earlier.
#include "review/measures/measures.h"

namespace passerelle::review {

void add_share_found_before(const CaseView& view, const BoundIndicator& bound, Contribution& out) {
  const Found found = found_before(view, bound);
  if (found.of == no_event) return;
  out.denominator = 1;
  out.numerator = found.with == no_event ? 0 : 1;
  out.n = 1;
}

}  // namespace passerelle::review
