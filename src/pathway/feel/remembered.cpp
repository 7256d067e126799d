#include "pathway/feel/remembered.h"

#include "pathway/feel/evaluator.h"

namespace passerelle::feel {

Remembered::Remembered(const Expression& expression) {
  if (expression.program_ == nullptr) return;
  const Program& program = *expression.program_;
  if (auto reads = reads_of(program, program.body, Memo::most_operands)) reads_ = std::move(*reads);
}

Value Remembered::evaluate(const Expression& expression, std::span<const Value> slots,
                           Evaluation& evaluation) {
  // Whoever wants to know why a value is missing has it evaluated.
  if (reads_.empty() || evaluation.keep_notes) return expression.evaluate(slots, evaluation);
  Operands now;
  if (!now.gather(*expression.program_, reads_, slots, nullptr, evaluation))
    return expression.evaluate(slots, evaluation);
  ++asked_;
  if (const Value* known = memo_.find(now.all())) {
    ++met_;
    return *known;
  }
  const Value gives = expression.evaluate(slots, evaluation);
  memo_.keep(now.all(), gives);
  if (asked_ == trial && met_ < least) {
    reads_.clear();
    memo_ = Memo();
  }
  return gives;
}

}  // namespace passerelle::feel
