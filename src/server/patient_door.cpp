// /f/TOKEN: the patient's form, without JavaScript. Whoever has the link opens this one form and
// nothing else; what was answered is kept until it is sent.
#include <algorithm>
#include <charconv>

#include "run/engine.h"
#include "server/patient_page.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

constexpr size_t longest_answer = 4000;  // bytes

struct Visit {
  std::string token;
  std::string language;
  bool all = false, large = false;
};

Response page(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = std::move(body);
  response.headers.emplace_back("Content-Security-Policy", patient_policy());
  return response;
}

Response notice(Notice which, const Visit& visit, int status) {
  return page(render_notice(which, visit.language, visit.large, ""), status);
}

// What a link that is not open says. It names nobody: anyone may open it.
Response closed(run::LinkState state, const Visit& visit) {
  switch (state) {
    case run::LinkState::open:
      break;
    case run::LinkState::already_sent:
      return notice(Notice::already_sent, visit, 200);
    case run::LinkState::closed:
      return notice(Notice::closed, visit, 410);
    case run::LinkState::unknown:
      return notice(Notice::unknown_link, visit, 404);
  }
  return notice(Notice::try_again, visit, 503);
}

Visit visit_of(const Context& context, const std::string& patients_language) {
  const Request& request = context.request;
  Visit visit;
  visit.token = std::string(context.path("token"));
  const std::string_view asked = request.parameter("lang");
  visit.language = asked == "fr" || asked == "en" ? std::string(asked)
                   : patients_language.empty()    ? std::string(context.language())
                                                  : patients_language;
  visit.all = request.parameter("all") == "1";
  visit.large = request.parameter("large") == "1";
  return visit;
}

PatientPage page_of(const run::LinkForm& link, const Visit& visit, Answers answers) {
  PatientPage out;
  out.form = link.form;
  out.language = visit.language;
  out.action = "/f/" + visit.token;
  out.patient_name = link.patient_name;
  out.all = visit.all;
  out.large = visit.large;
  out.answers = std::move(answers);
  return out;
}

size_t number_of(std::string_view text, size_t otherwise) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return text.empty() || error != std::errc() || end != text.data() + text.size() ? otherwise
                                                                                  : number;
}

// Where to go on: the first question that wants an answer and has none.
size_t resume_at(const pathway::Form& form, const Answers& answers, std::string_view language) {
  if (answers.empty()) return 0;
  const auto shown = shown_questions(form, answers, language);
  const auto open = std::find_if(shown.begin(), shown.end(), [&](const pathway::Item* item) {
    return item->required && !answers.contains(item->link_id);
  });
  return static_cast<size_t>(open - shown.begin());
}

size_t index_of(const std::vector<const pathway::Item*>& shown, std::string_view link_id,
                size_t otherwise) {
  for (size_t i = 0; i < shown.size(); ++i)
    if (shown[i]->link_id == link_id) return i;
  return otherwise;
}

Response question(const run::LinkForm& link, const Visit& visit, const Answers& answers,
                  size_t index, std::vector<pathway::Refusal> refusals) {
  PatientPage out = page_of(link, visit, answers);
  const int status = refusals.empty() ? 200 : 422;
  out.refusals = std::move(refusals);
  return page(render_form(out, index), status);
}

// The next screen by a redirect, so that going back or reloading sends nothing again.
Response go_to(const Visit& visit, size_t index) {
  Response response = page("", 303);
  response.headers.emplace_back("Location", "/f/" + visit.token + "?lang=" + visit.language +
                                                (visit.large ? "&large=1" : "") +
                                                "&q=" + std::to_string(index));
  return response;
}

Result<Response> open(Context& context) {
  TRY(const run::LinkForm link,
      context.services.engine.open_link(context.path("token"), context.now()));
  const Visit visit = visit_of(context, link.language);
  if (link.state != run::LinkState::open || link.form == nullptr) return closed(link.state, visit);
  const size_t index =
      number_of(context.request.parameter("q"), resume_at(*link.form, link.draft, visit.language));
  return question(link, visit, link.draft, index, {});
}

struct Sent {
  std::string action = "next";
  size_t index = 0;  // of the question that was on the screen
  Answers answers;   // what was there before, with what came
  std::vector<pathway::Refusal> refusals;
};

// A radio button that nobody chose is not sent at all: what was answered before stays.
Sent read_fields(const run::LinkForm& link, const Pairs& fields, std::string_view language) {
  Sent sent;
  sent.answers = link.draft;
  for (const auto& [name, value] : fields) {
    if (name == "action") sent.action = value;
    if (name == "_q") sent.index = number_of(value, 0);
    if (link.form->find(name) == nullptr) continue;
    if (value.size() > longest_answer) {
      sent.refusals.push_back(
          {name, language == "en" ? "this answer is too long" : "cette réponse est trop longue"});
    } else if (value.empty()) {
      sent.answers.erase(name);
    } else {
      sent.answers[name] = value;
    }
  }
  return sent;
}

// What is wrong with the question on the screen, if anything.
std::vector<pathway::Refusal> wrong_here(const run::LinkForm& link, const Sent& sent,
                                         const std::string& link_id, const Visit& visit) {
  std::vector<pathway::Refusal> refusals;
  (void)link.form->read(sent.answers, visit.language, refusals);
  std::erase_if(refusals, [&](const auto& refusal) { return refusal.link_id != link_id; });
  return refusals;
}

Result<Response> step(Context& context, const run::LinkForm& link, const Visit& visit,
                      const Sent& sent) {
  const auto before = shown_questions(*link.form, link.draft, visit.language);
  const size_t here = std::min(sent.index, before.size());
  const std::string link_id = here < before.size() ? before[here]->link_id : std::string();
  if (sent.action == "next") {
    auto wrong = wrong_here(link, sent, link_id, visit);
    if (!wrong.empty()) return question(link, visit, sent.answers, here, std::move(wrong));
  }
  TRY(const run::LinkState state,
      context.services.engine.save_draft(visit.token, sent.answers, context.now()));
  if (state != run::LinkState::open) return closed(state, visit);
  if (sent.action == "save") return notice(Notice::saved, visit, 200);
  // An answer may have brought further questions: count from the question, not from its number.
  const auto after = shown_questions(*link.form, sent.answers, visit.language);
  const size_t now_here = index_of(after, link_id, here);
  if (sent.action == "back") return go_to(visit, now_here == 0 ? 0 : now_here - 1);
  return go_to(visit, now_here + 1);
}

Result<Response> send(Context& context, const run::LinkForm& link, const Visit& visit,
                      const Sent& sent) {
  TRY(run::LinkCompletion done, context.services.engine.complete_by_link(
                                    visit.token, sent.answers, visit.language, context.now()));
  if (done.done) return notice(Notice::sent, visit, 200);
  if (done.state != run::LinkState::open) return closed(done.state, visit);
  TRY_VOID(context.services.engine.save_draft(visit.token, sent.answers, context.now()));
  const auto shown = shown_questions(*link.form, sent.answers, visit.language);
  const size_t first =
      done.refusals.empty() ? 0 : index_of(shown, done.refusals.front().link_id, 0);
  return question(link, visit, sent.answers, first, std::move(done.refusals));
}

Result<Response> receive(Context& context) {
  TRY(const run::LinkForm link,
      context.services.engine.open_link(context.path("token"), context.now()));
  const Visit visit = visit_of(context, link.language);
  if (link.state != run::LinkState::open || link.form == nullptr) return closed(link.state, visit);
  const auto fields = parse_query(context.request.body);
  if (!fields) return notice(Notice::unreadable, visit, 400);
  Sent sent = read_fields(link, *fields, visit.language);
  if (!sent.refusals.empty())
    return question(link, visit, sent.answers, sent.index, std::move(sent.refusals));
  auto response =
      sent.action == "send" ? send(context, link, visit, sent) : step(context, link, visit, sent);
  if (!response && response.error().code == ErrorCode::unavailable)
    return notice(Notice::try_again, visit, 503);
  return response;
}

constexpr Route patient_table[] = {
    {"GET", "/f/{token}", Who::anyone, open},
    {"POST", "/f/{token}", Who::anyone, receive},
};

}  // namespace

std::span<const Route> patient_routes() { return patient_table; }

}  // namespace passerelle::server
