// Index rows as bytes: what a resource's blob of keys is made of.
#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "store/sqlite/index_rows.h"

namespace passerelle::store {
namespace {

void put_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

uint64_t take_varint(std::string_view& rest) {
  if (!rest.empty() && static_cast<unsigned char>(rest.front()) < 0x80) {
    const auto value = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    return value;
  }
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    CHECK(!rest.empty(), "a blob of index rows is whole");
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  CHECK(false, "a varint has at most ten bytes");
}

void put_signed(std::string& out, int64_t value) {
  put_varint(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}
int64_t take_signed(std::string_view& rest) {
  const uint64_t value = take_varint(rest);
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

void put_double(std::string& out, double value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}
double take_double(std::string_view& rest) {
  double value = 0;
  CHECK(rest.size() >= sizeof value, "a blob of index rows is whole");
  std::memcpy(&value, rest.data(), sizeof value);
  rest.remove_prefix(sizeof value);
  return value;
}

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}
std::string_view take_text(std::string_view& rest) {
  const uint64_t size = take_varint(rest);
  CHECK(rest.size() >= size, "a blob of index rows is whole");
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size);
  return text;
}

void put_range(std::string& out, const IndexRow& row) {
  put_double(out, row.low);
  out += row.low == row.high ? '\0' : '\1';
  if (row.low != row.high) put_double(out, row.high);
}
void take_range(std::string_view& rest, IndexRow& row) {
  row.low = row.high = take_double(rest);
  CHECK(!rest.empty(), "a blob of index rows is whole");
  const bool two = rest.front() != '\0';
  rest.remove_prefix(1);
  if (two) row.high = take_double(rest);
}

}  // namespace

void encode(const IndexRow& row, std::string& out) {
  put_varint(out, uint64_t{row.parameter} << 4 | static_cast<uint64_t>(row.type) << 1 |
                      (row.tuple != 0 ? 1 : 0));
  if (row.tuple != 0) put_varint(out, row.tuple);
  switch (row.type) {
    case SearchType::token:
      put_varint(out, static_cast<uint64_t>(row.a));
      put_varint(out, static_cast<uint64_t>(row.b));
      break;
    case SearchType::reference:
      put_signed(out, row.a);
      break;
    case SearchType::string:
      put_varint(out, static_cast<uint64_t>(row.b));
      put_text(out, row.text);
      break;
    case SearchType::uri:
      put_text(out, row.text);
      break;
    case SearchType::date:
      put_signed(out, row.first);
      put_varint(out, static_cast<uint64_t>(row.last) - static_cast<uint64_t>(row.first));
      break;
    case SearchType::number:
    case SearchType::quantity:
      put_range(out, row);
      if (row.type == SearchType::number) break;
      put_varint(out, static_cast<uint64_t>(row.a));
      put_varint(out, static_cast<uint64_t>(row.b));
      break;
  }
}

bool decode_one(std::string_view& rest, IndexRow& row) {
  if (rest.empty()) return false;
  const uint64_t head = take_varint(rest);
  row.parameter = static_cast<uint32_t>(head >> 4);
  row.type = static_cast<SearchType>(head >> 1 & 7);
  row.tuple = (head & 1) != 0 ? static_cast<uint32_t>(take_varint(rest)) : 0;
  row.a = row.b = row.first = row.last = 0;
  row.low = row.high = 0;
  row.text = {};
  switch (row.type) {
    case SearchType::token:
      row.a = static_cast<int64_t>(take_varint(rest));
      row.b = static_cast<int64_t>(take_varint(rest));
      break;
    case SearchType::reference:
      row.a = take_signed(rest);
      break;
    case SearchType::string:
      row.b = static_cast<int64_t>(take_varint(rest));
      row.text = take_text(rest);
      break;
    case SearchType::uri:
      row.text = take_text(rest);
      break;
    case SearchType::date:
      row.first = take_signed(rest);
      row.last = static_cast<int64_t>(static_cast<uint64_t>(row.first) + take_varint(rest));
      break;
    case SearchType::number:
    case SearchType::quantity:
      take_range(rest, row);
      if (row.type == SearchType::number) break;
      row.a = static_cast<int64_t>(take_varint(rest));
      row.b = static_cast<int64_t>(take_varint(rest));
      break;
  }
  return true;
}

namespace {

// As many bytes as there are with the high bit set, and one more. Terms take seven: eight are
// looked at together.
size_t varint_size(const char* at, size_t most) {
  constexpr uint64_t high_bits = 0x8080808080808080u;
  if (uint64_t bytes = 0; most >= sizeof bytes && std::endian::native == std::endian::little) {
    std::memcpy(&bytes, at, sizeof bytes);
    const uint64_t ends = ~bytes & high_bits;
    if (ends != 0) return static_cast<size_t>(std::countr_zero(ends)) / 8 + 1;
  }
  size_t size = 0;
  while (size < most && (static_cast<unsigned char>(at[size]) & 0x80) != 0) ++size;
  return size + 1;
}

void pass(std::string_view& rest, size_t size) {
  CHECK(size <= rest.size(), "a blob of index rows is whole");
  rest.remove_prefix(size);
}
void pass_varints(std::string_view& rest, int count) {
  for (; count > 0; --count) pass(rest, varint_size(rest.data(), rest.size()));
}

// What follows the head of a row.
void pass_row(std::string_view& rest, uint64_t head) {
  if ((head & 1) != 0) pass_varints(rest, 1);
  const auto type = static_cast<SearchType>(head >> 1 & 7);
  switch (type) {
    case SearchType::token:
    case SearchType::date:
      return pass_varints(rest, 2);
    case SearchType::reference:
      return pass_varints(rest, 1);
    case SearchType::string:
      pass_varints(rest, 1);
      take_text(rest);
      return;
    case SearchType::uri:
      take_text(rest);
      return;
    case SearchType::number:
    case SearchType::quantity: {
      pass(rest, sizeof(double));
      CHECK(!rest.empty(), "a blob of index rows is whole");
      pass(rest, rest.front() != '\0' ? 1 + sizeof(double) : 1);
      if (type == SearchType::quantity) pass_varints(rest, 2);
      return;
    }
  }
}

}  // namespace

bool decode_next_of(uint32_t parameter, std::string_view& rest, IndexRow& row) {
  while (!rest.empty()) {
    std::string_view ahead = rest;
    const uint64_t head = take_varint(ahead);
    if (head >> 4 == parameter) return decode_one(rest, row);
    pass_row(ahead, head);
    rest = ahead;
  }
  return false;
}

std::string dates_of(std::string_view keys) {
  std::vector<DateSpan> spans;
  while (!keys.empty()) {
    std::string_view ahead = keys;
    const uint64_t head = take_varint(ahead);
    if (static_cast<SearchType>(head >> 1 & 7) != SearchType::date || (head & 1) != 0) {
      pass_row(ahead, head);
      keys = ahead;
      continue;
    }
    IndexRow row;
    decode_one(keys, row);
    const auto span = std::find_if(spans.begin(), spans.end(), [&](const DateSpan& one) {
      return one.parameter == row.parameter;
    });
    if (span == spans.end()) {
      spans.push_back({row.parameter, row.first, row.first});
    } else {
      span->earliest = std::min(span->earliest, row.first);
      span->latest = std::max(span->latest, row.first);
    }
  }
  std::string out;
  for (const DateSpan& span : spans) {
    const bool two = span.earliest != span.latest;
    put_varint(out, uint64_t{span.parameter} << 1 | (two ? 1 : 0));
    put_signed(out, span.earliest);
    if (two)
      put_varint(out, static_cast<uint64_t>(span.latest) - static_cast<uint64_t>(span.earliest));
  }
  return out;
}

bool find_dates(std::string_view dates, uint32_t parameter, DateSpan& found) {
  while (!dates.empty()) {
    const uint64_t head = take_varint(dates);
    if (head >> 1 != parameter) {
      pass_varints(dates, (head & 1) != 0 ? 2 : 1);
      continue;
    }
    found.parameter = parameter;
    found.earliest = found.latest = take_signed(dates);
    if ((head & 1) != 0)
      found.latest =
          static_cast<int64_t>(static_cast<uint64_t>(found.earliest) + take_varint(dates));
    return true;
  }
  return false;
}

RowHead head_of(std::string_view encoded) {
  const uint64_t head = take_varint(encoded);
  return {static_cast<SearchType>(head >> 1 & 7), static_cast<uint32_t>(head >> 4)};
}

}  // namespace passerelle::store
