#include "store/sqlite/index_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "store/sqlite/database.h"
#include "store/sqlite/terms.h"

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

// Names that are made when they are not there yet, or only found (0 when they are not).
struct Adding {
  Names& names;
  Result<uint32_t> parameter(std::string_view code) const { return names.add_parameter(code); }
  Result<int64_t> term(std::string_view text) const { return names.add_term(text); }
  Result<int64_t> resource(std::string_view type, std::string_view id) const {
    return names.add_resource(type, id);
  }
};
struct Finding {
  Names& names;
  Result<uint32_t> parameter(std::string_view code) const { return names.find_parameter(code); }
  Result<int64_t> term(std::string_view text) const { return names.find_term(text); }
  Result<int64_t> resource(std::string_view type, std::string_view id) const {
    return names.find_resource(type, id);
  }
};

template <class Source>
Result<IndexRow> make_row(const Source& names, const IndexValue& value, std::string& folded) {
  IndexRow row;
  row.type = value.type;
  TRY(row.parameter, names.parameter(value.parameter));
  row.tuple = value.tuple;
  switch (value.type) {
    case SearchType::token: {
      TRY(row.a, names.term(value.text));
      TRY(row.b, names.term(value.system));
      break;
    }
    case SearchType::reference: {
      if (value.system.empty()) {
        TRY(const int64_t term, names.term(value.text));
        row.a = -term;
      } else {
        TRY(row.a, names.resource(value.system, value.text));
      }
      break;
    }
    case SearchType::string:
      folded = folded_key(value.text);
      row.text = folded;
      row.b = text_hash(value.text);
      break;
    case SearchType::uri:
      row.text = std::string_view(value.text).substr(0, text_limit);
      break;
    case SearchType::date:
      row.first = value.first;
      row.last = value.last;
      break;
    case SearchType::number:
    case SearchType::quantity: {
      row.low = value.low;
      row.high = value.high;
      if (value.type == SearchType::number) break;
      TRY(row.a, names.term(value.text));
      TRY(row.b, names.term(value.system));
      break;
    }
  }
  return row;
}

struct TableRow {
  SearchType type;
  const char* add;
  const char* remove;
};
constexpr TableRow tables[] = {
    {SearchType::string, "INSERT OR IGNORE INTO index_string VALUES(?,?,?,?,?)",
     "DELETE FROM index_string WHERE p=? AND text=? AND r=? AND b=? AND t=?"},
    {SearchType::token, "INSERT OR IGNORE INTO index_token VALUES(?,?,?,?,?)",
     "DELETE FROM index_token WHERE p=? AND a=? AND r=? AND b=? AND t=?"},
    {SearchType::reference, "INSERT OR REPLACE INTO index_reference VALUES(?,?,?,?,?)",
     "DELETE FROM index_reference WHERE p=? AND a=? AND r=? AND t=?"},
    {SearchType::date, "INSERT OR IGNORE INTO index_date VALUES(?,?,?,?,?,?)",
     "DELETE FROM index_date WHERE p=? AND span=? AND low=? AND high=? AND r=? AND t=?"},
    {SearchType::number, "INSERT OR IGNORE INTO index_number VALUES(?,?,?,?,?,?)",
     "DELETE FROM index_number WHERE p=? AND span=? AND low=? AND high=? AND r=? AND t=?"},
    {SearchType::quantity, "INSERT OR IGNORE INTO index_quantity VALUES(?,?,?,?,?,?,?,?)",
     "DELETE FROM index_quantity WHERE p=? AND span=? AND low=? AND high=? AND a=? AND b=? AND "
     "r=? AND t=?"},
    {SearchType::uri, "INSERT OR IGNORE INTO index_uri VALUES(?,?,?,?)",
     "DELETE FROM index_uri WHERE p=? AND text=? AND r=? AND t=?"},
};

// The order of the B-trees, or near enough: by table, parameter, value, resource.
bool key_before(const IndexRow& x, const IndexRow& y) {
  if (x.type != y.type) return x.type < y.type;
  if (x.parameter != y.parameter) return x.parameter < y.parameter;
  if (x.a != y.a) return x.a < y.a;
  if (x.text != y.text) return x.text < y.text;
  if (x.first != y.first) return x.first < y.first;
  return x.low < y.low;
}

bool is_reference(std::string_view key) {
  return static_cast<SearchType>(take_varint(key) >> 1 & 7) == SearchType::reference;
}

std::vector<std::string_view> split_keys(std::string_view keys) {
  std::vector<std::string_view> out;
  IndexRow row;
  while (!keys.empty()) {
    const std::string_view start = keys;
    decode_one(keys, row);
    out.push_back(start.substr(0, start.size() - keys.size()));
  }
  return out;
}

}  // namespace

Result<std::string> encode_known(Names& names, const IndexValues& values) {
  std::string keys, folded;
  for (const IndexValue& value : values) {
    if (!is_kept(value.parameter)) continue;
    TRY(const IndexRow row, make_row(Finding{names}, value, folded));
    if (row.parameter != 0) encode(row, keys);
  }
  return keys;
}

std::string folded_key(std::string_view text) {
  std::string folded = fold(text);
  if (folded.size() <= text_limit) return folded;
  size_t end = text_limit;  // not in the middle of a character
  while (end > 0 && (static_cast<unsigned char>(folded[end]) & 0xc0) == 0x80) --end;
  folded.resize(end);
  return folded;
}

int64_t text_hash(std::string_view text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  hash ^= hash >> 47;
  return static_cast<int64_t>(std::max<uint64_t>(hash & ((uint64_t{1} << 47) - 1), 1));
}

int span_of(int64_t first, int64_t last) {
  const uint64_t length = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
  int span = 0;
  for (const int64_t limit : span_lengths)
    if (length > static_cast<uint64_t>(limit)) ++span;
  return span;
}
int span_of(double low, double high) { return low == high ? 0 : 1; }

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

void bind_row(Statement& statement, const IndexRow& row, int64_t resource) {
  statement.bind(row.parameter);
  switch (row.type) {
    case SearchType::token:
      statement.bind(row.a).bind(resource).bind(row.b);
      break;
    case SearchType::reference:
      statement.bind(row.a).bind(resource);
      break;
    case SearchType::string:
      statement.bind(row.text).bind(resource).bind(row.b);
      break;
    case SearchType::uri:
      statement.bind(row.text).bind(resource);
      break;
    case SearchType::date:
      statement.bind(span_of(row.first, row.last)).bind(row.first).bind(row.last).bind(resource);
      break;
    case SearchType::number:
      statement.bind(span_of(row.low, row.high)).bind(row.low).bind(row.high).bind(resource);
      break;
    case SearchType::quantity:
      statement.bind(span_of(row.low, row.high)).bind(row.low).bind(row.high);
      statement.bind(row.a).bind(row.b).bind(resource);
      break;
  }
  statement.bind(row.tuple);
}

bool is_sought(std::string_view parameter) {
  const size_t dollar = parameter.find('$');
  if (dollar == parameter.npos) return is_kept(parameter);
  const std::string_view component = parameter.substr(dollar + 1);
  return component == "1" || component.starts_with("1:");
}

IndexBatch::Slice IndexBatch::keep(std::string_view bytes) {
  const Slice slice{static_cast<uint32_t>(keys_.size()), static_cast<uint32_t>(bytes.size())};
  keys_ += bytes;
  return slice;
}

Result<void> IndexBatch::note(Names& names, std::string_view key, Slice dates, int64_t resource,
                              bool add) {
  std::string_view rest = key;
  TRY(const bool sought, names.is_sought(static_cast<uint32_t>(take_varint(rest) >> 4)));
  if (sought) changes_.push_back({keep(key), dates, add, resource});
  return {};
}

Result<std::string> IndexBatch::replace(Names& names, int64_t resource, std::string_view old_keys,
                                        const IndexValues& values) {
  fresh_.clear();
  std::vector<size_t> ends;
  ends.reserve(values.size());
  std::string folded;
  for (const IndexValue& value : values) {
    if (!is_kept(value.parameter)) continue;
    TRY(const IndexRow row, make_row(Adding{names}, value, folded));
    encode(row, fresh_);
    ends.push_back(fresh_.size());
  }
  order_.clear();
  size_t begin = 0;
  for (const size_t end : ends) {
    order_.push_back(std::string_view(fresh_).substr(begin, end - begin));
    begin = end;
  }
  std::sort(order_.begin(), order_.end());
  order_.erase(std::unique(order_.begin(), order_.end()), order_.end());
  std::string blob;
  blob.reserve(fresh_.size());
  for (const std::string_view key : order_) blob += key;
  const std::string dates = dates_of(blob);
  const Slice kept_dates = keep(dates);
  const bool redate = !old_keys.empty() && dates_of(old_keys) != dates;
  // Sorted, too: it was written from such an order.
  const std::vector<std::string_view> old = split_keys(old_keys);

  auto o = old.begin();
  for (const std::string_view key : order_) {
    for (; o != old.end() && *o < key; ++o) TRY_VOID(note(names, *o, kept_dates, resource, false));
    const bool kept = o != old.end() && *o == key;
    if (kept) ++o;
    if (!kept || (redate && is_reference(key)))
      TRY_VOID(note(names, key, kept_dates, resource, true));
  }
  for (; o != old.end(); ++o) TRY_VOID(note(names, *o, kept_dates, resource, false));
  return blob;
}

Result<void> IndexBatch::flush(Database& database) {
  struct Item {
    IndexRow row;
    std::string_view dates;
    int64_t resource;
    bool add;
  };
  std::vector<Item> items;
  items.reserve(changes_.size());
  for (const Change& change : changes_) {
    std::string_view key = at(change.key);
    Item& item = items.emplace_back();
    decode_one(key, item.row);
    item.dates = at(change.dates);
    item.resource = change.resource;
    item.add = change.add;
  }
  // Removals first: a value that moved from one write of the transaction to another must stay.
  std::vector<const Item*> order;
  order.reserve(items.size());
  for (const Item& item : items) order.push_back(&item);
  std::sort(order.begin(), order.end(), [](const Item* x, const Item* y) {
    if (x->add != y->add) return y->add;
    if (key_before(x->row, y->row)) return true;
    if (key_before(y->row, x->row)) return false;
    return x->resource < y->resource;
  });
  for (size_t i = 0; i < order.size();) {
    const SearchType type = order[i]->row.type;
    const bool add = order[i]->add;
    const auto& table = *std::find_if(std::begin(tables), std::end(tables),
                                      [&](const TableRow& t) { return t.type == type; });
    TRY(Statement statement, database.prepare(add ? table.add : table.remove));
    for (; i < order.size() && order[i]->row.type == type && order[i]->add == add; ++i) {
      bind_row(statement, order[i]->row, order[i]->resource);
      if (add && type == SearchType::reference) statement.bind_blob(order[i]->dates);
      TRY_VOID(statement.run());
    }
  }
  clear();
  return {};
}

void IndexBatch::clear() {
  changes_.clear();
  keys_.clear();
}

}  // namespace passerelle::store
