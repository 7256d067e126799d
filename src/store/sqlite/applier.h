// Does one transaction on the writing connection, inside a savepoint or a transaction that the
// caller opened and rolls back when it fails.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/bodies.h"
#include "store/sqlite/database.h"
#include "store/sqlite/index_rows.h"
#include "store/store.h"

namespace passerelle::store {

class Names;

// A transaction with its bodies laid out and its form checked.
struct PreparedTransaction {
  Transaction content;
  std::vector<PackedBody> bodies;  // one for each write; of a delete: empty
  std::string dictionary;          // not empty: a new one, for bodies to come
};
Result<PreparedTransaction> prepare(Transaction transaction, const Bodies& bodies);

class Applier {
 public:
  // `most_guard`: of one MatchGuard, while others wait to write.
  Applier(Database& database, Names& names, const Bodies& bodies, const MostWork& most_guard)
      : database_(database), names_(names), bodies_(bodies), most_guard_(most_guard) {}
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
  struct Existing {
    int64_t row = 0;  // 0 = it was never here, nor referred to
    int64_t version = 0;
    bool live = false;
    std::string keys;
  };
  Result<Existing> find(const Write& write);
  Result<WriteResult> write(const Write& write, const PackedBody& body);
  // Gives its sequence number.
  Result<int64_t> add_version(int64_t row, int64_t version, Method method, const PackedBody& body);
  Result<void> add_dictionary(const std::string& dictionary);
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
  const Bodies& bodies_;
  const MostWork most_guard_;
  IndexBatch index_;
  Instant now_{};                    // of the transaction at hand
  Instant newest_{};                 // of all before
  std::map<int64_t, int64_t> live_;  // by type: resources more or fewer
};

}  // namespace passerelle::store
