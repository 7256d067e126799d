// What expressions give, and what is told to the outside.
#include <algorithm>
#include <string>

#include "pathway/bpmn/stepper.h"
#include "pathway/feel/temporal.h"

namespace passerelle::pathway {

// ---- values ----

feel::Value Stepper::computed(uint16_t expression) {
  const feel::Expression& asked = compiled_.expressions[expression];
  feel::Value value;
  if (!asked.at_once(state_.variables_, value))
    value = parts_.remembered_of == &compiled_
                ? parts_.remembered[expression].evaluate(asked, state_.variables_, evaluation())
                : asked.evaluate(state_.variables_, evaluation());
  if (recording_ != nullptr && recording_->plain) {
    recording_->plain = !value.on_heap();
    if (recording_->plain) recording_->asked.emplace_back(expression, value);
  }
  return value;
}

feel::Value Stepper::evaluate(const Fields& fields) {
  if (fields.shape == nullptr) return {};
  const size_t count = fields.shape->size;
  const auto value_of = [&](size_t i) { return evaluate(static_cast<uint16_t>(fields.first + i)); };
  const auto made_of = [&](const auto& value) {
    feel::ContextHeap* context = feel::new_context(fields.shape);
    for (size_t i = 0; i < count; ++i) context->slots()[i] = value(i);
    return feel::finish(context);
  };
  if (parts_.remembered_of != &compiled_ || count == 0 || count > feel::Memo::most_operands)
    return made_of(value_of);
  // Thousands of cases record the same few values.
  std::array<feel::Value, feel::Memo::most_operands> values;
  std::array<feel::Memo::Operand, feel::Memo::most_operands> words;
  for (size_t i = 0; i < count; ++i) {
    values[i] = value_of(i);
    words[i] = feel::Memo::Operand(values[i]);
  }
  const auto operands = std::span<const feel::Memo::Operand>(words).first(count);
  feel::Memo& memo = parts_.fields[fields.first];
  if (const feel::Value* known = memo.find(operands)) return *known;
  feel::Value made = made_of([&](size_t i) { return values[i]; });
  memo.keep(operands, made);
  return made;
}

// Many cases wait for the same moments of a day.
std::optional<Instant> Stepper::instant_of(const feel::Value& date_time) const {
  const Zone& zone = compiled_.organisation.zone;
  if (parts_.remembered_of != &compiled_ || date_time.on_heap() || date_time.zone() != 0)
    return date_time.instant(zone);
  StepMemory::Parts::Local& known =
      parts_.locals[date_time.fingerprint() * 0x9E3779B97F4A7C15u >> 56];
  if (!known.local.is_same(date_time)) known = {date_time, date_time.instant(zone)};
  return known.at;
}

Name Stepper::channel_of(const feel::Value& text) {
  if (!text.is_string()) return 0;
  // Elsewhere a case may go on in another thread, which what is kept here must not meet.
  if (parts_.remembered_of != &compiled_) return compiled_.names.find(text.text());
  if (!text.is_same(parts_.channel_text)) {
    parts_.channel = compiled_.names.find(text.text());
    parts_.channel_text = text;
  }
  return parts_.channel;
}

// A duration counts from now; a date and time is itself, a date its midnight, in the organisation's
// zone. What has passed already is due now.
std::optional<Instant> Stepper::instant(const feel::Value& value) const {
  constexpr Millis longest = std::chrono::days{36'600};  // a century
  const Zone& zone = compiled_.organisation.zone;
  std::optional<Instant> at;
  if (const auto millis = value.millis()) {
    if (*millis > longest || *millis < -longest) return std::nullopt;
    at = stimulus_.at + *millis;
  } else if (value.kind() == feel::Kind::months_duration) {
    const feel::Value now = feel::Value::date_time(stimulus_.at, zone);
    at = feel::add_temporal(now, value).instant(zone);
  } else if (value.kind() == feel::Kind::date) {
    at = feel::Value::date_time(value.whole() * feel::seconds_a_day, 0).instant(zone);
  } else {
    at = instant_of(value);
  }
  if (!at) return at;
  if (*at > stimulus_.at + longest) return std::nullopt;
  return std::max(*at, stimulus_.at);
}

std::optional<Instant> Stepper::due(uint16_t expression) { return instant(evaluate(expression)); }

// Evaluated once more, with notes: only for what has failed.
std::string Stepper::reason_of(uint16_t expression, std::string_view otherwise) {
  std::string text(otherwise);
  if (expression == nothing) return text;
  feel::Evaluation& evaluation = this->evaluation();
  evaluation.clear();
  evaluation.keep_notes = true;
  const feel::Value value = evaluate(expression);
  text += ": '" + compiled_.expressions[expression].source() + "' is " +
          (value.is_null() ? std::string("null") : feel::to_text(value));
  if (!evaluation.notes.empty()) text += "; " + evaluation.notes.front().text;
  evaluation.keep_notes = false;
  evaluation.clear();
  return text;
}

// ---- effects ----

Effect& Stepper::effect(Effect::Kind kind, uint16_t index, uint32_t item) {
  Effect& made = effects_.emplace_back();
  made.kind = kind;
  made.activity = index;
  made.item = item;
  made.at = stimulus_.at;
  return made;
}

Event& Stepper::record(uint16_t index, Lifecycle lifecycle, uint32_t item) {
  Event& event = effect(Effect::Kind::record, index, item).event;
  event.at = stimulus_.at;
  event.case_number = stimulus_.case_number;
  event.item = item;
  event.activity = compiled_.nodes[index].name;
  event.role = compiled_.nodes[index].role;
  event.lifecycle = lifecycle;
  return event;
}

Event* Stepper::record_by_actor(uint16_t index, Lifecycle lifecycle, uint32_t item,
                                feel::Value data) {
  if (!wants(index, lifecycle)) return nullptr;
  Event& event = record(index, lifecycle, item);
  if (stimulus_.role != 0) event.role = stimulus_.role;
  event.actor = stimulus_.actor;
  event.channel = stimulus_.channel;
  event.data = std::move(data);
  return &event;
}

void Stepper::record_case(Lifecycle lifecycle) {
  if (!wants(compiled_.nodes.size(), lifecycle)) return;
  Event& event = effect(Effect::Kind::record, 0, 0).event;
  event.at = stimulus_.at;
  event.case_number = stimulus_.case_number;
  event.activity = compiled_.case_name;
  event.lifecycle = lifecycle;
  if (lifecycle == Lifecycle::start) {
    event.role = stimulus_.role;
    event.actor = stimulus_.actor;
    event.channel = stimulus_.channel;
  }
}

Event* Stepper::finish_and_tell(uint16_t index, uint16_t scope, uint32_t item, bool by_actor,
                                Name channel) {
  const Node& here = node(index);
  see(scope);
  for (uint32_t i = 0; i < here.sets.count; ++i) {
    const Assignment& set = compiled_.assignments[here.sets.first + i];
    set_variable(set.variable, evaluate(set.expression));
  }
  if (here.undo != nothing) completed(index, scope);
  if (here.silent || !wants(index, Lifecycle::complete)) return nullptr;
  feel::Value data = evaluate(here.record);
  if (by_actor) return record_by_actor(index, Lifecycle::complete, item, std::move(data));
  Event& event = record(index, Lifecycle::complete, item);
  event.channel = channel;
  event.data = std::move(data);
  return &event;
}

}  // namespace passerelle::pathway
