// Programs that tell what they do. The common ones know nothing of it: a twin has other operations
// where decisions are computed and read, so that nobody else pays for a trace.
#include <algorithm>

#include "pathway/feel/evaluator.h"

namespace passerelle::feel {

std::shared_ptr<const Program> telling(const Program& program) {
  auto twin = std::make_shared<Program>(program);
  for (Node& node : twin->nodes) {
    if (node.op == Op::local && node.b != 0) node.op = Op::read_decision;
  }
  for (const Decided& decided : twin->decided) {
    if (decided.let != no_node) twin->nodes[decided.let].op = Op::decide;
  }
  if (twin->body != no_node) twin->root = twin->nodes[twin->body];
  return twin;
}

Value Evaluator::read_decision(const Node& node) {
  Trace* trace = evaluation_.trace;
  if (trace != nullptr && trace->entries.size() < Trace::most) {
    Trace::Entry entry;
    entry.decision = program_.decided[node.b - 1].decision;
    entry.depth = trace->depth;
    trace->entries.push_back(std::move(entry));
  }
  return frame_[node.a];
}

// In a loop: a model may have more decisions than the stack has room.
Value Evaluator::decide(const Node& first) {
  for (const Node* node = &first;; node = &program_.nodes[node->c]) {
    const auto before = evaluation_.trace == nullptr ? 0 : evaluation_.trace->entries.size();
    frame_[node->a] = eval(node->b);
    if (evaluation_.trace != nullptr && node->op == Op::decide) tell_decision(*node, before);
    const Op next = program_.nodes[node->c].op;
    if (next != Op::decide && next != Op::let) return eval(node->c);
    if (!spend(1)) return Value();
  }
}

void Evaluator::tell_decision(const Node& node, size_t before) {
  Trace& trace = *evaluation_.trace;
  const auto id = static_cast<NodeId>(&node - program_.nodes.data());
  const auto found = std::find_if(program_.decided.begin(), program_.decided.end(),
                                  [&](const Decided& decided) { return decided.let == id; });
  const Trace::Span computed{static_cast<uint32_t>(before),
                             static_cast<uint32_t>(trace.entries.size())};
  trace.decisions.push_back({found->decision, frame_[node.a], computed});
}

}  // namespace passerelle::feel
