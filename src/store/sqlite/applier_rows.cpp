// Of the applier: cases, timers, events, messages, named rows, idempotency keys.
#include <charconv>

#include "store/sqlite/applier.h"
#include "store/sqlite/database.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

// A receipt as text: "updated version created version created ...\n" and the answer.
std::string encode_receipt(const Receipt& receipt) {
  std::string out = std::to_string(to_millis(receipt.updated));
  for (const WriteResult& write : receipt.writes)
    out += ' ' + std::to_string(write.version) + (write.created ? "+" : "-");
  return out + '\n' + receipt.answer;
}

Receipt decode_receipt(std::string_view text) {
  Receipt receipt;
  const size_t end = text.find('\n');
  const char* at = text.data();
  const char* const last = text.data() + end;
  int64_t millis = 0;
  at = std::from_chars(at, last, millis).ptr;
  receipt.updated = from_millis(millis);
  while (at < last) {
    WriteResult write;
    at = std::from_chars(at + 1, last, write.version).ptr;
    write.created = *at++ == '+';
    receipt.writes.push_back(write);
  }
  receipt.answer = std::string(text.substr(end + 1));
  return receipt;
}

std::string case_name(uint64_t number) { return "case " + std::to_string(number); }

}  // namespace

Result<bool> Applier::find_receipt(const std::string& key, Receipt& receipt) {
  TRY(Statement select, database_.prepare("SELECT receipt FROM idempotency WHERE key=?"));
  select.bind(key);
  TRY(const bool found, select.step());
  if (!found) return false;
  receipt = decode_receipt(select.text(0));
  receipt.repeated = true;
  return true;
}

Result<void> Applier::keep_receipt(const std::string& key, const Receipt& receipt) {
  const std::string bytes = encode_receipt(receipt);
  TRY(Statement insert,
      database_.prepare("INSERT INTO idempotency(key, at, receipt) VALUES(?, ?, ?)"));
  insert.bind(key).bind(to_millis(now_)).bind_blob(bytes);
  return insert.run();
}

Result<void> Applier::write_case(const CaseWrite& write) {
  const int64_t at = to_millis(now_);
  const int status = static_cast<int>(write.status);
  if (write.expected_revision == 0) {
    TRY(Statement insert,
        database_.prepare("INSERT OR IGNORE INTO cases(number, revision, pathway, "
                          "pathway_version, patient, status, opened, updated, state) "
                          "VALUES(?, 1, ?, ?, ?, ?, ?, ?, ?)"));
    insert.bind(write.number).bind(write.pathway).bind(write.pathway_version);
    insert.bind(write.patient).bind(status).bind(at).bind(at).bind_blob(write.state);
    TRY_VOID(insert.run());
    if (database_.changes() == 0)
      return Error{ErrorCode::conflict, case_name(write.number) + " exists already"};
    return {};
  }
  TRY(Statement update,
      database_.prepare("UPDATE cases SET revision=revision+1, pathway=?, pathway_version=?, "
                        "patient=?, status=?, updated=?, state=? WHERE number=? AND revision=?"));
  update.bind(write.pathway).bind(write.pathway_version).bind(write.patient).bind(status);
  update.bind(at).bind_blob(write.state).bind(write.number).bind(write.expected_revision);
  TRY_VOID(update.run());
  if (database_.changes() == 0)
    return Error{ErrorCode::conflict, case_name(write.number) + " has moved on since it was read",
                 "", "read it again and repeat"};
  return {};
}

Result<void> Applier::cancel_timer(const TimerCancel& cancel) {
  TRY(Statement erase, database_.prepare("DELETE FROM timer WHERE case_number=? AND item=?"));
  erase.bind(cancel.case_number).bind(cancel.item);
  TRY_VOID(erase.run());
  if (cancel.must_exist && database_.changes() == 0)
    return Error{ErrorCode::conflict, "timer " + std::to_string(cancel.item) + " of " +
                                          case_name(cancel.case_number) +
                                          " has fired or was cancelled"};
  return {};
}

Result<void> Applier::set_timer(const Timer& timer) {
  TRY(Statement insert,
      database_.prepare("INSERT INTO timer(case_number, item, due, activity) VALUES(?, ?, ?, ?) "
                        "ON CONFLICT DO UPDATE SET due=excluded.due, activity=excluded.activity"));
  insert.bind(timer.case_number).bind(timer.item).bind(to_millis(timer.due)).bind(timer.activity);
  return insert.run();
}

Result<void> Applier::append_event(const EventRecord& event) {
  TRY(const int64_t activity, names_.add_term(event.activity));
  TRY(Statement insert, database_.prepare("INSERT INTO event(case_number, at, activity, bytes) "
                                          "VALUES(?, ?, ?, ?)"));
  insert.bind(event.case_number).bind(to_millis(event.at)).bind(activity).bind_blob(event.bytes);
  return insert.run();
}

Result<void> Applier::add_message(const Message& message) {
  TRY(Statement insert,
      database_.prepare("INSERT OR IGNORE INTO message(id, channel, payload, case_number, item, "
                        "not_before, attempts, status, detail) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind(message.id).bind(message.channel).bind_blob(message.payload);
  insert.bind(message.case_number).bind(message.item).bind(to_millis(message.not_before));
  insert.bind(message.attempts).bind(static_cast<int>(message.status)).bind(message.detail);
  TRY_VOID(insert.run());
  if (database_.changes() == 0)
    return Error{ErrorCode::conflict, "message " + message.id + " exists already"};
  return {};
}

Result<void> Applier::update_message(const MessageUpdate& update) {
  TRY(Statement change,
      database_.prepare("UPDATE message SET status=?, not_before=?, detail=?, attempts=attempts+1 "
                        "WHERE id=? AND status=0"));
  change.bind(static_cast<int>(update.status)).bind(to_millis(update.not_before));
  change.bind(update.detail).bind(update.id);
  TRY_VOID(change.run());
  if (database_.changes() == 0)
    return Error{ErrorCode::conflict, "message " + update.id + " is not waiting to be sent"};
  return {};
}

Result<void> Applier::write_row(const RowWrite& write) {
  TRY(Statement select,
      database_.prepare("SELECT revision FROM named_row WHERE space=? AND key=?"));
  select.bind(write.space).bind(write.key);
  TRY(const bool found, select.step());
  const int64_t revision = found ? select.integer(0) : 0;
  select.reset();
  if (write.expected_revision && *write.expected_revision != revision)
    return Error{ErrorCode::conflict,
                 revision == 0 ? write.space + "/" + write.key + " is not there any more"
                               : write.space + "/" + write.key + " was changed meanwhile",
                 "", "read it again and repeat"};
  if (!write.value) {
    TRY(Statement erase, database_.prepare("DELETE FROM named_row WHERE space=? AND key=?"));
    erase.bind(write.space).bind(write.key);
    return erase.run();
  }
  TRY(Statement insert,
      database_.prepare("INSERT INTO named_row(space, key, revision, value) VALUES(?, ?, ?, ?) "
                        "ON CONFLICT DO UPDATE SET revision=excluded.revision, "
                        "value=excluded.value"));
  insert.bind(write.space).bind(write.key).bind(revision + 1).bind_blob(*write.value);
  return insert.run();
}

}  // namespace passerelle::store
