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

Result<PreparedTransaction> prepare(Transaction transaction, const Bodies& bodies) {
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
    prepared.bodies.push_back(bodies.pack(std::move(body)));
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
  if (!transaction.dictionary.empty()) TRY_VOID(add_dictionary(transaction.dictionary));
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
  Searcher searcher(database_, names_, bodies_, SqliteOptions().walk_from);
  const QueryLimit limit(database_, most_guard_);
  auto found_rows = limit.tell(searcher.rows(guard.query->tree(), 2));
  if (!found_rows && found_rows.error().code == ErrorCode::too_costly)
    found_rows.error().help =
        "others wait to write meanwhile: name the resource by what is indexed, such as identifier";
  TRY(const auto rows, std::move(found_rows));
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

Result<Applier::Existing> Applier::find(const Write& write) {
  Existing existing;
  TRY(const int64_t type, names_.find_type(write.type));
  if (type == 0) return existing;
  TRY(Statement select, database_.prepare("SELECT row, version, live, keys FROM resource WHERE "
                                          "id=? AND row BETWEEN ? AND ?"));
  select.bind(write.id).bind(first_row(type)).bind(last_row(type));
  TRY(const bool found, select.step());
  if (!found) return existing;
  existing.row = select.integer(0);
  existing.version = select.integer(1);
  existing.live = select.integer(2) != 0;
  existing.keys = std::string(select.text(3));
  return existing;
}

Result<WriteResult> Applier::write(const Write& write, const PackedBody& body) {
  const auto name = [&] { return write.type + "/" + write.id; };
  TRY(const Existing old, find(write));
  if (write.if_version && *write.if_version == 0 && old.live)
    return Error{ErrorCode::precondition, name() + " exists already", "", "update it instead"};
  if (write.if_version && *write.if_version != 0 && (*write.if_version != old.version || !old.live))
    return Error{ErrorCode::precondition,
                 old.live ? name() + " is now at version " + std::to_string(old.version) +
                                ", not " + std::to_string(*write.if_version)
                          : name() + " is not there",
                 "", "read it again and repeat the change on what it says now"};
  const bool erase = write.method == Method::erase;
  if (erase && !old.live) return WriteResult{};

  int64_t row = old.row;
  if (row == 0) {
    TRY(row, names_.reserve_resource(write.type, write.id));
  }
  const int64_t version = old.version + 1;
  TRY(const std::string keys,
      index_.replace(names_, row, old.keys, erase ? IndexValues() : write.values));
  TRY(const int64_t seq, add_version(row, version, write.method, body));
  TRY(Statement change,
      database_.prepare(old.row == 0
                            ? "INSERT INTO resource(current, version, updated, live, keys, row, "
                              "id) VALUES(?, ?, ?, ?, ?, ?, ?)"
                            : "UPDATE resource SET current=?, version=?, updated=?, live=?, "
                              "keys=? WHERE row=?"));
  change.bind(seq).bind(version).bind(to_millis(now_)).bind(erase ? 0 : 1).bind_blob(keys);
  change.bind(row);
  if (old.row == 0) change.bind(write.id);
  TRY_VOID(change.run());
  if (old.live == erase) live_[type_of_row(row)] += erase ? -1 : 1;
  return WriteResult{version, !old.live && !erase};
}

Result<int64_t> Applier::add_version(int64_t row, int64_t version, Method method,
                                     const PackedBody& body) {
  const bool plain = method != Method::erase && body.encoding == 0;
  const std::string text = plain ? stamp(body.plain, version, now_) : std::string();
  TRY(Statement insert,
      database_.prepare("INSERT INTO version(row, version, updated, method, encoding, body) "
                        "VALUES(?, ?, ?, ?, ?, ?)"));
  insert.bind(row).bind(version).bind(to_millis(now_)).bind(static_cast<int>(method));
  insert.bind(body.encoding).bind_blob(plain ? text : body.bytes);
  TRY_VOID(insert.run());
  return database_.last_row();
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

Result<void> Applier::add_dictionary(const std::string& dictionary) {
  TRY(Statement insert, database_.prepare(insert_dictionary));
  insert.bind_blob(dictionary);
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
