// The durable store: FHIR resources in immutable versions with history and search; beside them, in
// the same transactions, what running pathways need (cases, timers, events, outgoing messages) and
// plain named rows (accounts, sessions, tokens, drafts, locks). It knows neither HTTP nor pathways.
//
// Promises: a transaction is all or nothing; its receipt arrives only when it is on the disk; after
// a kill at any instant everything acknowledged is there and nothing is there twice. Readers see
// whole commits only and never wait for writers. When the disk is full or read-only, commit()
// returns `unavailable`, reads go on, and writing works again once there is space.
//
// Instants come from the caller (Transaction::at); the store asks no clock.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.h"
#include "base/instant.h"
#include "base/result.h"
#include "store/index_value.h"

namespace passerelle::store {

class Query;  // store/search/query.h: parse_query() makes one of the parameters of a request

// ---- FHIR resources ----

enum class Method : uint8_t { create, update, erase };  // erase: FHIR's delete

struct Version {
  std::string type, id;
  int64_t version = 0;
  Instant updated{};  // meta.lastUpdated; never runs backward from one commit to the next
  Method method = Method::create;
  bool deleted() const { return method == Method::erase; }
  std::string body;  // JSON with meta.versionId and meta.lastUpdated; "" when deleted
};

// Holds at the commit: the search finds nothing (`id` empty) or exactly this one resource. The
// caller has searched before and acted on what it found (conditional create, update, delete); when
// the guard no longer holds the transaction fails with `conflict`, and the caller tries again.
struct MatchGuard {
  std::shared_ptr<const Query> query;  // shared by the caller, who may retry, and the transaction
  std::string id;
};

struct Write {
  Method method = Method::create;  // create and update differ only in what history says
  std::string type, id;
  // The resource. `id` must be the resource's id; versionId and lastUpdated are set by the store.
  std::string body;
  IndexValues values;
  std::optional<int64_t> if_version;  // the current version must be this; 0 = must not exist
  // What the values were made by (the search parameters of that moment); held until the write is
  // committed or has failed, so that its maker can tell. Shared with the maker.
  std::shared_ptr<const void> made_by = {};
};

// Other values for a resource that stays as it is: after search parameters were added, or the way
// of extracting them changed. Passed over when it has moved on or is deleted.
struct Reindex {
  std::string type, id;
  int64_t version = 0;
  IndexValues values;
};

// Of the store's own full-text index: the texts of a version, and how far the index has come.
struct TextUpdate {
  std::string type, id;
  int64_t version = 0;
  std::string narrative, content;
};
struct TextProgress {
  int64_t from = 0, to = 0;  // sequence numbers of changes
};

struct WriteResult {
  int64_t version = 0;  // of a delete of what is not there: 0
  bool created = false;
};

struct HistoryRequest {
  std::string type, id;  // both empty: the system; id empty: the type
  std::string without;   // of the system: a type that is neither listed nor counted
  std::optional<Instant> since;
  // Only versions that were the current one at some instant from `first` to `last`.
  struct During {
    Instant first{}, last{};
  };
  std::optional<During> during;
  int64_t before = 0;  // go on below this HistoryPage::next; 0 = from the newest
  size_t count = 100;
};
struct HistoryPage {
  std::vector<Version> versions;  // newest first
  int64_t next = 0;               // 0 = that was all
  int64_t total = 0;              // versions in all, without regard to `since`, `during` and paging
};

// One version as it became known, of all that was ever written.
struct Change {
  int64_t sequence = 0;  // grows with each version
  Version version;
};

// The same without what it says: for those who only want to know that something was written.
struct ChangeMark {
  int64_t sequence = 0;
  std::string type, id;
  int64_t version = 0;
  bool deleted = false;
};

enum class MatchMode : uint8_t { match, include };
struct Match {
  Version version;
  MatchMode mode = MatchMode::match;
};
struct SearchPage {
  std::vector<Match> matches;    // first what matches, in order, then what is included
  std::optional<int64_t> total;  // when the query asked for it
  std::string next;              // opaque cursor for Query::after, "" = that was all
};

// ---- Cases, timers, events, messages, rows ----

enum class CaseStatus : uint8_t { open, ended };

struct CaseRecord {
  uint64_t number = 0;
  int64_t revision = 0;  // grows by 1 with each write
  std::string pathway, pathway_version;
  std::string patient;  // a patient's id, or ""
  CaseStatus status = CaseStatus::open;
  Instant opened{}, updated{};
  std::string state;  // opaque bytes
};
struct CaseWrite {
  uint64_t number = 0;
  int64_t expected_revision = 0;  // 0 = the case is new; else `conflict` when it is another
  std::string pathway, pathway_version;
  std::string patient;
  CaseStatus status = CaseStatus::open;
  std::string state;
};
struct CaseFilter {
  std::optional<CaseStatus> status;
  std::string pathway, patient;  // "" = any
  uint64_t after = 0;            // only numbers above
};
struct CaseCount {
  std::string pathway, pathway_version;
  CaseStatus status = CaseStatus::open;
  int64_t count = 0;
};

struct Timer {
  uint64_t case_number = 0;
  uint32_t item = 0;  // unique in its case; setting it again moves it
  Instant due{};
  std::string activity;
};
// Cancelling a timer that is not there is `conflict` when `must_exist` (it fired elsewhere).
struct TimerCancel {
  uint64_t case_number = 0;
  uint32_t item = 0;
  bool must_exist = false;
};

struct EventRecord {
  int64_t sequence = 0;  // set by the store, grows without meaning; gaps are possible
  uint64_t case_number = 0;
  Instant at{};
  std::string activity;
  std::string bytes;  // opaque
};
struct EventFilter {
  int64_t after = 0;         // only sequence numbers above
  uint64_t case_number = 0;  // 0 = all
};

enum class MessageStatus : uint8_t { pending, delivered, failed };  // failed: given up

struct Message {
  std::string id;  // unique; adding it again is `conflict`
  std::string channel;
  std::string payload;
  uint64_t case_number = 0;  // 0 = none
  uint32_t item = 0;
  Instant not_before{};  // of the first or the next attempt
  int attempts = 0;
  MessageStatus status = MessageStatus::pending;
  std::string detail;  // of the last attempt
};
struct MessageUpdate {
  std::string id;  // must be pending, else `conflict`
  MessageStatus status = MessageStatus::delivered;
  Instant not_before{};  // when it stays pending: the next attempt
  std::string detail;    // counts as one attempt
};

// A plain row in a named space. Revisions start at 1; a row that is not there has revision 0.
struct Row {
  std::string space, key;
  int64_t revision = 0;
  std::string value;
};
struct RowWrite {
  std::string space, key;
  std::optional<std::string> value;          // none = remove
  std::optional<int64_t> expected_revision;  // 0 = must not be there; none = whatever
};

// ---- Transactions ----

struct Transaction {
  Instant at{};
  // Not empty: the first transaction with this key is done; any later one does nothing and gets the
  // first one's receipt with `repeated` set. A transaction that failed leaves no key.
  std::string idempotency_key;
  std::string answer;              // opaque, kept with the key, given back with a repeated receipt
  std::vector<MatchGuard> guards;  // hold before the first write
  std::vector<Write> writes;       // in this order; a resource at most once
  std::vector<Reindex> reindexes;
  std::vector<TextUpdate> texts;
  std::optional<TextProgress> text_progress;  // `conflict` when it is not at `from`
  std::vector<CaseWrite> cases;
  std::vector<TimerCancel> timers_to_cancel;  // before timers_to_set
  std::vector<Timer> timers_to_set;
  std::vector<EventRecord> events;
  std::vector<Message> messages;
  std::vector<MessageUpdate> message_updates;
  std::vector<RowWrite> rows;
  std::optional<Instant> forget_keys_before;  // idempotency keys older than this are removed
};

struct Receipt {
  bool repeated = false;
  Instant updated{};                // lastUpdated of all that was written
  std::vector<WriteResult> writes;  // one for each Transaction::writes
  std::string answer;               // Transaction::answer, of the first when repeated
};

struct Stats {
  int64_t resources = 0;  // current, not deleted
  int64_t versions = 0;
  int64_t open_cases = 0;
  int64_t events = 0;
  int64_t pending_messages = 0;
  int64_t pending_timers = 0;
  int64_t file_bytes = 0;
  int64_t commits = 0;       // since it was opened
  int64_t transactions = 0;  // since it was opened; many share a commit
  bool writable = true;      // false after a commit failed for lack of space or rights
};

// Where the bytes of a data file are.
struct Space {
  struct Part {
    std::string name;
    int64_t bytes = 0;
  };
  std::vector<Part> parts;  // they add up to the file
  int64_t dictionaries = 0;
  double packing = 1;  // bytes of a body for each byte that is stored of it, of a sample
};

// Kinds of resources that change what others mean or are found by.
enum class Definitions : uint8_t {
  search_parameters,  // SearchParameter
  profiles,           // StructureDefinition, ValueSet, CodeSystem
};

// What a monitor asks often, known without reading the file. All since it was opened.
inline constexpr std::array<int64_t, 9> group_bounds = {1, 2, 4, 8, 16, 32, 64, 128, 256};
inline constexpr std::array<int64_t, 14> commit_bounds = {
    100,    250,    500,     1'000,   2'500,     5'000,     10'000,
    25'000, 50'000, 100'000, 250'000, 1'000'000, 2'500'000, 10'000'000};  // microseconds
// Whoever finds room for so much after the disk was full may take it that there is room again.
inline constexpr size_t enough_room_bytes = 256 << 10;
struct Counters {
  int64_t transactions = 0;
  int64_t waiting = 0;  // transactions submitted and not yet answered
  bool writable = true;
  int64_t file_bytes = 0;                                // of the data file
  int64_t log_bytes = 0;                                 // of the write-ahead log beside it
  HistogramReading<group_bounds.size()> groups;          // transactions that shared a commit
  HistogramReading<commit_bounds.size()> commit_micros;  // from its first change to the disk
};

class Store {
 public:
  virtual ~Store() = default;

  // Grows with each commit that wrote a resource of the kind, before commit() returns: whoever
  // keeps something made of them asks it whether that still holds. Counted since the store was
  // opened.
  virtual uint64_t generation(Definitions kind) const = 0;

  // Resources. read: `gone` when the newest version is a delete.
  virtual Result<Version> read(std::string_view type, std::string_view id) = 0;
  virtual Result<Version> vread(std::string_view type, std::string_view id, int64_t version) = 0;
  virtual Result<HistoryPage> history(const HistoryRequest& request) = 0;
  virtual Result<SearchPage> search(const Query& query) = 0;

  // All that matches from after a position, in an order of the store's own, without paging and
  // includes, until `visit` returns false. One snapshot is held meanwhile: do not commit and wait.
  using Visit = std::function<bool(const Version& version, int64_t position)>;
  virtual Result<void> scan(const Query& query, int64_t after, const Visit& visit) = 0;
  // Whether a version, current or not, is what a query looks for; what it refers to, and what
  // refers to it, is taken as it is now. `values` are those of its body.
  virtual Result<bool> matches(const Query& query, const Version& version,
                               const IndexValues& values) = 0;
  // Versions in the order in which they were written, from after a sequence number.
  virtual Result<std::vector<Change>> changes(int64_t after, size_t limit) = 0;
  virtual Result<std::vector<ChangeMark>> change_marks(int64_t after, size_t limit) = 0;
  virtual Result<int64_t> newest_change() = 0;  // 0 when there is none

  // `done` is called once, from another thread or from this one, after the transaction is durable
  // or has failed; it must be quick. Transactions of one caller happen in the order submitted.
  virtual void submit(Transaction transaction, std::function<void(Result<Receipt>)> done) = 0;
  // The same, waiting.
  virtual Result<Receipt> commit(Transaction transaction) = 0;

  // Callbacks return false to stop. They run while a read snapshot is held: do not commit and wait
  // in them (collect first).
  // From 1; given once, except that one which no case was made with may come again after a restart.
  virtual Result<uint64_t> next_case_number() = 0;
  virtual Result<CaseRecord> read_case(uint64_t number) = 0;
  virtual Result<void> scan_cases(const CaseFilter& filter,
                                  const std::function<bool(const CaseRecord&)>& visit) = 0;
  virtual Result<std::vector<CaseCount>> count_cases() = 0;
  virtual Result<void> scan_events(const EventFilter& filter,
                                   const std::function<bool(const EventRecord&)>& visit) = 0;
  virtual Result<std::vector<Timer>> due_timers(Instant until, size_t limit) = 0;  // earliest first
  virtual Result<std::optional<Instant>> next_timer() = 0;
  virtual Result<std::vector<Timer>> timers_of(uint64_t case_number) = 0;
  virtual Result<std::vector<Message>> pending_messages(Instant until, size_t limit) = 0;
  // The earliest instant later than `after` at which a timer is due or a message may leave.
  virtual Result<std::optional<Instant>> next_due(Instant after) = 0;
  virtual Result<Message> read_message(std::string_view id) = 0;
  virtual Result<Row> read_row(std::string_view space, std::string_view key) = 0;  // or not_found
  // Keys that start with `prefix`, in order.
  virtual Result<void> scan_rows(std::string_view space, std::string_view prefix,
                                 const std::function<bool(const Row&)>& visit) = 0;

  virtual Result<void>
  check() = 0;  // every invariant of the file; the error names the first broken
  virtual Result<void> backup(const std::string& path) = 0;  // while others read and write
  virtual Result<Stats> stats() = 0;
  virtual Result<Space> space() = 0;  // reads the whole file
  virtual Counters counters() = 0;
};

// For tests and tools; the defaults are right for a server.
struct SqliteOptions {
  int readers = 4;        // read connections
  size_t group = 256;     // transactions in one commit at most
  int64_t max_bytes = 0;  // refuse to grow beyond; 0 = as the disk allows
  int64_t cache_bytes = 32 << 20;
  int64_t writer_cache_bytes = 0;  // of the one that writes; 0 = as those that read
  // Versions that the first dictionary for packing bodies waits for; 0 = none is ever made.
  int64_t dictionary_after = 4000;
  // A search, or a page of history, is given up after so many instructions of SQLite's machine (20
  // to 60 seconds' worth), or after so long, when it is the disk that is slow.
  int64_t search_steps = 2'000'000'000;
  Millis search_time = std::chrono::seconds(20);
  // From so many candidates on, a sorted search first tries to read an index in order.
  int64_t walk_from = 2000;
};

// Opens or creates the file, brings an older schema up to date. Errors: `conflict` when another
// process has it open, `unsupported` when a newer program wrote it, `invalid` when it is not ours.
Result<std::unique_ptr<Store>> open_sqlite(const std::string& path,
                                           const SqliteOptions& options = {});
// Packs all bodies anew with one dictionary, gives free space back to the disk and puts what
// belongs together side by side. Nobody else may have the file open. Needs as much free space as
// the file is large.
Result<void> compact_sqlite(const std::string& path);
// A store of its own in a temporary file that goes with it.
Result<std::unique_ptr<Store>> open_temporary(const SqliteOptions& options = {});

}  // namespace passerelle::store
