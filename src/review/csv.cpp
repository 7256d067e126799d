// Logs as tables (RFC 4180): one event a row, or one activity a row with two times.
#include <algorithm>
#include <array>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "review/log_builder.h"
#include "review/log_file.h"

namespace passerelle::review {
namespace {

using feel::Value;
using pathway::Event;
using pathway::Lifecycle;

struct Row {
  std::vector<std::string> fields;
  int line = 0;  // where it begins
};

class Rows {
 public:
  Rows(std::string_view text, std::string file, const LogOptions& options)
      : text_(text), file_(std::move(file)), options_(options) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  void choose_separator() {
    separator_ = options_.columns.separator;
    if (separator_ != '\0') return;
    const std::string_view first = text_.substr(0, text_.find('\n'));
    separator_ = ',';
    std::ptrdiff_t most = 0;
    for (const char each : {',', ';', '\t'}) {
      const auto count = std::count(first.begin(), first.end(), each);
      if (count <= most) continue;
      most = count;
      separator_ = each;
    }
  }

  Result<bool> next(Row& row);
  Error error(const Row& row, std::string message, std::string help) const {
    return {ErrorCode::invalid, std::move(message), file_ + ":" + std::to_string(row.line),
            std::move(help)};
  }

 private:
  Result<void> field(std::string& out);
  Error at(size_t offset, std::string message, std::string help) const;

  std::string_view text_;
  std::string file_;
  const LogOptions& options_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  int line_ = 1;
  char separator_ = ',';
};

Error Rows::at(size_t offset, std::string message, std::string help) const {
  const std::string place =
      file_ + ":" + std::to_string(line_) + ":" + std::to_string(offset - line_start_ + 1);
  return {ErrorCode::invalid, std::move(message), place, std::move(help)};
}

Result<void> Rows::field(std::string& out) {
  out.clear();
  if (at_ >= text_.size() || text_[at_] != '"') {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
    std::string_view found = text_.substr(start, at_ - start);
    if (found.ends_with('\r')) found.remove_suffix(1);
    if (found.size() > options_.limits.token_bytes)
      return at(start, "a field is too long", "shorten it");
    out = found;
    return {};
  }
  const Error open = at(at_, "a quoted field does not end", "close it with \"");
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
      ++at_;
    } else if (text_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
    out += text_[at_];
    if (out.size() > options_.limits.token_bytes) return open;
  }
  if (at_ >= text_.size()) return open;
  ++at_;
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n')
    return at(at_, "a quoted field goes on behind its end", "write quotes inside of it twice");
  return {};
}

Result<bool> Rows::next(Row& row) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
    if (text_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
    ++at_;
  }
  if (at_ >= text_.size()) return false;
  row.line = line_;
  size_t count = 0;
  for (;;) {
    if (count == row.fields.size()) row.fields.emplace_back();
    TRY_VOID(field(row.fields[count++]));
    if (at_ >= text_.size() || text_[at_] == '\n') break;
    ++at_;  // the separator
    if (count > 10'000) return at(at_, "a line has more than 10,000 fields", "is it a log?");
  }
  row.fields.resize(count);
  return true;
}

// Usual names of columns, best first.
enum class Part : uint8_t {
  case_id,
  activity,
  time,
  lifecycle,
  item,
  role,
  actor,
  channel,
  data,
  start_time
};
constexpr size_t part_count = 10;
struct ColumnRow {
  Part part;
  std::string CsvColumns::*given;
  std::array<std::string_view, 8> usual;
};
constexpr std::array column_rows = {
    ColumnRow{Part::case_id,
              &CsvColumns::case_id,
              {"case", "case_id", "caseid", "case id", "case:concept:name", "trace", "patient"}},
    ColumnRow{Part::activity,
              &CsvColumns::activity,
              {"activity", "concept:name", "activity_id", "event", "task", "handling"}},
    ColumnRow{Part::time,
              &CsvColumns::time,
              {"time", "timestamp", "time:timestamp", "complete", "complete_time", "end_time",
               "end", "date"}},
    ColumnRow{
        Part::lifecycle,
        &CsvColumns::lifecycle,
        {"lifecycle", "lifecycle:transition", "lifecycle_id", "transition", "registration_type"}},
    ColumnRow{
        Part::item,
        &CsvColumns::item,
        {"item", "concept:instance", "activity_instance", "activity_instance_id", "handling_id"}},
    ColumnRow{Part::role, &CsvColumns::role, {"role", "org:role"}},
    ColumnRow{Part::actor,
              &CsvColumns::actor,
              {"actor", "resource", "org:resource", "resource_id", "user", "employee"}},
    ColumnRow{Part::channel, &CsvColumns::channel, {"channel", "passerelle:channel"}},
    ColumnRow{Part::data, &CsvColumns::data, {"data"}},
    ColumnRow{
        Part::start_time, &CsvColumns::start_time, {"start_time", "start_timestamp", "start"}},
};

struct Columns {
  std::array<int, part_count> at;  // -1: not there
  std::vector<std::pair<size_t, std::string>> others;
  int operator[](Part part) const { return at[static_cast<size_t>(part)]; }
};

int column_of(const std::vector<std::string>& header, std::string_view name) {
  for (size_t i = 0; i < header.size(); ++i)
    if (lower(trim(header[i])) == lower(name)) return static_cast<int>(i);
  return -1;
}

Result<Columns> find_columns(const Rows& rows, const Row& header, const CsvColumns& given) {
  Columns out;
  out.at.fill(-1);
  std::string all;
  for (const std::string& each : header.fields) all += (all.empty() ? "" : ", ") + each;
  for (const ColumnRow& row : column_rows) {
    int& place = out.at[static_cast<size_t>(row.part)];
    const std::string& wanted = given.*row.given;
    if (!wanted.empty()) {
      place = column_of(header.fields, wanted);
      if (place < 0)
        return rows.error(header, "there is no column '" + wanted + "'", "columns are: " + all);
      continue;
    }
    for (const std::string_view usual : row.usual)
      if (place < 0 && !usual.empty()) place = column_of(header.fields, usual);
  }
  for (const auto& [part, what] :
       {std::pair{Part::case_id, "case"}, std::pair{Part::activity, "activity"},
        std::pair{Part::time, "time"}})
    if (out[part] < 0)
      return rows.error(header, std::string("no column looks like the ") + what + " of events",
                        "say which it is; columns are: " + all);
  for (size_t i = 0; i < header.fields.size(); ++i)
    if (std::find(out.at.begin(), out.at.end(), static_cast<int>(i)) == out.at.end())
      out.others.emplace_back(i, trim(header.fields[i]));
  return out;
}

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& file, const LogOptions& options)
      : rows_(text, file, options), options_(options), builder_(options) {}

  Result<LoadedLog> read();

 private:
  Result<void> event(const Row& row);
  Result<Value> data(const Row& row) const;
  std::string_view text(const Row& row, Part part) const {
    const int column = columns_[part];
    return column < 0 ? std::string_view() : row.fields[static_cast<size_t>(column)];
  }
  Result<Instant> time(const Row& row, Part part) const {
    auto at = parse_log_time(text(row, part), options_.zone);
    if (!at) return rows_.error(row, at.error().message, at.error().help);
    return at;
  }

  Rows rows_;
  const LogOptions& options_;
  LogBuilder builder_;
  Columns columns_{};
};

Result<LoadedLog> CsvReader::read() {
  rows_.choose_separator();
  Row row;
  TRY(const bool any, rows_.next(row));
  if (!any) return rows_.error(row, "is empty", "the first line names the columns");
  const size_t width = row.fields.size();
  TRY(columns_, find_columns(rows_, row, options_.columns));
  for (;;) {
    TRY(const bool more, rows_.next(row));
    if (!more) break;
    if (row.fields.size() != width)
      return rows_.error(row,
                         "has " + std::to_string(row.fields.size()) + " fields, the header " +
                             std::to_string(width),
                         "quote fields that hold the separator");
    TRY_VOID(event(row));
  }
  return builder_.finish();
}

Result<Value> CsvReader::data(const Row& row) const {
  const std::string_view written = text(row, Part::data);
  Value out;
  if (!written.empty()) {
    auto document = json::Document::parse(written);
    if (!document)
      return rows_.error(row, "the data is no JSON: " + document.error().message,
                         "write an object, or nothing");
    out = feel::from_json(document->root());
  }
  if (columns_.others.empty() || (!out.is_null() && !out.is_context())) return out;
  for (const auto& [column, name] : columns_.others) {
    if (row.fields[column].empty()) continue;
    if (out.is_null()) out = Value::context({});
    out = out.with(name, Value::string(row.fields[column]));
  }
  return out;
}

Result<void> CsvReader::event(const Row& row) {
  const std::string_view case_text = text(row, Part::case_id);
  Event event;
  event.case_number = builder_.case_number(case_text);
  event.activity = builder_.name(text(row, Part::activity));
  event.role = builder_.name(text(row, Part::role));
  event.actor = builder_.name(text(row, Part::actor));
  event.channel = builder_.name(text(row, Part::channel));
  event.item = builder_.item(event.case_number, text(row, Part::item));
  if (text(row, Part::activity).empty()) {
    builder_.no_activity();
    event.activity = builder_.name("(none)");
  }
  if (const auto written = text(row, Part::lifecycle); !written.empty()) {
    if (const auto lifecycle = parse_lifecycle(written)) {
      event.lifecycle = *lifecycle;
    } else {
      builder_.odd_lifecycle(written);
    }
  }
  TRY(event.data, data(row));
  TRY(event.at, time(row, Part::time));
  if (!text(row, Part::start_time).empty()) {
    Event start = event;
    start.lifecycle = Lifecycle::start;
    TRY(start.at, time(row, Part::start_time));
    TRY_VOID(builder_.add(std::move(start)));
  }
  auto added = builder_.add(std::move(event));
  if (!added) return rows_.error(row, added.error().message, added.error().help);
  return {};
}

void put(std::string& out, std::string_view field, bool last = false) {
  if (field.find_first_of(",\"\n\r;\t") == std::string_view::npos) {
    out += field;
  } else {
    out += '"';
    for (const char c : field) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += last ? '\n' : ',';
}

}  // namespace

Result<LoadedLog> read_csv(std::string_view text, const std::string& file,
                           const LogOptions& options) {
  if (!is_utf8(text)) return Error{ErrorCode::invalid, "is not UTF-8", file, "save it as UTF-8"};
  return CsvReader(text, file, options).read();
}

std::string write_csv(const pathway::EventLog& log) {
  std::string out = "case,activity,lifecycle,time,item,role,actor,channel,data\n";
  for (const Event& event : log.events) {
    put(out, case_name(log, event.case_number));
    put(out, log.names.text(event.activity));
    put(out, pathway::to_text(event.lifecycle));
    put(out, format_instant(event.at));
    put(out, event.item == 0 ? std::string() : std::to_string(event.item));
    put(out, log.names.text(event.role));
    put(out, log.names.text(event.actor));
    put(out, log.names.text(event.channel));
    put(out, event.data.is_null() ? std::string() : feel::to_json_text(event.data), true);
  }
  return out;
}

}  // namespace passerelle::review
