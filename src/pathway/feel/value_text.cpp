// Values as text, as JSON and as bytes.
#include <array>
#include <string>

#include "pathway/feel/heap.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"
#include "pathway/feel/value.h"

namespace passerelle::feel {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out.push_back(c);
    }
  }
  out.push_back('"');
}

bool plain_key(std::string_view key) {
  if (key.empty()) return false;
  for (char c : key) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ' ' ||
                        (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80);
    if (!letter) return false;
  }
  return true;
}

void append(std::string& out, const Value& value, bool inside);

void append_range(std::string& out, const RangeView& range) {
  // The forms `< 5`, `= 5`, ... keep their operator (see make_range).
  switch (range.detail) {
    case '<':
      out += range.high_closed ? "<= " : "< ";
      return append(out, range.high, true);
    case '>':
      out += range.low_closed ? ">= " : "> ";
      return append(out, range.low, true);
    case '=':
      out += "= ";
      return append(out, range.low, true);
    case '!':
      out += "!= ";
      return append(out, range.low, true);
    default:
      break;
  }
  out.push_back(range.low_closed ? '[' : '(');
  append(out, range.low, true);
  out += "..";
  append(out, range.high, true);
  out.push_back(range.high_closed ? ']' : ')');
}

void append_context(std::string& out, const Value& value) {
  out.push_back('{');
  for (size_t i = 0; i < value.size(); ++i) {
    if (i > 0) out += ", ";
    if (plain_key(value.key(i))) {
      out += value.key(i);
    } else {
      append_quoted(out, value.key(i));
    }
    out += ": ";
    append(out, value.at(i), true);
  }
  out.push_back('}');
}

void append(std::string& out, const Value& value, bool inside) {
  switch (value.kind()) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += value.is_true() ? "true" : "false";
      return;
    case Kind::number:
      append_number(out, value);
      return;
    case Kind::string:
      if (inside) {
        append_quoted(out, value.text());
      } else {
        out += value.text();
      }
      return;
    case Kind::date:
    case Kind::time:
    case Kind::date_time:
    case Kind::days_duration:
    case Kind::months_duration:
      append_temporal(out, value);
      return;
    case Kind::list:
      out.push_back('[');
      for (size_t i = 0; i < value.size(); ++i) {
        if (i > 0) out += ", ";
        append(out, value.at(i), true);
      }
      out.push_back(']');
      return;
    case Kind::context:
      append_context(out, value);
      return;
    case Kind::range:
      append_range(out, *value.range());
      return;
    case Kind::function:
      out += "function";
      return;
  }
}

}  // namespace

std::string to_text(const Value& value) {
  std::string out;
  append(out, value, false);
  return out;
}

// ---- JSON ----

json::Value to_json(const Value& value, json::Document& document) {
  switch (value.kind()) {
    case Kind::null:
      return document.null();
    case Kind::boolean:
      return document.boolean(value.is_true());
    case Kind::number:
      return document.number(to_text(value));
    case Kind::list: {
      std::vector<json::Value> items;
      items.reserve(value.size());
      for (const Value& item : value.items()) items.push_back(to_json(item, document));
      return document.array(items);
    }
    case Kind::context: {
      std::vector<json::Member> members;
      members.reserve(value.size());
      for (size_t i = 0; i < value.size(); ++i) {
        members.push_back({value.key(i), to_json(value.at(i), document)});
      }
      return document.object(members);
    }
    case Kind::string:
    case Kind::date:
    case Kind::time:
    case Kind::date_time:
    case Kind::days_duration:
    case Kind::months_duration:
    case Kind::range:
    case Kind::function:
      break;
  }
  return document.string(to_text(value));
}

std::string to_json_text(const Value& value) {
  json::Document document;
  return json::write(to_json(value, document));
}

Value from_json(json::Value value) {
  switch (value.kind()) {
    case json::Kind::boolean:
      return Value::boolean(value.boolean());
    case json::Kind::number: {
      const auto number = Value::number(value.number());
      return number ? *number : Value();
    }
    case json::Kind::string:
      return Value::string(value.string());
    case json::Kind::array: {
      ListBuilder list(value.size());
      for (const json::Value& item : value.items()) list.push(from_json(item));
      return list.build();
    }
    case json::Kind::object: {
      std::array<std::string_view, 64> few;
      std::vector<std::string_view> many;
      const auto members = value.members();
      std::string_view* keys = few.data();
      if (members.size() > few.size()) {
        many.resize(members.size());
        keys = many.data();
      }
      for (size_t i = 0; i < members.size(); ++i) keys[i] = members[i].name;
      ContextHeap* context = new_context(shape_of(keys, members.size()));
      for (size_t i = 0; i < members.size(); ++i) context->slots()[i] = from_json(members[i].value);
      return finish(context);
    }
    case json::Kind::absent:
    case json::Kind::null:
      break;
  }
  return Value();
}

// ---- bytes: one byte of kind, then what it needs; numbers as zigzag LEB128 ----

namespace {

enum class Tag : uint8_t {
  null,
  yes,
  no,
  small_number,
  big_number,
  string,
  date,
  time,
  date_time,
  days,
  months,
  list,
  context,
  range,
};

void put(std::string& out, Tag tag) { out.push_back(static_cast<char>(tag)); }
void put_unsigned(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}
void put_signed(std::string& out, int64_t value) {
  put_unsigned(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}
void put_text(std::string& out, std::string_view text) {
  put_unsigned(out, text.size());
  out += text;
}
// Zone ids are of this process only: a zone is saved by what it is.
void put_zone(std::string& out, const Value& value) {
  if (value.zone() == 0) {
    out.push_back(0);
  } else if (is_named(value.zone())) {
    out.push_back(1);
    put_text(out, zone_name(value.zone()));
  } else {
    out.push_back(2);
    put_signed(out, *offset_of(value));
  }
}

class Loader {
 public:
  explicit Loader(std::string_view bytes) : rest_(bytes) {}
  std::string_view rest() const { return rest_; }
  Result<Value> value(unsigned depth);

 private:
  static Error broken() {
    return Error{ErrorCode::invalid, "the saved value is damaged", "",
                 "restore the data file from its last backup"};
  }
  std::optional<uint8_t> byte() {
    if (rest_.empty()) return std::nullopt;
    const auto b = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return b;
  }
  std::optional<uint64_t> natural() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto b = byte();
      if (!b) return std::nullopt;
      value |= static_cast<uint64_t>(*b & 0x7f) << shift;
      if (!(*b & 0x80)) return value;
    }
    return std::nullopt;
  }
  std::optional<int64_t> integer() {
    const auto n = natural();
    if (!n) return std::nullopt;
    return static_cast<int64_t>((*n >> 1) ^ (~(*n & 1) + 1));
  }
  std::optional<std::string_view> text() {
    const auto size = natural();
    if (!size || *size > rest_.size()) return std::nullopt;
    const auto found = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return found;
  }
  std::optional<ZoneId> zone() {
    const auto form = byte();
    if (!form || *form > 2) return std::nullopt;
    if (*form == 0) return ZoneId{0};
    if (*form == 1) {
      const auto name = text();
      return name ? named_zone(*name) : std::nullopt;
    }
    const auto offset = integer();
    const ZoneId id = offset ? offset_zone(*offset) : ZoneId{0};
    return id == 0 ? std::nullopt : std::optional<ZoneId>(id);
  }
  Result<Value> number(Tag tag);
  Result<Value> temporal(Tag tag);
  Result<Value> list(unsigned depth);
  Result<Value> context(unsigned depth);
  Result<Value> range(unsigned depth);

  std::string_view rest_;
};

Result<Value> Loader::number(Tag tag) {
  if (tag == Tag::small_number) {
    const auto scale = byte();
    const auto mantissa = integer();
    if (!scale || *scale > 18 || !mantissa) return broken();
    return Value::number(*mantissa, *scale);
  }
  const auto written = text();
  const auto value = written ? Value::number(*written) : std::nullopt;
  if (!value) return broken();
  return *value;
}

Result<Value> Loader::temporal(Tag tag) {
  const auto whole = integer();
  if (!whole) return broken();
  if (tag == Tag::date) return Value::date(*whole);
  if (tag == Tag::months) return Value::months_duration(*whole);
  const auto nanos = tag == Tag::time ? std::optional<uint64_t>(0) : natural();
  if (!nanos || *nanos >= static_cast<uint64_t>(nanos_a_second)) return broken();
  if (tag == Tag::days) return Value::days_duration(*whole, static_cast<uint32_t>(*nanos));
  const auto id = zone();
  if (!id) return broken();
  if (tag == Tag::date_time) return Value::date_time(*whole, static_cast<uint32_t>(*nanos), *id);
  if (*whole < 0 || *whole >= nanos_a_day) return broken();
  return Value::time(*whole, *id);
}

Result<Value> Loader::list(unsigned depth) {
  const auto size = natural();
  if (!size || *size > rest_.size()) return broken();
  ListBuilder items(*size);
  for (uint64_t i = 0; i < *size; ++i) {
    TRY(Value item, value(depth + 1));
    items.push(std::move(item));
  }
  return items.build();
}

Result<Value> Loader::context(unsigned depth) {
  const auto size = natural();
  if (!size || *size > rest_.size()) return broken();
  std::vector<std::string_view> keys;
  std::vector<Value> values;
  for (uint64_t i = 0; i < *size; ++i) {
    const auto key = text();
    if (!key) return broken();
    for (const auto& earlier : keys) {
      if (earlier == *key) return broken();
    }
    keys.push_back(*key);
    TRY(values.emplace_back(), value(depth + 1));
  }
  ContextHeap* heap = new_context(shape_of(keys.data(), keys.size()));
  for (size_t i = 0; i < values.size(); ++i) heap->slots()[i] = std::move(values[i]);
  return finish(heap);
}

Result<Value> Loader::range(unsigned depth) {
  const auto flags = byte();
  const auto form = byte();
  if (!flags || !form) return broken();
  TRY(Value low, value(depth + 1));
  TRY(Value high, value(depth + 1));
  return make_range(std::move(low), (*flags & 1) != 0, std::move(high), (*flags & 2) != 0, *form);
}

Result<Value> Loader::value(unsigned depth) {
  const auto tag = byte();
  if (!tag || depth > max_depth) return broken();
  switch (static_cast<Tag>(*tag)) {
    case Tag::null:
      return Value();
    case Tag::yes:
      return Value::boolean(true);
    case Tag::no:
      return Value::boolean(false);
    case Tag::small_number:
    case Tag::big_number:
      return number(static_cast<Tag>(*tag));
    case Tag::string: {
      const auto found = text();
      if (!found) return broken();
      return Value::string(*found);
    }
    case Tag::date:
    case Tag::time:
    case Tag::date_time:
    case Tag::days:
    case Tag::months:
      return temporal(static_cast<Tag>(*tag));
    case Tag::list:
      return list(depth);
    case Tag::context:
      return context(depth);
    case Tag::range:
      return range(depth);
  }
  return broken();
}

}  // namespace

void save(const Value& value, std::string& bytes) {
  switch (value.kind()) {
    case Kind::null:
    case Kind::function:
      put(bytes, Tag::null);
      return;
    case Kind::boolean:
      put(bytes, value.is_true() ? Tag::yes : Tag::no);
      return;
    case Kind::number:
      if (value.on_heap()) {
        const auto* heap = static_cast<const DecimalHeap*>(value.heap());
        put(bytes, Tag::big_number);
        put_text(bytes, decimal_text(heap->words[0], heap->words[1]));
        return;
      }
      put(bytes, Tag::small_number);
      bytes.push_back(static_cast<char>(value.scale()));
      put_signed(bytes, value.whole());
      return;
    case Kind::string:
      put(bytes, Tag::string);
      put_text(bytes, value.text());
      return;
    case Kind::date:
      put(bytes, Tag::date);
      put_signed(bytes, value.whole());
      return;
    case Kind::months_duration:
      put(bytes, Tag::months);
      put_signed(bytes, value.whole());
      return;
    case Kind::time:
      put(bytes, Tag::time);
      put_signed(bytes, value.whole());
      put_zone(bytes, value);
      return;
    case Kind::date_time:
    case Kind::days_duration:
      put(bytes, value.kind() == Kind::date_time ? Tag::date_time : Tag::days);
      put_signed(bytes, value.whole());
      put_unsigned(bytes, value.nanos());
      if (value.kind() == Kind::date_time) put_zone(bytes, value);
      return;
    case Kind::list:
      put(bytes, Tag::list);
      put_unsigned(bytes, value.size());
      for (const Value& item : value.items()) save(item, bytes);
      return;
    case Kind::context:
      put(bytes, Tag::context);
      put_unsigned(bytes, value.size());
      for (size_t i = 0; i < value.size(); ++i) {
        put_text(bytes, value.key(i));
        save(value.at(i), bytes);
      }
      return;
    case Kind::range: {
      const RangeView& range = *value.range();
      put(bytes, Tag::range);
      bytes.push_back(static_cast<char>((range.low_closed ? 1 : 0) | (range.high_closed ? 2 : 0)));
      bytes.push_back(static_cast<char>(range.detail));
      save(range.low, bytes);
      save(range.high, bytes);
      return;
    }
  }
}

Result<Value> load(std::string_view& bytes) {
  Loader loader(bytes);
  TRY(Value value, loader.value(0));
  bytes = loader.rest();
  return value;
}

}  // namespace passerelle::feel
