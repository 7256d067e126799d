// What cohorts draw, compiled: names become indices, texts become FEEL values that all threads may
// share, tables become thresholds. Immutable. A draw is a function of one number between 0 and 1
// and of what is known of the patient.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pathway/cohort.h"
#include "pathway/feel/value.h"
#include "pathway/form.h"

namespace passerelle::rehearse {

// A text of the model, interned; 0 = none.
using Symbol = uint32_t;

class Symbols {
 public:
  Symbols() { texts_.emplace_back(); }
  Symbol intern(std::string_view text);
  Symbol find(std::string_view text) const;  // 0 when it was never interned
  const std::string& text(Symbol symbol) const { return texts_[symbol]; }
  size_t size() const { return texts_.size(); }

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, Symbol> index_;
};

// What is known: an attribute's value, the state, the channel, an answer. Null unless set.
struct Known {
  double number = 0;
  Symbol symbol = 0;  // 0: a number without a text
  uint32_t leaf = 0;  // whose value it is; computed numbers have none
  static constexpr uint32_t computed = 0x80000000u;  // + decimals
  static constexpr uint32_t date = 0xC0000000u;
};
static_assert(sizeof(Known) == 16);

struct Drawn {
  feel::Value value;
  Known known;
};

// Index of a compiled draw.
using Root = uint32_t;
constexpr Root no_draw = ~Root{0};

class Draws {
 public:
  explicit Draws(Symbols& symbols) : symbols_(symbols) { add_leaf({}, 1); }

  // `names` in the order of what evaluation gets; `item`: whose answer it is, or null.
  Root compile(const pathway::Draw& draw, std::span<const std::string> names,
               const pathway::Item* item = nullptr);
  // After the last compile(): the jump tables of texts.
  void finish();

  // `today`: local date, days since 1970. Text draws share immortal values.
  Drawn draw(Root root, double u, const Known* known, int64_t today) const {
    Drawn out;
    draw(root, u, known, today, out.value, out.known);
    return out;
  }
  // The same into places that are null; `into` may be one of `known`.
  void draw(Root root, double u, const Known* known, int64_t today, feel::Value& value,
            Known& into) const;
  bool chance(Root root, double u, const Known* known) const;
  double quantity(Root root, double u, const Known* known) const;
  // Which of the values of a draw of states: the symbol.
  Symbol symbol(Root root, double u, const Known* known) const;
  feel::Value value_of(const Known& known) const;
  // A number that was not drawn here, rounded.
  static Known computed(double value, uint32_t decimals);

 private:
  // Small, as one form reads hundreds of them, and each patient's forms others.
  struct Node {
    pathway::Draw::Kind kind = pathway::Draw::Kind::value;
    uint8_t decimals = 0;
    uint16_t name = 0;         // of by, copy
    uint32_t first = 0;        // leaf, branch or sampler
    uint32_t count = 0;        // of branches; of by text, once finished: 0; of adoption: its index
    Root otherwise = no_draw;  // of by; of by text, once finished: where its jump table begins
    double min = 0, max = 0;   // of chance: min is the probability
  };
  static_assert(sizeof(Node) == 32);
  struct Leaf {
    Known known;
    feel::Value value;
  };
  struct Branch {
    bool numeric = false;
    Symbol symbol = 0;
    double low = 0, high = 0;
    Root draw = no_draw;
  };

  uint32_t add_leaf(Leaf leaf, double upto);
  void leaves(const pathway::Draw& draw, const pathway::Item* item, Node& node);
  void false_and_true(Node& node);
  const Node* resolve(Root root, const Known* known) const;
  Root branch(const Node& node, const Known& at) const;
  const Leaf& pick(const Node& node, double u) const;

  Symbols& symbols_;
  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_;  // the first is null
  std::vector<double> upto_;  // by leaf: cumulative share
  std::vector<Branch> branches_;
  std::vector<Root> jumps_;
  std::vector<pathway::Sampler> samplers_;
  std::vector<pathway::Adoption> adoptions_;
};

}  // namespace passerelle::rehearse
