// Frames of locals, notes, and the limits that stop what runs away.
#include <algorithm>

#include "base/check.h"
#include "pathway/feel/evaluator.h"
#include "pathway/feel/temporal.h"

namespace passerelle::feel {

// ---- the stack ----

Value* Evaluation::Stack::push(size_t count) {
  for (; current < chunks.size(); ++current) {
    Chunk& chunk = chunks[current];
    if (chunk.used + count <= chunk.size) {
      Value* frame = chunk.values.get() + chunk.used;
      chunk.used += count;
      return frame;
    }
    if (current + 1 == chunks.size()) break;
  }
  Chunk chunk;
  chunk.size = std::max(count, chunk_size);
  chunk.values = std::make_unique<Value[]>(chunk.size);
  chunk.used = count;
  chunks.push_back(std::move(chunk));
  current = chunks.size() - 1;
  return chunks.back().values.get();
}

void Evaluation::Stack::pop(Value* frame, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (frame[i].on_heap()) frame[i].~Value();
    new (frame + i) Value();
  }
  while (current > 0 && chunks[current].used == 0) --current;
  chunks[current].used -= count;
  while (current > 0 && chunks[current].used == 0) --current;
}

// Few programs make contexts that are remembered: a pathway's decisions.
Memo& Evaluation::Stack::memo_of(const Program& program, size_t context) {
  for (MadeOf& each : made)
    if (each.program == &program) return each.contexts[context];
  made.push_back({&program, std::vector<Memo>(program.made_alike.size())});
  return made.back().contexts[context];
}

void Evaluation::remember() {
  stack->remembers = true;
  stack->made.clear();
  stack->collected = {};
}

Evaluation::Evaluation() : stack(std::make_unique<Stack>()) {}
Evaluation::~Evaluation() = default;

void Evaluation::clear() {
  notes.clear();
  steps = 0;
  depth = 0;
}

void tell_the_time(Evaluation& evaluation) {
  static const Zone utc = Zone::utc();
  Evaluation::Stack& memory = *evaluation.stack;
  memory.now = Value::date_time(evaluation.now, evaluation.zone ? *evaluation.zone : utc);
  const int64_t day = days_of(memory.now);
  memory.today = Value::date(day);
  memory.hour = Value::integer((memory.now.whole() - day * seconds_a_day) / 3600);
  memory.now_at = evaluation.now;
  memory.now_in = evaluation.zone;
}

namespace {
constexpr size_t most_notes = 50;

// The locals of one call, given back whatever happens.
class FrameGuard {
 public:
  FrameGuard(Evaluation& evaluation, size_t count)
      : stack_(*evaluation.stack),
        count_(count),
        frame_(count == 0 ? nullptr : stack_.push(count)) {}
  ~FrameGuard() {
    if (count_ > 0) stack_.pop(frame_, count_);
  }
  FrameGuard(const FrameGuard&) = delete;
  FrameGuard& operator=(const FrameGuard&) = delete;
  Value* frame() { return frame_; }

 private:
  Evaluation::Stack& stack_;
  size_t count_;
  Value* frame_;
};
}  // namespace

void Evaluation::note(std::string text) {
  if (!keep_notes || notes.size() >= most_notes) return;
  for (const Note& known : notes) {
    if (known.offset == offset && known.text == text) return;
  }
  Note note;
  note.text = std::move(text);
  note.offset = offset;
  if (program != nullptr && !program->texts.empty()) note.source = program->texts.front();
  notes.push_back(std::move(note));
}

// Many others are an entry of a variable: found by its place, if it was found there before.
const Value* member_at_hand(const Program& program, const Node& path,
                            std::span<const Value> slots) {
  const Node& owner = program.nodes[path.a];
  if (owner.op != Op::slot || owner.a >= slots.size() || !slots[owner.a].is_context())
    return nullptr;
  const auto* heap = static_cast<const ContextHeap*>(slots[owner.a].heap());
  const int place = program.places[path.c].find(heap->shape);
  return place < 0 ? nullptr : heap->slots() + place;
}

namespace {
const Value* at_hand(const Program& program, NodeId id, std::span<const Value> slots) {
  const Node& node = program.nodes[id];
  if (node.op == Op::constant) return &program.constants[node.a];
  if (node.op == Op::slot) return node.a < slots.size() ? &slots[node.a] : nullptr;
  return node.op == Op::path ? member_at_hand(program, node, slots) : nullptr;
}

// Of numbers that fit into a word and have as many decimals; of two texts whether they are the
// same.
bool at_once(Op op, const Value& a, const Value& b, Value& out) {
  if (a.is_string() && b.is_string() && (op == Op::equal || op == Op::unequal)) {
    out = Value::boolean(same_text(a, b) == (op == Op::equal));
    return true;
  }
  if (!a.is_number() || !b.is_number() || a.on_heap() || b.on_heap() || a.scale() != b.scale())
    return false;
  const int64_t x = a.whole(), y = b.whole();
  int64_t result = 0;
  switch (op) {
    case Op::add:
      if (a.scale() != 0 || __builtin_add_overflow(x, y, &result)) return false;
      out = Value::integer(result);
      return true;
    case Op::subtract:
      if (a.scale() != 0 || __builtin_sub_overflow(x, y, &result)) return false;
      out = Value::integer(result);
      return true;
    case Op::equal:
      out = Value::boolean(x == y);
      return true;
    case Op::unequal:
      out = Value::boolean(x != y);
      return true;
    case Op::less:
      out = Value::boolean(x < y);
      return true;
    case Op::less_equal:
      out = Value::boolean(x <= y);
      return true;
    case Op::greater:
      out = Value::boolean(x > y);
      return true;
    case Op::greater_equal:
      out = Value::boolean(x >= y);
      return true;
    default:
      return false;
  }
}
}  // namespace

bool at_once(const Program& program, std::span<const Value> slots, Value& out) {
  // Half of a pathway's expressions are a variable or a constant.
  const Node& body = program.root;
  if (body.op == Op::slot) {
    if (body.a < slots.size()) out = slots[body.a];
    return true;
  }
  if (body.op == Op::constant) {
    out = program.constants[body.a];
    return true;
  }
  if (body.op == Op::path) {
    const Value* member = member_at_hand(program, body, slots);
    if (member != nullptr) out = *member;
    return member != nullptr;
  }
  if (body.op < Op::add || body.op > Op::greater_equal) return false;
  const Value* a = at_hand(program, body.a, slots);
  const Value* b = a == nullptr ? nullptr : at_hand(program, body.b, slots);
  return b != nullptr && at_once(body.op, *a, *b, out);
}

Value run(const std::shared_ptr<const Program>& program, std::span<const Value> slots,
          Evaluation& evaluation) {
  Value found;
  if (at_once(*program, slots, found)) return found;
  if (evaluation.depth + program->nesting > evaluation.limits.depth) {
    evaluation.note("evaluations are nested more than " + std::to_string(evaluation.limits.depth) +
                    " levels deep");
    return Value();
  }
  FrameGuard guard(evaluation, program->frame);
  const Program* outer = std::exchange(evaluation.program, program.get());
  Evaluator evaluator(program, slots, guard.frame(), evaluation);
  Value value = evaluator.eval(program->body);
  evaluation.program = outer;
  if (outer == nullptr && evaluation.steps <= evaluation.limits.steps) evaluation.steps = 0;
  return value;
}

// ---- notes and limits ----

Value Evaluator::note(std::string_view text) {
  if (!evaluation_.keep_notes || evaluation_.notes.size() >= most_notes) return Value();
  const uint32_t at = here_ == nullptr ? 0 : here_->at;
  for (const Note& known : evaluation_.notes) {
    if (known.offset == at && known.text == text) return Value();
  }
  Note note;
  note.text = text;
  note.offset = at;
  if (here_ != nullptr && here_->text < program_.texts.size()) {
    note.source = program_.texts[here_->text].substr(0, 200);
  }
  evaluation_.notes.push_back(std::move(note));
  return Value();
}

bool Evaluator::spend(uint64_t steps) {
  evaluation_.steps += steps;
  if (evaluation_.steps <= evaluation_.limits.steps) [[likely]]
    return true;
  note("the evaluation was stopped after " + std::to_string(evaluation_.limits.steps) + " steps");
  return false;
}

bool Evaluator::list_fits(size_t items) {
  if (items <= evaluation_.limits.list_items && spend(items)) return true;
  note("the list would have more than " + std::to_string(evaluation_.limits.list_items) + " items");
  return false;
}

bool Evaluator::text_fits(size_t bytes) {
  if (bytes <= evaluation_.limits.text_bytes && spend(bytes / 16 + 1)) return true;
  note("the text would be longer than " + std::to_string(evaluation_.limits.text_bytes) + " bytes");
  return false;
}

}  // namespace passerelle::feel
