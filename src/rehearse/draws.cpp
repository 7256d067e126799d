#include "rehearse/draws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace passerelle::rehearse {
namespace {

using Kind = pathway::Draw::Kind;
using pathway::Literal;

constexpr std::array<double, 10> powers = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

feel::Value value_of_literal(const Literal& literal, const pathway::Item* item) {
  if (literal.kind == Literal::Kind::null) return {};
  if (item != nullptr) {
    const auto answer = pathway::Form::parse_answer(*item, literal.text);
    return answer ? feel::immortal(*answer) : feel::Value();
  }
  switch (literal.kind) {
    case Literal::Kind::null:
      return {};
    case Literal::Kind::boolean:
      return feel::Value::boolean(literal.truth);
    case Literal::Kind::number:
      return feel::immortal(feel::Value::number(literal.text).value_or(feel::Value()));
    case Literal::Kind::text:
      return feel::immortal(feel::Value::string(literal.text));
  }
  return {};
}

}  // namespace

Symbol Symbols::intern(std::string_view text) {
  const auto [at, fresh] =
      index_.try_emplace(std::string(text), static_cast<Symbol>(texts_.size()));
  if (fresh) texts_.emplace_back(text);
  return at->second;
}

Symbol Symbols::find(std::string_view text) const {
  const auto found = index_.find(std::string(text));
  return found == index_.end() ? 0 : found->second;
}

uint32_t Draws::add_leaf(Leaf leaf, double upto) {
  const auto place = static_cast<uint32_t>(leaves_.size());
  leaf.known.leaf = place;
  leaves_.push_back(std::move(leaf));
  upto_.push_back(upto);
  return place;
}

void Draws::leaves(const pathway::Draw& draw, const pathway::Item* item, Node& node) {
  node.first = static_cast<uint32_t>(leaves_.size());
  node.count = static_cast<uint32_t>(draw.literals.size());
  const double total = std::accumulate(draw.weights.begin(), draw.weights.end(), 0.0);
  double sum = 0;
  for (size_t i = 0; i < draw.literals.size(); ++i) {
    const Literal& literal = draw.literals[i];
    Leaf leaf;
    sum += draw.weights.empty() ? 1 : draw.weights[i];
    leaf.value = value_of_literal(literal, item);
    leaf.known.number = literal.number;
    leaf.known.symbol = literal.kind == Literal::Kind::null ? 0 : symbols_.intern(literal.text);
    add_leaf(std::move(leaf), draw.weights.empty() ? 1 : sum / total);
  }
  // Rounding never leaves a gap behind the last value that can be drawn.
  for (size_t i = draw.literals.size(); i-- > 0;) {
    upto_[node.first + i] = 2;
    if (draw.weights.empty() || draw.weights[i] > 0) break;
  }
}

void Draws::false_and_true(Node& node) {
  node.first = static_cast<uint32_t>(leaves_.size());
  for (const char* text : {"false", "true"}) {
    const bool yes = text[0] == 't';
    add_leaf({{yes ? 1.0 : 0.0, symbols_.intern(text)}, feel::Value::boolean(yes)}, 1);
  }
}

Root Draws::compile(const pathway::Draw& draw, std::span<const std::string> names,
                    const pathway::Item* item) {
  const auto root = static_cast<Root>(nodes_.size());
  nodes_.emplace_back();
  Node node;
  node.kind = draw.kind;
  const auto index_of = [&](const std::string& name) {
    // The last of that name: an item of the form hides an attribute that is called the same.
    const auto found = std::find(names.rbegin(), names.rend(), name);
    CHECK(found != names.rend(), "parse_cohort() lets only known names through");
    CHECK(names.size() <= 0xFFFF, "draws depend on more names than a node can tell");
    return static_cast<uint16_t>(names.rend() - found - 1);
  };
  switch (draw.kind) {
    case Kind::value:
    case Kind::weights:
      leaves(draw, item, node);
      break;
    case Kind::chance:
      node.min = draw.probability;
      false_and_true(node);
      break;
    case Kind::adoption:
      node.count = static_cast<uint32_t>(adoptions_.size());
      adoptions_.push_back(draw.adoption);
      false_and_true(node);
      break;
    case Kind::number:
    case Kind::date:
      node.first = static_cast<uint32_t>(samplers_.size());
      samplers_.emplace_back(draw.distribution);
      node.decimals = static_cast<uint8_t>(draw.decimals);
      // The form's own limits hold as well: nobody can type what it refuses.
      node.min =
          std::max(draw.min.value_or(-1e15), item != nullptr ? item->min.value_or(-1e15) : -1e15);
      node.max =
          std::min(draw.max.value_or(1e15), item != nullptr ? item->max.value_or(1e15) : 1e15);
      if (item != nullptr && item->type == pathway::ItemType::integer) node.decimals = 0;
      break;
    case Kind::copy:
      node.name = index_of(draw.name);
      // What is measured may be more than the form takes.
      node.min = item != nullptr ? item->min.value_or(-1e15) : -1e15;
      node.max = item != nullptr ? item->max.value_or(1e15) : 1e15;
      break;
    case Kind::by: {
      node.name = index_of(draw.name);
      std::vector<Branch> own;
      for (const pathway::Draw::Branch& each : draw.branches) {
        Branch branch;
        branch.numeric = each.numeric;
        branch.low = each.low;
        branch.high = each.high;
        branch.symbol = each.otherwise ? 0 : symbols_.intern(each.key);
        branch.draw = compile(each.draw, names, item);
        if (each.otherwise) {
          node.otherwise = branch.draw;
        } else {
          own.push_back(branch);
        }
      }
      node.first = static_cast<uint32_t>(branches_.size());
      node.count = static_cast<uint32_t>(own.size());
      branches_.insert(branches_.end(), own.begin(), own.end());
      break;
    }
  }
  nodes_[root] = node;
  return root;
}

void Draws::finish() {
  for (Node& node : nodes_) {
    if (node.kind != Kind::by) continue;
    const auto first = branches_.begin() + node.first;
    if (std::any_of(first, first + node.count, [](const Branch& b) { return b.numeric; })) continue;
    const auto jumps = static_cast<uint32_t>(jumps_.size());
    jumps_.resize(jumps_.size() + symbols_.size(), node.otherwise);
    std::for_each(first, first + node.count,
                  [&](const Branch& b) { jumps_[jumps + b.symbol] = b.draw; });
    node.count = 0;
    node.otherwise = jumps;
  }
}

inline const Draws::Node* Draws::resolve(Root root, const Known* known) const {
  while (root != no_draw) {
    const Node& node = nodes_[root];
    if (node.kind != Kind::by) return &node;
    const Known& at = known[node.name];
    root = node.count == 0 ? jumps_[node.otherwise + at.symbol] : branch(node, at);
  }
  return nullptr;
}

// By number: the first branch that takes it.
Root Draws::branch(const Node& node, const Known& at) const {
  for (uint32_t i = 0; i < node.count; ++i) {
    const Branch& branch = branches_[node.first + i];
    const bool hit = branch.numeric ? at.number >= branch.low && at.number <= branch.high
                                    : at.symbol == branch.symbol;
    if (hit) return branch.draw;
  }
  return node.otherwise;
}

inline const Draws::Leaf& Draws::pick(const Node& node, double u) const {
  uint32_t leaf = node.first;
  while (u >= upto_[leaf]) ++leaf;
  return leaves_[leaf];
}

void Draws::draw(Root root, double u, const Known* known, int64_t today, feel::Value& value,
                 Known& into) const {
  const Node* node = resolve(root, known);
  if (node == nullptr) return;
  const auto take = [&](const Leaf& leaf) {
    new (&value) feel::Value(leaf.value);
    into = leaf.known;
  };
  switch (node->kind) {
    case Kind::value:
    case Kind::weights:
      return take(pick(*node, u));
    case Kind::chance:
      return take(leaves_[node->first + (u < node->min ? 1 : 0)]);
    case Kind::number: {
      const double raw = std::clamp(samplers_[node->first].quantile(u), node->min, node->max);
      const double scaled = std::round(raw * powers[node->decimals]);
      into = {scaled / powers[node->decimals], 0, Known::computed + node->decimals};
      value = feel::Value::number(static_cast<int64_t>(scaled), node->decimals);
      return;
    }
    case Kind::date: {
      const double back = std::round(std::max(0.0, samplers_[node->first].quantile(u)));
      const int64_t day = today - static_cast<int64_t>(std::min(back, 1e5));
      into = {static_cast<double>(day), 0, Known::date};
      value = feel::Value::date(day);
      return;
    }
    case Kind::adoption:
      return take(leaves_[node->first + (u < adoptions_[node->count].share(today) ? 1 : 0)]);
    case Kind::copy: {
      Known copied = known[node->name];
      if (copied.leaf >= Known::computed && copied.leaf < Known::date)
        copied.number = std::clamp(copied.number, node->min, node->max);
      value = value_of(copied);
      into = copied;
      return;
    }
    case Kind::by:
      break;
  }
}

Known Draws::computed(double value, uint32_t decimals) {
  return {std::round(value * powers[decimals]) / powers[decimals], 0, Known::computed + decimals};
}

feel::Value Draws::value_of(const Known& known) const {
  if (known.leaf < Known::computed) return leaves_[known.leaf].value;
  if (known.leaf == Known::date) return feel::Value::date(static_cast<int64_t>(known.number));
  const uint32_t decimals = known.leaf - Known::computed;
  return feel::Value::number(static_cast<int64_t>(std::round(known.number * powers[decimals])),
                             decimals);
}

bool Draws::chance(Root root, double u, const Known* known) const {
  const Node* node = resolve(root, known);
  return node != nullptr && node->kind == Kind::chance && u < node->min;
}

double Draws::quantity(Root root, double u, const Known* known) const {
  const Node* node = resolve(root, known);
  if (node == nullptr) return 0;
  if (node->kind == Kind::copy) return known[node->name].number;
  if (node->kind != Kind::number) return 0;
  return std::clamp(samplers_[node->first].quantile(u), node->min, node->max);
}

Symbol Draws::symbol(Root root, double u, const Known* known) const {
  const Node* node = resolve(root, known);
  if (node == nullptr || (node->kind != Kind::value && node->kind != Kind::weights)) return 0;
  return pick(*node, u).known.symbol;
}

}  // namespace passerelle::rehearse
