// Time: what is due is fired in order, each timer exactly once, many in one commit of the disk.
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "run/engine_impl.h"

namespace passerelle::run {

using pathway::Stimulus;

namespace {

// Cases that move in one commit: enough to share the disk's sync, few enough to be fair to people.
constexpr size_t batch_size = 128;

using TimerKey = std::pair<uint64_t, uint32_t>;

TimerKey key_of(const store::Timer& timer) { return {timer.case_number, timer.item}; }

// The first timer of each case, in the order in which they are due.
std::vector<store::Timer> choose(const std::vector<store::Timer>& due,
                                 const std::set<TimerKey>& set_aside, size_t most) {
  std::vector<store::Timer> out;
  std::set<uint64_t> cases;
  for (const store::Timer& timer : due) {
    if (out.size() == most) break;
    if (set_aside.contains(key_of(timer)) || !cases.insert(timer.case_number).second) continue;
    out.push_back(timer);
  }
  return out;
}

}  // namespace

std::vector<Result<store::Receipt>> Engine::Impl::commit_all(
    std::vector<store::Transaction> transactions) {
  std::mutex mutex;
  std::condition_variable all_there;
  size_t left = transactions.size();
  std::vector<Result<store::Receipt>> results(transactions.size(), store::Receipt{});
  for (size_t i = 0; i < transactions.size(); ++i) {
    store.submit(std::move(transactions[i]), [&, i](Result<store::Receipt> done) {
      const std::lock_guard lock(mutex);
      results[i] = std::move(done);
      if (--left == 0) all_there.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  all_there.wait(lock, [&] { return left == 0; });
  return results;
}

Result<size_t> Engine::run_due(Instant now, size_t limit,
                               const std::function<void(const Error&)>& problem) {
  TRY(size_t fired, impl_->open_due(now, problem));
  std::set<TimerKey> set_aside;           // cannot fire
  std::map<TimerKey, int> found_not_set;  // the list was read before another thread fired it
  while (fired < limit) {
    TRY(const auto due, impl_->store.due_timers(now, batch_size + set_aside.size()));
    const auto chosen = choose(due, set_aside, std::min(batch_size, limit - fired));
    if (chosen.empty()) break;
    std::vector<store::Transaction> transactions;
    for (const store::Timer& timer : chosen) {
      auto prepared = impl_->prepare(timer.case_number, now, [&](Change& change) {
        Stimulus stimulus;
        stimulus.kind = Stimulus::Kind::timer;
        stimulus.item = timer.item;
        return change.apply(std::move(stimulus), Doer{});
      });
      if (prepared) {
        transactions.push_back(std::move(**prepared));
        continue;
      }
      const bool raced = prepared.error().code == ErrorCode::conflict;
      if (raced && ++found_not_set[key_of(timer)] == 1) continue;
      set_aside.insert(key_of(timer));
      if (problem) problem(prepared.error());
    }
    for (const auto& done : impl_->commit_all(std::move(transactions))) {
      if (done) {
        ++fired;
      } else if (done.error().code != ErrorCode::conflict) {
        return done.error();
      }
    }
  }
  TRY(const size_t told, impl_->spread(now, problem));
  return fired + told;
}

Result<std::optional<Instant>> Engine::next_due() {
  TRY(const auto timer, impl_->store.next_timer());
  TRY(const auto start, impl_->next_start(std::nullopt));
  return timer && start ? std::min(timer, start) : timer ? timer : start;
}

Result<void> Engine::tidy(Instant now) {
  constexpr std::chrono::days keys_last{7};
  constexpr std::chrono::days links_last{30};  // meanwhile a late patient is told what has happened
  constexpr size_t most = 1000;
  store::Transaction transaction;
  transaction.at = now;
  transaction.forget_keys_before = now - keys_last;
  TRY_VOID(impl_->store.scan_rows(link_space, "", [&](const store::Row& row) {
    const auto document = json::Document::parse(row.value);
    const auto expires = parse_instant(document ? document->root()["expires"].string() : "");
    if (!expires || *expires + links_last < now)
      transaction.rows.push_back({row.space, row.key, std::nullopt, row.revision});
    return transaction.rows.size() < most;
  }));
  std::vector<store::Row> drafts;
  TRY_VOID(impl_->store.scan_rows(draft_space, "", [&](const store::Row& row) {
    drafts.push_back(row);
    return drafts.size() < most;
  }));
  for (const store::Row& row : drafts) {
    const auto task = impl_->store.read("Task", row.key);
    const auto document = json::Document::parse(task ? task->body : "{}");
    const std::string_view status = document ? document->root()["status"].string() : "";
    if (status == "completed" || status == "cancelled")
      transaction.rows.push_back({row.space, row.key, std::nullopt, row.revision});
  }
  auto done = impl_->store.commit(std::move(transaction));
  if (!done && done.error().code != ErrorCode::conflict) return done.error();
  return {};
}

}  // namespace passerelle::run
