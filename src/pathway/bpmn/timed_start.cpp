// Start events of a process that open cases by themselves: when they are next due.
#include <algorithm>

#include "pathway/bpmn/compiled.h"
#include "pathway/feel/temporal.h"

namespace passerelle::pathway {
namespace {

class Calendar {
 public:
  Calendar(const Pathway::Compiled& compiled, Instant now) : compiled_(compiled) {
    evaluation_.now = now;
    evaluation_.zone = &compiled.organisation.zone;
    evaluation_.host = const_cast<Organisation*>(&compiled.organisation);
  }

  feel::Value value(uint16_t expression) {
    if (expression == nothing) return {};
    const std::vector<feel::Value> none(compiled_.variable_names.size());
    return compiled_.expressions[expression].evaluate(none, evaluation_);
  }
  // A date and time, or that far from `now`.
  std::optional<Instant> instant(const feel::Value& value) const {
    const Zone& zone = compiled_.organisation.zone;
    if (const auto millis = value.millis()) return evaluation_.now + *millis;
    if (value.kind() == feel::Kind::date) {
      return feel::Value::date_time(value.whole() * feel::seconds_a_day, 0).instant(zone);
    }
    return value.instant(zone);
  }
  // Days and months go by the clock on the wall: every Monday at eight stays at eight.
  std::optional<Instant> later(Instant at, const feel::Value& period) const {
    const Zone& zone = compiled_.organisation.zone;
    const auto millis = period.millis();
    if (millis && *millis % std::chrono::days(1) != Millis(0)) return at + *millis;
    return feel::add_temporal(feel::Value::date_time(at, zone), period).instant(zone);
  }

 private:
  const Pathway::Compiled& compiled_;
  feel::Evaluation evaluation_;
};

// The times after `after`, in order, until `visit` gives false.
template <class Visit>
void visit_starts(const Pathway::Compiled& compiled, uint16_t activity, Instant since,
                  Instant after, const Visit& visit) {
  const auto timed = std::find_if(compiled.timed_starts.begin(), compiled.timed_starts.end(),
                                  [&](const TimedStart& each) { return each.node == activity; });
  if (timed == compiled.timed_starts.end()) return;
  Calendar calendar(compiled, since);
  const Node& node = compiled.nodes[activity];
  const feel::Value value = calendar.value(node.timer);
  const auto millis = value.millis();
  const bool even = millis && *millis % std::chrono::days(1) != Millis(0);
  std::optional<Instant> at = timed->first != nothing
                                  ? calendar.instant(calendar.value(timed->first))
                              : timed->cycle ? calendar.later(since, value)
                                             : calendar.instant(value);
  uint32_t left = timed->cycle ? node.repeats : 0;
  while (at) {
    if (*at > after && !visit(*at)) return;
    if (left == 0) return;
    if (even && left == endless && *at <= after) {  // an endless one is found in one go
      *at += *millis * ((after - *at) / *millis + 1);
      continue;
    }
    const auto next = calendar.later(*at, value);
    if (!next || *next <= *at) return;
    at = next;
    if (left != endless) --left;
  }
}

}  // namespace

std::vector<std::string> Pathway::opening_signals() const {
  std::vector<std::string> out;
  for (const auto& [name, node] : compiled_->message_starts) {
    if (compiled_->nodes[node].trigger == Trigger::signal) out.push_back(names().text(name));
  }
  return out;
}

bool Pathway::announces() const {
  return std::any_of(compiled_->nodes.begin(), compiled_->nodes.end(), [](const Node& node) {
    return node.announces || (node.op == Op::post && node.receivers.count == 0);
  });
}

std::vector<uint16_t> Pathway::timed_starts() const {
  std::vector<uint16_t> out;
  for (const TimedStart& timed : compiled_->timed_starts) out.push_back(timed.node);
  return out;
}

std::vector<Instant> Pathway::starts(uint16_t activity, Instant since, Instant until,
                                     size_t most) const {
  std::vector<Instant> out;
  visit_starts(*compiled_, activity, since, since - Millis(1), [&](Instant at) {
    if (at >= until || out.size() >= most) return false;
    out.push_back(at);
    return true;
  });
  return out;
}

std::optional<Instant> Pathway::next_start(uint16_t activity, Instant since, Instant after) const {
  std::optional<Instant> next;
  visit_starts(*compiled_, activity, since, after, [&](Instant at) {
    next = at;
    return false;
  });
  return next;
}

}  // namespace passerelle::pathway
