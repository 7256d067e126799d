// Real records: what Synthea makes of a hospital and some patients, indexed by fhir's search
// values. Everything goes in and comes out as it was, and every value of a resource finds that
// resource and exactly those others that a slow scan of the values finds.
#include <gtest/gtest.h>
#include <stdio.h>

#include <map>
#include <set>

#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "fhir/search_values.h"
#include "fhir/test_files.h"
#include "store/stamp.h"
#include "store/test_store.h"

namespace passerelle::store {
namespace {

constexpr size_t most_files = 6;  // the first of the small ones: some thousand resources
constexpr size_t most_bytes = 45'000;
constexpr uint32_t queries = 1500;

// Unpacked by Debian's bzip2, which this room has no library for; "" when it is not there.
std::string unpack(const std::string& path) {
  FILE* pipe = ::popen(("bzip2 -dc '" + path + "' 2>/dev/null").c_str(), "r");
  std::string text(1 << 16, '\0');
  std::string out;
  for (size_t size = 0; pipe != nullptr && (size = ::fread(text.data(), 1, text.size(), pipe)) > 0;)
    out.append(text, 0, size);
  if (pipe != nullptr) ::pclose(pipe);
  return out;
}

SearchType stored_type(fhir::SearchType type) {
  switch (type) {
    case fhir::SearchType::string:
      return SearchType::string;
    case fhir::SearchType::token:
      return SearchType::token;
    case fhir::SearchType::reference:
      return SearchType::reference;
    case fhir::SearchType::date:
      return SearchType::date;
    case fhir::SearchType::number:
      return SearchType::number;
    case fhir::SearchType::quantity:
      return SearchType::quantity;
    case fhir::SearchType::uri:
    case fhir::SearchType::composite:
    case fhir::SearchType::special:
      break;
  }
  return SearchType::uri;
}

IndexValues values_of(json::Value resource) {
  const fhir::SearchValues extracted = fhir::extract(resource);
  IndexValues values;
  for (const fhir::SearchValue& value : extracted.values)
    values.push_back({.parameter = std::string(fhir::index_name(value)),
                      .type = stored_type(value.type),
                      .text = std::string(value.text),
                      .system = std::string(value.system),
                      .first = value.date.first,
                      .last = value.date.last,
                      .low = value.number.low,
                      .high = value.number.high,
                      .tuple = value.tuple});
  return values;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// A search that this value must answer, and which values answer it. Name "" = none is made of it.
struct Asked {
  std::string name, value;
  std::function<bool(const IndexValue&)> test;
};
Asked ask_for(const IndexValue& v) {
  const std::string& name = v.parameter;
  const bool plain = name.find_first_of("$:") == std::string::npos;
  switch (v.type) {
    case SearchType::token:
      if (v.text.empty() || !(plain || name.ends_with(":identifier"))) return {};
      return {name, escaped(v.system) + "|" + escaped(v.text), [v](const IndexValue& other) {
                return other.text == v.text && other.system == v.system;
              }};
    case SearchType::string:
      if (v.text.empty() || v.text.size() > 100 || !(plain || name.ends_with(":text"))) return {};
      return {name, escaped(v.text), [v, plain](const IndexValue& other) {
                const size_t found = fold(other.text).find(fold(v.text));
                return plain ? found == 0 : found != std::string::npos;
              }};
    case SearchType::reference:
      if (!plain) return {};
      return {name, v.system.empty() ? escaped(v.text) : v.system + "/" + v.text,
              [v](const IndexValue& other) {
                return other.text == v.text && other.system == v.system;
              }};
    case SearchType::date: {
      constexpr int64_t day = 86'400'000;
      if (!plain || v.first < 0 || v.first > 4'000'000'000'000) return {};
      const int64_t start = v.first / day * day;
      const std::string date = format_instant(Instant(Millis(start))).substr(0, 10);
      return {name, "ge" + date, [start](const IndexValue& other) {
                return other.last > start + day - 1 ||
                       (other.first >= start && other.last <= start + day - 1);
              }};
    }
    case SearchType::quantity:
    case SearchType::number:
    case SearchType::uri:
      if (!plain || v.type != SearchType::uri) return {};
      return {name, escaped(v.text), [v](const IndexValue& other) { return other.text == v.text; }};
  }
  return {};
}

struct Record {
  std::string type, id, body;
  IndexValues values;
};

// The entries of a Bundle; references by urn:uuid stay as they are (the import resolves them).
void read_bundle(const std::string& text, std::vector<Record>& records) {
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok());
  for (const json::Value entry : document->root()["entry"].items()) {
    const json::Value resource = entry["resource"];
    records.push_back({std::string(resource["resourceType"].string()),
                       std::string(resource["id"].string()), json::write(resource),
                       values_of(resource)});
  }
}

TEST(Synthea, IsFoundByEveryValueAsASlowScanFindsIt) {
  FILES_OR_SKIP(paths, fhir::suites_folder() + "synthea", ".json.bz2");
  std::vector<Record> records;
  size_t files = 0;
  for (const std::string& path : paths) {
    if (std::filesystem::file_size(path) > most_bytes || ++files > most_files) continue;
    const std::string text = unpack(path);
    if (text.empty()) GTEST_SKIP() << "skipped: bzip2 is not installed";
    read_bundle(text, records);
  }
  ASSERT_GT(records.size(), 100u);
  auto store = fresh_store();
  for (size_t from = 0; from < records.size(); from += 200) {
    std::vector<Write> writes;
    for (size_t i = from; i < std::min(records.size(), from + 200); ++i) {
      Write& write = writes.emplace_back();
      write.type = records[i].type;
      write.id = records[i].id;
      write.body = records[i].body;
      write.values = records[i].values;
    }
    const auto done = store->commit(transaction_of(std::move(writes), at(0)));
    ASSERT_TRUE(done.ok()) << to_text(done.error());
  }
  for (const Record& record : records) {
    const auto read = store->read(record.type, record.id);
    ASSERT_TRUE(read.ok());
    ASSERT_EQ(read->body, stamp(*make_stampable(record.type, record.id, record.body), 1, at(0)));
  }

  Random random({.seed = 1, .purpose = purpose("synthea")});
  int asked_for = 0;
  for (uint32_t n = 0; n < queries; ++n) {
    const Record& record = records[random.below(static_cast<uint32_t>(records.size()))];
    if (record.values.empty()) continue;
    const IndexValue& value =
        record.values[random.below(static_cast<uint32_t>(record.values.size()))];
    if (value.parameter.starts_with("_id") || value.parameter.starts_with("_lastUpdated")) continue;
    const Asked asked = ask_for(value);
    if (asked.name.empty()) continue;
    const auto query =
        parse_query(fhir_catalogue(), record.type, {{asked.name, asked.value}, {"_count", "1000"}});
    ASSERT_TRUE(query.ok()) << record.type << "?" << asked.name << "=" << asked.value << " "
                            << to_text(query.error());
    const auto page = store->search(*query);
    ASSERT_TRUE(page.ok());
    std::set<std::string> found, expected;
    for (const Match& match : page->matches) found.insert(match.version.id);
    for (const Record& other : records) {
      if (other.type != record.type) continue;
      for (const IndexValue& v : other.values)
        if (v.parameter == value.parameter && asked.test(v)) expected.insert(other.id);
    }
    if (expected.size() > 1000) continue;  // more than a page
    ASSERT_TRUE(expected.contains(record.id));
    EXPECT_EQ(found, expected) << record.type << "?" << asked.name << "=" << asked.value;
    ++asked_for;
  }
  EXPECT_GT(asked_for, 500);
  const auto check = store->check();
  EXPECT_TRUE(check.ok()) << to_text(check.error());
}

}  // namespace
}  // namespace passerelle::store
