// Of the SQLite store: reading cases, timers, events, messages, named rows.
#include <limits>

#include "store/sqlite/resources.h"
#include "store/sqlite/sqlite_store.h"

namespace passerelle::store {
namespace {

constexpr const char* case_columns =
    "SELECT number, revision, pathway, pathway_version, patient, status, opened, updated, state "
    "FROM cases ";

CaseRecord case_of(const Statement& row) {
  CaseRecord record;
  record.number = static_cast<uint64_t>(row.integer(0));
  record.revision = row.integer(1);
  record.pathway = std::string(row.text(2));
  record.pathway_version = std::string(row.text(3));
  record.patient = std::string(row.text(4));
  record.status = static_cast<CaseStatus>(row.integer(5));
  record.opened = from_millis(row.integer(6));
  record.updated = from_millis(row.integer(7));
  record.state = std::string(row.text(8));
  return record;
}

constexpr const char* timer_columns = "SELECT case_number, item, due, activity FROM timer ";

Timer timer_of(const Statement& row) {
  return Timer{static_cast<uint64_t>(row.integer(0)), static_cast<uint32_t>(row.integer(1)),
               from_millis(row.integer(2)), std::string(row.text(3))};
}

constexpr const char* message_columns =
    "SELECT id, channel, payload, case_number, item, not_before, attempts, status, detail "
    "FROM message ";

Message message_of(const Statement& row) {
  Message message;
  message.id = std::string(row.text(0));
  message.channel = std::string(row.text(1));
  message.payload = std::string(row.text(2));
  message.case_number = static_cast<uint64_t>(row.integer(3));
  message.item = static_cast<uint32_t>(row.integer(4));
  message.not_before = from_millis(row.integer(5));
  message.attempts = static_cast<int>(row.integer(6));
  message.status = static_cast<MessageStatus>(row.integer(7));
  message.detail = std::string(row.text(8));
  return message;
}

// All rows of a statement that is bound.
template <class T>
Result<std::vector<T>> all(Statement& select, T (*read)(const Statement&)) {
  std::vector<T> rows;
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return rows;
    rows.push_back(read(select));
  }
}

int64_t at_most(size_t limit) {
  constexpr size_t most = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(limit, most));
}

}  // namespace

Result<uint64_t> SqliteStore::next_case_number() { return next_case_++; }

Result<CaseRecord> SqliteStore::read_case(uint64_t number) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select, loan.database().prepare(std::string(case_columns) + "WHERE number=?"));
  select.bind(number);
  TRY(const bool found, select.step());
  if (!found) return Error{ErrorCode::not_found, "there is no case " + std::to_string(number)};
  return case_of(select);
}

Result<void> SqliteStore::scan_cases(const CaseFilter& filter,
                                     const std::function<bool(const CaseRecord&)>& visit) {
  TRY(auto loan, readers_->lend());
  std::string sql = std::string(case_columns) + "WHERE number>?";
  if (filter.status) sql += " AND status=?";
  if (!filter.pathway.empty()) sql += " AND pathway=?";
  if (!filter.patient.empty()) sql += " AND patient=?";
  TRY(Statement select, loan.database().prepare(sql + " ORDER BY number"));
  select.bind(filter.after);
  if (filter.status) select.bind(static_cast<int>(*filter.status));
  if (!filter.pathway.empty()) select.bind(filter.pathway);
  if (!filter.patient.empty()) select.bind(filter.patient);
  for (;;) {
    TRY(const bool found, select.step());
    if (!found || !visit(case_of(select))) return {};
  }
}

Result<std::vector<CaseCount>> SqliteStore::count_cases() {
  TRY(auto loan, readers_->lend());
  TRY(Statement select,
      loan.database().prepare("SELECT pathway, pathway_version, status, count(*) FROM cases "
                              "GROUP BY pathway, pathway_version, status"));
  return all<CaseCount>(select, [](const Statement& row) {
    return CaseCount{std::string(row.text(0)), std::string(row.text(1)),
                     static_cast<CaseStatus>(row.integer(2)), row.integer(3)};
  });
}

Result<void> SqliteStore::scan_events(const EventFilter& filter,
                                      const std::function<bool(const EventRecord&)>& visit) {
  TRY(auto loan, readers_->lend());
  const std::string where = filter.case_number == 0 ? "WHERE e.seq>? "
                                                    : "WHERE e.seq>? AND "
                                                      "e.case_number=? ";
  TRY(Statement select,
      loan.database().prepare("SELECT e.seq, e.case_number, e.at, t.value, e.bytes FROM event e "
                              "LEFT JOIN term t ON t.id = e.activity " +
                              where + "ORDER BY e.seq"));
  select.bind(filter.after);
  if (filter.case_number != 0) select.bind(filter.case_number);
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return {};
    const EventRecord event{select.integer(0), static_cast<uint64_t>(select.integer(1)),
                            from_millis(select.integer(2)), std::string(select.text(3)),
                            std::string(select.text(4))};
    if (!visit(event)) return {};
  }
}

Result<std::vector<Timer>> SqliteStore::due_timers(Instant until, size_t limit) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select,
      loan.database().prepare(std::string(timer_columns) +
                              "WHERE due<=? ORDER BY due, case_number, item LIMIT ?"));
  select.bind(to_millis(until)).bind(at_most(limit));
  return all<Timer>(select, timer_of);
}

Result<std::optional<Instant>> SqliteStore::next_timer() {
  TRY(auto loan, readers_->lend());
  TRY(Statement select, loan.database().prepare("SELECT min(due) FROM timer"));
  TRY(const bool found, select.step());
  if (!found || select.is_null(0)) return std::optional<Instant>();
  return std::optional<Instant>(from_millis(select.integer(0)));
}

Result<std::vector<Timer>> SqliteStore::timers_of(uint64_t case_number) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select,
      loan.database().prepare(std::string(timer_columns) + "WHERE case_number=? ORDER BY item"));
  select.bind(case_number);
  return all<Timer>(select, timer_of);
}

Result<std::vector<Message>> SqliteStore::pending_messages(Instant until, size_t limit) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select,
      loan.database().prepare(std::string(message_columns) +
                              "WHERE status=0 AND not_before<=? ORDER BY not_before, seq LIMIT ?"));
  select.bind(to_millis(until)).bind(at_most(limit));
  return all<Message>(select, message_of);
}

Result<std::optional<Instant>> SqliteStore::next_due(Instant after) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select,
      loan.database().prepare("SELECT min(at) FROM (SELECT min(due) AS at FROM timer WHERE due>?1 "
                              "UNION ALL SELECT min(not_before) FROM message "
                              "WHERE status=0 AND not_before>?1)"));
  select.bind(to_millis(after));
  TRY(const bool found, select.step());
  if (!found || select.is_null(0)) return std::optional<Instant>();
  return std::optional<Instant>(from_millis(select.integer(0)));
}

Result<Message> SqliteStore::read_message(std::string_view id) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select, loan.database().prepare(std::string(message_columns) + "WHERE id=?"));
  select.bind(id);
  TRY(const bool found, select.step());
  if (!found) return Error{ErrorCode::not_found, "there is no message " + std::string(id)};
  return message_of(select);
}

Result<Row> SqliteStore::read_row(std::string_view space, std::string_view key) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select,
      loan.database().prepare("SELECT revision, value FROM named_row WHERE space=? AND key=?"));
  select.bind(space).bind(key);
  TRY(const bool found, select.step());
  if (!found)
    return Error{ErrorCode::not_found,
                 "there is no " + std::string(space) + "/" + std::string(key)};
  return Row{std::string(space), std::string(key), select.integer(0), std::string(select.text(1))};
}

Result<void> SqliteStore::scan_rows(std::string_view space, std::string_view prefix,
                                    const std::function<bool(const Row&)>& visit) {
  TRY(auto loan, readers_->lend());
  TRY(Statement select,
      loan.database().prepare("SELECT key, revision, value FROM named_row WHERE space=? AND "
                              "key>=? ORDER BY key"));
  select.bind(space).bind(prefix);
  for (;;) {
    TRY(const bool found, select.step());
    if (!found || !select.text(0).starts_with(prefix)) return {};
    const Row row{std::string(space), std::string(select.text(0)), select.integer(1),
                  std::string(select.text(2))};
    if (!visit(row)) return {};
  }
}

}  // namespace passerelle::store
