#include "pathway/bpmn/stepper.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

// More than any pathway needs; beyond it a case has run away and takes no more messages.
constexpr size_t message_token_limit = 500;

Error conflict(std::string message, std::string help) {
  return {ErrorCode::conflict, std::move(message), "", std::move(help)};
}

Error not_open() {
  return conflict("this work is no longer open: it was done or taken back",
                  "reload the worklist; the case's history says what became of it");
}

}  // namespace

Stepper::Stepper(const Pathway& pathway, State& state, const Stimulus& stimulus,
                 std::vector<Effect>& effects, StepMemory& memory)
    : compiled_(pathway.compiled()),
      state_(state),
      stimulus_(stimulus),
      effects_(effects),
      memory_(memory),
      parts_(*memory.parts_) {
  parts_.moves.clear();
  parts_.next = 0;
}

void Stepper::get_ready() {
  feel::Evaluation& evaluation = parts_.evaluation;
  evaluation.clear();
  evaluation.keep_notes = false;
  evaluation.now = stimulus_.at;
  evaluation.zone = &compiled_.organisation.zone;
  evaluation.host = const_cast<Organisation*>(&compiled_.organisation);
  ready_ = true;
}

Result<void> Stepper::run() {
  state_.ways_ = 0;
  Result<void> done = dispatch();
  unsee();
  return done;
}

Result<void> Stepper::dispatch() {
  using Kind = Stimulus::Kind;
  if (stimulus_.kind == Kind::start) return start_case();
  if (!state_.started_) return conflict("the case has not been opened", "open it first");
  if (state_.ended_) {
    return conflict("the case has ended: nothing more can happen in it",
                    "open a new case if the patient is to be followed again");
  }
  switch (stimulus_.kind) {
    case Kind::start:
      break;
    case Kind::assign:
    case Kind::begin:
    case Kind::release:
    case Kind::complete:
      return change_work();
    case Kind::timer:
      return fire_timer();
    case Kind::message:
      return deliver_message();
    case Kind::fail:
      return fail_message();
    case Kind::error:
      return raise_error();
    case Kind::post:
      return deliver_post();
  }
  return {};
}

// ---- opening ----

Result<void> Stepper::check_variables(const Pathway::Compiled& compiled, const feel::Value& data) {
  if (data.is_null()) return {};
  if (!data.is_context()) {
    return Error{ErrorCode::invalid,
                 "variables of a case are a context of names and values, not a " +
                     std::string(feel::kind_name(data.kind()))};
  }
  for (size_t i = 0; i < data.size(); ++i) {
    const int slot = compiled.variables.find(data.key(i));
    if (slot > variable_case_start) continue;
    const std::string name(data.key(i));
    const std::string near = closest(name, compiled.variable_names);
    return Error{ErrorCode::invalid, "pathway " + compiled.id + " has no variable '" + name + "'",
                 name,
                 near.empty() ? "declare it by <p:variable name=\"" + name + "\"/>"
                              : "did you mean '" + near + "'?"};
  }
  return {};
}

void Stepper::set_variables(const Pathway::Compiled& compiled, State& state,
                            const feel::Value& data) {
  if (!data.is_context()) return;
  for (size_t i = 0; i < data.size(); ++i) {
    const int slot = compiled.variables.find(data.key(i));
    state.variables_[static_cast<size_t>(slot)] = data.at(i);
  }
}

// The start event that opens the case.
Result<uint16_t> Stepper::choose_start() const {
  const uint16_t main = compiled_.main_pool;
  uint16_t start = compiled_.levels[main == nothing ? 0 : node(main).inner].start;
  if (stimulus_.item != 0) {
    const auto found =
        std::find_if(compiled_.timed_starts.begin(), compiled_.timed_starts.end(),
                     [&](const TimedStart& timed) { return timed.node + 1u == stimulus_.item; });
    if (found == compiled_.timed_starts.end()) {
      return Error{ErrorCode::invalid, "this start event of the pathway has no timer", "",
                   "use one of Pathway::timed_starts()"};
    }
    start = found->node;
  }
  if (stimulus_.message != 0) {
    const auto found =
        std::find_if(compiled_.message_starts.begin(), compiled_.message_starts.end(),
                     [&](const auto& entry) { return entry.first == stimulus_.message; });
    if (found == compiled_.message_starts.end()) {
      return Error{ErrorCode::invalid, "no start event of the pathway waits for this message", "",
                   "use the name of a message of a start event of the process"};
    }
    start = found->second;
  }
  if (start == nothing) {
    return Error{ErrorCode::invalid, "only a message opens a case of this pathway", "",
                 "use the name of a message that it begins with"};
  }
  return start;
}

// Those that the case is opened with.
void Stepper::begin_variables(const Pathway::Compiled& compiled, const Stimulus& stimulus,
                              State& state) {
  // Null, but for what is set here: the state is new, or as new.
  if (state.variables_.size() != compiled.variable_names.size())
    state.variables_.resize(compiled.variable_names.size());
  state.variables_[variable_case_start] =
      feel::Value::date_time(stimulus.at, compiled.organisation.zone);
}

Result<void> Stepper::set_first_variables(const Pathway::Compiled& compiled,
                                          const Stimulus& stimulus, State& state) {
  TRY_VOID(check_variables(compiled, stimulus.data));
  begin_variables(compiled, stimulus, state);
  set_variables(compiled, state, stimulus.data);
  return {};
}

Result<void> Stepper::start_case() {
  if (state_.started_) return conflict("the case is already open", "send it what is new");
  TRY(const uint16_t start, choose_start());
  const bool waits = node(start).op == Op::message;  // behind a gateway that opens cases
  const uint16_t payload = stimulus_.message != 0 && node(start).trigger == Trigger::message
                               ? node(start).result
                               : nothing;
  if (payload == nothing) {
    TRY_VOID(set_first_variables(compiled_, stimulus_, state_));
  } else {
    begin_variables(compiled_, stimulus_, state_);
    set_variable(payload, stimulus_.data);
  }
  state_.started_ = true;
  state_.scopes_.assign(1, Scope{.live = 1, .alive = true});
  record_case(Lifecycle::start);
  arm_handlers(0);
  if (compiled_.main_pool != nothing) {
    begin_pools(start, waits);
  } else if (waits) {
    finish(start, 0, 0, true);
    leave(start, 0);
  } else {
    parts_.moves.push_back({start, 0, 0});
  }
  settle();
  return {};
}

// ---- work ----

Result<void> Stepper::change_work() {
  const size_t index = find_token(stimulus_.item);
  if (index == state_.tokens_.size() || state_.tokens_[index].status == Status::waiting) {
    return not_open();
  }
  Token& token = state_.tokens_[index];
  if (stimulus_.kind == Stimulus::Kind::release) {
    if (token.status == Status::offered) return {};
    token.status = Status::offered;
    token.actor = 0;
    record_by_actor(token.node, Lifecycle::suspend, token.item, {});
    return {};
  }
  if (token.actor != 0 && token.actor != stimulus_.actor) {
    return conflict("this work is locked: somebody else has taken it",
                    "take other work, or ask for it to be given back");
  }
  return stimulus_.kind == Stimulus::Kind::complete ? complete_work(index) : take_work(token);
}

Result<void> Stepper::take_work(Token& token) {
  const bool begin = stimulus_.kind == Stimulus::Kind::begin;
  const Status wanted = begin ? Status::started : Status::assigned;
  if (token.status == wanted || token.status == Status::started) return {};  // said twice
  token.status = wanted;
  token.actor = stimulus_.actor;
  record_by_actor(token.node, begin ? Lifecycle::start : Lifecycle::assign, token.item, {});
  return {};
}

Result<void> Stepper::complete_work(size_t index) {
  if (!stimulus_.data.is_null() && !stimulus_.data.is_context()) {
    return Error{ErrorCode::invalid,
                 "the result of work is a context of answers or nothing, not a " +
                     std::string(feel::kind_name(stimulus_.data.kind()))};
  }
  if (state_.tokens_[index].trouble != Trouble::none) return mend(index);
  const Token done = remove_token(index);
  const Node& here = node(done.node);
  effect(Effect::Kind::close_work, done.node, done.item);
  see(done.scope);
  if (here.result != nothing) set_variable(here.result, stimulus_.data);
  finish(done.node, done.scope, done.item, true);
  if (here.attached.count != 0) cancel_timers(done.item);
  leave(done.node, done.scope);
  settle();
  return {};
}

// An incident was seen to: what is corrected is set, then the case tries again where it stopped.
Result<void> Stepper::mend(size_t index) {
  TRY_VOID(check_variables(compiled_, stimulus_.data));
  see(state_.tokens_[index].scope);
  if (recording_ != nullptr) recording_->plain = false;
  set_variables(compiled_, state_, stimulus_.data);
  const Token token = remove_token(index);
  effect(Effect::Kind::close_work, token.node, token.item);
  record_by_actor(token.node, Lifecycle::resume, token.item, {});
  switch (token.trouble) {
    case Trouble::none:
      CHECK(false, "work without trouble is completed, not mended");
      break;
    case Trouble::entering:
      parts_.moves.push_back({token.node, token.scope, token.flow});
      break;
    case Trouble::leaving:
      leave(token.node, token.scope);
      break;
    case Trouble::arming:
      if (arm_handler(token.node, token.scope)) consume(token.scope);
      break;
    case Trouble::undelivered:
      consume(token.scope);
      break;
  }
  settle();
  return {};
}

// ---- timers ----

Result<void> Stepper::fire_timer() {
  const auto found = std::find_if(state_.waits_.begin(), state_.waits_.end(),
                                  [&](const Wait& w) { return w.item == stimulus_.item; });
  if (found == state_.waits_.end()) {
    return conflict("this timer is not set: it has fired or was cancelled", "forget it");
  }
  if (found->at > stimulus_.at) {
    return conflict("this timer is due only at " + format_instant(found->at),
                    "fire it then, or later");
  }
  const Wait wait = *found;
  state_.waits_.erase(found);
  repeat_timer(wait);
  if (wait.host == 0) {
    trigger_handler(wait.node, wait.scope, wait.item);
  } else {
    const size_t host = find_token(wait.host);
    CHECK(host < state_.tokens_.size(), "a timer outlived the token that it belongs to");
    if (node(wait.node).boundary) {
      trigger_boundary(wait.node, host, wait.item);
    } else {  // an event in the flow, or one of those that an event-based gateway waits for
      remove_token(host);
      finish(wait.node, wait.scope, wait.item, false);
      cancel_timers(wait.host);
      leave(wait.node, wait.scope);
    }
  }
  settle();
  return {};
}

// ---- messages ----

Result<void> Stepper::deliver_message() {
  if (stimulus_.message == 0 || stimulus_.message >= compiled_.names.size()) {
    return Error{ErrorCode::invalid, "the pathway has no such message", "",
                 "use a name of Pathway::messages()"};
  }
  if (state_.tokens_.size() >= message_token_limit) {
    return Error{ErrorCode::too_large, "the case has hundreds of open strands already", "",
                 "close work of the case before sending it more messages"};
  }
  size_t token = 0;
  uint16_t scope = 0;
  for (const Catcher& catcher : compiled_.catchers) {
    if (catcher.message != stimulus_.message || !catches(catcher.node, token, scope)) continue;
    const Node& here = node(catcher.node);
    bring(catcher.node, scope, stimulus_.data);
    if (here.op == Op::triggered && !here.boundary) {
      trigger_handler(catcher.node, scope, 0);
    } else {
      go_on(catcher.node, token, true);
    }
    settle();
    return {};
  }
  for (const Catcher& catcher : compiled_.signal_catchers) {
    if (catcher.message != stimulus_.message || !catches(catcher.node, token, scope)) continue;
    broadcast(stimulus_.message, stimulus_.data);
    settle();
    return {};
  }
  return conflict(
      "the case does not wait for '" + compiled_.names.text(stimulus_.message) + "' now",
      "look at where the patient stands in the pathway");
}

// Work that cannot be done as planned: what is drawn for this error happens instead.
Result<void> Stepper::raise_error() {
  const size_t index = find_token(stimulus_.item);
  if (index == state_.tokens_.size() || state_.tokens_[index].status == Status::waiting) {
    return not_open();
  }
  const Token token = state_.tokens_[index];
  if (token.actor != 0 && token.actor != stimulus_.actor) {
    return conflict("this work is locked: somebody else has taken it",
                    "take other work, or ask for it to be given back");
  }
  const std::string_view code = stimulus_.data["code"].text();
  const auto found = std::find(compiled_.codes.begin(), compiled_.codes.end(),
                               std::string(error_code_prefix) + std::string(code));
  const auto number = static_cast<uint16_t>(
      found == compiled_.codes.end() ? nothing - 1 : found - compiled_.codes.begin());
  if (token.trouble == Trouble::none) {
    const Slice attached = node(token.node).attached;
    for (uint32_t i = 0; i < attached.count; ++i) {
      const uint16_t boundary = compiled_.attached[attached.first + i];
      const Node& here = node(boundary);
      if (here.trigger != Trigger::error || (here.code != nothing && here.code != number)) continue;
      trigger_boundary(boundary, index, 0);
      settle();
      return {};
    }
    if (throw_up(Trigger::error, number, token.scope) != Thrown::unheard) {
      settle();
      return {};
    }
  }
  return conflict("nothing is drawn for the error '" + std::string(code) + "' of this work",
                  "complete the work, or give it back");
}

// A message that was sent could not be delivered: the case has gone on, and somebody must act.
Result<void> Stepper::fail_message() {
  const std::string_view id = stimulus_.data["activity"].text();
  const Name name = compiled_.names.find(id);
  for (size_t i = 0; i < compiled_.nodes.size() && name != 0; ++i) {
    const Op op = compiled_.nodes[i].op;
    if (compiled_.nodes[i].name != name || (op != Op::send_task && op != Op::post)) continue;
    ++state_.scopes_[0].live;
    incident(static_cast<uint16_t>(i), 0, 0, Trouble::undelivered, "undelivered",
             stimulus_.data["reason"].text());
    return {};
  }
  return Error{ErrorCode::invalid,
               "no task that sends messages is called '" + std::string(id) + "'", "data.activity",
               "give the BPMN id of the send task"};
}

}  // namespace passerelle::pathway
