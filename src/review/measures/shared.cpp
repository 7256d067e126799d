#include <algorithm>
#include <array>

#include "review/measures/measures.h"

namespace passerelle::review {

Instant CaseView::clipped(const Event& event) const {
  return std::clamp(event.at, window.from, window.until);
}

uint32_t next_hit(const CaseView& view, Slot slot, uint32_t after) {
  const auto hits = view.hits(slot);
  const Event& first = view.event(after);
  for (auto at = std::upper_bound(hits.begin(), hits.end(), after); at != hits.end(); ++at) {
    const Event& event = view.event(*at);
    if (event.activity != first.activity || first.item == 0 || event.item == first.item) return *at;
  }
  return no_event;
}

int64_t patient_millis(const CaseView& view, const BoundIndicator& bound) {
  if (bound.days == no_slot) return std::max<int64_t>(0, (view.end - view.start).count());
  int64_t total = 0;
  // Stays of one case in one activity are few; a stay is open until an event of its item ends it.
  std::vector<std::pair<uint32_t, Instant>> open;
  for (const uint32_t index : view.hits(bound.days)) {
    const Event& event = view.event(index);
    const auto found = std::find_if(open.begin(), open.end(),
                                    [&](const auto& each) { return each.first == event.item; });
    const bool begins =
        event.lifecycle == Lifecycle::start || event.lifecycle == Lifecycle::schedule;
    if (begins) {
      if (found == open.end()) open.emplace_back(event.item, view.clipped(event));
    } else if (found != open.end()) {
      total += (view.clipped(event) - found->second).count();
      open.erase(found);
    }
  }
  for (const auto& [item, since] : open) total += std::max<int64_t>(0, (view.end - since).count());
  return total;
}

Found found_before(const CaseView& view, const BoundIndicator& bound) {
  Found found;
  const auto of = view.hits(bound.of);
  if (of.empty()) return found;
  found.of = of.front();
  const Instant until = view.event(found.of).at;
  for (const uint32_t index : view.hits(bound.with)) {
    if (index >= found.of) break;
    const auto& within = bound.indicator->within;
    if (within && until - view.event(index).at > *within) continue;
    found.with = index;
    break;
  }
  return found;
}

feel::Memo* SharedData::of(const feel::Expression& expression) {
  const auto known = std::find_if(known_.begin(), known_.end(), [&](const Known& each) {
    return each.expression == &expression;
  });
  if (known != known_.end()) return known->timeless ? &known->memo : nullptr;
  known_.push_back({&expression, expression.is_timeless(), {}});
  return known_.back().timeless ? &known_.back().memo : nullptr;
}

namespace {
feel::Value evaluate_anew(const CaseView& view, const feel::Expression& expression,
                          const std::vector<std::string>& fields, const Event& event) {
  view.evaluation->clear();
  view.evaluation->now = event.at;
  // Conditions read one or two fields: no memory is asked for.
  std::array<feel::Value, 4> few;
  std::vector<feel::Value> many(fields.size() > few.size() ? fields.size() : 0);
  const std::span<feel::Value> slots =
      many.empty() ? std::span(few).first(fields.size()) : std::span(many);
  for (size_t i = 0; i < fields.size(); ++i) slots[i] = event.data[fields[i]];
  return expression.evaluate(slots, *view.evaluation);
}
}  // namespace

feel::Value evaluate_on(const CaseView& view, const feel::Expression& expression,
                        const std::vector<std::string>& fields, const Event& event) {
  const bool is_shared = event.data.on_heap() && event.data.heap()->count > 1;
  feel::Memo* memo = is_shared && view.shared != nullptr ? view.shared->of(expression) : nullptr;
  if (memo == nullptr) return evaluate_anew(view, expression, fields, event);
  const feel::Memo::Operand data(event.data);
  if (const feel::Value* known = memo->find({&data, 1})) return *known;
  feel::Value value = evaluate_anew(view, expression, fields, event);
  memo->keep({&data, 1}, value);
  return value;
}

}  // namespace passerelle::review
