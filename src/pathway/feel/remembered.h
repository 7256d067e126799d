// What an expression gave for the few values that it reads. Thousands of cases ask the same
// expressions on the same day: when today's form closes, how long the reminder takes at this hour.
// Most of what they read is alike, and looking it up takes a tenth of evaluating it.
//
// Remembered is what depends on nothing but variables, entries of variables, days of variables, the
// date and the hour, three of them at most. An expression that rarely meets the same values is soon
// left alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pathway/feel/feel.h"
#include "pathway/feel/memo.h"
#include "pathway/feel/reads.h"

namespace passerelle::feel {

// Of one expression, always the same; in one zone; for one thread.
class Remembered {
 public:
  explicit Remembered(const Expression& expression);
  // As expression.evaluate(). The expression is that of the constructor. Where notes are kept,
  // nothing is remembered.
  Value evaluate(const Expression& expression, std::span<const Value> slots,
                 Evaluation& evaluation);
  // Whether it (still) is remembered.
  bool able() const { return !reads_.empty(); }

 private:
  static constexpr uint32_t trial = 1'024;  // evaluations, of which ...
  static constexpr uint32_t least = 256;    // ... so many must meet what was met before

  std::vector<Read> reads_;  // empty: nothing is remembered
  Memo memo_;
  uint32_t asked_ = 0, met_ = 0;
};

}  // namespace passerelle::feel
