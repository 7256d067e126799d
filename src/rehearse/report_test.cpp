// The report for those who decide: what it must say, and that it is one sound file.
#include "rehearse/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "pathway/levers.h"
#include "rehearse/report_pictures.h"
#include "rehearse/test_package.h"
#include "rehearse/test_theory.h"

namespace passerelle::rehearse {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* promises =
    "indicators:\n  - id: in_time\n    heading: process\n    measure: share_within\n"
    "    from: {activity: call, on: schedule}\n    to: {activity: call, on: start}\n"
    "    within: PT10M\n    target: at least 80 %\n    owner: nurse\n"
    "  - id: minutes\n    heading: capabilities\n    measure: work_minutes\n    roles: [nurse]\n"
    "    target: at most 1 min per patient-day\n    owner: nurse\n";

TestPackage service() {
  TestPackage test;
  test.people = 1;
  test.cohort = poisson(14);
  test.indicators = promises;
  test.files["scenarios/more.yaml"] =
      "id: more\nname: {en: One <more>, fr: Un de plus}\nquestion: {en: Does one more do & why?, "
      "fr: Un de plus suffit-il ?}\nchanges:\n"
      "  - {file: organisation.yaml, path: roles.nurse.shifts.all.people, add: 1}\n";
  return test;
}

struct Made {
  std::unique_ptr<pathway::Package> package;
  Rehearsal rehearsal;
  std::vector<Rehearsal> others;
  std::vector<Comparison> comparisons;
  Sensitivity sensitivity;
  Report report;
};

Made make(const std::string& scenario, bool compared, bool varied) {
  const TestPackage test = service();
  Made out;
  out.package = test.load(scenario);
  const Settings settings = many(10, 6);
  out.rehearsal = *rehearse(*out.package, settings, scenario);
  if (compared) {
    out.others.push_back(*rehearse(*test.load(), settings));
    out.comparisons = *compare_all(out.rehearsal, out.others);
  }
  if (varied) out.sensitivity = *sensitivity(test.all(), "test", scenario, settings);
  return out;
}

std::string html_of(Made& made, const std::string& language, bool varied = false) {
  made.report.package = made.package.get();
  made.report.rehearsal = &made.rehearsal;
  made.report.others = made.others;
  made.report.comparisons = made.comparisons;
  if (varied) made.report.sensitivity = &made.sensitivity;
  made.report.figures = pathway::figures(made.package->files);
  made.report.command = "passerelle rehearse test --seed 1";
  made.report.program = "passerelle 0.1.0";
  made.report.language = language;
  return to_html(made.report);
}

// Without its first line it is XML but for the empty elements of HTML.
bool well_formed(std::string html) {
  html.erase(0, html.find('\n'));
  for (const std::string_view tag : {"<meta charset=\"utf-8\">"})
    html.erase(html.find(tag), tag.size());
  const size_t viewport = html.find("<meta name");
  html.erase(viewport, html.find('>', viewport) - viewport + 1);
  pugi::xml_document document;
  const auto read = document.load_buffer(html.data(), html.size());
  EXPECT_TRUE(read) << read.description() << ": "
                    << html.substr(std::max<ptrdiff_t>(0, read.offset - 80), 160);
  return static_cast<bool>(read);
}

TEST(Report, AnswersFirstAndHasTheHeadingsOfStressDes) {
  Made made = make("more", true, false);
  const std::string html = html_of(made, "en");
  EXPECT_TRUE(well_formed(html));
  EXPECT_THAT(html, AllOf(HasSubstr("<html lang=\"en\">"), HasSubstr("Does one more do &amp; why?"),
                          HasSubstr("In short"), HasSubstr("of 2 targets are met"),
                          HasSubstr("95 % interval")));
  EXPECT_LT(html.find("In short"), html.find("1. Objectives"));
  size_t last = 0;
  for (const std::string_view heading :
       {"1. Objectives", "2. Logic", "3. Data", "4. Experimentation", "5. Implementation",
        "6. Code access"}) {
    const size_t at = html.find(heading);
    ASSERT_NE(at, std::string::npos) << heading;
    EXPECT_GT(at, last);
    last = at;
  }
  EXPECT_THAT(html, HasSubstr("passerelle rehearse test --seed 1"));
  EXPECT_THAT(html, HasSubstr("Nurse, all: + 1")) << "as the pages say it";
  EXPECT_THAT(html, HasSubstr("real, better")) << "from one nurse to the scenario's two";
  EXPECT_THAT(html, HasSubstr("class=\"bpmn\"")) << "the drawing of the pathway";
}

TEST(Report, StandsAlone) {
  Made made = make("", false, false);
  const std::string html = html_of(made, "en");
  EXPECT_THAT(
      html, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("http://")), Not(HasSubstr("https://")),
                  Not(HasSubstr("src=")), Not(HasSubstr("@import"))));
  EXPECT_THAT(html, HasSubstr("was not asked"));
  EXPECT_THAT(html, Not(HasSubstr("Compared on the same patients")));
}

TEST(Report, EscapesWhatPackagesSay) {
  Made made = make("more", true, false);
  const std::string html = html_of(made, "en");
  EXPECT_THAT(html, Not(HasSubstr("One <more>")));
  EXPECT_THAT(html, HasSubstr("One &lt;more&gt;"));
  made.report.own_changes = {"a <b> = 3"};
  EXPECT_THAT(html_of(made, "en"), HasSubstr("a &lt;b&gt; = 3"));
}

TEST(Report, SaysWhatWouldChangeTheConclusion) {
  Made made = make("", false, true);
  const std::string html = html_of(made, "en", true);
  EXPECT_TRUE(well_formed(html));
  EXPECT_THAT(html, AllOf(HasSubstr("What would change the conclusion"),
                          HasSubstr("arrivals.0.gaps"), Not(HasSubstr("was not asked"))));
}

TEST(Report, SaysFirstWhatGrowsWithoutEndAndWhatEndsThat) {
  TestPackage test = service();
  test.cohort = poisson(7);
  test.indicators =
      std::string(promises) +
      "  - id: wait\n    heading: process\n    measure: duration\n    from: {activity: "
      "call, on: schedule}\n    to: {activity: call, on: start}\n    target: at most 30 "
      "min\n    owner: nurse\n";
  Made made;
  made.package = test.load();
  const Settings settings = many(20, 4);
  made.rehearsal = *rehearse(*made.package, settings);
  const auto more = test.load("more");
  made.others.push_back(*rehearse(*more, settings, "more"));
  made.comparisons = *compare_all(made.rehearsal, made.others);
  made.sensitivity = *sensitivity(test.all(), "test", "", settings);
  const std::string html = html_of(made, "en", true), french = html_of(made, "fr", true);
  EXPECT_TRUE(well_formed(html));
  const std::string first = html.substr(0, html.find("95 % interval"));
  EXPECT_THAT(first, AllOf(HasSubstr("what waits grows without end: call"),
                           HasSubstr("wait: <strong>grows without end</strong>"),
                           HasSubstr("wait (grows without end → ")));
  EXPECT_THAT(html, HasSubstr("<span class=\"met\">grows no more</span>"));
  EXPECT_THAT(html, HasSubstr("<code>roles.nurse.shifts.all.people</code> multiplied by 1.2: it "
                              "grows without end no more."));
  EXPECT_THAT(french, AllOf(HasSubstr("croît sans fin"), HasSubstr("elle ne croît plus sans fin"),
                            Not(HasSubstr("without end"))));
}

TEST(Report, IsInFrenchToo) {
  Made made = make("more", true, true);
  const std::string html = html_of(made, "fr", true);
  EXPECT_TRUE(well_formed(html));
  EXPECT_THAT(html,
              AllOf(HasSubstr("<html lang=\"fr\">"), HasSubstr("Un de plus suffit-il ?"),
                    HasSubstr("En bref"), HasSubstr("6. Accès au code"), HasSubstr("Hypothèses"),
                    Not(HasSubstr("In short")), Not(HasSubstr("Assumptions"))));
}

TEST(Report, TellsHowManyHaveChangedToTheNewWay) {
  TestPackage test = service();
  test.people = 10;
  test.more =
      "learning:\n  - {role: nurse, activities: [call], initial: 1, exponent: 0, old_way: 1.5, "
      "adoption: {rows: [{at: 2021-01-04, share: 0}, {at: 2021-01-09, share: 1}]}, assumption: "
      "true}\n";
  Made made;
  made.package = test.load();
  made.rehearsal = *rehearse(*made.package, many(10, 6));
  const std::string html = html_of(made, "en"), french = html_of(made, "fr");
  EXPECT_TRUE(well_formed(html));
  EXPECT_THAT(html, AllOf(HasSubstr("The new way of working"), HasSubstr("Nurse: call"),
                          HasSubstr("have changed, of 10")));
  EXPECT_THAT(french, AllOf(HasSubstr("La nouvelle façon de travailler"),
                            HasSubstr("ont changé, sur 10"), HasSubstr(" : call")));
  const std::string text = to_text(made.rehearsal, "en");
  EXPECT_THAT(text, testing::ContainsRegex("Nurse: call +10 +[0-9.]+ +10 "));
  EXPECT_THAT(to_text(made.rehearsal, "fr"), HasSubstr("La nouvelle façon de travailler"));
  EXPECT_THAT(to_json(made.rehearsal), HasSubstr("\"adoption\":[{\"role\":\"nurse\""));
  // Where nobody changes nothing is said of it.
  Made without = make("", false, false);
  EXPECT_THAT(html_of(without, "en"), Not(HasSubstr("The new way of working")));
}

TEST(Report, TellsSourcesFromAssumptions) {
  TestPackage test = service();
  test.cohort =
      "start: 2021-01-04\ndays: 60\narrivals:\n  - {gaps: {exponential: 14}, source: \"counted in "
      "2020 & 2021\"}\n";
  Made made = make("", false, false);
  made.package = test.load();
  const std::string html = html_of(made, "en");
  const size_t sources = html.find("3.1 Data sources"), assumptions = html.find("3.4 Assumptions");
  ASSERT_TRUE(sources != html.npos && assumptions != html.npos);
  EXPECT_LT(html.find("counted in 2020 &amp; 2021", sources), assumptions);
  EXPECT_LT(html.find("arrivals.0.gaps", sources), assumptions);
  EXPECT_NE(html.find("work_times.call.minutes", assumptions), std::string::npos);
  EXPECT_EQ(html.find("arrivals.0.gaps", assumptions), std::string::npos);
}

TEST(Levers, NameWhatMayBeChangedAsChangesDo) {
  const TestPackage test = service();
  const auto package = test.load("more");
  const auto levers = pathway::levers(*package);
  ASSERT_EQ(levers.size(), 2u);
  EXPECT_EQ(levers[0].path, "roles.nurse.shifts.all.people");
  EXPECT_EQ(levers[0].people, std::vector<int>{2}) << "under the scenario";
  EXPECT_EQ(levers[1].path, "arrivals.0.gaps");
  EXPECT_TRUE(levers[1].inverse);
  const auto changes = yaml::parse(
      "[{file: organisation.yaml, path: roles.nurse.shifts.all.people, to: 5},"
      "{file: cohort.yaml, path: arrivals.0.gaps, times: 0.5}]",
      "changes");
  ASSERT_TRUE(changes);
  std::vector<pathway::Finding> findings;
  const auto changed =
      pathway::load_changed_package(test.all(), "test", "more", *changes, findings);
  ASSERT_TRUE(changed);
  EXPECT_EQ(pathway::levers(*changed)[0].people, std::vector<int>{5}) << "behind the scenario";
  EXPECT_THAT(pathway::changes_in_words(*changes, *changed, "en"),
              testing::ElementsAre("Nurse, all: 5", "arrivals.0.gaps: × 0.5"));
  const auto removed =
      yaml::parse("[{file: organisation.yaml, path: learning, remove: true}]", "c");
  EXPECT_THAT(pathway::changes_in_words(*removed, *changed, "fr"),
              testing::ElementsAre("learning : enlevé"));
}

TEST(Marks, ReachBelowNothingOnlyWhereTheyAreDifferences) {
  Estimate wide;
  wide.value = 1;
  wide.low = -8;
  wide.high = 10;
  const std::vector<Mark> marks = {{"wide", &wide}};
  EXPECT_THAT(draw_marks("wait", marks, nullptr, "min", false, "en"), Not(HasSubstr(">-")));
  EXPECT_THAT(draw_marks("wait", marks, nullptr, "min", true, "en"), HasSubstr(">-"));
}

}  // namespace
}  // namespace passerelle::rehearse
