// Event logs as columns: the quickest form of a log and the smallest that is not packed. A
// rehearsal of millions of events writes it nearly as fast as it simulates; `review` reads it as it
// reads XES.
//
// A file is eight bytes that say what it is, then kinds and pieces of up to 65,536 events, then the
// names. Each kind stands before the first piece that uses it.
//   kinds:  'K', u32 count, then for each u32 activity, role, channel and lifecycle; numbered on
//           from 0
//   piece:  'E', u32 events, then six columns; each u32 bytes, then its bytes
//   names:  'N', u32 count, then for each u32 bytes and its text; the first is ""
//   cases:  'C', u32 count, then for each u64 number, u32 bytes and the case's outside name
//   end:    'Z'
// Columns, in this order:
//   case:   for each case of the piece its number, how many events of it follow, and the time of
//           the first (milliseconds since 1970); number and time are differences to the case before
//   kind:   four times its number; 1 more when somebody acts, 2 more when it has data
//   item:   difference to the event before, of the same case in the piece
//   time:   the same, but for the first event of a case
//   actor:  of the events that have one
//   data:   of the events that have any: the number of its bytes, and feel::save()'s bytes
// Whole numbers are little-endian base 128, low groups first; differences (from 0 at first) are
// zigzag. Fixed numbers are little-endian. Events of a case stand together, in the order of time.
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

inline constexpr std::string_view events_magic = "PSREVT2\n";
inline constexpr size_t event_columns = 6;

class EventsWriter : public LogWriter {
 public:
  // `names` must outlive the writer: they are written at the end.
  EventsWriter(const pathway::NameTable& names, Sink sink);
  Result<void> write_case(std::span<const pathway::Event> events,
                          std::string_view name = {}) override;
  Result<void> write_case(const pathway::EventTape& tape,
                          const pathway::EventKinds& kinds) override;
  Result<void> finish() override;

 private:
  template <class Each>
  Result<void> write(uint64_t number, const pathway::EventKinds& kinds, const Each& each);
  Result<void> write_piece(const pathway::EventKinds& kinds);
  void put_data(const feel::Value& value);
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
  std::string data_;           // the last column
  pathway::EventKinds kinds_;  // of events that come without a tape
  const pathway::EventKinds* kinds_used_ = nullptr;
  uint32_t kinds_written_ = 0;
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
