#include "review/log_file.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "base/text.h"
#include "review/events_file.h"
#include "review/xes_reader.h"

namespace passerelle::review {
namespace {

using pathway::Event;
using pathway::EventLog;

constexpr size_t piece_bytes = 256u << 10;

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};
using GzFile = std::unique_ptr<gzFile_s, CloseGz>;

// zlib reads plain files as they are, so that one way serves both.
Result<void> read_pieces(const std::string& path, uint64_t limit, const Sink& take) {
  const GzFile file(gzopen(path.c_str(), "rb"));
  if (!file)
    return Error{ErrorCode::not_found, std::string("cannot be opened: ") + std::strerror(errno),
                 path, "check the path and its permissions"};
  std::string piece(piece_bytes, '\0');
  uint64_t total = 0;
  for (;;) {
    const int got = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()));
    if (got < 0) {
      int code = 0;
      const char* why = gzerror(file.get(), &code);
      return Error{ErrorCode::invalid, std::string("cannot be read: ") + why, path,
                   "the file is damaged, or was cut off while it was copied"};
    }
    if (got == 0) break;
    total += static_cast<uint64_t>(got);
    if (total > limit)
      return Error{ErrorCode::too_large,
                   "holds more than " + std::to_string(limit >> 20) + " MiB when unpacked", path,
                   "split the log by time or by case"};
    TRY_VOID(take(std::string_view(piece).substr(0, static_cast<size_t>(got))));
  }
  int code = Z_OK;
  gzerror(file.get(), &code);
  if (code == Z_BUF_ERROR)
    return Error{ErrorCode::invalid, "ends in the middle of its packed data", path,
                 "copy it again"};
  return {};
}

bool ends_with(std::string_view path, std::string_view plain) {
  const std::string name = lower(path);
  return name.ends_with(plain) || name.ends_with(std::string(plain) + ".gz");
}

Error unknown_kind(const std::string& path) {
  return Error{ErrorCode::unsupported, "is no log by its name", path,
               "logs are .xes, .csv or .events, each also with .gz"};
}

Result<void> write_bytes(const std::string& path, std::string_view bytes) {
  if (!lower(path).ends_with(".gz")) return write_file(path, bytes);
  const GzFile file(gzopen(path.c_str(), "wb6"));
  if (!file)
    return Error{ErrorCode::unavailable, std::string("cannot be written: ") + std::strerror(errno),
                 path, "check the path, its permissions and the space left"};
  while (!bytes.empty()) {
    const auto size = static_cast<unsigned>(std::min<size_t>(bytes.size(), piece_bytes));
    if (gzwrite(file.get(), bytes.data(), size) != static_cast<int>(size))
      return Error{ErrorCode::unavailable, "cannot be written to its end", path,
                   "check the space left"};
    bytes.remove_prefix(size);
  }
  return {};
}

}  // namespace

Result<LoadedLog> read_log(const std::string& path, const LogOptions& options) {
  if (ends_with(path, ".xes")) {
    XesReader reader(path, options);
    TRY_VOID(read_pieces(path, options.limits.bytes,
                         [&](std::string_view piece) { return reader.feed(piece); }));
    return reader.finish();
  }
  const bool columns = ends_with(path, ".events");
  if (!columns && !ends_with(path, ".csv")) return unknown_kind(path);
  std::string text;
  TRY_VOID(read_pieces(path, options.limits.bytes, [&](std::string_view piece) -> Result<void> {
    text += piece;
    return {};
  }));
  return columns ? read_events(text, path, options) : read_csv(text, path, options);
}

Result<LoadedLog> read_xes(std::string_view text, const std::string& file,
                           const LogOptions& options) {
  if (text.size() > options.limits.bytes)
    return Error{ErrorCode::too_large,
                 "holds more than " + std::to_string(options.limits.bytes) + " bytes", file,
                 "split the log by time or by case"};
  XesReader reader(file, options);
  for (size_t at = 0; at < text.size(); at += piece_bytes)
    TRY_VOID(reader.feed(text.substr(at, piece_bytes)));
  return reader.finish();
}

Result<void> write_log(const std::string& path, const EventLog& log) {
  if (ends_with(path, ".xes")) return write_bytes(path, write_xes(log));
  if (ends_with(path, ".csv")) return write_bytes(path, write_csv(log));
  if (ends_with(path, ".events")) return write_bytes(path, write_events(log));
  return unknown_kind(path);
}

std::unique_ptr<LogWriter> log_writer(std::string_view path, const pathway::NameTable& names,
                                      Sink sink) {
  if (path.ends_with(".xes")) return std::make_unique<XesWriter>(names, std::move(sink));
  if (path.ends_with(".events")) return std::make_unique<EventsWriter>(names, std::move(sink));
  return nullptr;
}

Result<void> LogWriter::write_case(const pathway::EventTape& tape,
                                   const pathway::EventKinds& kinds) {
  events_.clear();
  tape.copy_to(events_, kinds);
  return write_case(events_);
}

namespace {

std::string written_by(LogWriter& writer, const EventLog& log, std::string& out) {
  EventLog grouped;
  const EventLog* source = &log;
  bool together = true;
  for (size_t i = 1; together && i < log.events.size(); ++i)
    together = log.events[i].case_number >= log.events[i - 1].case_number;
  if (!together) {
    grouped.events = log.events;
    group_by_case(grouped);
    source = &grouped;
  }
  for (const auto events : cases_of(*source)) {
    const uint64_t number = events.front().case_number;
    const bool named = number < log.case_names.size();
    const auto written =
        writer.write_case(events, named ? log.case_names[number] : std::string_view());
    CHECK(written.ok(), "memory takes every piece");
  }
  CHECK(writer.finish().ok(), "memory takes every piece");
  return std::move(out);
}

Sink into(std::string& out) {
  return [&out](std::string_view piece) -> Result<void> {
    out += piece;
    return {};
  };
}

}  // namespace

std::string write_xes(const EventLog& log) {
  std::string out;
  XesWriter writer(log.names, into(out));
  return written_by(writer, log, out);
}

std::string write_events(const EventLog& log) {
  std::string out;
  EventsWriter writer(log.names, into(out));
  return written_by(writer, log, out);
}

bool group_by_case(EventLog& log) {
  std::unordered_map<uint64_t, uint32_t> rank;
  bool sorted = true, moved = false;
  uint32_t last = 0;
  std::vector<std::pair<uint32_t, uint32_t>> order;  // rank of the case, place in the log
  order.reserve(log.events.size());
  std::vector<Instant> latest;
  for (uint32_t i = 0; i < log.events.size(); ++i) {
    const Event& event = log.events[i];
    const uint32_t of =
        rank.try_emplace(event.case_number, static_cast<uint32_t>(rank.size())).first->second;
    if (of < last) sorted = false;
    last = of;
    if (of == latest.size()) latest.push_back(event.at);
    if (event.at < latest[of]) moved = true;
    latest[of] = std::max(latest[of], event.at);
    order.emplace_back(of, i);
  }
  if (sorted && !moved) return false;
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return log.events[a.second].at < log.events[b.second].at;
  });
  std::vector<Event> events;
  events.reserve(log.events.size());
  for (const auto& [of, place] : order) events.push_back(std::move(log.events[place]));
  log.events = std::move(events);
  return moved;
}

std::vector<std::span<const Event>> cases_of(const EventLog& log) {
  std::vector<std::span<const Event>> out;
  const std::span<const Event> all(log.events);
  for (size_t from = 0; from < all.size();) {
    size_t to = from + 1;
    while (to < all.size() && all[to].case_number == all[from].case_number) ++to;
    out.push_back(all.subspan(from, to - from));
    from = to;
  }
  return out;
}

std::string case_name(const EventLog& log, uint64_t case_number) {
  if (case_number < log.case_names.size() && !log.case_names[case_number].empty())
    return log.case_names[case_number];
  return std::to_string(case_number);
}

}  // namespace passerelle::review
