// The patient's form as plain HTML: works on an old phone, without JavaScript, in under 30 kB; one
// question a screen or all on one; large print; what was answered is kept until it is sent. Pure:
// a form and answers in, text out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/form.h"

namespace passerelle::server {

using Answers = std::map<std::string, std::string>;  // linkId -> text as typed or chosen

struct PatientPage {
  const pathway::Form* form = nullptr;
  std::string language;      // of the page: "fr" or "en"
  std::string action;        // path of the form, without query: "/f/TOKEN"
  std::string patient_name;  // "" = none shown
  bool all = false;          // all questions on one page
  bool large = false;        // large print
  Answers answers;           // so far
  std::vector<pathway::Refusal> refusals;
};

// The screens of the form given the answers so far: the questions that are shown, in order.
std::vector<const pathway::Item*> shown_questions(const pathway::Form& form, const Answers& answers,
                                                  std::string_view language);

// One question (`question` counts from 0; past the end: the summary before sending), or all.
std::string render_form(const PatientPage& page, size_t question);

// The page after sending; `next` is a sentence on what follows, already in the page's language.
enum class Notice { sent, saved, already_sent, closed, unknown_link, unreadable, try_again };
std::string render_notice(Notice notice, std::string_view language, bool large,
                          std::string_view detail);

// Any other small page in the same dress; `content` is HTML.
std::string render_page(std::string_view title, std::string_view language,
                        std::string_view content);
// Content-Security-Policy of these pages: no script, no image, nothing from elsewhere.
std::string patient_policy();

// The one style sheet, inline, and the value of its hash for Content-Security-Policy's style-src.
const std::string& patient_style();
const std::string& patient_style_hash();

}  // namespace passerelle::server
