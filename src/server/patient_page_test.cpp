// The patient's pages, on the real forms of covid-home.
#include "server/patient_page.h"

#include <gmock/gmock.h>

#include "base/text.h"
#include "pathway/package.h"

namespace passerelle::server {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr size_t largest = 30'000;  // bytes: an old phone on a slow line

std::vector<pathway::Form> forms() {
  std::vector<pathway::Form> out;
  const auto files =
      pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home");
  CHECK(files.ok(), "covid-home is there");
  for (const auto& [path, content] : *files) {
    if (!path.starts_with("forms/")) continue;
    auto form = pathway::Form::parse(content, path);
    CHECK(form.ok(), "its forms can be read");
    out.push_back(std::move(*form));
  }
  return out;
}

const pathway::Form& daily() {
  static const std::vector<pathway::Form> all = forms();
  for (const auto& form : all)
    if (form.id() == "daily") return form;
  CHECK(false, "the daily form is there");
}

PatientPage example(const pathway::Form& form) {
  PatientPage page;
  page.form = &form;
  page.language = "en";
  page.action = "/f/TOKEN";
  return page;
}

TEST(PatientPage, IsSmallAndWithoutScriptInEveryDress) {
  for (const pathway::Form& form : forms())
    for (const char* language : {"fr", "en"})
      for (const bool all : {false, true})
        for (const bool large : {false, true}) {
          PatientPage page = example(form);
          page.language = language;
          page.all = all;
          page.large = large;
          for (size_t question = 0; question < form.items().size() + 1; ++question) {
            const std::string html = render_form(page, question);
            EXPECT_LT(html.size(), largest) << form.id();
            EXPECT_THAT(html, Not(HasSubstr("<script")));
            EXPECT_THAT(html, HasSubstr(std::string("<html lang=") + language));
          }
        }
}

TEST(PatientPage, ShowsAFollowUpQuestionOnlyWhenItIsNeeded) {
  PatientPage page = example(daily());
  page.all = true;
  EXPECT_THAT(render_form(page, 0), Not(HasSubstr("name=\"breath_activity\"")));
  page.answers = {{"breath", "3"}};
  EXPECT_THAT(render_form(page, 0), HasSubstr("name=\"breath_activity\""));
}

TEST(PatientPage, WritesAnswersAsTextNeverAsMarkup) {
  PatientPage page = example(daily());
  page.all = true;
  page.patient_name = "<b>Louise</b>";
  page.answers = {{"temperature", "\"><script>alert(1)</script>"}};
  page.refusals = {{"temperature", "<i>no number</i>"}};
  const std::string html = render_form(page, 0);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<b>Louise")));
  EXPECT_THAT(html, Not(HasSubstr("<i>")));
  EXPECT_THAT(html, HasSubstr("role=alert"));
}

TEST(PatientPage, EndsWithAllAnswersToCheck) {
  PatientPage page = example(daily());
  page.answers = {{"temperature", "38.5"}, {"breath", "1"}};
  const std::string html = render_form(page, 1000);
  EXPECT_THAT(html, HasSubstr("Check, then send"));
  EXPECT_THAT(html, HasSubstr("38.5 °C"));
  EXPECT_THAT(html, HasSubstr("value=send"));
}

TEST(PatientPage, SaysWhatBecameOfTheForm) {
  for (const Notice notice : {Notice::sent, Notice::saved, Notice::already_sent, Notice::closed,
                              Notice::unknown_link, Notice::unreadable, Notice::try_again}) {
    const std::string english = render_notice(notice, "en", false, "");
    const std::string french = render_notice(notice, "fr", true, "");
    EXPECT_THAT(english, HasSubstr("<h1>"));
    EXPECT_THAT(french, HasSubstr("class=large"));
    EXPECT_NE(english, french);
  }
  EXPECT_THAT(render_notice(Notice::sent, "en", false, "<x>"), Not(HasSubstr("<x>")));
}

TEST(PatientPage, AllowsOnlyItsOwnStyle) {
  EXPECT_THAT(patient_policy(), HasSubstr("style-src 'sha256-"));
  EXPECT_THAT(patient_policy(), HasSubstr("default-src 'none'"));
}

}  // namespace
}  // namespace passerelle::server
