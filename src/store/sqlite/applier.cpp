#include "store/sqlite/applier.h"

#include <algorithm>
#include <set>

#include "store/search/tree.h"
#include "store/sqlite/database.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/searcher.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {

Result<PreparedTransaction> prepare(Transaction transaction) {
  PreparedTransaction prepared;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Write& write : transaction.writes) {
    if (write.type.empty() || write.id.empty())
      return Error{ErrorCode::invalid, "a resource to be written lacks its type or its id"};
    if (!seen.emplace(write.type, write.id).second)
      return Error{ErrorCode::invalid,
                   write.type + "/" + write.id + " is written twice in one transaction", "",
                   "write each resource once"};
    if (write.method == Method::erase) {
      prepared.bodies.emplace_back();
      continue;
    }
    TRY(StampableBody body, make_stampable(write.type, write.id, write.body));
    prepared.bodies.push_back(std::move(body));
  }
  prepared.content = std::move(transaction);
  return prepared;
}

Result<void> Applier::load() {
  TRY(Statement select, database_.prepare("SELECT updated FROM version ORDER BY seq DESC LIMIT 1"));
  TRY(const bool found, select.step());
  if (found) newest_ = from_millis(select.integer(0));
  return {};
}

void Applier::undo() {
  index_.clear();
  live_.clear();
  names_.undo();
}

Result<Receipt> Applier::apply(const PreparedTransaction& transaction) {
  const Transaction& t = transaction.content;
  names_.begin();
  Receipt receipt;
  if (!t.idempotency_key.empty()) {
    TRY(const bool repeated, find_receipt(t.idempotency_key, receipt));
    if (repeated) return receipt;
  }
  now_ = t.writes.empty() ? t.at : std::max(t.at, newest_);
  for (const MatchGuard& guard : t.guards) TRY_VOID(check_guard(guard));
  for (size_t i = 0; i < t.writes.size(); ++i) {
    TRY(const WriteResult result, write(t.writes[i], transaction.bodies[i]));
    receipt.writes.push_back(result);
  }
  for (const Reindex& reindex_one : t.reindexes) TRY_VOID(reindex(reindex_one));
  if (t.text_progress) TRY_VOID(progress_text(*t.text_progress));
  for (const TextUpdate& text : t.texts) TRY_VOID(update_text(text));
  TRY_VOID(index_.flush(database_));
  TRY_VOID(count_live());
  for (const CaseWrite& write : t.cases) TRY_VOID(write_case(write));
  for (const TimerCancel& cancel : t.timers_to_cancel) TRY_VOID(cancel_timer(cancel));
  for (const Timer& timer : t.timers_to_set) TRY_VOID(set_timer(timer));
  for (const EventRecord& event : t.events) TRY_VOID(append_event(event));
  for (const Message& message : t.messages) TRY_VOID(add_message(message));
  for (const MessageUpdate& update : t.message_updates) TRY_VOID(update_message(update));
  for (const RowWrite& row : t.rows) TRY_VOID(write_row(row));
  if (t.forget_keys_before) {
    TRY(Statement forget, database_.prepare("DELETE FROM idempotency WHERE at<?"));
    forget.bind(to_millis(*t.forget_keys_before));
    TRY_VOID(forget.run());
  }
  receipt.updated = now_;
  receipt.answer = t.answer;
  if (!t.idempotency_key.empty()) TRY_VOID(keep_receipt(t.idempotency_key, receipt));
  if (!t.writes.empty()) newest_ = now_;
  return receipt;
}

Result<void> Applier::check_guard(const MatchGuard& guard) {
  Searcher searcher(database_, names_, SqliteOptions().walk_from);
  TRY(const auto rows, searcher.rows(guard.query->tree(), 2));
  if (rows.size() > 1)
    return Error{ErrorCode::precondition, "the condition is met by more than one resource", "",
                 "name it so that it is met by one at most"};
  std::string found;
  if (!rows.empty()) {
    TRY(Statement select, database_.prepare("SELECT id FROM resource WHERE row=?"));
    select.bind(rows[0]);
    TRY(const bool there, select.step());
    if (there) found = std::string(select.text(0));
  }
  if (found == guard.id) return {};
  return Error{ErrorCode::conflict, "somebody else has just changed what the condition finds", "",
               "try again"};
}

Result<WriteResult> Applier::write(const Write& write, const StampableBody& body) {
  const std::string name = write.type + "/" + write.id;
  TRY(int64_t row, names_.find_resource(write.type, write.id));
  int64_t version = 0;
  bool live = false;
  std::string old_keys;
  if (row != 0) {
    TRY(Statement select,
        database_.prepare("SELECT version, live, keys FROM resource WHERE row=?"));
    select.bind(row);
    TRY(const bool found, select.step());
    if (found) {
      version = select.integer(0);
      live = select.integer(1) != 0;
      old_keys = std::string(select.text(2));
    }
  }
  if (write.if_version && *write.if_version == 0 && live)
    return Error{ErrorCode::precondition, name + " exists already", "", "update it instead"};
  if (write.if_version && *write.if_version != 0 && (*write.if_version != version || !live))
    return Error{ErrorCode::precondition,
                 live ? name + " is now at version " + std::to_string(version) + ", not " +
                            std::to_string(*write.if_version)
                      : name + " is not there",
                 "", "read it again and repeat the change on what it says now"};
  const bool erase = write.method == Method::erase;
  if (erase && !live) return WriteResult{};

  TRY(row, names_.add_resource(write.type, write.id));
  ++version;
  TRY(const std::string keys,
      index_.replace(names_, row, old_keys, erase ? IndexValues() : write.values));
  const std::string text = erase ? std::string() : stamp(body, version, now_);
  TRY(Statement insert,
      database_.prepare("INSERT INTO version(row, version, updated, method, encoding, body) "
                        "VALUES(?, ?, ?, ?, 0, ?) RETURNING seq"));
  insert.bind(row).bind(version).bind(to_millis(now_));
  insert.bind(static_cast<int>(write.method)).bind_blob(text);
  TRY(const bool given, insert.step());
  const int64_t seq = given ? insert.integer(0) : 0;
  TRY_VOID(insert.step());
  TRY(Statement update,
      database_.prepare("UPDATE resource SET current=?, version=?, updated=?, live=?, keys=? "
                        "WHERE row=?"));
  update.bind(seq).bind(version).bind(to_millis(now_)).bind(erase ? 0 : 1).bind_blob(keys);
  update.bind(row);
  TRY_VOID(update.run());
  if (live == erase) live_[type_of_row(row)] += erase ? -1 : 1;
  return WriteResult{version, !live && !erase};
}

Result<void> Applier::reindex(const Reindex& reindex) {
  TRY(const int64_t row, names_.find_resource(reindex.type, reindex.id));
  if (row == 0) return {};
  std::string old_keys;
  {
    TRY(Statement select,
        database_.prepare("SELECT keys FROM resource WHERE row=? AND version=? AND live=1"));
    select.bind(row).bind(reindex.version);
    TRY(const bool found, select.step());
    if (!found) return {};
    old_keys = std::string(select.text(0));
  }
  TRY(const std::string keys, index_.replace(names_, row, old_keys, reindex.values));
  if (keys == old_keys) return {};
  TRY(Statement update, database_.prepare("UPDATE resource SET keys=? WHERE row=?"));
  update.bind_blob(keys).bind(row);
  return update.run();
}

Result<void> Applier::progress_text(const TextProgress& progress) {
  TRY(Statement update, database_.prepare("UPDATE full_text_state SET seq=? WHERE seq=?"));
  update.bind(progress.to).bind(progress.from);
  TRY_VOID(update.run());
  if (database_.changes() == 1) return {};
  return Error{ErrorCode::conflict, "the full-text index has moved on", "", "try again"};
}

// Only of the newest version; older ones are passed over, since theirs is still to come.
Result<void> Applier::update_text(const TextUpdate& text) {
  TRY(const int64_t row, names_.find_resource(text.type, text.id));
  bool live = false;
  {
    TRY(Statement select, database_.prepare("SELECT live FROM resource WHERE row=? AND version=?"));
    select.bind(row).bind(text.version);
    TRY(const bool found, select.step());
    if (!found) return {};
    live = select.integer(0) != 0;
  }
  {
    TRY(Statement remove, database_.prepare("DELETE FROM full_text WHERE rowid=?"));
    remove.bind(row);
    TRY_VOID(remove.run());
  }
  if (!live) return {};
  TRY(Statement insert,
      database_.prepare("INSERT INTO full_text(rowid, narrative, content) VALUES(?, ?, ?)"));
  insert.bind(row).bind(text.narrative).bind(text.content);
  return insert.run();
}

Result<void> Applier::count_live() {
  if (live_.empty()) return {};
  TRY(Statement update, database_.prepare("UPDATE type SET live=live+? WHERE id=?"));
  for (const auto& [type, change] : live_) {
    if (change == 0) continue;
    update.bind(change).bind(type);
    TRY_VOID(update.run());
  }
  live_.clear();
  return {};
}

}  // namespace passerelle::store
