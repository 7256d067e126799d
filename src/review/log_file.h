// Event logs as files: XES (IEEE 1849-2016), CSV, and columns of our own (events_file.h) for logs
// of millions of events; each plain or .gz. Foreign logs are read kindly: what a log does not say
// gets a neutral value and a remark, what is broken is an error with file, line and column. Our own
// logs come back as they were written, data included.
//
// XES: concept, lifecycle, time and org are understood; attributes of other extensions and of
// nobody become fields of the event's data. No DTD, no entities of one's own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/event_tape.h"

namespace passerelle::review {

struct LogLimits {
  uint64_t bytes = uint64_t{8} << 30;  // unpacked
  uint64_t events = 100'000'000;
  size_t token_bytes = 16u << 20;  // one element or one field
  unsigned depth = 32;             // of nested attributes
};

// Which column of a CSV file holds what; "" = found by its usual names ("case", "activity",
// "timestamp", ...), or missing. Columns that are none of these become data of the event.
struct CsvColumns {
  std::string case_id, activity, time, lifecycle, item, role, actor, channel, data;
  std::string start_time;  // a row is then two events: start and complete
  char separator = '\0';   // '\0': found from the first line among , ; and tab
};

struct LogOptions {
  LogLimits limits;
  CsvColumns columns;
  Zone zone = Zone::utc();  // of times without an offset
};

struct LoadedLog {
  pathway::EventLog log;             // case by case, each in the order of time
  std::vector<std::string> remarks;  // "12 events have no time: the time of the event before"
};

// By the file's name: .xes, .csv, .events; each may end in .gz.
Result<LoadedLog> read_log(const std::string& path, const LogOptions& options = {});
// `file` is what errors will say.
Result<LoadedLog> read_xes(std::string_view text, const std::string& file,
                           const LogOptions& options = {});
Result<LoadedLog> read_csv(std::string_view text, const std::string& file,
                           const LogOptions& options = {});

// Takes the next piece of a file.
using Sink = std::function<Result<void>(std::string_view piece)>;

// Writes case by case, so that a log need never be in memory as a whole.
class LogWriter {
 public:
  virtual ~LogWriter() = default;
  // Events of one case in order. `name`: what the case is called outside; "" = its number.
  virtual Result<void> write_case(std::span<const pathway::Event> events,
                                  std::string_view name = {}) = 0;
  // The same of a tape; `kinds` are those of all tapes that the writer gets.
  virtual Result<void> write_case(const pathway::EventTape& tape, const pathway::EventKinds& kinds);
  virtual Result<void> finish() = 0;

 private:
  std::vector<pathway::Event> events_;  // of the tape
};

// By the file's name: .xes or .events; null when such a file is not written case by case. `names`
// must outlive the writer.
std::unique_ptr<LogWriter> log_writer(std::string_view path, const pathway::NameTable& names,
                                      Sink sink);

class XesWriter : public LogWriter {
 public:
  XesWriter(const pathway::NameTable& names, Sink sink);
  using LogWriter::write_case;
  Result<void> write_case(std::span<const pathway::Event> events,
                          std::string_view name = {}) override;
  Result<void> finish() override;

 private:
  Result<void> flush(size_t least);
  const pathway::NameTable& names_;
  Sink sink_;
  std::string buffer_;
};

std::string write_xes(const pathway::EventLog& log);
std::string write_csv(const pathway::EventLog& log);
std::string write_events(const pathway::EventLog& log);
// By the file's name, as read_log.
Result<void> write_log(const std::string& path, const pathway::EventLog& log);

// Puts the events of each case together, cases by their first event in the log, events of a case by
// time; what happened at the same time stays in the log's order. True when anything moved in time.
bool group_by_case(pathway::EventLog& log);
// The events of each case of a grouped log.
std::vector<std::span<const pathway::Event>> cases_of(const pathway::EventLog& log);
// What a case is called: its outside name, else its number.
std::string case_name(const pathway::EventLog& log, uint64_t case_number);

}  // namespace passerelle::review
