// The language: names, logic, lists, functions, and how it says what is wrong.
#include "pathway/feel/feel.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "pathway/feel/remembered.h"
#include "pathway/feel/testing.h"

namespace passerelle::feel {
namespace {

TEST(Names, MayHoldSpacesAndSigns) {
  const Names names{"first symptom day", "a-b", "a", "b", "größe", "daily"};
  const std::vector<Value> slots = {
      Value::integer(3), Value::integer(10), Value::integer(1),
      Value::integer(2), Value::integer(9),  Value::context({{"heart rate", Value::integer(80)}})};
  const std::vector<Example> examples = {{"first symptom day + 1", "4"},
                                         {"first  symptom\nday + 1", "4"},
                                         {"a-b", "10"},
                                         {"b-a", "1"},
                                         {"größe", "9"},
                                         {"daily.heart rate > 70", "true"},
                                         {"daily.heart rate-a", "79"}};
  for (const Example& example : examples) {
    const auto expression = compile(example.expression, names);
    ASSERT_TRUE(expression.ok()) << to_text(expression.error());
    Evaluation evaluation;
    EXPECT_EQ(to_text(expression->evaluate(slots, evaluation)), example.result)
        << example.expression;
  }
}

TEST(Names, ThatAreMissingAreToldWithTheirPlace) {
  const auto expression = compile("1 +\n  temprature", Names{"temperature"});
  ASSERT_FALSE(expression.ok());
  EXPECT_EQ(expression.error().where, "2:3");
  EXPECT_EQ(expression.error().help, "did you mean 'temperature'?");
}

TEST(Names, AreReportedWithTheirPath) {
  const auto expression = compile("if age > 70 then daily.temperature else other[p = age].q",
                                  Names{"age", "daily", "other", "unused"});
  ASSERT_TRUE(expression.ok());
  const auto used = expression->names_used();
  for (const char* name : {"age", "daily.temperature"}) {
    EXPECT_NE(std::find(used.begin(), used.end(), name), used.end()) << name;
  }
  EXPECT_EQ(std::find(used.begin(), used.end(), "unused"), used.end());
}

TEST(Syntax, ErrorsSayWhatWasExpected) {
  for (const Example& example : std::initializer_list<Example>{
           {"1 +", "refused: 1:4: expected an expression, but the expression ends"},
           {"\"abc", "refused: 1:1: this text has no closing quotation mark"},
           {"[1, 2", "refused: 1:6: expected ']' to close the list, but the expression ends"}}) {
    EXPECT_EQ(value_of(example.expression), example.result);
  }
}

TEST(Logic, HasThreeValues) {
  check({{"true and null", "null"},
         {"false and null", "false"},
         {"null or true", "true"},
         {"null or false", "null"},
         {"not(null)", "null"},
         {"true and \"x\"", "null"},
         {"if null then 1 else 2", "2"},
         {"null = null", "true"},
         {"1 = null", "false"},
         {"1 < null", "null"},
         {"1 = \"1\"", "null"}});
}

TEST(Comparisons, CoverRangesListsAndBetween) {
  check({{"5 in [1..5]", "true"},
         {"5 in [1..5)", "false"},
         {"5 in (> 4, < 0)", "true"},
         {"5 in (1, 5)", "true"},
         {"5 between 1 and 5", "true"},
         {"\"b\" in [\"a\"..\"c\"]", "true"},
         {"[1, 2] = [1, 2]", "true"},
         {"{a: 1} = {a: 1.0}", "true"},
         {"[1..3] = [1..3]", "true"},
         {"[1..3) = [1..3]", "false"}});
}

TEST(Lists, FilterByPositionAndByCondition) {
  check({{"[1, 2, 3][1]", "1"},
         {"[1, 2, 3][-1]", "3"},
         {"[1, 2, 3][4]", "null"},
         {"[1, 2, 3][item > 1]", "[2, 3]"},
         {"[{a: 1, b: 2}, {a: 3, b: 4}][a = 3].b", "[4]"},
         {"[{item: 1}, {item: 2}][item = 2]", "[{item: 2}]"},
         {"7[1]", "7"}});
}

TEST(Loops, RunOverListsRangesAndDatesAndSeeWhatTheyMade) {
  check({{"for x in 1..3 return x * x", "[1, 4, 9]"},
         {"for x in 3..1 return x", "[3, 2, 1]"},
         {"for x in [1, 2], y in [10, 20] return x + y", "[11, 21, 12, 22]"},
         {"for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"},
         {"for d in @\"2020-02-28\"..@\"2020-03-01\" return d.day", "[28, 29, 1]"},
         {"some x in [1, 2] satisfies x > 1", "true"},
         {"every x in [] satisfies x > 1", "true"},
         {"every x in [1, null] satisfies x > 0", "null"}});
}

TEST(Functions, AreValuesThatCloseOverTheirSurroundings) {
  check({{"{n: 10, add: function(x) x + n, r: add(1)}.r", "11"},
         {"(function(f, x) f(f(x)))(function(y) y * 2, 3)", "12"},
         {"{f: function(x: number) x, r: f(\"a\")}.r", "null"},
         {"{f: function(a, b) a - b, r: f(b: 1, a: 10)}.r", "9"},
         {"sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]"},
         {"list replace([2, 4, 7], function(item, newItem) item < newItem, 5)", "[5, 5, 7]"}});
}

TEST(Types, AreAskedByInstanceOf) {
  check({{"1 instance of number", "true"},
         {"null instance of Any", "false"},
         {"[1, \"a\"] instance of list<number>", "false"},
         {"{a: 1} instance of context<a: number>", "true"},
         {"@\"P1D\" instance of days and time duration", "true"},
         {"(function(x: number) x) instance of function<number>->number", "true"}});
}

TEST(Strings, CountCodePoints) {
  check({{"string length(\"🐎x\")", "2"},
         {"substring(\"🐎xyz\", 2, 2)", "xy"},
         {"substring(\"foobar\", -3)", "bar"},
         {"upper case(\"straße\")", "STRASSE"},
         {"\"\\uD83D\\uDC0E\" = \"\\U01F40E\"", "true"},
         {"split(\"a;b;;c\", \";\")", "[\"a\", \"b\", \"\", \"c\"]"},
         {"replace(\"abracadabra\", \"a(.)\", \"<$1>\")", "<b>r<c><d><b>ra"},
         {"matches(\"Hello\", \"h.*O\", \"i\")", "true"},
         {"matches(\"helloworld\", \"hello world\", \"x\")", "true"},
         {"matches(\"helloworld\", \"hello[ ]world\", \"x\")", "false"},
         {"matches(\"hello world\", \"hello\\ sworld\", \"x\")", "true"},
         {"string join([\"a\", null, \"b\"], \", \")", "a, b"}});
}

TEST(Patterns, ThatWouldRunForEverAreStopped) {
  const std::string hard = "matches(\"" + std::string(60, 'a') + "b\", \"^(a+)+$\")";
  EXPECT_NE(note_of(hard), "");
}

TEST(Notes, SayWhyAValueIsMissing) {
  EXPECT_NE(note_of("1 / 0").find("division by zero"), std::string::npos);
  EXPECT_NE(note_of("number(\"38,5\")").find("the text \"38,5\" is not a number"),
            std::string::npos);
  EXPECT_NE(note_of("{a: 1}.b").find("no entry 'b'"), std::string::npos);
  EXPECT_NE(note_of("\"a\" + 1").find("cannot add string and number"), std::string::npos);
  EXPECT_NE(note_of("[1][2]").find("the list has no item 2"), std::string::npos);
}

TEST(Notes, NameTheExpressionAndThePlace) {
  const auto expression = compile("1 + 2 / 0", Names());
  ASSERT_TRUE(expression.ok());
  Evaluation evaluation;
  EXPECT_TRUE(expression->evaluate({}, evaluation).is_null());
  ASSERT_FALSE(evaluation.notes.empty());
  EXPECT_EQ(evaluation.notes[0].source, "1 + 2 / 0");
  EXPECT_EQ(evaluation.notes[0].offset, 6u);
}

TEST(Limits, RefuseRunawayEvaluations) {
  EXPECT_NE(note_of("some a in 1..100000, b in 1..100000 satisfies a < 0").find("steps"),
            std::string::npos);
  EXPECT_NE(note_of("count(for a in 1..100000000 return 1)"), "");
  EXPECT_NE(note_of("{f: function(f, n) f(f, n + 1), r: f(f, 0)}.r").find("levels deep"),
            std::string::npos);
  EXPECT_NE(note_of("(for i in 1..40 return if i = 1 then \"0123456789\" else "
                    "partial[-1] + partial[-1])[-1]"),
            "");
}

TEST(Limits, RefuseTextsThatAreTooDeepOrTooLong) {
  EXPECT_NE(value_of(std::string(1000, '(') + "1" + std::string(1000, ')')).find("levels deep"),
            std::string::npos);
  EXPECT_NE(value_of(std::string(2u << 20, ' ') + "1").find("longer than"), std::string::npos);
  EXPECT_NE(value_of(std::string(100'000, '-') + "1").find("levels deep"), std::string::npos);
}

TEST(Limits, LeaveAnEvaluationUsable) {
  const auto runaway = compile("{f: function(f) f(f), r: f(f)}.r", Names());
  const auto plain = compile("1 + 1", Names());
  ASSERT_TRUE(runaway.ok() && plain.ok());
  Evaluation evaluation;
  EXPECT_TRUE(runaway->evaluate({}, evaluation).is_null());
  evaluation.clear();
  EXPECT_EQ(plain->evaluate({}, evaluation), Value::integer(2));
  EXPECT_TRUE(evaluation.notes.empty());
}

// Sums and comparisons of two values at hand are given without an evaluation: as inside a longer
// expression, which is always evaluated.
TEST(Expressions, GiveAtOnceWhatTheyGiveWhenEvaluated) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  const std::vector<Value> values = {Value(),
                                     Value::integer(0),
                                     Value::integer(-7),
                                     Value::integer(most),
                                     Value::integer(-most),
                                     Value::number(385, 1),
                                     Value::number(70, 1),
                                     Value::number(7, 0),
                                     *Value::number("12345678901234567890123"),
                                     Value::string("red"),
                                     Value::string("green"),
                                     Value::string(""),
                                     Value::boolean(true),
                                     Value::boolean(false),
                                     Value::date(18'000),
                                     Value::list({Value::integer(1)})};
  const Names names{"a", "b", "yes", "form"};
  size_t at_once = 0;
  for (const char* sign : {"+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">="}) {
    for (const bool entry : {false, true}) {
      const std::string text =
          std::string(entry ? "form.left " : "a ") + sign + (entry ? " form.right" : " b");
      const auto little = compile(text, names);
      const auto whole = compile("if yes then " + text + " else 1", names);
      ASSERT_TRUE(little.ok() && whole.ok()) << text;
      for (const Value& a : values) {
        for (const Value& b : values) {
          const std::vector<Value> slots = {a, b, Value::boolean(true),
                                            Value::context({{"left", a}, {"right", b}})};
          Evaluation one, other;
          const Value expected = whole->evaluate(slots, other);
          const std::string told = text + " of " + to_text(a) + ", " + to_text(b);
          EXPECT_EQ(to_text(little->evaluate(slots, one)), to_text(expected)) << told;
          Value found;
          if (!little->at_once(slots, found)) continue;
          ++at_once;
          EXPECT_EQ(to_text(found), to_text(expected)) << told;
          EXPECT_EQ(found.kind(), expected.kind()) << told;
        }
      }
    }
  }
  EXPECT_GT(at_once, 400u);
}

TEST(Expressions, AreRememberedForWhatTheyRead) {
  struct Remembers {
    const char* text;
    bool able;
  };
  const Names names{"a", "b", "since", "form"};
  const Zone paris = *Zone::find("Europe/Paris");
  for (const Remembers& each : std::initializer_list<Remembers>{
           {"if now().hour < 18 then duration(\"PT3H\") else duration(\"PT90M\")", true},
           {"date and time(date(now()) + duration(\"P1D\"), time(\"09:00:00\"))", true},
           {"date(now()) - date(since) > duration(\"P3D\") and form.left > 1", true},
           {"since + duration(\"P1D\")", true},
           {"if a > 2 and b between 1 and 3 then -a * 2 else form.left", true},
           {"now() + duration(\"PT1H\")", false},      // another value each millisecond
           {"a + b + form.left + form.right", false},  // of four
           {"for x in 1..3 return x * a", false},
           {"form", true}}) {
    const auto expression = compile(each.text, names);
    ASSERT_TRUE(expression.ok()) << to_text(expression.error());
    Remembered remembered(*expression);
    EXPECT_EQ(remembered.able(), each.able) << each.text;
    Random random({3, 0, 0, purpose("remembered")});
    for (int i = 0; i < 5'000; ++i) {
      const auto some = [&] {
        switch (random.below(4)) {
          case 0:
            return Value();
          case 1:
            return Value::string("red");
          default:
            return Value::integer(random.below(4));
        }
      };
      Evaluation one, other;
      one.zone = other.zone = &paris;
      one.keep_notes = i % 100 == 0;
      one.now = other.now = Instant(std::chrono::hours(400'000 + random.below(72)));
      std::vector<Value> slots = {
          some(), some(), Value::date_time(one.now - std::chrono::hours(random.below(100)), paris),
          Value::context({{"left", some()}, {"right", some()}})};
      if (random.below(10) == 0) slots[2] = Value::date(19'000);
      if (random.below(10) == 0) slots[3] = some();
      const Value expected = expression->evaluate(slots, other);
      ASSERT_EQ(to_text(remembered.evaluate(*expression, slots, one)), to_text(expected))
          << each.text << ", round " << i;
      ASSERT_EQ(one.notes.size(), one.keep_notes ? other.notes.size() : 0) << each.text;
    }
  }
}

// What is evaluated each time, as if nothing were found again, would be left alone.
TEST(Expressions, ThatMeetTheSameValuesStayRemembered) {
  const auto expression = compile("a * 2 + 1", Names{"a"});
  Remembered remembered(*expression);
  Evaluation evaluation;
  evaluation.keep_notes = false;
  for (int i = 0; i < 2'000; ++i) {
    const Value gives = remembered.evaluate(*expression, {{Value::integer(i % 3)}}, evaluation);
    ASSERT_EQ(gives.integer(), 2 * (i % 3) + 1);
  }
  EXPECT_TRUE(remembered.able());
}

// Thousands of cases make the same contexts of the same few values: they are the same ones.
TEST(Expressions, MakeTheSameContextOfTheSameValuesAgain) {
  const auto expression =
      compile("{level: if a > 2 then \"red\" else \"green\", reasons: concatenate(b, [level])}",
              Names{"a", "b"});
  ASSERT_TRUE(expression.ok()) << to_text(expression.error());
  const Value reasons = Value::list({Value::string("cough")});
  const auto made = [&](Evaluation& evaluation, int64_t a, const Value& b) {
    return expression->evaluate({{Value::integer(a), b}}, evaluation);
  };
  Evaluation plain, remembering, telling;
  remembering.remember();
  telling.remember();
  plain.keep_notes = remembering.keep_notes = false;
  const Value first = made(remembering, 3, reasons);
  EXPECT_EQ(to_text(first), to_text(made(plain, 3, reasons)));
  EXPECT_TRUE(made(remembering, 3, reasons).is_same(first));
  EXPECT_EQ(to_text(made(remembering, 1, reasons)), to_text(made(plain, 1, reasons)));
  EXPECT_EQ(to_text(made(remembering, 3, reasons)), to_text(first)) << "pushed out or not";
  // Equal is not enough: another list may be told from this one by nobody, but is not looked into.
  EXPECT_EQ(to_text(made(remembering, 3, Value::list({Value::string("fever")}))),
            to_text(made(plain, 3, Value::list({Value::string("fever")}))));
  EXPECT_FALSE(made(plain, 3, reasons).is_same(made(plain, 3, reasons)));
  EXPECT_FALSE(made(telling, 3, reasons).is_same(made(telling, 3, reasons))) << "notes are kept";
}

TEST(Expressions, MakeOtherContextsWhenTheyAskTheClock) {
  const auto expression = compile("{at: now(), a: a}", Names{"a"});
  Evaluation evaluation;
  evaluation.keep_notes = false;
  evaluation.remember();
  std::string before;
  for (int second = 0; second < 3; ++second) {
    evaluation.now = Instant(std::chrono::seconds(second));
    const std::string now = to_text(expression->evaluate({{Value::integer(1)}}, evaluation));
    EXPECT_NE(now, before);
    before = now;
  }
}

TEST(Expressions, KnowWhetherTheyAskTheClock) {
  const Names names{"a", "b", "f"};
  const auto timeless = [&](const char* text) { return compile(text, names)->is_timeless(); };
  EXPECT_TRUE(timeless("a.x > 3 and count(b) = 2"));
  EXPECT_FALSE(timeless("a < now()"));
  EXPECT_FALSE(timeless("if now().hour < 8 then a else b"));
  EXPECT_FALSE(timeless("date(now()) = a"));
  EXPECT_FALSE(timeless("today() = a"));
  EXPECT_FALSE(timeless("sort(a, f)")) << "the function may";
}

TEST(Memos, GiveBackWhatWasKeptForTheSameOperandsOnly) {
  Memo memo;
  Random random({4, 0, 0, purpose("memo")});
  size_t found = 0;
  for (int i = 0; i < 50'000; ++i) {
    const Value a = random.below(8) == 0 ? Value() : Value::integer(random.below(20));
    const Value b = Value::number(random.below(10), random.below(2));
    const Memo::Operand operands[] = {Memo::Operand(a), Memo::Operand(b)};
    const std::string expected =
        to_text(a) + "/" + std::to_string(b.whole()) + "/" + std::to_string(b.scale());
    if (const Value* known = memo.find(operands)) {
      ASSERT_EQ(known->text(), expected);
      ++found;
    } else {
      memo.keep(operands, Value::string(expected));
    }
  }
  // 420 pairs, more than it begins with: it has grown until most are found again.
  EXPECT_GT(found, 35'000u);
}

// What ever meets other values costs only the trial.
TEST(Expressions, ThatMeetEverOtherValuesAreNoLongerRemembered) {
  const auto expression = compile("a * 2 + 1", Names{"a"});
  Remembered remembered(*expression);
  Evaluation evaluation;
  evaluation.keep_notes = false;
  for (int i = 0; i < 2'000; ++i) {
    const Value gives = remembered.evaluate(*expression, {{Value::integer(i)}}, evaluation);
    EXPECT_EQ(gives.integer(), 2 * i + 1);
  }
  EXPECT_FALSE(remembered.able());
}

TEST(UnaryTests, TestTheLastSlot) {
  const auto passes = [](std::string_view text, const Value& input) {
    const auto tests = compile_unary_tests(text, Names{"limit"});
    EXPECT_TRUE(tests.ok()) << text;
    Evaluation evaluation;
    const std::vector<Value> slots = {Value::integer(5), input};
    return to_text(tests->evaluate(slots, evaluation));
  };
  EXPECT_EQ(passes("-", Value()), "true");
  EXPECT_EQ(passes("< limit", Value::integer(4)), "true");
  EXPECT_EQ(passes("not(1, 2)", Value::integer(2)), "false");
  EXPECT_EQ(passes("[1..3], 7", Value::integer(7)), "true");
  EXPECT_EQ(passes("? * 2 = 8", Value::integer(4)), "true");
  EXPECT_EQ(passes("true", Value()), "false");
  EXPECT_EQ(passes("< 5", Value::string("a")), "null");
}

}  // namespace
}  // namespace passerelle::feel
