// Messages leave. An attempt is written down before the message goes, its outcome afterwards: what
// is found written down without an outcome was going when the program died, and whether it arrived
// nobody knows.
#include <algorithm>
#include <set>

#include "run/engine_impl.h"

namespace passerelle::run {

using gateway::Outcome;
using pathway::Stimulus;

namespace {

// Longer than any gateway waits: after it, whoever was sending has died.
constexpr std::chrono::minutes lease{5};
constexpr std::chrono::minutes first_wait{1};  // before the second attempt; then twice as long
constexpr std::chrono::minutes longest_wait{60};
constexpr Instant far_away = std::chrono::sys_days(std::chrono::year(9999) / 1 / 1);

constexpr std::string_view unknown_reason =
    "it may or may not have arrived: the program stopped while it was leaving";

Millis wait_after(int attempts) {
  Millis wait = first_wait;
  for (int i = 1; i < attempts && wait < longest_wait; ++i) wait *= 2;
  return std::min<Millis>(wait, longest_wait);
}

std::string caregiver_address(json::Value patient, const feel::Value& fields) {
  const std::string_view given = fields.is_context() ? fields["caregiver_phone"].text() : "";
  if (!given.empty()) return std::string(given);
  for (const json::Value contact : patient["contact"].items()) {
    std::string phone = telecom(contact, "phone");
    if (!phone.empty()) return phone;
  }
  return {};
}

}  // namespace

// One message on its way out.
struct Engine::Impl::Attempt {
  store::Message message;
  Letter letter;
  gateway::Outgoing outgoing;
  store::Transaction mark;  // that it leaves now
  // Set when it does not leave: why, and whether somebody must see to it.
  std::string refusal;
  bool needless = false;
};

Result<bool> Engine::Impl::still_open(const Letter& letter, uint64_t case_number) {
  TRY(const store::CaseRecord record, store.read_case(case_number));
  TRY(const PackagePointer package, library.find(record.pathway, record.pathway_version));
  TRY(const pathway::State state, pathway::State::load(package->pathway, record.state));
  if (state.ended()) return false;
  if (letter.link_item == 0) return true;
  return std::any_of(state.tokens().begin(), state.tokens().end(), [&](const auto& token) {
    return token.item == letter.link_item && token.status != pathway::Token::Status::waiting;
  });
}

// Address, words and link; what is not known of the patient is a refusal.
Result<void> Engine::Impl::write_letter(Attempt& attempt, Instant now) {
  const Letter& letter = attempt.letter;
  TRY(const PackagePointer package, library.find(letter.pathway, letter.version));
  TRY(const store::CaseRecord record, store.read_case(attempt.message.case_number));
  gateway::Outgoing& out = attempt.outgoing;
  out.id = attempt.message.id;
  out.channel = attempt.message.channel;
  out.language = package->languages.empty() ? "fr" : package->languages.front();
  const bool for_patient = letter.to == "patient" || letter.to == "caregiver";
  if (for_patient) {
    json::Document document;
    if (const auto patient = store.read("Patient", record.patient); patient) {
      TRY(document, json::Document::parse(patient->body));
    }
    const json::Value patient = document.root();
    out.language = patient_language(patient, *package);
    if (letter.to == "caregiver" || out.channel == "caregiver") {
      out.to = caregiver_address(patient, letter.fields);
    } else {
      out.to = telecom(patient, out.channel == "mail" ? "email" : "phone");
    }
    if (out.channel.empty()) out.channel = "patient";
    if (out.to.empty()) attempt.refusal = "no number or address is known for " + letter.to;
  } else {
    if (out.channel.empty()) out.channel = "staff";
    out.to = settings.address_of_role ? settings.address_of_role(letter.to) : letter.to;
    if (out.to.empty()) attempt.refusal = "nobody with the role " + letter.to + " has an address";
  }
  if (!attempt.refusal.empty()) return {};
  std::string link;
  if (!letter.link_activity.empty())
    link = settings.base_url + "/f/" +
           make_link({attempt.message.case_number, letter.link_activity, letter.link_item,
                      now + settings.link_life},
                     attempt.mark);
  out.subject = package->text("package.title", out.language);
  out.text = fill_message(package->text(letter.text_key, out.language), letter.fields, link);
  return {};
}

// Nothing when another is sending it just now.
Result<std::optional<Engine::Impl::Attempt>> Engine::Impl::make_attempt(
    const store::Message& message, const gateway::Gateways& gateways, Instant now) {
  Attempt attempt;
  attempt.message = message;
  TRY(attempt.letter, decode_letter(message.payload));
  attempt.mark.at = now;
  const auto mark = store.read_row(leaving_space, message.id);
  if (!mark && mark.error().code != ErrorCode::not_found) return mark.error();
  attempt.mark.rows.push_back(
      {std::string(leaving_space), message.id, format_instant(now), mark ? mark->revision : 0});
  if (mark) {
    const auto since = parse_instant(mark->value);
    if (since && now < *since + lease) return std::optional<Attempt>();
    if (!gateways.drops_repeats(message.channel)) attempt.refusal = unknown_reason;
  }
  if (attempt.refusal.empty() && !attempt.letter.link_activity.empty()) {
    TRY(const bool open, still_open(attempt.letter, message.case_number));
    attempt.needless = !open;
  }
  if (attempt.refusal.empty() && !attempt.needless) TRY_VOID(write_letter(attempt, now));
  return std::optional(std::move(attempt));
}

// It is given up, and somebody gets to know: in the same commit.
Result<void> Engine::Impl::give_up(const Attempt& attempt, const std::string& reason, Instant now) {
  const store::Message& message = attempt.message;
  const auto act = [&](Change& change) -> Result<void> {
    TRY(const store::Message current, store.read_message(message.id));
    if (current.status != store::MessageStatus::pending) return {};  // another has given it up
    TRY_VOID(change.undelivered(message.item, attempt.letter.activity, reason));
    for (const WorkItem& work : change.opened())
      if (work.incident)
        change.transaction.rows.push_back(
            {std::string(failed_space), work.id, message.id, std::nullopt});
    change.transaction.message_updates.push_back(
        {message.id, store::MessageStatus::failed, now, reason});
    change.transaction.rows.push_back(
        {std::string(leaving_space), message.id, std::nullopt, std::nullopt});
    return {};
  };
  TRY_VOID(move(message.case_number, now, "", act));
  return {};
}

// What is known after an attempt; a message that is to be given up is handled by give_up().
store::Transaction Engine::Impl::outcome(const Attempt& attempt, const gateway::Delivery& delivery,
                                         Instant now) {
  store::Transaction transaction;
  transaction.at = now;
  const bool later = delivery.outcome == Outcome::not_delivered;
  transaction.message_updates.push_back(
      {attempt.message.id, later ? store::MessageStatus::pending : store::MessageStatus::delivered,
       later ? now + wait_after(attempt.message.attempts + 1) : now, delivery.detail});
  transaction.rows.push_back(
      {std::string(leaving_space), attempt.message.id, std::nullopt, std::nullopt});
  return transaction;
}

// Messages that this engine is sending: nobody else takes them up, however the clock jumps.
std::vector<store::Message> Engine::Impl::reserve(std::vector<store::Message> waiting) {
  const std::lock_guard lock(in_flight_mutex);
  std::erase_if(
      waiting, [&](const store::Message& message) { return !in_flight.insert(message.id).second; });
  return waiting;
}

void Engine::Impl::give_back(const std::vector<store::Message>& reserved) {
  const std::lock_guard lock(in_flight_mutex);
  for (const store::Message& message : reserved) in_flight.erase(message.id);
}

Result<DeliveryCount> Engine::Impl::send(const std::vector<store::Message>& waiting,
                                         const gateway::Gateways& gateways, Instant now) {
  DeliveryCount count;
  std::vector<Attempt> attempts;
  std::vector<store::Transaction> marks;
  for (const store::Message& message : waiting) {
    TRY(auto made, make_attempt(message, gateways, now));
    if (!made) continue;
    if (made->needless) {
      store::Transaction transaction;
      transaction.at = now;
      transaction.message_updates = {{message.id, store::MessageStatus::failed, now,
                                      "no longer needed: what it asked for is done or taken back"}};
      transaction.rows = {{std::string(leaving_space), message.id, std::nullopt, std::nullopt}};
      const auto done = store.commit(std::move(transaction));
      if (!done && done.error().code != ErrorCode::conflict) return done.error();
    } else if (!made->refusal.empty()) {
      TRY_VOID(give_up(*made, made->refusal, now));
      ++count.failed;
    } else {
      marks.push_back(std::move(made->mark));
      attempts.push_back(std::move(*made));
    }
  }
  const auto marked = commit_all(std::move(marks));
  std::vector<store::Transaction> outcomes;
  for (size_t i = 0; i < attempts.size(); ++i) {
    if (!marked[i]) {
      if (marked[i].error().code == ErrorCode::conflict) continue;  // another sends it
      return marked[i].error();
    }
    const gateway::Delivery delivery = gateways.deliver(attempts[i].outgoing);
    const bool last = attempts[i].message.attempts + 1 >= settings.delivery_tries;
    if (delivery.outcome == Outcome::refused || delivery.outcome == Outcome::unknown ||
        (delivery.outcome == Outcome::not_delivered && last)) {
      TRY_VOID(give_up(attempts[i], delivery.detail, now));
      ++count.failed;
      continue;
    }
    ++(delivery.outcome == Outcome::delivered ? count.delivered : count.later);
    outcomes.push_back(outcome(attempts[i], delivery, now));
  }
  for (const auto& done : commit_all(std::move(outcomes)))
    if (!done && done.error().code != ErrorCode::conflict) return done.error();
  return count;
}

Result<DeliveryCount> Engine::deliver(const gateway::Gateways& gateways, Instant now,
                                      size_t limit) {
  TRY(auto waiting, impl_->store.pending_messages(now, limit));
  const auto reserved = impl_->reserve(std::move(waiting));
  auto count = impl_->send(reserved, gateways, now);
  impl_->give_back(reserved);
  return count;
}

Result<std::optional<Instant>> Engine::next_change(Instant after) {
  TRY(auto next, impl_->store.next_due(after));
  TRY(const auto start, impl_->next_start(after));
  if (start) next = next ? std::min(*next, *start) : *start;
  TRY_VOID(impl_->store.scan_rows(leaving_space, "", [&](const store::Row& row) {
    const auto since = parse_instant(row.value);
    if (!since || *since + lease <= after) return true;
    next = next ? std::min(*next, *since + lease) : *since + lease;
    return true;
  }));
  return next;
}

Result<std::vector<OutboxItem>> Engine::outbox(size_t limit) {
  std::vector<OutboxItem> out;
  const auto add = [&](store::Message message) {
    OutboxItem& item = out.emplace_back();
    if (const auto letter = decode_letter(message.payload); letter) {
      item.pathway = letter->pathway;
      item.activity = letter->activity;
      item.to = letter->to;
    }
    item.message = std::move(message);
  };
  std::vector<std::string> failed;
  TRY_VOID(impl_->store.scan_rows(failed_space, "", [&](const store::Row& row) {
    failed.push_back(row.value);
    return failed.size() < limit;
  }));
  for (const std::string& id : failed) {
    TRY(store::Message message, impl_->store.read_message(id));
    add(std::move(message));
  }
  TRY(auto waiting, impl_->store.pending_messages(far_away, limit - failed.size()));
  for (store::Message& message : waiting) add(std::move(message));
  return out;
}

}  // namespace passerelle::run
