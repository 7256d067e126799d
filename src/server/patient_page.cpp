#include "server/patient_page.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

#include "base/text.h"

namespace passerelle::server {
namespace {

using pathway::Form;
using pathway::Item;
using pathway::ItemType;

// What the pages themselves say. {0} is replaced.
struct Word {
  std::string_view key, fr, en;
};
constexpr Word words[] = {
    {"next", "Suivant", "Next"},
    {"back", "Retour", "Back"},
    {"save", "Continuer plus tard", "Finish later"},
    {"send", "Envoyer mes réponses", "Send my answers"},
    {"check", "Vérifiez, puis envoyez", "Check, then send"},
    {"change", "Modifier", "Change"},
    {"none", "sans réponse", "no answer"},
    {"optional", "facultatif", "optional"},
    {"yes", "Oui", "Yes"},
    {"no", "Non", "No"},
    {"all", "Toutes les questions sur une page", "All questions on one page"},
    {"single", "Une question à la fois", "One question at a time"},
    {"large", "Gros caractères", "Large print"},
    {"normal", "Caractères normaux", "Normal print"},
    {"other_language", "English", "Français"},
    {"progress", "Question {0} sur {1}", "Question {0} of {1}"},
    {"errors", "Il manque une réponse, ou une réponse est à corriger :",
     "An answer is missing or needs correcting:"},
    {"emergency",
     "Vous allez mal et cela ne peut pas attendre ? Appelez le 15 (ou le 112). "
     "Ce questionnaire n'appelle pas les secours.",
     "Feeling very unwell and it cannot wait? Call 15 (or 112). "
     "This form does not call for help."},
    {"saved_title", "C'est gardé", "Kept"},
    {"saved", "Vos réponses sont gardées. Rouvrez le lien pour continuer.",
     "Your answers are kept. Open the link again to go on."},
    {"sent_title", "Merci, c'est envoyé", "Thank you, it is sent"},
    {"sent", "L'équipe a reçu vos réponses.", "The team has received your answers."},
    {"already_title", "Déjà envoyé", "Already sent"},
    {"already", "Vos réponses sont bien arrivées la première fois. Il n'y a rien à refaire.",
     "Your answers arrived the first time. There is nothing to do again."},
    {"closed_title", "Ce questionnaire est fermé", "This form is closed"},
    {"closed",
     "Le délai est passé, ou le suivi est terminé. Si vous êtes suivi, vous recevrez un nouveau "
     "lien.",
     "Its time has passed, or the follow-up has ended. If you are being followed, a new link will "
     "come."},
    {"unknown_title", "Ce lien n'ouvre rien", "This link opens nothing"},
    {"unknown", "Vérifiez que le lien est complet, ou attendez le prochain message.",
     "Check that the link is complete, or wait for the next message."},
    {"unreadable_title", "Réponses illisibles", "Answers that cannot be read"},
    {"unreadable", "Le serveur n'a pas pu lire ce que le navigateur a envoyé. Rouvrez le lien.",
     "The server could not read what the browser has sent. Open the link again."},
    {"again_title", "Pas encore enregistré", "Not saved yet"},
    {"again", "Le serveur n'a pas pu enregistrer. Attendez une minute et renvoyez la page.",
     "The server could not save. Wait a minute and send the page again."},
};

std::string_view say(std::string_view key, std::string_view language) {
  for (const auto& word : words)
    if (word.key == key) return language == "en" ? word.en : word.fr;
  CHECK(false, "a page asks for a word that the table lacks");
}

std::string fill(std::string_view text, const std::vector<std::string>& values) {
  std::string out(text);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string mark = "{" + std::to_string(i) + "}";
    const size_t at = out.find(mark);
    if (at != std::string::npos) out.replace(at, mark.size(), values[i]);
  }
  return out;
}

const std::string& in_language(const pathway::Texts& texts, std::string_view language) {
  static const std::string none;
  const auto found = texts.find(std::string(language));
  if (found != texts.end()) return found->second;
  return texts.empty() ? none : texts.begin()->second;
}

std::string_view answer_of(const Answers& answers, const std::string& link_id) {
  const auto found = answers.find(link_id);
  return found == answers.end() ? std::string_view() : std::string_view(found->second);
}

void collect(const Form& form, const std::vector<Item>& items, const feel::Value& values,
             std::vector<const Item*>& shown) {
  for (const Item& item : items) {
    if (!form.enabled(item, values)) continue;
    if (item.type == ItemType::group) {
      collect(form, item.items, values, shown);
    } else {
      shown.push_back(&item);
    }
  }
}

void radio(std::string& out, const Item& item, std::string_view value, std::string_view label,
           std::string_view chosen) {
  const std::string id = "i-" + item.link_id + "-" + std::string(value);
  out += "<label class=o for=\"" + escape_html(id) + "\"><input type=radio id=\"" +
         escape_html(id) + "\" name=\"" + escape_html(item.link_id) + "\" value=\"" +
         escape_html(value) + "\"" + (value == chosen ? " checked" : "") + "> <span>" +
         escape_html(label) + "</span></label>";
}

struct Input {
  std::string_view type, mode;
};
Input input_of(ItemType type) {
  switch (type) {
    case ItemType::decimal:
      return {"text", "decimal"};
    case ItemType::integer:
      return {"text", "numeric"};
    case ItemType::date:
      return {"date", ""};
    case ItemType::date_time:
      return {"datetime-local", ""};
    case ItemType::string:
    case ItemType::text:
    case ItemType::group:
    case ItemType::display:
    case ItemType::boolean:
    case ItemType::choice:
      return {"text", ""};
  }
  return {"text", ""};
}

void field(std::string& out, const Item& item, std::string_view chosen) {
  const std::string name = escape_html(item.link_id);
  if (item.type == ItemType::text) {
    out += "<textarea rows=4 id=\"i-" + name + "\" name=\"" + name + "\" aria-labelledby=\"q-" +
           name + "\">" + escape_html(chosen) + "</textarea>";
    return;
  }
  const Input input = input_of(item.type);
  out += "<span class=u><input type=" + std::string(input.type);
  if (!input.mode.empty()) out += " inputmode=" + std::string(input.mode);
  out += " id=\"i-" + name + "\" name=\"" + name + "\" value=\"" + escape_html(chosen) +
         "\" aria-labelledby=\"q-" + name + "\" autocomplete=off>";
  if (!item.unit.empty()) out += " " + escape_html(item.unit == "Cel" ? "°C" : item.unit);
  out += "</span>";
}

void render_question(std::string& out, const PatientPage& page, const Item& item) {
  const std::string& text = in_language(item.text, page.language);
  const std::string name = escape_html(item.link_id);
  if (item.type == ItemType::display) {
    out += "<p class=d>" + escape_html(text) + "</p>";
    return;
  }
  std::string wrong;
  for (const auto& refusal : page.refusals)
    if (refusal.link_id == item.link_id) wrong = refusal.message;
  const std::string_view chosen = answer_of(page.answers, item.link_id);
  const bool options = item.type == ItemType::choice || item.type == ItemType::boolean;
  out += options ? "<fieldset><legend id=\"q-" + name + "\">"
                 : "<div class=q><p id=\"q-" + name + "\">";
  out += escape_html(text);
  if (!item.required)
    out += " <small>(" + std::string(say("optional", page.language)) + ")</small>";
  out += options ? "</legend>" : "</p>";
  if (!wrong.empty()) out += "<p class=e role=alert>" + escape_html(wrong) + "</p>";
  if (item.type == ItemType::boolean) {
    radio(out, item, "true", say("yes", page.language), chosen);
    radio(out, item, "false", say("no", page.language), chosen);
  } else if (item.type == ItemType::choice) {
    for (const auto& option : item.options)
      radio(out, item, option.code, in_language(option.text, page.language), chosen);
  } else {
    field(out, item, chosen);
  }
  out += options ? "</fieldset>" : "</div>";
}

std::string shown_answer(const PatientPage& page, const Item& item) {
  const std::string_view chosen = answer_of(page.answers, item.link_id);
  if (chosen.empty()) return std::string(say("none", page.language));
  if (item.type == ItemType::boolean)
    return std::string(say(chosen == "true" ? "yes" : "no", page.language));
  for (const auto& option : item.options)
    if (option.code == chosen) return in_language(option.text, page.language);
  if (item.unit == "Cel") return std::string(chosen) + " °C";
  return std::string(chosen);
}

std::string query(const PatientPage& page, bool all, bool large, std::string_view language) {
  std::string out = page.action + "?lang=" + std::string(language);
  if (all) out += "&all=1";
  if (large) out += "&large=1";
  return out;
}

void head(std::string& out, std::string_view title, std::string_view language, bool large) {
  out += "<!doctype html><html lang=" + std::string(language) + (large ? " class=large" : "") +
         "><head><meta charset=utf-8><meta name=viewport content=\"width=device-width, "
         "initial-scale=1\"><meta name=referrer content=no-referrer><meta name=robots "
         "content=noindex><title>" +
         escape_html(title) + "</title><style>" + patient_style() + "</style></head><body><main>";
}

void foot(std::string& out, std::string_view language) {
  out += "</main><footer><p>" + escape_html(say("emergency", language)) +
         "</p></footer></body></html>";
}

void options_bar(std::string& out, const PatientPage& page) {
  const std::string_view other = page.language == "en" ? "fr" : "en";
  out += "<nav><a href=\"" + escape_html(query(page, !page.all, page.large, page.language)) +
         "\">" + escape_html(say(page.all ? "single" : "all", page.language)) + "</a> <a href=\"" +
         escape_html(query(page, page.all, !page.large, page.language)) + "\">" +
         escape_html(say(page.large ? "normal" : "large", page.language)) + "</a> <a href=\"" +
         escape_html(query(page, page.all, page.large, other)) + "\" lang=" + std::string(other) +
         ">" + escape_html(say("other_language", page.language)) + "</a></nav>";
}

void button(std::string& out, std::string_view action, std::string_view label, bool main) {
  out += "<button name=action value=" + std::string(action) + (main ? " class=m" : "") + ">" +
         escape_html(label) + "</button>";
}

void render_summary(std::string& out, const PatientPage& page,
                    const std::vector<const Item*>& shown) {
  out += "<h2>" + escape_html(say("check", page.language)) + "</h2><dl>";
  size_t index = 0;
  for (const Item* item : shown) {
    const size_t at = index++;
    if (item->type == ItemType::display) continue;
    out += "<dt>" + escape_html(in_language(item->text, page.language)) + "</dt><dd>" +
           escape_html(shown_answer(page, *item)) + " <a href=\"" +
           escape_html(query(page, false, page.large, page.language)) +
           "&amp;q=" + std::to_string(at) + "\">" + escape_html(say("change", page.language)) +
           "</a></dd>";
  }
  out += "</dl>";
}

}  // namespace

std::vector<const Item*> shown_questions(const Form& form, const Answers& answers,
                                         std::string_view language) {
  std::vector<pathway::Refusal> ignored;
  const feel::Value values = form.read(answers, language, ignored);
  std::vector<const Item*> shown;
  collect(form, form.items(), values, shown);
  return shown;
}

std::string render_form(const PatientPage& page, size_t question) {
  CHECK(page.form != nullptr, "a page of no form");
  const auto shown = shown_questions(*page.form, page.answers, page.language);
  const std::string& title = in_language(page.form->title(), page.language);
  std::string out;
  out.reserve(16384);
  head(out, title, page.language, page.large);
  out += "<h1>" + escape_html(title) + "</h1>";
  if (!page.patient_name.empty()) out += "<p>" + escape_html(page.patient_name) + "</p>";
  options_bar(out, page);
  if (!page.refusals.empty()) {
    out += "<p class=e role=alert>" + escape_html(say("errors", page.language));
    out += " " + std::to_string(page.refusals.size()) + "</p>";
  }
  const bool summary = !page.all && question >= shown.size();
  out += "<form method=post action=\"" +
         escape_html(query(page, page.all, page.large, page.language)) + "\">";
  out +=
      "<input type=hidden name=_q value=" + std::to_string(std::min(question, shown.size())) + ">";
  if (page.all) {
    for (const Item* item : shown) render_question(out, page, *item);
  } else if (summary) {
    render_summary(out, page, shown);
  } else {
    out += "<p class=p>" +
           escape_html(fill(say("progress", page.language),
                            {std::to_string(question + 1), std::to_string(shown.size())})) +
           "</p><progress max=" + std::to_string(shown.size()) +
           " value=" + std::to_string(question + 1) + " aria-hidden=true></progress>";
    render_question(out, page, *shown[question]);
  }
  out += "<div class=b>";
  button(out, page.all || summary ? "send" : "next",
         say(page.all || summary ? "send" : "next", page.language), true);
  if (!page.all && question > 0) button(out, "back", say("back", page.language), false);
  button(out, "save", say("save", page.language), false);
  out += "</div></form>";
  foot(out, page.language);
  return out;
}

std::string render_notice(Notice notice, std::string_view language, bool large,
                          std::string_view detail) {
  struct Row {
    Notice notice;
    std::string_view title, text;
  };
  constexpr Row rows[] = {
      {Notice::sent, "sent_title", "sent"},
      {Notice::saved, "saved_title", "saved"},
      {Notice::already_sent, "already_title", "already"},
      {Notice::closed, "closed_title", "closed"},
      {Notice::unknown_link, "unknown_title", "unknown"},
      {Notice::unreadable, "unreadable_title", "unreadable"},
      {Notice::try_again, "again_title", "again"},
  };
  std::string out;
  for (const auto& row : rows) {
    if (row.notice != notice) continue;
    head(out, say(row.title, language), language, large);
    out += "<h1>" + escape_html(say(row.title, language)) + "</h1><p>" +
           escape_html(say(row.text, language)) + "</p>";
  }
  if (!detail.empty()) out += "<p>" + escape_html(detail) + "</p>";
  foot(out, language);
  return out;
}

std::string render_page(std::string_view title, std::string_view language,
                        std::string_view content) {
  std::string out;
  head(out, title, language, false);
  out += "<h1>" + escape_html(title) + "</h1>" + std::string(content) + "</main></body></html>";
  return out;
}

std::string patient_policy() {
  return "default-src 'none'; style-src " + patient_style_hash() +
         "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

const std::string& patient_style() {
  static const std::string style =
      ":root{color-scheme:light "
      "dark;--f:#1b1b1b;--b:#fff;--m:#0b5c55;--t:#fff;--l:#5b6b6a;--e:#a3160f}"
      "@media(prefers-color-scheme:dark){:root{--f:#f1f1ef;--b:#151818;--m:#7fd6cb;--t:#0b1514;"
      "--l:#a9b7b5;--e:#ff9d94}}"
      "*{box-sizing:border-box}html{font:18px/1.5 sans-serif;color:var(--f);background:var(--b)}"
      "html.large{font-size:26px}body{margin:0 "
      "auto;max-width:34em;padding:.8em;overflow-wrap:anywhere}"
      "h1{font-size:1.3em;line-height:1.25;margin:.2em 0}h2{font-size:1.1em}"
      "nav{font-size:.85em;margin:.6em 0 1em}nav a{margin-right:1em}a{color:var(--m)}"
      "fieldset,.q{border:0;margin:0 0 1.6em;padding:0}legend,.q p{font-weight:bold;padding:0;"
      "margin:0 0 .5em}small{font-weight:normal;color:var(--l)}"
      ".o{display:flex;gap:.6em;align-items:center;border:2px solid var(--l);border-radius:.5em;"
      "padding:.6em .8em;margin:.4em 0;min-height:2.7em}.o "
      "input{width:1.3em;height:1.3em;flex:none;"
      "accent-color:var(--m)}.u input,textarea{font:inherit;color:inherit;background:var(--b);"
      "border:2px solid "
      "var(--l);border-radius:.5em;padding:.5em;max-width:100%}textarea{width:100%}"
      ".b{display:flex;flex-wrap:wrap;gap:.6em;margin:1.2em 0}button{font:inherit;min-height:2.7em;"
      "padding:.4em 1.2em;border-radius:.5em;border:2px solid var(--m);background:var(--b);"
      "color:var(--m)}button.m{background:var(--m);color:var(--t);font-weight:bold}"
      ":focus-visible{outline:3px solid var(--f);outline-offset:2px}.e{color:var(--e);"
      "font-weight:bold}.p{margin:.2em 0;color:var(--l)}progress{width:100%;height:.6em;"
      "accent-color:var(--m)}dt{font-weight:bold;margin-top:.8em}dd{margin:0}"
      "footer{border-top:1px solid var(--l);margin-top:2em;font-size:.9em}";
  return style;
}

const std::string& patient_style_hash() {
  static const std::string hash = [] {
    const std::string& style = patient_style();
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(style.data()), style.size(), digest);
    unsigned char text[64] = {};
    const int n = EVP_EncodeBlock(text, digest, sizeof digest);
    return "'sha256-" + std::string(reinterpret_cast<char*>(text), static_cast<size_t>(n)) + "'";
  }();
  return hash;
}

}  // namespace passerelle::server
