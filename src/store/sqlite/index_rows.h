// Index rows: the search values of a resource as integers. Each row stands twice: in the B-tree of
// its search type, where a search finds it by value, and in the resource's own blob of keys
// (resource.keys), where an update finds what to remove and a search tests a candidate's other
// conditions without touching further pages. What no search ever looks for in a B-tree stands in
// the blob alone (is_sought()).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/index_value.h"

namespace passerelle::store {

class Database;
class Names;
class Statement;

struct IndexRow {
  SearchType type = SearchType::token;
  uint32_t parameter = 0;
  uint32_t tuple = 0;
  // token: a = code, b = system (terms). reference: a = row of the target, or -term of a URL.
  // string: b = hash of the text as written. quantity: a = unit, b = system (terms).
  int64_t a = 0;
  int64_t b = 0;
  int64_t first = 0;  // date
  int64_t last = 0;
  double low = 0;  // number, quantity
  double high = 0;
  std::string_view text = {};  // string: folded; uri: as written
};

// Longer texts are found by their beginning.
inline constexpr size_t text_limit = 512;
std::string folded_key(std::string_view text);
// Tells texts with the same folded form apart, for :exact. 47 bits of FNV-1a.
int64_t text_hash(std::string_view text);

// Ranges are stored by the class of their length, so that "ends after X" needs to look only a known
// length before X. Dates: up to a day, up to a year (366 days), longer. Numbers: a point, a range.
inline constexpr int64_t day_length = 86'400'000;
inline constexpr int64_t span_lengths[] = {day_length, 366 * day_length};
int span_of(int64_t first, int64_t last);
int span_of(double low, double high);

// Whether rows of a parameter stand in the B-trees, too. A composite is sought by its first
// component: values of the others, "code-value-quantity$2:base", are only tested on candidates.
bool is_sought(std::string_view parameter);
// Whether a value of the parameter is kept at all: ids are found in the table of resources.
inline bool is_kept(std::string_view parameter) { return parameter != "_id"; }

// The blob of a resource's rows; decode gives views into it.
void encode(const IndexRow& row, std::string& out);
// Calls visit(row) until it returns false; a damaged blob is a CHECK, since only we write it.
bool decode_one(std::string_view& rest, IndexRow& row);
// The next row of a parameter; those of others are passed over, which is much quicker.
bool decode_next_of(uint32_t parameter, std::string_view& rest, IndexRow& row);

// Of an encoded row.
struct RowHead {
  SearchType type;
  uint32_t parameter;
};
RowHead head_of(std::string_view encoded);

// The dates of a resource, by parameter the earliest and the latest start: they stand beside each
// of its references too (index_reference.dates), so that those who refer to something are put in
// order without looking at each of them.
struct DateSpan {
  uint32_t parameter = 0;
  int64_t earliest = 0, latest = 0;
};
std::string dates_of(std::string_view keys);
// False: there is none of the parameter.
bool find_dates(std::string_view dates, uint32_t parameter, DateSpan& found);

// The blob of values, found in what the store knows already; what it never knew has no row.
Result<std::string> encode_known(Names& names, const IndexValues& values);

// Binds the columns of the row's primary key, in the order of its table.
void bind_row(Statement& statement, const IndexRow& row, int64_t resource);

// One operation on the index tables, collected per transaction and done in key order, so that each
// page is touched once.
class IndexBatch {
 public:
  // Replaces the rows of a resource: what is in both is not touched. Returns the new blob.
  Result<std::string> replace(Names& names, int64_t resource, std::string_view old_keys,
                              const IndexValues& values);
  Result<void> flush(Database& database);
  void clear();

 private:
  struct Slice {
    uint32_t at = 0, size = 0;  // in keys_
  };
  struct Change {
    Slice key;    // the encoded row
    Slice dates;  // of the resource
    bool add;
    int64_t resource;
  };
  Slice keep(std::string_view bytes);
  std::string_view at(Slice slice) const {
    return std::string_view(keys_).substr(slice.at, slice.size);
  }
  Result<void> note(Names& names, std::string_view key, Slice dates, int64_t resource, bool add);

  std::string keys_;  // one after the other, so that a row costs no allocation
  std::vector<Change> changes_;
  std::string fresh_;  // of the resource at hand
  std::vector<std::string_view> order_;
};

}  // namespace passerelle::store
