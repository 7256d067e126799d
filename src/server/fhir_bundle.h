// What batch and transaction have in common: the entries of a Bundle, read and answered.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/fhir_interaction.h"

namespace passerelle::server {

struct BundleEntry {
  Interaction asked;
  std::string full_url;
  std::optional<Plan> plan;
  std::optional<Done> done;
};

inline bool writes(const Interaction& asked) { return asked.method != "GET"; }

// Whether somebody's condition is searched by, which may take long.
inline bool searches(const Interaction& asked) {
  return !writes(asked) || !asked.if_none_exist.empty() ||
         (asked.id.empty() && asked.method != "POST");
}

// A search is stopped after a while; a hundred of them in one Bundle must not hold a worker for a
// hundred times as long.
class SearchTime {
 public:
  explicit SearchTime(const Context& context);
  // Before each search. Error `too_costly`: those before have taken all the time there is.
  Result<void> check() const;

 private:
  const Millis most_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// What the entry's patch is read into is `document`.
Result<BundleEntry> read_entry(const Context& context, json::Document& document, json::Value item);
// What was wrong with one entry, for the answer of the whole.
Error at_entry(Error error, size_t index);
std::string place_of(size_t index);  // "Bundle.entry[0]"
// The Bundle of responses; all entries are done.
Done bundle_answer(const Context& context, std::string_view type,
                   const std::vector<BundleEntry>& entries);
bool wants_bodies(const Context& context);  // Prefer: return=representation
store::RowWrite audit_row(const Context& context, const std::string& action,
                          const std::vector<BundleEntry*>& entries);

Result<Done> perform_transaction(const Context& context, json::Document& document,
                                 json::Value items);

}  // namespace passerelle::server
