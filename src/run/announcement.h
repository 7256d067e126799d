// What one case tells others: a signal for all that wait for it, or a message for the one that
// waits with its key. It is a row of the store, written in the commit of the case that tells it,
// and goes away with the last that has heard it; how far it has come stands in it, so that after a
// crash nobody hears it twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/feel/value.h"

namespace passerelle::run {

inline constexpr std::string_view announcement_space = "announcement";

struct Announcement {
  std::string name;                 // of the signal or message
  feel::Value data;                 // {key, content}; key null: a signal
  uint64_t from = 0;                // the case that tells it
  uint32_t item = 0;                // what it was in that case
  std::string activity;             // BPMN id there
  std::string patient;              // of that case, or ""
  Instant at{};                     // cases opened later do not hear it
  uint64_t heard_to = 0;            // cases up to this number have been asked
  std::vector<std::string> opened;  // pathways that it has opened a case of

  bool is_signal() const { return data["key"].is_null(); }
  // In the order of time.
  std::string row_key() const;
};

std::string encode_announcement(const Announcement& announcement);
Result<Announcement> decode_announcement(std::string_view bytes);

}  // namespace passerelle::run
