// Cases that open by themselves: by the timers of start events, each exactly once.
#include <algorithm>

#include "run/engine_impl.h"

namespace passerelle::run {

using pathway::Stimulus;

namespace {

constexpr std::string_view start_space = "start";  // "pathway/BPMN id" -> when it is due
constexpr int self_opening_tries = 20;

struct Start {
  std::string version;  // of the package that it was counted for
  Instant since{};      // when it was put into service
  std::optional<Instant> next;
};

std::string encode_start(const Start& start) {
  return "{\"version\":" + json::quote(start.version) + ",\"since\":\"" +
         format_instant(start.since) + "\"" +
         (start.next ? ",\"next\":\"" + format_instant(*start.next) + "\"" : std::string()) + "}";
}

Result<Start> decode_start(std::string_view bytes) {
  TRY(const json::Document document, json::Document::parse(bytes));
  Start start;
  start.version = std::string(document.root()["version"].string());
  TRY(start.since, parse_instant(document.root()["since"].string()));
  const std::string_view next = document.root()["next"].string();
  if (!next.empty()) {
    TRY(start.next, parse_instant(next));
  }
  return start;
}

std::string start_key(const pathway::Package& package, uint16_t activity) {
  return package.id + "/" + package.pathway.activities()[activity].id;
}

}  // namespace

// A new version goes on with the days that the one before has counted; what it no longer has, ends.
Result<void> Engine::Impl::plan_starts(const pathway::Package& package, Instant now) {
  std::vector<store::Row> known;
  TRY_VOID(store.scan_rows(start_space, package.id + "/", [&](const store::Row& row) {
    known.push_back(row);
    return true;
  }));
  store::Transaction transaction;
  transaction.at = now;
  for (const uint16_t activity : package.pathway.timed_starts()) {
    const std::string key = start_key(package, activity);
    const auto row = std::find_if(known.begin(), known.end(),
                                  [&](const store::Row& each) { return each.key == key; });
    Start start{package.version, now, std::nullopt};
    int64_t revision = 0;
    if (row != known.end()) {
      TRY(start, decode_start(row->value));
      revision = row->revision;
      known.erase(row);
      if (start.version == package.version) continue;
      start.version = package.version;
    }
    // What is due and has not been opened yet is still to be opened, by the new version.
    const bool due = start.next && *start.next <= now;
    if (!due) start.next = package.pathway.next_start(activity, start.since, now);
    transaction.rows.push_back({std::string(start_space), key, encode_start(start), revision});
  }
  for (const store::Row& row : known) {
    transaction.rows.push_back({row.space, row.key, std::nullopt, row.revision});
  }
  if (transaction.rows.empty()) return {};
  const auto done = store.commit(std::move(transaction));
  if (!done && done.error().code != ErrorCode::conflict) return done.error();
  return {};
}

Result<bool> Engine::Impl::is_followed(std::string_view pathway, std::string_view patient) {
  bool found = false;
  if (patient.empty()) return false;
  TRY_VOID(store.scan_cases(
      {store::CaseStatus::open, std::string(pathway), std::string(patient), 0}, [&](const auto&) {
        found = true;
        return false;
      }));
  return found;
}

// A case that nobody opens; `row` is written with it. False when the row is no longer as it was:
// another has opened it.
Result<bool> Engine::Impl::open_by_itself(const PackagePointer& package, const std::string& patient,
                                          Stimulus stimulus, const store::RowWrite& row,
                                          Instant now) {
  store::CaseRecord record;
  record.pathway = package->id;
  record.pathway_version = package->version;
  record.patient = patient;
  for (int tries = 0; tries < self_opening_tries; ++tries) {
    TRY(record.number, store.next_case_number());
    TRY(Change change, Change::begin(store, package, record, writing, now));
    TRY_VOID(change.apply(stimulus, Doer{}));
    change.transaction.rows.push_back(row);
    TRY(store::Transaction transaction, change.finish());
    const auto done = store.commit(std::move(transaction));
    if (done) return true;
    if (done.error().code != ErrorCode::conflict) return done.error();
    const auto there = store.read_row(row.space, row.key);
    if (!there || there->revision != row.expected_revision) return false;
  }
  return Error{ErrorCode::unavailable, "too many cases are opened at once", "", "try again"};
}

// What passed while nothing ran opens one case, not one for each time.
Result<size_t> Engine::Impl::open_due(Instant now, const Problem& problem) {
  std::vector<std::pair<store::Row, Start>> due;
  TRY_VOID(store.scan_rows(start_space, "", [&](const store::Row& row) {
    auto start = decode_start(row.value);
    if (start && start->next && *start->next <= now) due.emplace_back(row, std::move(*start));
    return true;
  }));
  size_t opened = 0;
  for (auto& [row, start] : due) {
    const auto open = [&, &row_ = row, &start_ = start]() -> Result<bool> {
      const size_t slash = row_.key.find('/');
      TRY(const PackagePointer package, library.current(row_.key.substr(0, slash)));
      const auto activity = package->pathway.find_activity(row_.key.substr(slash + 1));
      if (!activity) return false;
      start_.next = package->pathway.next_start(*activity, start_.since, now);
      Stimulus stimulus;
      stimulus.kind = Stimulus::Kind::start;
      stimulus.item = *activity + 1u;
      return open_by_itself(package, "", std::move(stimulus),
                            {row_.space, row_.key, encode_start(start_), row_.revision}, now);
    };
    const auto done = open();
    if (done) {
      opened += *done ? 1 : 0;
    } else if (problem) {
      problem(done.error());
    }
  }
  return opened;
}

Result<std::optional<Instant>> Engine::Impl::next_start(std::optional<Instant> after) {
  std::optional<Instant> next;
  TRY_VOID(store.scan_rows(start_space, "", [&](const store::Row& row) {
    const auto start = decode_start(row.value);
    if (!start || !start->next || (after && *start->next <= *after)) return true;
    next = next ? std::min(*next, *start->next) : *start->next;
    return true;
  }));
  return next;
}

}  // namespace passerelle::run
