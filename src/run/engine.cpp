#include "run/engine.h"

#include <openssl/rand.h>

#include <algorithm>

#include "run/access.h"
#include "run/engine_impl.h"

namespace passerelle::run {

using pathway::Stimulus;
using pathway::Token;

namespace {

// Each time, at least one of those who race for a case gets on.
constexpr int move_tries = 200;

Error another_role(std::string_view language) {
  return said(language, ErrorCode::forbidden,
              {"this work is for another role", "ce travail revient à un autre rôle"},
              {"take work from your own list", "prenez un travail de votre liste"});
}

Error not_open(std::string_view language) {
  return said(language, ErrorCode::conflict,
              {"this work is no longer open: it was done or taken back",
               "ce travail n'est plus ouvert : il est fait, ou il a été retiré"},
              {"reload the worklist; the case's history says what became of it",
               "rechargez la liste ; l'histoire du cas dit ce qu'il est devenu"});
}

std::string scoped_key(std::string_view what, const Actor& actor, std::string_view subject,
                       std::string_view key) {
  if (key.empty()) return {};
  return std::string(what) + "/" + actor.account + "/" + std::string(subject) + "/" +
         std::string(key);
}

// An incident's corrections: JSON where the text is JSON, else the text itself.
feel::Value corrections(const Answers& answers) {
  if (answers.empty()) return {};
  feel::ContextBuilder builder;
  for (const auto& [name, text] : answers) {
    const auto document = json::Document::parse(text);
    builder.set(name, document ? feel::from_json(document->root()) : feel::Value::string(text));
  }
  return builder.build();
}

}  // namespace

std::string system_random_bytes(size_t count) {
  std::string bytes(count, '\0');
  const int done =
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  CHECK(done == 1, "the operating system gives random bytes");
  return bytes;
}

Engine::Engine(store::Store& store, Settings settings)
    : impl_(std::make_unique<Impl>(store, std::move(settings))) {}
Engine::~Engine() = default;

// ---- moving a case ----

Result<std::optional<store::Transaction>> Engine::Impl::prepare(uint64_t number, Instant now,
                                                                const Act& act) {
  TRY(const store::CaseRecord record, store.read_case(number));
  TRY(PackagePointer package, library.find(record.pathway, record.pathway_version));
  TRY(Change change, Change::begin(store, std::move(package), record, writing, now));
  TRY_VOID(act(change));
  if (!change.changed()) return std::optional<store::Transaction>();
  TRY(store::Transaction transaction, change.finish());
  return std::optional(std::move(transaction));
}

Result<store::Receipt> Engine::Impl::move(uint64_t number, Instant now, std::string_view key,
                                          const Act& act) {
  for (int tries = 0; tries < move_tries; ++tries) {
    auto prepared = prepare(number, now, act);
    if (!prepared) {
      if (auto receipt = repeated(key, now)) return std::move(*receipt);
      return prepared.error();
    }
    if (!*prepared) return store::Receipt{};
    (*prepared)->idempotency_key = std::string(key);
    auto done = store.commit(std::move(**prepared));
    if (done || done.error().code != ErrorCode::conflict) return done;
  }
  return Error{ErrorCode::unavailable,
               "case " + std::to_string(number) + " is being changed by too many at once", "",
               "try again"};
}

// A transaction that cannot succeed: the store looks at the key first.
std::optional<store::Receipt> Engine::Impl::repeated(std::string_view key, Instant now) {
  if (key.empty()) return std::nullopt;
  store::Transaction probe;
  probe.at = now;
  probe.idempotency_key = std::string(key);
  probe.rows = {{"probe", "probe", "", -1}};
  auto receipt = store.commit(std::move(probe));
  if (!receipt) return std::nullopt;
  CHECK(receipt->repeated, "no row has the revision -1");
  return std::move(*receipt);
}

Result<Doer> Engine::Impl::doer(const Actor& actor, std::string role, Instant now) {
  TRY(const pathway::Name number, actors.number(actor.account, now));
  return Doer{number, actor.account, actor.name.empty() ? actor.account : actor.name,
              std::move(role)};
}

Result<Doer> Engine::Impl::claim(Change& change, const WorkItem& work, const Actor& actor,
                                 Instant now) {
  const auto role = role_for(change.package().pathway.organisation(), work, actor, now);
  if (!role) return another_role(actor.language);
  TRY(Doer doer, this->doer(actor, *role, now));
  const Token* token = change.find_work(work.item);
  if (token == nullptr) return not_open(actor.language);
  if (token->actor != 0 && token->actor != doer.number)
    return said(actor.language, ErrorCode::conflict,
                {work.owner_name + " has taken this work", work.owner_name + " a pris ce travail"},
                {"take other work, or ask " + work.owner_name + " to give it back",
                 "prenez-en un autre, ou demandez à " + work.owner_name + " de le rendre"});
  Staff staff;
  if (const auto kept = kept_back(change.package(), work, actor, now, staff))
    return Error{ErrorCode::forbidden, kept->reason, "", kept->help};
  return doer;
}

Result<WorkItem> Engine::Impl::lock(Stimulus::Kind kind, std::string_view id, const Actor& actor,
                                    Instant now) {
  TRY(const auto key, parse_work_id(id));
  const uint32_t item = key.second;
  const bool release = kind == Stimulus::Kind::release;
  const auto wanted =
      kind == Stimulus::Kind::begin ? Token::Status::started : Token::Status::assigned;
  WorkItem result;
  PackagePointer package;
  const auto act = [&](Change& change) -> Result<void> {
    TRY(const WorkItem work, change.read_work(item));
    result = work;
    TRY(package, library.find(change.record().pathway, change.record().pathway_version));
    const Token* token = change.find_work(item);
    if (token == nullptr) return not_open(actor.language);
    Doer doer;
    if (release && may_take_back(package->pathway.organisation(), actor)) {
      TRY(doer, this->doer(actor, package->pathway.organisation().coordinator, now));
    } else {
      TRY(doer, claim(change, work, actor, now));
    }
    if (work.patient_facing && !release)
      return said(actor.language, ErrorCode::conflict,
                  {"this is the patient's own form", "c'est le questionnaire du patient"},
                  {"fill it for the patient and send it, without taking it first",
                   "remplissez-le pour le patient et envoyez-le, sans le prendre d'abord"});
    const bool already =
        release ? token->actor == 0
                : token->actor == doer.number && token->actor != 0 &&
                      (token->status == wanted || token->status == Token::Status::started);
    if (already) return {};
    Stimulus stimulus;
    stimulus.kind = kind;
    stimulus.item = item;
    stimulus.channel = package->pathway.names().find(work.channel);
    TRY_VOID(change.apply(std::move(stimulus), doer));
    result = *change.touched(item);
    return {};
  };
  TRY_VOID(move(key.first, now, "", act));
  Patients patients;
  dress(result, *package, actor.language, patients);
  return result;
}

Result<WorkItem> Engine::take(std::string_view id, const Actor& actor, Instant now) {
  return impl_->lock(Stimulus::Kind::assign, id, actor, now);
}
Result<WorkItem> Engine::release(std::string_view id, const Actor& actor, Instant now) {
  return impl_->lock(Stimulus::Kind::release, id, actor, now);
}
Result<WorkItem> Engine::begin(std::string_view id, const Actor& actor, Instant now) {
  return impl_->lock(Stimulus::Kind::begin, id, actor, now);
}

// ---- completing ----

Answers answers_of(json::Value object) {
  Answers out;
  for (const auto& member : object.members()) {
    const json::Value value = member.value;
    std::string text(value.string());
    if (value.is_number()) text = std::string(value.number());
    if (value.is_boolean()) text = value.boolean() ? "true" : "false";
    if (value.is_object() || value.is_array()) text = json::write(value);
    if (!text.empty()) out[std::string(member.name)] = std::move(text);
  }
  return out;
}

namespace {

// The answers, read by the form; refusals when they are not taken.
feel::Value read_answers(const pathway::Form& form, const Answers& answers,
                         std::string_view language, Refusals& refusals) {
  feel::Value values = form.read(answers, language, refusals);
  for (const auto& [name, text] : answers)
    if (form.find(name) == nullptr)
      refusals.push_back({name, language == "en" ? "this form has no question of that name"
                                                 : "ce questionnaire n'a pas cette question"});
  return values;
}

Error refused() { return {ErrorCode::invalid, "the form does not take these answers"}; }

}  // namespace

Result<Completion> Engine::complete(std::string_view id, const Answers& answers, const Actor& actor,
                                    std::string_view idempotency_key, Instant now) {
  TRY(const auto key, parse_work_id(id));
  const uint32_t item = key.second;
  Completion result;
  const auto act = [&](Change& change) -> Result<void> {
    result.refusals.clear();
    TRY(const WorkItem work, change.read_work(item));
    // Of a case that has ended, or of an activity that its version does not have any more.
    if (work.incident && change.find_work(item) == nullptr) {
      const auto role = role_for(change.package().pathway.organisation(), work, actor, now);
      if (!role) return another_role(actor.language);
      TRY(const Doer doer, impl_->doer(actor, *role, now));
      return change.close_after_end(item, doer);
    }
    TRY(const Doer doer, impl_->claim(change, work, actor, now));
    Stimulus stimulus;
    stimulus.kind = Stimulus::Kind::complete;
    stimulus.item = item;
    stimulus.channel = change.package().pathway.names().find(work.channel);
    const pathway::Form* form = change.package().pathway.form(work.form);
    if (work.incident) {
      stimulus.data = corrections(answers);
    } else if (form != nullptr) {
      stimulus.data = read_answers(*form, answers, actor.language, result.refusals);
      if (!result.refusals.empty()) return refused();
      TRY_VOID(change.add_answers(work, *form, stimulus.data, doer));
    }
    return change.apply(std::move(stimulus), doer);
  };
  const auto done =
      impl_->move(key.first, now, scoped_key("complete", actor, id, idempotency_key), act);
  if (!done) {
    if (!result.refusals.empty()) return result;
    return done.error();
  }
  return Completion{true, done->repeated, {}};
}

Result<Completion> Engine::raise(std::string_view id, std::string_view code, const Actor& actor,
                                 std::string_view idempotency_key, Instant now) {
  TRY(const auto key, parse_work_id(id));
  const auto act = [&](Change& change) -> Result<void> {
    TRY(const WorkItem work, change.read_work(key.second));
    TRY(const Doer doer, impl_->claim(change, work, actor, now));
    Stimulus stimulus;
    stimulus.kind = Stimulus::Kind::error;
    stimulus.item = key.second;
    stimulus.channel = change.package().pathway.names().find(work.channel);
    stimulus.data = feel::Value::context({{"code", feel::Value::string(code)}});
    return change.apply(std::move(stimulus), doer);
  };
  TRY(const auto done,
      impl_->move(key.first, now, scoped_key("error", actor, id, idempotency_key), act));
  return Completion{true, done.repeated, {}};
}

Result<LinkCompletion> Engine::complete_by_link(std::string_view token, const Answers& answers,
                                                std::string_view language, Instant now) {
  TRY(const LinkForm link, open_link(token, now));
  LinkCompletion result;
  result.state = link.state;
  if (link.state != LinkState::open) return result;
  TRY(const auto key, parse_work_id(link.work));
  const auto act = [&](Change& change) -> Result<void> {
    result.refusals.clear();
    if (change.find_work(key.second) == nullptr) return not_open(language);
    TRY(const WorkItem work, change.read_work(key.second));
    Stimulus stimulus;
    stimulus.kind = Stimulus::Kind::complete;
    stimulus.item = key.second;
    stimulus.channel = change.package().pathway.names().find(work.channel);
    const pathway::Form* form = change.package().pathway.form(work.form);
    if (form != nullptr) {
      stimulus.data = read_answers(*form, answers, language, result.refusals);
      if (!result.refusals.empty()) return refused();
      TRY_VOID(change.add_answers(work, *form, stimulus.data, Doer{}));
    }
    Doer patient;
    patient.role = work.roles.front();
    return change.apply(std::move(stimulus), patient);
  };
  const auto done = impl_->move(key.first, now, "", act);
  if (done) {
    result.state = LinkState::already_sent;
    result.done = true;
    return result;
  }
  if (!result.refusals.empty()) return result;
  if (done.error().code != ErrorCode::conflict) return done.error();
  // Sent by another window, or taken back, between looking and sending.
  TRY(const LinkForm again, open_link(token, now));
  if (again.state == LinkState::open) return done.error();
  result.state = again.state;
  return result;
}

// ---- messages from outside ----

Result<Completion> Engine::tell(uint64_t case_number, std::string_view message,
                                std::string_view payload, const Actor& actor,
                                std::string_view idempotency_key, Instant now) {
  TRY(const json::Document told, json::Document::parse(payload.empty() ? "{}" : payload));
  if (!told.root().is_object())
    return said(
        actor.language, ErrorCode::invalid,
        {"what a case is told is a JSON object", "ce qu'on dit à un cas est un objet JSON"});
  Completion result;
  const std::string subject = std::to_string(case_number) + "/" + std::string(message);
  const auto act = [&](Change& change) -> Result<void> {
    result.refusals.clear();
    const pathway::Pathway& pathway = change.package().pathway;
    if (!works_in(pathway.organisation(), actor))
      return said(actor.language, ErrorCode::forbidden,
                  {"you do not work in this pathway", "vous ne travaillez pas dans ce parcours"});
    const auto known = pathway.messages();
    if (std::find(known.begin(), known.end(), message) == known.end())
      return said(actor.language, ErrorCode::not_found,
                  {"the pathway knows no message '" + std::string(message) + "'",
                   "le parcours ne connaît pas le message « " + std::string(message) + " »"});
    TRY(const Doer doer,
        impl_->doer(actor, actor.roles.empty() ? std::string() : actor.roles.front(), now));
    Stimulus stimulus;
    stimulus.kind = Stimulus::Kind::message;
    stimulus.message = pathway.names().find(message);
    if (const pathway::Form* form = pathway.message_form(message)) {
      stimulus.data = read_answers(*form, answers_of(told.root()), actor.language, result.refusals);
      if (!result.refusals.empty()) return refused();
    } else if (!payload.empty()) {
      stimulus.data = feel::from_json(told.root());
    }
    auto done = change.apply(std::move(stimulus), doer);
    if (!done && done.error().code == ErrorCode::conflict)
      return said(actor.language, ErrorCode::conflict,
                  {"the case does not wait for this now: it has ended, or stands elsewhere",
                   "le cas n'attend pas cela maintenant : il est fini, ou il est ailleurs"},
                  {"look at where the patient stands in the pathway",
                   "regardez où en est le patient dans le parcours"});
    return done;
  };
  const auto done =
      impl_->move(case_number, now, scoped_key("tell", actor, subject, idempotency_key), act);
  if (!done) {
    if (!result.refusals.empty()) return result;
    return done.error();
  }
  return Completion{true, done->repeated, {}};
}

}  // namespace passerelle::run
