#include "review/events_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/check.h"

namespace passerelle::review {
namespace {

using pathway::Event;
using pathway::EventKinds;
using pathway::EventTape;
using pathway::Lifecycle;
using pathway::Name;

constexpr uint32_t piece_events = 65'536;
// The years 1 to 9999, as the other forms of a log can say them; milliseconds since 1970.
constexpr int64_t first_time = -62'135'596'800'000, last_time = 253'402'300'799'999;
constexpr uint64_t highest_named = 10'000'000;  // names of cases lie by their number in memory
constexpr auto last_lifecycle = static_cast<uint64_t>(Lifecycle::ate_abort);

enum Column : size_t { case_, kind, item, time, actor, data };
constexpr uint64_t actor_follows = 1, data_follows = 2;  // bits of a kind

constexpr size_t longest_number = 10;  // bytes; eight are written at least

// There is room for the longest.
void put(char*& end, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *end++ = static_cast<char>(value | 0x80);
  *end++ = static_cast<char>(value);
}

// The same without a loop, whose end nobody foresees where numbers are of all sizes: the groups of
// seven bits are moved apart, and eight bytes are written of which the last ones do not count.
inline void put_any(char*& end, uint64_t value) {
  if (value >> 56 != 0) return put(end, value);
  const auto bits = static_cast<unsigned>(64 - std::countl_zero(value | 1));
  const unsigned bytes = (bits * 9 + 64) / 64;
  value = (value & 0x0FFFFFFF) | (value & 0xFFFFFFF0000000) << 4;
  value = (value & 0x3FFF00003FFF) | (value & 0xFFFC0000FFFC000) << 2;
  value = (value & 0x7F007F007F007F) | (value & 0x3F803F803F803F80) << 1;
  value |= 0x8080808080808080u & ((uint64_t{1} << (8 * (bytes - 1))) - 1);
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  std::memcpy(end, &value, sizeof value);
  end += bytes;
}

uint64_t zigzag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

template <class Number>
void put_fixed(std::string& out, Number value) {
  for (size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

void put_text(std::string& out, std::string_view text) {
  put_fixed(out, static_cast<uint32_t>(text.size()));
  out += text;
}

// What is left of a file or of a column; nothing is read past its end.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : begin_(bytes.data()), rest_(bytes) {}
  size_t at() const { return static_cast<size_t>(rest_.data() - begin_); }
  bool empty() const { return rest_.empty(); }
  bool ok() const { return ok_; }

  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  template <class Number>
  Number fixed() {
    Number value = 0;
    const std::string_view bytes = take(sizeof value);
    for (size_t i = 0; i < bytes.size(); ++i)
      value |= static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return value;
  }
  std::string_view take(size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  std::string_view text() { return take(fixed<uint32_t>()); }

 private:
  const char* begin_;
  std::string_view rest_;
  bool ok_ = true;
};

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file, const LogOptions& options)
      : bytes_(bytes), file_(file), options_(options) {}

  Result<LoadedLog> read() {
    if (bytes_.take(events_magic.size()) != events_magic)
      return error("is no log of events in columns as this version writes them",
                   "its first line says what a file is; rehearse again to write it anew");
    bool named = false, ended = false;
    while (!ended) {
      const std::string_view kind = bytes_.take(1);
      if (!bytes_.ok()) return cut_off();
      switch (kind.front()) {
        case 'K':
          TRY_VOID(kinds());
          break;
        case 'E':
          TRY_VOID(piece());
          break;
        case 'N':
          TRY_VOID(names());
          named = true;
          break;
        case 'C':
          TRY_VOID(cases());
          break;
        case 'Z':
          ended = true;
          break;
        default:
          return error("holds a piece of a kind that is not known", "it is damaged, or too new");
      }
    }
    if (!named) return error("has no names", "it is damaged: write it anew");
    if (!bytes_.empty()) return error("goes on behind its end", "it is damaged: copy it again");
    TRY_VOID(check_names());
    if (group_by_case(out_.log))
      out_.remarks.push_back("events of a case were not in the order of time: sorted");
    return std::move(out_);
  }

 private:
  Error error(std::string what, std::string help) const {
    return {ErrorCode::invalid, std::move(what), file_ + ": byte " + std::to_string(bytes_.at()),
            std::move(help)};
  }
  Error cut_off() const { return error("is cut off", "copy it again"); }

  Result<void> kinds() {
    const auto count = bytes_.fixed<uint32_t>();
    for (uint32_t i = 0; i < count; ++i) {
      EventKinds::Kind kind;
      kind.activity = bytes_.fixed<uint32_t>();
      kind.role = bytes_.fixed<uint32_t>();
      kind.channel = bytes_.fixed<uint32_t>();
      const auto moved = bytes_.fixed<uint32_t>();
      if (!bytes_.ok()) return cut_off();
      if (moved > last_lifecycle) return error("names a lifecycle that does not exist", damaged);
      kind.lifecycle = static_cast<Lifecycle>(moved);
      kinds_.push_back(kind);
    }
    return {};
  }

  Result<void> piece() {
    const auto count = bytes_.fixed<uint32_t>();
    std::vector<Bytes> columns;
    for (size_t i = 0; i < event_columns; ++i) columns.emplace_back(bytes_.text());
    if (!bytes_.ok()) return cut_off();
    if (count > piece_events || out_.log.events.size() + count > options_.limits.events)
      return Error{ErrorCode::too_large,
                   "holds more than " + std::to_string(options_.limits.events) + " events", file_,
                   "split the log by time or by case"};
    // Of a damaged file sums may overflow.
    uint64_t number = 0, first = 0;
    for (uint32_t left = count; left > 0;) {
      number += static_cast<uint64_t>(unzigzag(columns[case_].number()));
      const uint64_t events = columns[case_].number();
      first += static_cast<uint64_t>(unzigzag(columns[case_].number()));
      if (events == 0 || events > left) return error("miscounts the events of a case", damaged);
      uint64_t at = first;
      uint32_t last_item = 0;
      for (uint64_t i = 0; i < events; ++i) {
        if (i > 0) at += static_cast<uint64_t>(unzigzag(columns[time].number()));
        const auto millis = static_cast<int64_t>(at);
        if (millis < first_time || millis > last_time)
          return error("holds a time that no calendar has", damaged);
        last_item += static_cast<uint32_t>(unzigzag(columns[item].number()));
        Event& event = out_.log.events.emplace_back();
        event.at = Instant(Millis(millis));
        event.case_number = number;
        event.item = last_item;
        TRY_VOID(rest(columns, event));
      }
      left -= static_cast<uint32_t>(events);
    }
    for (const Bytes& column : columns)
      if (!column.ok() || !column.empty())
        return error("holds columns of different lengths", damaged);
    return {};
  }

  Result<void> rest(std::vector<Bytes>& columns, Event& event) {
    const uint64_t said = columns[kind].number();
    if (said >> 2 >= kinds_.size()) return error("uses a kind that it does not list", damaged);
    const EventKinds::Kind& of = kinds_[said >> 2];
    event.activity = of.activity;
    event.role = of.role;
    event.channel = of.channel;
    event.lifecycle = of.lifecycle;
    if ((said & actor_follows) != 0) event.actor = small(columns[actor]);
    if ((said & data_follows) == 0) return {};
    std::string_view saved = columns[data].take(columns[data].number());
    auto value = feel::load(saved);
    if (!value || !saved.empty()) return error("holds data that cannot be read", damaged);
    event.data = std::move(*value);
    return {};
  }

  // Too large a number has no name: check_names() refuses it.
  static uint32_t small(Bytes& column) {
    return static_cast<uint32_t>(
        std::min<uint64_t>(column.number(), std::numeric_limits<uint32_t>::max()));
  }

  Result<void> names() {
    const auto count = bytes_.fixed<uint32_t>();
    for (uint32_t i = 0; i < count; ++i) {
      const std::string_view text = bytes_.text();
      if (!bytes_.ok()) return cut_off();
      if (out_.log.names.intern(text) != i)
        return error("says a name twice", "it is damaged: write it anew");
    }
    return {};
  }

  Result<void> cases() {
    const auto count = bytes_.fixed<uint32_t>();
    for (uint32_t i = 0; i < count; ++i) {
      const auto number = bytes_.fixed<uint64_t>();
      const std::string_view name = bytes_.text();
      if (!bytes_.ok()) return cut_off();
      if (number > highest_named) return error("numbers a case too high", damaged);
      if (out_.log.case_names.size() <= number) out_.log.case_names.resize(number + 1);
      out_.log.case_names[number] = name;
    }
    return {};
  }

  Result<void> check_names() const {
    const auto names = static_cast<Name>(out_.log.names.size());
    for (const Event& event : out_.log.events)
      if (std::max({event.activity, event.role, event.actor, event.channel}) >= names)
        return error("uses a name that it does not list", damaged);
    return {};
  }

  static constexpr const char* damaged = "it is damaged: copy it again, or write it anew";
  Bytes bytes_;
  const std::string& file_;
  const LogOptions& options_;
  std::vector<EventKinds::Kind> kinds_;
  LoadedLog out_;
};

}  // namespace

EventsWriter::EventsWriter(const pathway::NameTable& names, Sink sink)
    : names_(names), sink_(std::move(sink)), out_(events_magic) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    // Three numbers for a case, which has an event at least.
    const size_t room = (piece_events * (i == case_ ? 3 : 1) + 1) * longest_number;
    columns_[i].bytes.reset(new char[room]);  // as it is: not set to zero
    columns_[i].end = columns_[i].bytes.get();
  }
}

// `each` gives every event to what it is called with.
template <class Each>
Result<void> EventsWriter::write(uint64_t number, const EventKinds& kinds, const Each& each) {
  CHECK(kinds_used_ == nullptr || kinds_used_ == &kinds, "a writer gets tapes or events, not both");
  kinds_used_ = &kinds;
  Result<void> out;
  // Here, since what is written as characters might be the ends themselves.
  std::array<char*, event_columns - 1> ends;
  const auto take_ends = [&] {
    for (size_t i = 0; i < ends.size(); ++i) ends[i] = columns_[i].end;
  };
  uint32_t begun = events_;
  uint32_t last_item = 0;
  int64_t first = 0, last = 0;
  const auto end_case = [&] {
    put(ends[case_], zigzag(static_cast<int64_t>(number - last_case_)));
    put(ends[case_], events_ - begun);
    put_any(ends[case_], zigzag(first - last_time_));
    last_case_ = number;
    last_time_ = first;
    for (size_t i = 0; i < ends.size(); ++i) columns_[i].end = ends[i];
  };
  take_ends();
  each([&](const EventTape::Entry& event) {
    if (!out.ok()) return;
    if (events_ == piece_events) {
      if (events_ > begun) end_case();
      out = write_piece(kinds);
      take_ends();
      begun = last_item = 0;
    }
    const int64_t at = event.at.time_since_epoch().count();
    if (events_++ == begun) {
      first = at;
    } else {
      at == last ? put(ends[time], 0) : put_any(ends[time], zigzag(at - last));
    }
    last = at;
    const bool acts = event.actor != 0, tells = !event.data.is_null();
    put(ends[kind],
        uint64_t{event.kind} << 2 | (acts ? actor_follows : 0u) | (tells ? data_follows : 0u));
    put(ends[item], zigzag(static_cast<int32_t>(event.item - last_item)));
    last_item = event.item;
    if (acts) put(ends[actor], event.actor);
    if (tells) put_data(event.data);
  });
  if (out.ok() && events_ > begun) end_case();
  return out;
}

Result<void> EventsWriter::write_case(std::span<const Event> events, std::string_view name) {
  if (events.empty()) return {};
  const uint64_t number = events.front().case_number;
  if (!name.empty()) cases_.emplace_back(number, name);
  return write(number, kinds_, [&](const auto& take) {
    for (const Event& event : events)
      take(EventTape::Entry{kinds_.number(EventKinds::of(event)), event.item, event.actor, event.at,
                            event.data});
  });
}

Result<void> EventsWriter::write_case(const EventTape& tape, const EventKinds& kinds) {
  return write(tape.case_number(), kinds, [&](const auto& take) { tape.each(take); });
}

void EventsWriter::put_data(const feel::Value& value) {
  std::string saved;
  feel::save(value, saved);
  char size[longest_number];
  char* end = size;
  put(end, saved.size());
  data_.append(size, static_cast<size_t>(end - size));
  data_ += saved;
}

Result<void> EventsWriter::write_piece(const EventKinds& kinds) {
  if (events_ == 0) return {};
  if (kinds_written_ < kinds.size()) {
    out_.push_back('K');
    put_fixed(out_, kinds.size() - kinds_written_);
    for (; kinds_written_ < kinds.size(); ++kinds_written_) {
      const EventKinds::Kind& kind = kinds[kinds_written_];
      for (const uint32_t part :
           {kind.activity, kind.role, kind.channel, static_cast<uint32_t>(kind.lifecycle)})
        put_fixed(out_, part);
    }
  }
  out_.push_back('E');
  put_fixed(out_, events_);
  for (Column& column : columns_) {
    char* const begin = column.bytes.get();
    put_text(out_, {begin, static_cast<size_t>(column.end - begin)});
    column.end = begin;
  }
  put_text(out_, data_);
  data_.clear();
  events_ = 0;
  last_time_ = 0;
  last_case_ = 0;
  TRY_VOID(sink_(out_));
  out_.clear();
  return {};
}

Result<void> EventsWriter::finish() {
  if (kinds_used_ != nullptr) TRY_VOID(write_piece(*kinds_used_));
  out_.push_back('N');
  put_fixed(out_, static_cast<uint32_t>(names_.size()));
  for (Name name = 0; name < names_.size(); ++name) put_text(out_, names_.text(name));
  if (!cases_.empty()) {
    out_.push_back('C');
    put_fixed(out_, static_cast<uint32_t>(cases_.size()));
    for (const auto& [number, name] : cases_) {
      put_fixed(out_, number);
      put_text(out_, name);
    }
  }
  out_.push_back('Z');
  return sink_(out_);
}

Result<LoadedLog> read_events(std::string_view bytes, const std::string& file,
                              const LogOptions& options) {
  return Reader(bytes, file, options).read();
}

}  // namespace passerelle::review
