#include "server/audit.h"

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "server/secret.h"

namespace passerelle::server {
namespace {

constexpr std::string_view space = "audit";
// When the disk takes nothing any more, memory must not follow it.
constexpr size_t most_waiting_bytes = 16u << 20;

std::string line_of(const AuditEntry& entry) {
  return "{\"at\":\"" + format_instant(entry.at) + "\",\"account\":" + json::quote(entry.account) +
         ",\"peer\":" + json::quote(entry.peer) + ",\"action\":" + json::quote(entry.action) +
         ",\"target\":" + json::quote(entry.target) +
         ",\"status\":" + std::to_string(entry.status) + "}\n";
}

}  // namespace

std::string Audit::key(Instant at) {
  // Unique over restarts too: the test clock may stand still.
  return format_instant(at) + "-" + std::to_string(1'000'000 + ++number_) + "-" +
         random_token().substr(0, 8);
}

void Audit::note(const AuditEntry& entry) {
  const std::string line = line_of(entry);
  const std::lock_guard lock(mutex_);
  if (lines_.size() + line.size() > most_waiting_bytes) {
    ++dropped_;
    return;
  }
  lines_ += line;
}

store::RowWrite Audit::row_of(const AuditEntry& entry) {
  const std::lock_guard lock(mutex_);
  return {std::string(space), key(entry.at), line_of(entry), {}};
}

Result<void> Audit::flush(Instant now) {
  std::string lines;
  store::Transaction transaction;
  {
    const std::lock_guard lock(mutex_);
    if (dropped_ > 0) {
      log(LogLevel::error,
          "audit entries were lost: the disk took none: " + std::to_string(dropped_));
      dropped_ = 0;
    }
    if (lines_.empty()) return {};
    lines.swap(lines_);
    transaction.at = now;
    transaction.rows.push_back({std::string(space), key(now), lines, {}});
  }
  auto receipt = store_.commit(std::move(transaction));
  if (receipt) return {};
  const std::lock_guard lock(mutex_);
  lines_.insert(0, lines);
  return receipt.error();
}

Result<void> Audit::read(std::string_view prefix,
                         const std::function<bool(std::string_view)>& visit) {
  return store_.scan_rows(space, prefix, [&](const store::Row& row) {
    for (const std::string_view line : split(row.value, '\n'))
      if (!line.empty() && !visit(line)) return false;
    return true;
  });
}

}  // namespace passerelle::server
