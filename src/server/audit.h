// Who read or changed what, and when: kept in the store as rows "audit/<instant>-<number>", JSON
// lines. A change that the FHIR door makes is noted in the same commit; all else is gathered and
// written together within a second, so that reading does not wait for the disk. It names addresses
// and ids, never contents.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "store/store.h"

namespace passerelle::server {

struct AuditEntry {
  Instant at{};
  std::string account;  // "" = nobody was logged in
  std::string peer;     // address
  std::string action;   // "GET", "PUT", "login", ...
  std::string target;   // path, or what was made
  int status = 0;
};

class Audit {
 public:
  explicit Audit(store::Store& store) : store_(store) {}

  void note(const AuditEntry& entry);
  // For a transaction that makes the change itself.
  store::RowWrite row_of(const AuditEntry& entry);
  // Writes what was gathered. After an error it is kept and tried again.
  Result<void> flush(Instant now);
  // One JSON object each, oldest first; `prefix` of an instant: "2020-03-26T08".
  Result<void> read(std::string_view prefix, const std::function<bool(std::string_view)>& visit);

 private:
  std::string key(Instant at);

  store::Store& store_;
  std::mutex mutex_;
  std::string lines_;
  size_t dropped_ = 0;
  uint64_t number_ = 0;
};

}  // namespace passerelle::server
