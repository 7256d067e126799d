// Does one transaction on the writing connection, inside a savepoint or a transaction that the
// caller opened and rolls back when it fails.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/index_rows.h"
#include "store/stamp.h"
#include "store/store.h"

namespace passerelle::store {

class Database;
class Names;

// A transaction with its bodies laid out and its form checked.
struct PreparedTransaction {
  Transaction content;
  std::vector<StampableBody> bodies;  // one for each write; of a delete: empty
};
Result<PreparedTransaction> prepare(Transaction transaction);

class Applier {
 public:
  Applier(Database& database, Names& names) : database_(database), names_(names) {}
  // The instant of the newest version; at opening.
  Result<void> load();

  Result<Receipt> apply(const PreparedTransaction& transaction);
  // After a rollback: what was noted of the transaction is wrong.
  void undo();

 private:
  Result<void> check_guard(const MatchGuard& guard);
  Result<void> reindex(const Reindex& reindex);
  Result<void> update_text(const TextUpdate& text);
  Result<void> progress_text(const TextProgress& progress);
  Result<WriteResult> write(const Write& write, const StampableBody& body);
  Result<void> count_live();
  Result<void> write_case(const CaseWrite& write);
  Result<void> cancel_timer(const TimerCancel& cancel);
  Result<void> set_timer(const Timer& timer);
  Result<void> append_event(const EventRecord& event);
  Result<void> add_message(const Message& message);
  Result<void> update_message(const MessageUpdate& update);
  Result<void> write_row(const RowWrite& write);
  Result<bool> find_receipt(const std::string& key, Receipt& receipt);
  Result<void> keep_receipt(const std::string& key, const Receipt& receipt);

  Database& database_;
  Names& names_;
  IndexBatch index_;
  Instant now_{};                    // of the transaction at hand
  Instant newest_{};                 // of all before
  std::map<int64_t, int64_t> live_;  // by type: resources more or fewer
};

}  // namespace passerelle::store
