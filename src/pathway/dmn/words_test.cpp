#include "pathway/dmn/words.h"

#include <map>

#include "pathway/dmn/reasons.h"
#include "pathway/dmn/testing.h"

namespace passerelle::dmn {
namespace {

// A form asks how bad the cough is, and for a temperature; one text has words.
class SomeWords : public Vocabulary {
 public:
  explicit SomeWords(bool french)
      : texts{{"reason.fever", french ? "Fièvre" : "Fever"}}, french_(french) {}
  std::optional<std::string> text(std::string_view key) const override {
    const auto found = texts.find(std::string(key));
    return found == texts.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::string> question(std::string_view path) const override {
    if (path != "daily.cough") return std::nullopt;
    return french_ ? "Toussez-vous ?" : "Do you cough?";
  }
  std::optional<std::string> answer(std::string_view path,
                                    const feel::Value& value) const override {
    if (path != "daily.cough" || value != feel::Value::integer(3)) return std::nullopt;
    return french_ ? "Beaucoup" : "A lot";
  }
  std::map<std::string, std::string> texts;

 private:
  bool french_;
};

// ---- conditions ----

struct Condition {
  std::string_view test, path, en, fr;
};

class Conditions : public testing::TestWithParam<Condition> {};

TEST_P(Conditions, AreSaidInBothLanguages) {
  std::vector<Model> models;
  models.push_back(parsed(decision("fever threshold", "", literal("39")) +
                          decision("cold", "", literal("35.5")) + input("limit") +
                          decision("computed", "i_limit", literal("limit"))));
  for (const bool french : {false, true}) {
    const SomeWords words(french);
    const auto said = Teller(models, words, french ? "fr" : "en")
                          .condition(GetParam().test, constants_of(models[0]), GetParam().path);
    EXPECT_EQ(said.value_or("as written"), french ? GetParam().fr : GetParam().en);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Words, Conditions,
    testing::Values(
        Condition{"< 5", "", "below 5", "moins de 5"},
        Condition{"<= 38.5", "", "at most 38.5", "au plus 38,5"},
        Condition{"> -2", "", "above -2", "plus de -2"},
        Condition{">= fever threshold", "", "at least 39", "au moins 39"},
        Condition{"[cold..fever threshold)", "", "from 35.5 to below 39", "de 35,5 à moins de 39"},
        Condition{"[1..2]", "", "from 1 to 2", "de 1 à 2"},
        Condition{"(1..2)", "", "above 1 and below 2", "plus de 1 et moins de 2"},
        Condition{"(1..2]", "", "above 1, up to 2", "plus de 1, jusqu’à 2"},
        Condition{"]1..2[", "", "above 1 and below 2", "plus de 1 et moins de 2"},
        Condition{"1, 2, 3", "", "1, 2 or 3", "1, 2 ou 3"},
        Condition{"null", "", "not answered", "sans réponse"},
        Condition{"null, false", "", "not answered or no", "sans réponse ou non"},
        Condition{"true", "", "yes", "oui"}, Condition{"not(null)", "", "answered", "avec réponse"},
        Condition{"not(1, 2)", "", "anything but 1 or 2", "tout sauf 1 ou 2"},
        Condition{"\"web\"", "", "“web”", "«\u00a0web\u00a0»"},
        Condition{"\"reason.fever\"", "", "Fever", "Fièvre"},
        Condition{"3", "daily.cough", "A lot", "Beaucoup"},
        Condition{">= 3", "daily.cough", "at least “A lot”", "au moins «\u00a0Beaucoup\u00a0»"},
        Condition{"< date(\"2020-03-26\")", "", "before 2020-03-26", "avant le 26/03/2020"},
        Condition{">= @\"2020-03-26\"", "", "from 2020-03-26 on", "à partir du 26/03/2020"},
        Condition{"> duration(\"P1DT2H\")", "", "above 1 d 2 h", "plus de 1 j 2 h"},
        Condition{"< duration(\"P1Y6M\")", "", "below 1 y 6 mo", "moins de 1 an 6 mois"},
        Condition{"<= computed", "", "as written", "as written"},
        Condition{"? > 3 and ? < 5", "", "as written", "as written"},
        Condition{"contains(?, \"a\")", "", "as written", "as written"}));

// ---- rules ----

std::string rule(std::string_view id, std::initializer_list<std::string_view> inputs,
                 std::string_view output, std::string_view annotation = "") {
  const auto entry = [](std::string_view name, std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped += c == '<' ? "&lt;" : std::string(1, c);
    const std::string tag(name);
    return "<" + tag + "><text>" + escaped + "</text></" + tag + ">";
  };
  std::string out = "<rule id=\"" + std::string(id) + "\">";
  for (const auto test : inputs) out += entry("inputEntry", test);
  out += entry("outputEntry", output);
  return out + (annotation.empty() ? "" : entry("annotationEntry", annotation)) + "</rule>";
}

std::string column(std::string_view id, std::string_view label, std::string_view expression) {
  return "<input id=\"" + std::string(id) + "\" label=\"" + std::string(label) +
         "\"><inputExpression><text>" + std::string(expression) +
         "</text></inputExpression></input>";
}

std::string table(std::string_view id, std::string_view policy, std::string_view inside) {
  return "<decisionTable id=\"" + std::string(id) + "\" hitPolicy=\"" + std::string(policy) +
         "\">" + std::string(inside) + "</decisionTable>";
}

// Temperatures and grades lead to reasons, in two steps, as packages do.
std::vector<Model> triage() {
  std::vector<Model> models;
  models.push_back(parsed(
      input("daily") + input("previous") + decision("fever", "", literal("39")) +
      "<businessKnowledgeModel id=\"k_worrying\" name=\"worrying\"><encapsulatedLogic>"
      "<formalParameter name=\"grade\"/><formalParameter name=\"before\"/>" +
      table("t_worrying", "FIRST",
            column("g", "Grade", "grade") + column("b", "Before", "before") + "<output/>" +
                rule("severe", {">= 3", "-"}, "true") + rule("jump", {"2", "0"}, "true", "new") +
                rule("mild", {"-", "-"}, "false")) +
      "</encapsulatedLogic></businessKnowledgeModel>" +
      decision(
          "Level", "i_daily d_fever",
          table("t_level", "UNIQUE",
                column("t", "Temperature, °C", "daily.temperature") + "<output/>" +
                    rule("none", {"null"}, "\"green\"") + rule("low", {"< fever"}, "\"green\"") +
                    rule("high", {">= fever"}, "\"fever\"", "high"))) +
      decision("Reasons", "i_daily i_previous d_Level k_worrying",
               table("t_reasons", "COLLECT",
                     column("c", "Cough", "worrying(daily.cough, previous.cough)") +
                         column("l", "Level", "Level") + "<output/>" +
                         rule("cough", {"true", "-"}, "\"reason.cough\"") +
                         rule("fever", {"-", "\"fever\""}, "\"reason.fever\""))) +
      decision("Triage", "d_Reasons", literal("if count(Reasons) > 0 then Reasons else null")) +
      decision("Scale", "i_daily", literal("if daily.two then 2 else 1")) +
      decision("One", "i_daily",
               table("t_one", "UNIQUE",
                     column("i", "On one", "daily.sat") + "<output/>" + rule("o1", {"< 92"}, "3") +
                         rule("o2", {">= 92"}, "0"))) +
      decision("Two", "i_daily",
               table("t_two", "UNIQUE",
                     column("i", "On two", "daily.sat") + "<output/>" + rule("w1", {"< 84"}, "3") +
                         rule("w2", {">= 84"}, "1"))) +
      decision("Points", "d_Scale d_One d_Two", literal("if Scale = 2 then Two else One")) +
      decision("Mean", "i_daily", literal("daily.a + 1")) +
      decision("Compared", "i_daily d_Mean",
               table("t_compared", "FIRST",
                     column("i", "Value", "daily.b") + "<output/>" +
                         rule("over", {"> Mean"}, "\"over\"") + rule("else", {"-"}, "\"not\"")))));
  EXPECT_EQ(first_problem(models[0]), "");
  return models;
}

std::vector<Reason> why(const std::vector<Model>& models, std::string_view decision,
                        std::string_view inputs) {
  feel::Evaluation evaluation;
  const auto given = feel::compile(inputs, feel::Names());
  EXPECT_TRUE(given.ok()) << inputs;
  auto outcome = models[0].evaluate(decision, given->evaluate({}, evaluation), evaluation);
  EXPECT_TRUE(outcome.ok());
  return outcome ? outcome->why : std::vector<Reason>();
}

// One line a rule, indented by what it rests on: "fever -> Fever | Level: “fever”".
std::string lines(const std::vector<Told>& rules, std::string indent = "") {
  std::string out;
  for (const Told& told : rules) {
    out += indent + told.table->rules[told.rule].id + " -> " + told.says;
    for (const std::string& met : told.met) out += " | " + met;
    if (!told.note.empty()) out += " (" + told.note + ")";
    out += "\n" + lines(told.below, indent + "  ");
  }
  return out;
}

std::string told(std::string_view decision, std::string_view inputs, std::string_view language,
                 const Vocabulary& words) {
  const auto models = triage();
  const auto reasons = why(models, decision, inputs);
  const Teller teller(models, words, language);
  const std::string said = lines(teller.tell(reasons, decision).rules);
  // Kept as a value, as events do, and as JSON, as stores do, it says the same.
  const std::string text = feel::to_json_text(to_value(reasons));
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  const auto back = reasons_from(feel::from_json(document->root()), models, decision);
  EXPECT_EQ(lines(teller.tell(back, decision).rules), said);
  return said;
}

TEST(RulesInWords, TellWhatWasAskedAndWhatWasMet) {
  EXPECT_EQ(told("Level", "{daily: {temperature: 39.2}}", "en", SomeWords(false)),
            "high -> “fever” | Temperature, °C: at least 39 (39.2) (high)\n");
  EXPECT_EQ(told("Level", "{daily: {temperature: 39.2}}", "fr", SomeWords(true)),
            "high -> «\u00a0fever\u00a0» | Temperature, °C\u00a0: au moins 39 (39,2) (high)\n");
  EXPECT_EQ(told("Level", "{daily: {}}", "en", SomeWords(false)),
            "none -> “green” | Temperature, °C: not answered\n");
}

TEST(RulesInWords, TakeLabelsAndAnnotationsFromTheTexts) {
  SomeWords words(true);
  words.texts["rules.t_level.t"] = "Température, °C";
  words.texts["rules.t_level.high"] = "élevée";
  EXPECT_EQ(told("Level", "{daily: {temperature: 39.2}}", "fr", words),
            "high -> «\u00a0fever\u00a0» | Température, °C\u00a0: au moins 39 (39,2) (élevée)\n");
}

TEST(RulesInWords, OfReasonsLeadToTheQuestionsBehindThem) {
  EXPECT_EQ(told("Reasons", "{daily: {temperature: 40, cough: 3}, previous: null}", "en",
                 SomeWords(false)),
            "cough -> “reason.cough” | Cough: yes\n"
            "  severe -> yes | Do you cough? at least “A lot” (A lot)\n"
            "fever -> Fever\n"
            "  high -> “fever” | Temperature, °C: at least 39 (40) (high)\n");
  EXPECT_EQ(told("Triage", "{daily: {temperature: 37, cough: 2}, previous: {cough: 0}}", "fr",
                 SomeWords(true)),
            "cough -> «\u00a0reason.cough\u00a0» | Cough\u00a0: oui\n"
            "  jump -> oui | Toussez-vous ? 2 | Before\u00a0: 0 (new)\n");
}

TEST(RulesInWords, AreOnlyThoseThatTheResultRestsOn) {
  EXPECT_EQ(told("Points", "{daily: {two: true, sat: 80}}", "en", SomeWords(false)),
            "w1 -> 3 | On two: below 84 (80)\n")
      << "the other scale fired, too, and nobody read it";
  EXPECT_EQ(told("Points", "{daily: {two: false, sat: 80}}", "en", SomeWords(false)),
            "o1 -> 3 | On one: below 92 (80)\n");
  EXPECT_EQ(told("Triage", "{daily: {temperature: 37, cough: 0}, previous: null}", "en",
                 SomeWords(false)),
            "");
}

TEST(RulesInWords, LeaveOutThoseBelowThatSayNothingAndCountThem) {
  const auto models = triage();
  const SomeWords words(false);
  const auto reasons = why(models, "Points", "{daily: {two: false, sat: 97}}");
  const Telling below = Teller(models, words, "en").tell(reasons, "Points");
  EXPECT_EQ(lines(below.rules), "");
  EXPECT_EQ(below.silent, 1u);
  const Telling own =
      Teller(models, words, "en").tell(why(models, "One", "{daily: {sat: 97}}"), "One");
  EXPECT_EQ(lines(own.rules), "o2 -> 0 | On one: at least 92 (97)\n")
      << "the decision that was asked for always answers";
}

TEST(RulesInWords, KnowWhatComputedThresholdsWere) {
  EXPECT_EQ(told("Compared", "{daily: {a: 4, b: 7.5}}", "fr", SomeWords(true)),
            "over -> «\u00a0over\u00a0» | Value\u00a0: plus de 5 (7,5)\n");
  EXPECT_EQ(told("Compared", "{daily: {a: 4, b: 5}}", "en", SomeWords(false)),
            "else -> “not” | in all other cases\n");
}

TEST(RulesInWords, SurviveATableThatIsGone) {
  const auto models = triage();
  const auto reasons =
      why(models, "Reasons", "{daily: {temperature: 40, cough: 3}, previous: null}");
  std::vector<Model> changed;
  changed.push_back(parsed(decision("Reasons", "", literal("1"))));
  EXPECT_TRUE(reasons_from(to_value(reasons), changed, "Reasons").empty());
  feel::Evaluation evaluation;
  for (const char* odd : {"3", "[3]", "[{rule: 7}]", "[{rule: \"t_level/high\", of: 0}]",
                          "[{rule: \"t_level/high\", of: -7, met: 3, named: 4, input: 99}]",
                          "[{rule: \"t_worrying/severe\", met: [1, 2, 3]}]"}) {
    const feel::Value value = feel::compile(odd, feel::Names())->evaluate({}, evaluation);
    const auto back = reasons_from(value, models, "Reasons");
    const SomeWords words(false);
    EXPECT_NO_FATAL_FAILURE(Teller(models, words, "en").tell(back, "Reasons")) << odd;
  }
}

}  // namespace
}  // namespace passerelle::dmn
