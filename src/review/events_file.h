// Event logs as columns: the quickest form of a log and the smallest that is not packed. A
// rehearsal of millions of events writes it nearly as fast as it simulates; `review` reads it as it
// reads XES.
//
// A file is eight bytes that say what it is, then pieces of up to 65,536 events, then the names.
//   piece:  'E', u32 events, then nine columns; each u32 bytes, then its bytes
//   names:  'N', u32 count, then for each u32 bytes and its text; the first is ""
//   cases:  'C', u32 count, then for each u64 number, u32 bytes and the case's outside name
//   end:    'Z'
// Columns, in this order: time (milliseconds since 1970), case, item, activity, role, actor,
// channel, lifecycle, data. Whole numbers are little-endian base 128, low groups first; time and
// case are differences to the event before in the piece (from 0), zigzag. Of data each event has
// its bytes' number and feel::save()'s bytes; none when it is null. Fixed numbers are
// little-endian. Events of a case stand together, in the order of time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "review/log_file.h"

namespace passerelle::review {

inline constexpr std::string_view events_magic = "PSREVT1\n";
inline constexpr size_t event_columns = 9;

class EventsWriter : public LogWriter {
 public:
  // `names` must outlive the writer: they are written at the end.
  EventsWriter(const pathway::NameTable& names, Sink sink);
  Result<void> write_case(std::span<const pathway::Event> events,
                          std::string_view name = {}) override;
  Result<void> finish() override;

 private:
  Result<void> write_piece();
  void put_data(const feel::Value& value);
  void put_nulls();
  const pathway::NameTable& names_;
  Sink sink_;
  // Columns of numbers have room for the longest that a piece can get, so that nothing is asked for
  // each number; what is not written to is no memory yet.
  struct Column {
    std::unique_ptr<char[]> bytes;
    char* end = nullptr;
  };
  std::string out_;
  std::array<Column, event_columns - 1> columns_;
  std::string data_;  // the last column
  size_t nulls_ = 0;  // behind what stands in it
  uint32_t events_ = 0;
  int64_t last_time_ = 0;
  uint64_t last_case_ = 0;
  std::vector<std::pair<uint64_t, std::string>> cases_;
};

// `file` is what errors will say. Refused with the place in bytes: what is cut off, numbers without
// a name, more than the limits say.
Result<LoadedLog> read_events(std::string_view bytes, const std::string& file,
                              const LogOptions& options = {});

}  // namespace passerelle::review
