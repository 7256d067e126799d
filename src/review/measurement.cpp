// Measurement: finds once, for all indicators, the events of a case that any of them wants, and
// hands them to the measures.
#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"
#include "review/binding.h"
#include "review/measure.h"
#include "review/tally.h"

namespace passerelle::review {
namespace {

// More values than this of one attribute are "other": a table that nobody reads helps nobody.
constexpr size_t values_limit = 40;
constexpr std::string_view other_values = "…";

std::string group_text(const feel::Value& value) {
  return value.is_null() ? std::string() : feel::to_text(value);
}

}  // namespace

struct Measurement::Parts {
  Binding binding;
  Window window;
  std::vector<const Measure*> measure_of;  // by indicator
  uint64_t cases = 0;

  // Values of each group attribute by number; 0 is "not told".
  std::vector<std::vector<std::string>> values;
  // Cases with the same values of all attributes share their tallies: each observation is kept
  // once, however many groups it counts for.
  struct Cell {
    std::vector<uint16_t> key;   // a value for each attribute
    std::vector<Tally> tallies;  // by indicator
  };
  std::vector<Cell> cells;
  std::map<std::vector<uint16_t>, size_t> cell_of;

  // Reused from case to case.
  std::vector<std::vector<uint32_t>> hits;
  std::vector<uint16_t> key;
  Contribution contribution;
  feel::Evaluation evaluation;
  SharedData shared;

  Parts(std::span<const pathway::Indicator> indicators, const pathway::Pathway& pathway,
        const pathway::NameTable& names, Window given)
      : binding(indicators, pathway, names),
        window(given),
        values(binding.attributes().size(), {""}),
        hits(binding.slots()) {
    for (const pathway::Indicator& each : indicators)
      measure_of.push_back(&find_measure(each.measure));
    evaluation.keep_notes = false;
  }

  uint16_t value_number(size_t attribute, std::string_view text) {
    auto& known = values[attribute];
    const auto found = std::find(known.begin(), known.end(), text);
    if (found != known.end()) return static_cast<uint16_t>(found - known.begin());
    if (known.size() > values_limit && text != other_values)
      return value_number(attribute, other_values);
    known.emplace_back(text);
    return static_cast<uint16_t>(known.size() - 1);
  }

  Cell& cell() {
    const auto [at, added] = cell_of.try_emplace(key, cells.size());
    if (added) cells.push_back({key, std::vector<Tally>(measure_of.size())});
    return cells[at->second];
  }

  void sort_out(std::span<const Event> events, CaseView& view);
  bool chosen(const Binding::Entry& entry, const Event& event);
  Outcome outcome(size_t indicator, size_t attribute, int value, bool inverted,
                  bool with_intervals) const;
  std::vector<GroupOutcome> groups(size_t indicator, bool with_intervals) const;
};

bool Measurement::Parts::chosen(const Binding::Entry& entry, const Event& event) {
  if ((entry.lifecycles & (1u << static_cast<unsigned>(event.lifecycle))) == 0) return false;
  if (entry.in_window && event.at < window.from) return false;
  if (entry.choice == nullptr || entry.choice->condition.empty()) return true;
  CaseView view;
  view.evaluation = &evaluation;
  view.shared = &shared;
  return evaluate_on(view, entry.choice->condition, entry.choice->fields, event).is_true();
}

void Measurement::Parts::sort_out(std::span<const Event> events, CaseView& view) {
  for (auto& each : hits) each.clear();
  key.assign(values.size(), 0);
  view.start = std::max(events.front().at, window.from);
  view.end = window.until;
  for (uint32_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.at > window.until) break;
    if (binding.is_case(event.activity) && event.lifecycle == Lifecycle::complete) {
      view.end = event.at;
      view.ended = true;
    }
    for (const Binding::Entry& entry : binding.entries(event.activity)) {
      auto& list = hits[entry.slot];
      if (!list.empty() && list.back() == i) continue;
      if (chosen(entry, event)) list.push_back(i);
    }
    if (event.data.is_null()) continue;
    for (const uint16_t attribute : binding.attributes_of(event.activity)) {
      const feel::Value* value = event.data.find(binding.attributes()[attribute]);
      if (value != nullptr && !value->is_null())
        key[attribute] = value_number(attribute, group_text(*value));
    }
  }
}

Measurement::Measurement(std::span<const pathway::Indicator> indicators,
                         const pathway::Pathway& pathway, const pathway::NameTable& names,
                         Window window)
    : parts_(std::make_unique<Parts>(indicators, pathway, names, window)) {}
Measurement::~Measurement() = default;
Measurement::Measurement(Measurement&&) noexcept = default;
Measurement& Measurement::operator=(Measurement&&) noexcept = default;

uint64_t Measurement::cases() const { return parts_->cases; }

void Measurement::add_case(std::span<const Event> events) {
  Parts& parts = *parts_;
  if (events.empty() || events.front().at > parts.window.until) return;
  CaseView view;
  view.events = events;
  view.window = parts.window;
  view.evaluation = &parts.evaluation;
  view.shared = &parts.shared;
  parts.sort_out(events, view);
  if (view.end < parts.window.from) return;
  view.slots = parts.hits;
  ++parts.cases;
  Parts::Cell& cell = parts.cell();
  for (size_t i = 0; i < parts.measure_of.size(); ++i) {
    const BoundIndicator& bound = parts.binding.bound(i);
    parts.contribution.clear();
    parts.measure_of[i]->add(view, bound, parts.contribution);
    cell.tallies[i].add(*parts.measure_of[i], *bound.indicator, parts.contribution);
  }
}

void Measurement::merge(const Measurement& other) {
  Parts& parts = *parts_;
  const Parts& more = *other.parts_;
  CHECK(parts.measure_of == more.measure_of, "measurements of the same indicators");
  parts.cases += more.cases;
  for (const Parts::Cell& cell : more.cells) {
    parts.key.resize(cell.key.size());
    for (size_t a = 0; a < cell.key.size(); ++a)
      parts.key[a] = parts.value_number(a, more.values[a][cell.key[a]]);
    Parts::Cell& mine = parts.cell();
    for (size_t i = 0; i < cell.tallies.size(); ++i) mine.tallies[i].merge(cell.tallies[i]);
  }
}

// Of all cases (value < 0), of those with a value, or of all the others.
Outcome Measurement::Parts::outcome(size_t indicator, size_t attribute, int value, bool inverted,
                                    bool with_intervals) const {
  std::vector<const Tally*> tallies;
  for (const auto& [cell_key, number] : cell_of) {
    const bool matches = value < 0 || cell_key[attribute] == value;
    if (matches != inverted) tallies.push_back(&cells[number].tallies[indicator]);
  }
  return outcome_of(*measure_of[indicator], *binding.bound(indicator).indicator, tallies,
                    with_intervals);
}

std::vector<GroupOutcome> Measurement::Parts::groups(size_t indicator, bool with_intervals) const {
  std::vector<GroupOutcome> out;
  for (const std::string& name : binding.bound(indicator).indicator->groups) {
    const auto& attributes = binding.attributes();
    const auto attribute = static_cast<size_t>(
        std::find(attributes.begin(), attributes.end(), name) - attributes.begin());
    const size_t first = out.size();
    for (size_t v = 0; v < values[attribute].size(); ++v) {
      const int value = static_cast<int>(v);
      const bool seen = std::any_of(cells.begin(), cells.end(),
                                    [&](const Cell& cell) { return cell.key[attribute] == value; });
      if (!seen) continue;
      GroupOutcome group{name, values[attribute][v],
                         outcome(indicator, attribute, value, false, with_intervals)};
      const Outcome others = outcome(indicator, attribute, value, true, with_intervals);
      if (group.outcome.known() && others.known()) {
        group.difference = group.outcome.value - others.value;
        const Interval interval =
            review::difference(group.outcome.value, {group.outcome.low, group.outcome.high},
                               others.value, {others.low, others.high});
        group.difference_low = interval.low;
        group.difference_high = interval.high;
      }
      out.push_back(std::move(group));
    }
    std::sort(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
              [](const GroupOutcome& a, const GroupOutcome& b) { return a.value < b.value; });
  }
  return out;
}

std::vector<IndicatorOutcome> Measurement::result(bool with_intervals) const {
  std::vector<IndicatorOutcome> out;
  for (size_t i = 0; i < parts_->measure_of.size(); ++i)
    out.push_back(
        {parts_->outcome(i, 0, -1, false, with_intervals), parts_->groups(i, with_intervals)});
  return out;
}

}  // namespace passerelle::review
