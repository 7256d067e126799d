// What the tests of feel/ share: expressions and what they give, as text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "pathway/feel/feel.h"

namespace passerelle::feel {

struct Example {
  std::string_view expression, result;
};

// The value as FEEL's string() shows it; "refused: ..." when the text is no FEEL.
inline std::string value_of(std::string_view text, std::string* notes = nullptr) {
  const auto expression = compile(text, Names());
  if (!expression) return "refused: " + to_text(expression.error());
  Evaluation evaluation;
  const Value value = expression->evaluate({}, evaluation);
  if (notes != nullptr) {
    for (const Note& note : evaluation.notes) *notes += note.text + "\n";
  }
  return to_text(value);
}

inline void check(std::initializer_list<Example> examples) {
  for (const Example& example : examples) {
    EXPECT_EQ(value_of(example.expression), example.result) << example.expression;
  }
}

inline std::string note_of(std::string_view text) {
  std::string notes;
  EXPECT_EQ(value_of(text, &notes), "null") << text;
  return notes;
}

}  // namespace passerelle::feel
