// Activities that are repeated: standard loops, and once for each of a list (BPMN 2.0.2, 13.3.6 and
// 13.3.7). Each instance is a scope of its own around the activity, with variables of its own.
#include <algorithm>
#include <limits>

#include "pathway/bpmn/stepper.h"

namespace passerelle::pathway {
namespace {

constexpr uint32_t parallel_limit = 500;
constexpr uint32_t sequential_limit = 10'000;

}  // namespace

// ---- local variables ----

void Stepper::swap_locals(uint16_t scope) {
  for (State::Local& local : state_.locals_) {
    if (local.scope == scope) std::swap(state_.variables_[local.slot], local.value);
  }
}

void Stepper::see_scope(uint16_t scope) {
  unsee();
  std::vector<uint16_t> path;  // what lies deeper hides what lies around it
  for (uint16_t s = scope; s != 0; s = state_.scopes_[s].parent) path.push_back(s);
  for (auto s = path.rbegin(); s != path.rend(); ++s) swap_locals(*s);
  seen_ = scope;
}

void Stepper::unsee_scope() {
  for (uint16_t s = seen_; s != 0; s = state_.scopes_[s].parent) swap_locals(s);
  seen_ = 0;
}

// Of a scope that is not seen now.
void Stepper::set_local(uint16_t scope, uint16_t slot, feel::Value value) {
  if (slot == nothing) return;
  const auto local = std::find_if(state_.locals_.begin(), state_.locals_.end(), [&](const auto& l) {
    return l.scope == scope && l.slot == slot;
  });
  CHECK(local != state_.locals_.end(), "a local variable without its place");
  local->value = std::move(value);
}

// ---- instances ----

State::Repetition& Stepper::repetition_of(uint32_t host) {
  const auto found = std::find_if(state_.repetitions_.begin(), state_.repetitions_.end(),
                                  [&](const Repetition& r) { return r.host == host; });
  CHECK(found != state_.repetitions_.end(), "a repeated activity without its count");
  return *found;
}

void Stepper::end_repetition(uint32_t host) {
  std::erase_if(state_.repetitions_, [&](const Repetition& r) { return r.host == host; });
}

void Stepper::enter_loop(const Move& move) {
  const Node& here = node(move.node);
  const Loop& loop = compiled_.loops[here.loop];
  const auto stop = [&](uint16_t expression, std::string_view cause, std::string_view what) {
    incident(move.node, move.scope, move.arrival, Trouble::entering, cause,
             reason_of(expression, what));
  };
  if (!plan_timers(here.attached, false)) {
    return stop(failed_, "no-time", "a timer attached to it has no time to wait for");
  }
  Repetition repetition;
  if (loop.list != nothing) {
    const feel::Value list = evaluate(loop.list);
    if (!list.is_list()) return stop(loop.list, "no-list", "what it is done for is no list");
    repetition.elements.assign(list.items().begin(), list.items().end());
    repetition.total = static_cast<uint32_t>(
        std::min<size_t>(repetition.elements.size(), std::numeric_limits<uint32_t>::max()));
  } else if (loop.count != nothing) {
    const auto count = evaluate(loop.count).integer();
    if (!count || *count < 0) return stop(loop.count, "no-number", "how often is no number");
    repetition.total =
        static_cast<uint32_t>(std::min<int64_t>(*count, std::numeric_limits<uint32_t>::max()));
  } else {
    repetition.total = loop.maximum;
  }
  if (repetition.total > (loop.sequential ? sequential_limit : parallel_limit)) {
    return stop(loop.list != nothing ? loop.list : loop.count, "endless",
                loop.sequential ? "it would be done more than 10,000 times"
                                : "it would be done more than 500 times at once");
  }
  const size_t strands = state_.tokens_.size() + parts_.moves.size() - parts_.next;
  if (!loop.sequential && strands + repetition.total > parallel_limit) {
    return stop(loop.list != nothing ? loop.list : loop.count, "endless",
                "the case would split into hundreds of strands");
  }
  const bool begins =
      loop.multi ? repetition.total > 0 : !loop.test_before || holds(loop.condition);
  if (!begins) {
    if (loop.collect != nothing) state_.variables_[loop.collect] = feel::Value::list({});
    return leave(move.node, move.scope);
  }
  const uint32_t item = repetition.host = state_.next_item_++;
  add_token(move.node, move.scope, item, Status::waiting);
  arm_planned(here.attached, false, move.scope, item);
  Repetition& kept = state_.repetitions_.emplace_back(std::move(repetition));
  const uint32_t at_once = loop.multi && !loop.sequential ? kept.total : 1;
  for (uint32_t i = 0; i < at_once; ++i) start_instance(kept, move.node, move.scope);
}

void Stepper::start_instance(Repetition& repetition, uint16_t index, uint16_t scope) {
  const Node& here = node(index);
  const Loop& loop = compiled_.loops[here.loop];
  const InstanceSlots& slots = compiled_.instance;
  const uint16_t inner = open_scope(here.inner, scope, repetition.host);
  const uint32_t counter = repetition.started++;
  set_local(inner, slots.counter, feel::Value::integer(counter + 1));
  if (loop.multi) {
    set_local(inner, slots.instances, feel::Value::integer(repetition.total));
    if (loop.each != nothing && counter < repetition.elements.size()) {
      set_local(inner, loop.each, repetition.elements[counter]);
    }
  }
  parts_.moves.push_back({compiled_.levels[here.inner].start, inner, 0});
}

void Stepper::complete_instance(uint16_t scope) {
  const Scope done = state_.scopes_[scope];
  const Token host = state_.tokens_[find_token(done.host)];
  const Node& here = node(host.node);
  const Loop& loop = compiled_.loops[here.loop];
  const InstanceSlots& slots = compiled_.instance;
  Repetition& repetition = repetition_of(host.item);
  see(scope);
  ++repetition.completed;
  if (loop.value != nothing) {
    const auto counter = state_.variables_[slots.counter].integer().value_or(0);
    repetition.results.emplace_back(static_cast<uint32_t>(counter), evaluate(loop.value));
  }
  bool ends = repetition.completed == repetition.total;
  if (loop.multi) {
    state_.variables_[slots.completed] = feel::Value::integer(repetition.completed);
    state_.variables_[slots.active] =
        feel::Value::integer(repetition.started - repetition.completed);
    ends = ends || (loop.condition != nothing && holds(loop.condition));
  } else {
    ends = ends || (loop.condition != nothing && !holds(loop.condition));
  }
  withdraw_contents(scope);
  if (compiled_.undoes) hand_up_completed(scope, host);
  close_scope(scope);
  if (!ends) {
    if (loop.sequential) start_instance(repetition, host.node, host.scope);
    return;
  }
  // Before others are taken back: repetitions inside them end with them.
  auto results = std::move(repetition.results);
  withdraw_scopes(host.item);
  remove_token(find_token(host.item));
  end_repetition(host.item);
  if (loop.collect != nothing) {
    std::sort(results.begin(), results.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<feel::Value> values;
    for (auto& [counter, value] : results) values.push_back(std::move(value));
    see(host.scope);
    state_.variables_[loop.collect] = feel::Value::list(std::move(values));
  }
  cancel_timers(host.item);
  if (here.undo != nothing) completed(host.node, host.scope);
  leave(host.node, host.scope);
}

}  // namespace passerelle::pathway
