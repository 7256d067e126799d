#include "pathway/check/table_space.h"

#include <algorithm>

namespace passerelle::pathway {
namespace {

// Ordered kinds have intervals between their values; texts and booleans have not.
bool is_ordered(const feel::Value& value) {
  return !value.is_string() && !value.is_boolean() && feel::compare(value, value).has_value();
}

bool test_matches(const SimpleTest& test, const Piece& piece) {
  switch (test.form) {
    case SimpleTest::Form::any:
      return true;
    case SimpleTest::Form::null:
      return piece.form == Piece::Form::null;
    case SimpleTest::Form::equal:
      return piece.form == Piece::Form::value && *piece.low == *test.low;
    case SimpleTest::Form::interval:
      break;
  }
  if (piece.form == Piece::Form::value) {
    if (test.low) {
      const auto order = feel::compare(*piece.low, *test.low);
      if (!order || *order < 0 || (*order == 0 && !test.low_closed)) return false;
    }
    if (test.high) {
      const auto order = feel::compare(*piece.low, *test.high);
      if (!order || *order > 0 || (*order == 0 && !test.high_closed)) return false;
    }
    return true;
  }
  if (piece.form != Piece::Form::between) return false;
  // Pieces never straddle a bound, so it is enough to compare their ends with the test's.
  if (test.low && (!piece.low || feel::compare(*piece.low, *test.low).value_or(-1) < 0))
    return false;
  if (test.high && (!piece.high || feel::compare(*piece.high, *test.high).value_or(1) > 0))
    return false;
  return true;
}

}  // namespace

std::string to_text(const Piece& piece) {
  switch (piece.form) {
    case Piece::Form::null:
      return "not answered (null)";
    case Piece::Form::value:
      return feel::to_text(*piece.low);
    case Piece::Form::other:
      return "any other value";
    case Piece::Form::between:
      break;
  }
  if (piece.low && piece.high)
    return "between " + feel::to_text(*piece.low) + " and " + feel::to_text(*piece.high);
  if (piece.low) return "above " + feel::to_text(*piece.low);
  if (piece.high) return "below " + feel::to_text(*piece.high);
  return "any value";
}

bool matches(const ParsedTests& tests, const Piece& piece) {
  const bool one = std::any_of(tests.tests.begin(), tests.tests.end(),
                               [&](const SimpleTest& test) { return test_matches(test, piece); });
  return one != tests.negated;
}

std::vector<Piece> pieces_of(const std::vector<const ParsedTests*>& column,
                             const ParsedTests* allowed) {
  std::vector<feel::Value> bounds;
  bool intervals = false;
  const auto collect = [&](const ParsedTests& tests) {
    for (const SimpleTest& test : tests.tests) {
      intervals = intervals || test.form == SimpleTest::Form::interval;
      for (const auto& bound : {test.low, test.high}) {
        if (!bound) continue;
        if (std::find(bounds.begin(), bounds.end(), *bound) == bounds.end())
          bounds.push_back(*bound);
      }
    }
  };
  for (const ParsedTests* tests : column) collect(*tests);
  if (allowed != nullptr) collect(*allowed);

  std::vector<Piece> pieces = {{Piece::Form::null, {}, {}}};
  for (const feel::Value& bound : bounds) pieces.push_back({Piece::Form::value, bound, {}});
  const bool ordered = !bounds.empty() && std::all_of(bounds.begin(), bounds.end(), is_ordered);
  const bool booleans = !bounds.empty() && std::all_of(bounds.begin(), bounds.end(),
                                                       [](auto& b) { return b.is_boolean(); });
  if (ordered) {
    std::sort(bounds.begin(), bounds.end(), [](const feel::Value& a, const feel::Value& b) {
      return feel::compare(a, b).value_or(0) < 0;
    });
    pieces.push_back({Piece::Form::between, {}, bounds.front()});
    for (size_t i = 1; i < bounds.size(); ++i)
      pieces.push_back({Piece::Form::between, bounds[i - 1], bounds[i]});
    pieces.push_back({Piece::Form::between, bounds.back(), {}});
  } else if (booleans) {
    for (const bool truth : {true, false})
      if (std::find(bounds.begin(), bounds.end(), feel::Value::boolean(truth)) == bounds.end())
        pieces.push_back({Piece::Form::value, feel::Value::boolean(truth), {}});
  } else {
    pieces.push_back({Piece::Form::other, {}, {}});
  }
  if (allowed != nullptr)
    std::erase_if(pieces, [&](const Piece& piece) { return !matches(*allowed, piece); });
  return pieces;
}

}  // namespace passerelle::pathway
