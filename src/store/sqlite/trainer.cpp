#include "store/sqlite/trainer.h"

#include <future>

#include "base/log.h"
#include "store/sqlite/database.h"

namespace passerelle::store {
namespace {

constexpr int64_t growth = 8;
constexpr int64_t samples_wanted = 6000;

}  // namespace

Trainer::~Trainer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> Trainer::start(Database& database) {
  if (first_ == 0) return {};
  TRY(Statement select,
      database.prepare("SELECT (SELECT coalesce(max(seq), 0) FROM version), (SELECT "
                       "coalesce(max(made), 0) FROM dictionary)"));
  TRY(const bool row, select.step());
  if (row) versions_ = select.integer(0);
  next_ = std::max(first_, row ? select.integer(1) * growth : 0);
  if (bodies_.newest() == most_dictionaries) return {};  // never, unless files grow for ages
  thread_ = std::thread([this] { loop(); });
  return {};
}

void Trainer::wrote(size_t versions) {
  if (versions == 0 || !thread_.joinable()) return;
  if ((versions_ += static_cast<int64_t>(versions)) < next_) return;
  {
    const std::lock_guard lock(mutex_);
    if (due_) return;
    due_ = true;
  }
  wake_.notify_one();
}

void Trainer::loop() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || due_; });
      if (stopping_) return;
    }
    // What cannot be done now (the disk is full, the bodies are too much alike) is tried again when
    // there is more.
    if (const auto done = train(); !done && done.error().code != ErrorCode::invalid)
      log(LogLevel::warning, to_text(done.error()));
    next_ = versions_ * growth;
    const std::lock_guard lock(mutex_);
    due_ = false;
  }
}

Result<void> Trainer::train() {
  PreparedTransaction transaction;
  {
    TRY(auto loan, readers_.lend());
    TRY_VOID(loan.begin_snapshot());
    TRY(const auto samples, sample_bodies(loan.database(), bodies_, samples_wanted));
    TRY(transaction.dictionary, train_dictionary(samples));
  }
  const std::string dictionary = transaction.dictionary;
  const auto promise = std::make_shared<std::promise<Result<Receipt>>>();
  std::future<Result<Receipt>> result = promise->get_future();
  writer_.submit(std::move(transaction),
                 [promise](Result<Receipt> done) { promise->set_value(std::move(done)); });
  const Result<Receipt> done = result.get();
  if (!done) return done.error();
  TRY(auto loan, readers_.lend());
  TRY(Statement select, loan.database().prepare("SELECT id FROM dictionary ORDER BY made DESC, id "
                                                "DESC LIMIT 1"));
  TRY(const bool row, select.step());
  if (row) bodies_.use(select.integer(0), dictionary);
  return {};
}

}  // namespace passerelle::store
