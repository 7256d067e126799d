#include "run/change.h"

#include <algorithm>
#include <tuple>

#include "run/indexing.h"

namespace passerelle::run {

using pathway::Effect;
using pathway::Stimulus;
using pathway::Token;

namespace {

bool is_open(const WorkItem& work) {
  return work.status != "completed" && work.status != "cancelled";
}

// What the Task says of a token's status.
std::string status_of(Token::Status status) {
  switch (status) {
    case Token::Status::waiting:
    case Token::Status::offered:
      return "requested";
    case Token::Status::assigned:
      return "accepted";
    case Token::Status::started:
      return "in-progress";
  }
  return "requested";
}

}  // namespace

Change::Change(store::Store& store, PackagePointer package, store::CaseRecord record,
               const Writing& writing, Instant now)
    : store_(store),
      package_(std::move(package)),
      record_(std::move(record)),
      writing_(writing),
      now_(now) {}

Result<Change> Change::begin(store::Store& store, PackagePointer package,
                             const store::CaseRecord& record, const Writing& writing, Instant now) {
  Change change(store, std::move(package), record, writing, now);
  if (record.revision != 0) {
    TRY(change.state_, pathway::State::load(change.package_->pathway, record.state));
  }
  change.transaction.at = now;
  return change;
}

Result<void> Change::apply(Stimulus stimulus, const Doer& doer) {
  stimulus.at = now_;
  stimulus.case_number = record_.number;
  stimulus.actor = doer.number;
  if (!doer.role.empty()) stimulus.role = package_->pathway.names().find(doer.role);
  std::vector<Effect> effects;
  TRY_VOID(pathway::step(package_->pathway, state_, stimulus, effects));
  moved_ = true;
  if (stimulus.kind == Stimulus::Kind::timer) cancel_timer(stimulus.item, true);
  for (const Effect& effect : effects) TRY_VOID(take_effect(effect, stimulus, doer));
  const bool locks = stimulus.kind == Stimulus::Kind::assign ||
                     stimulus.kind == Stimulus::Kind::begin ||
                     stimulus.kind == Stimulus::Kind::release;
  if (!locks) return {};
  TRY(Touched * touched, touch(stimulus.item));
  const Token* token = find_work(stimulus.item);
  CHECK(token != nullptr, "work that was locked or given back is open");
  touched->work.status = status_of(token->status);
  touched->work.owner = token->actor == 0 ? "" : doer.account;
  touched->work.owner_name = token->actor == 0 ? "" : doer.name;
  return {};
}

Result<void> Change::migrate(PackagePointer to, pathway::Migration& migration,
                             pathway::Migration::Undecided undecided, const Doer& doer) {
  Stimulus by;
  by.at = now_;
  by.case_number = record_.number;
  by.actor = doer.number;
  TRY(auto carried, migration.carry(state_, by, undecided));
  state_ = std::move(carried.state);
  package_ = std::move(to);
  record_.pathway_version = package_->version;
  moved_ = true;
  for (const Effect& effect : carried.effects) TRY_VOID(take_effect(effect, by, doer));
  for (const Token& token : state_.tokens())
    if (token.status != Token::Status::waiting) TRY_VOID(renew_work(token));
  return {};
}

// What people read of the work, as the new version has it; only what differs is written.
Result<void> Change::renew_work(const Token& token) {
  if (work_.contains(token.item)) return {};  // opened by this very change
  TRY(WorkItem work, read_work(token.item));
  const pathway::Activity& activity = package_->pathway.activities()[token.node];
  const WorkItem before = work;
  work.activity = activity.id;
  if (work.incident) {
    const pathway::Organisation& organisation = package_->pathway.organisation();
    if (organisation.role(work.roles.empty() ? "" : work.roles.front()) == nullptr)
      work.roles = {package_->pathway.names().text(package_->pathway.coordinator())};
  } else {
    work.roles = activity.roles;
    work.form = activity.form;
    work.title_key = activity.title;
    work.patient_facing = activity.patient_facing;
  }
  const auto shown = [](const WorkItem& w) {
    return std::tie(w.activity, w.roles, w.form, w.title_key, w.patient_facing);
  };
  if (shown(work) == shown(before)) return {};
  if (work.patient_facing && !before.patient_facing)
    transaction.rows.push_back({std::string(work_space), work.id, std::nullopt, std::nullopt});
  work_[token.item] = {std::move(work), false};
  return {};
}

Result<void> Change::take_effect(const Effect& effect, const Stimulus& stimulus, const Doer& doer) {
  const pathway::NameTable& names = package_->pathway.names();
  switch (effect.kind) {
    case Effect::Kind::open_work:
      open_work(effect);
      break;
    case Effect::Kind::close_work:
      return close_work(effect, stimulus);
    case Effect::Kind::set_timer:
      transaction.timers_to_set.push_back({record_.number, effect.item, effect.at,
                                           package_->pathway.activities()[effect.activity].id});
      break;
    case Effect::Kind::cancel_timer:
      cancel_timer(effect.item, false);
      break;
    case Effect::Kind::send:
      sent_.push_back({effect.item, effect.activity, effect.work.channel, effect.data});
      break;
    case Effect::Kind::record: {
      const bool by_doer = effect.event.actor != 0 && effect.event.actor == doer.number;
      transaction.events.push_back(
          {0, record_.number, effect.event.at, names.text(effect.event.activity),
           encode_event(effect.event, names, by_doer ? doer.account : std::string())});
      break;
    }
    case Effect::Kind::announce: {
      const pathway::Activity& teller = package_->pathway.activities()[effect.activity];
      announced_.push_back({teller.message,
                            effect.data,
                            record_.number,
                            effect.item,
                            teller.id,
                            record_.patient,
                            now_,
                            0,
                            {}});
      break;
    }
    case Effect::Kind::end_case:
      ended_ = true;
      break;
  }
  return {};
}

void Change::open_work(const Effect& effect) {
  const pathway::Activity& activity = package_->pathway.activities()[effect.activity];
  const pathway::NameTable& names = package_->pathway.names();
  WorkItem work;
  work.id = work_id(record_.number, effect.item);
  work.case_number = record_.number;
  work.item = effect.item;
  work.pathway = record_.pathway;
  work.activity = activity.id;
  work.incident = effect.work.incident;
  work.priority = effect.work.priority;
  work.opened = now_;
  work.due = effect.work.due;
  work.channel = names.text(effect.work.channel);
  work.patient_id = record_.patient;
  if (effect.work.data.is_context()) work.show = feel::to_json_text(effect.work.data);
  if (work.incident) {
    work.roles = {names.text(effect.work.role)};
  } else {
    work.roles = activity.roles;
    work.form = activity.form;
    work.title_key = activity.title;
    work.patient_facing = activity.patient_facing;
  }
  work_[effect.item] = {std::move(work), true};
}

Result<void> Change::close_work(const Effect& effect, const Stimulus& stimulus) {
  TRY(Touched * touched, touch(effect.item));
  const bool done = stimulus.kind == Stimulus::Kind::complete && stimulus.item == effect.item;
  touched->work.status = done ? "completed" : "cancelled";
  return {};
}

void Change::cancel_timer(uint32_t item, bool must_exist) {
  const size_t before = transaction.timers_to_set.size();
  std::erase_if(transaction.timers_to_set,
                [&](const store::Timer& timer) { return timer.item == item; });
  if (before == transaction.timers_to_set.size())
    transaction.timers_to_cancel.push_back({record_.number, item, must_exist});
}

// The message's own number is free as a work item's: both are counted together in a case.
Result<void> Change::undelivered(uint32_t item, const std::string& activity,
                                 const std::string& reason) {
  if (!state_.ended()) {
    Stimulus stimulus;
    stimulus.kind = Stimulus::Kind::fail;
    stimulus.item = item;
    stimulus.data = feel::Value::context(
        {{"activity", feel::Value::string(activity)}, {"reason", feel::Value::string(reason)}});
    const auto told = apply(std::move(stimulus), Doer{});
    if (told || told.error().code != ErrorCode::invalid) return told;
  }
  open_after_end(item, activity, reason);
  return {};
}

void Change::open_after_end(uint32_t item, std::string_view activity, std::string_view reason) {
  WorkItem work;
  work.id = work_id(record_.number, item);
  work.case_number = record_.number;
  work.item = item;
  work.pathway = record_.pathway;
  work.activity = std::string(activity);
  work.incident = true;
  work.opened = now_;
  work.patient_id = record_.patient;
  work.roles = {package_->pathway.names().text(package_->pathway.coordinator())};
  work.show = "{\"reason\":" + json::quote(reason) + "}";
  work_[item] = {std::move(work), true};
}

Result<void> Change::close_after_end(uint32_t item, const Doer& doer) {
  TRY(Touched * touched, touch(item));
  if (!touched->work.incident || !is_open(touched->work))
    return Error{ErrorCode::conflict, "this work is no longer open: it was done or taken back", "",
                 "reload the worklist"};
  touched->work.status = "completed";
  touched->work.owner = doer.account;
  touched->work.owner_name = doer.name;
  return {};
}

Result<void> Change::add_answers(const WorkItem& work, const pathway::Form& form,
                                 const feel::Value& values, const Doer& doer) {
  json::Document d;
  json::Value response = form.to_response(values, d);
  response = d.with(response, "id", d.string(work.id));
  response = d.with(response, "authored", d.string(format_instant(now_)));
  if (!work.patient_id.empty()) {
    const json::Value patient = d.object({{"reference", d.string("Patient/" + work.patient_id)}});
    response = d.with(response, "subject", patient);
    // Entered by staff for the patient: the source stays the patient, the author is who typed.
    response = d.with(response, "source", patient);
    if (doer.account.empty()) response = d.with(response, "author", patient);
  }
  if (!doer.account.empty())
    response = d.with(response, "author",
                      d.object({{"identifier", d.object({{"system", d.string(account_system)},
                                                         {"value", d.string(doer.account)}})},
                                {"display", d.string(doer.name)}}));
  TRY(store::Write write, make_write(response, writing_, store::Method::create));
  transaction.writes.push_back(std::move(write));
  return {};
}

const Token* Change::find_work(uint32_t item) const {
  for (const Token& token : state_.tokens())
    if (token.item == item && item != 0 && token.status != Token::Status::waiting) return &token;
  return nullptr;
}

Result<WorkItem> Change::read_work(uint32_t item) {
  const auto found = work_.find(item);
  if (found != work_.end()) return found->second.work;
  TRY(const store::Version task, store_.read("Task", work_id(record_.number, item)));
  TRY(const json::Document document, json::Document::parse(task.body));
  return from_task(document.root());
}

Result<Change::Touched*> Change::touch(uint32_t item) {
  const auto found = work_.find(item);
  if (found != work_.end()) return &found->second;
  TRY(WorkItem work, read_work(item));
  return &(work_[item] = {std::move(work), false});
}

const WorkItem* Change::touched(uint32_t item) const {
  const auto found = work_.find(item);
  return found == work_.end() ? nullptr : &found->second.work;
}

std::vector<WorkItem> Change::opened() const {
  std::vector<WorkItem> out;
  for (const auto& [item, touched] : work_)
    if (touched.is_new && is_open(touched.work)) out.push_back(touched.work);
  return out;
}

void Change::add_message(const Sent& sent) {
  const pathway::Activity& activity = package_->pathway.activities()[sent.activity];
  // The work that the link will open: what is open there now; 0: whatever opens there later.
  uint32_t link_item = 0;
  if (const auto link = package_->pathway.find_activity(activity.link); link)
    for (const Token& token : state_.tokens())
      if (token.node == *link && find_work(token.item) != nullptr) link_item = token.item;
  const Letter letter{record_.pathway,  record_.pathway_version, activity.id, activity.to,
                      activity.message, activity.link,           link_item,   sent.fields};
  store::Message message;
  message.id = work_id(record_.number, sent.item);
  message.channel = package_->pathway.names().text(sent.channel);
  message.payload = encode_letter(letter);
  message.case_number = record_.number;
  message.item = sent.item;
  message.not_before = now_;
  transaction.messages.push_back(std::move(message));
}

Result<void> Change::add_work(const Touched& touched) {
  const WorkItem& work = touched.work;
  json::Document document;
  const json::Value task = to_task(work, now_, document);
  TRY(store::Write write,
      make_write(task, writing_, touched.is_new ? store::Method::create : store::Method::update));
  if (!work.patient_facing) {
    std::optional<std::string> value;
    if (is_open(work)) value = write.body;
    transaction.rows.push_back({std::string(work_space), work.id, std::move(value), std::nullopt});
  } else if (!is_open(work)) {
    transaction.rows.push_back({std::string(draft_space), work.id, std::nullopt, std::nullopt});
  }
  if (work.incident && !is_open(work))
    transaction.rows.push_back({std::string(failed_space), work.id, std::nullopt, std::nullopt});
  transaction.writes.push_back(std::move(write));
  return {};
}

Result<store::Transaction> Change::finish() {
  for (const Sent& sent : sent_) add_message(sent);
  sent_.clear();
  for (const Announcement& news : announced_) {
    transaction.rows.push_back(
        {std::string(announcement_space), news.row_key(), encode_announcement(news), 0});
  }
  announced_.clear();
  for (const auto& [item, touched] : work_) TRY_VOID(add_work(touched));
  if (moved_) {
    store::CaseWrite write;
    write.number = record_.number;
    write.expected_revision = record_.revision;
    write.pathway = record_.pathway;
    write.pathway_version = record_.pathway_version;
    write.patient = record_.patient;
    write.status = ended_ ? store::CaseStatus::ended : store::CaseStatus::open;
    write.state = state_.save(package_->pathway);
    transaction.cases.push_back(std::move(write));
  }
  return std::move(transaction);
}

}  // namespace passerelle::run
