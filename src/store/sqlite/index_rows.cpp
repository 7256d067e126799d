#include "store/sqlite/index_rows.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "store/sqlite/database.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

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
  TRY(const bool sought, names.is_sought(head_of(key).parameter));
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
    if (!kept || (redate && head_of(key).type == SearchType::reference))
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
