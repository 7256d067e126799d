#include "run/indexing.h"

#include "fhir/outcome.h"
#include "store/search/query.h"

namespace passerelle::run {
namespace {

store::SearchType search_type(fhir::SearchType type) {
  switch (type) {
    case fhir::SearchType::string:
      return store::SearchType::string;
    case fhir::SearchType::token:
      return store::SearchType::token;
    case fhir::SearchType::reference:
      return store::SearchType::reference;
    case fhir::SearchType::date:
      return store::SearchType::date;
    case fhir::SearchType::number:
      return store::SearchType::number;
    case fhir::SearchType::quantity:
      return store::SearchType::quantity;
    case fhir::SearchType::uri:
      return store::SearchType::uri;
    case fhir::SearchType::composite:
    case fhir::SearchType::special:
      break;
  }
  CHECK(false, "a search value is of a simple type");
}

}  // namespace

namespace {

store::IndexValues to_index(const fhir::SearchValues& found) {
  store::IndexValues out;
  out.reserve(found.values.size());
  for (const fhir::SearchValue& value : found.values) {
    store::IndexValue& made = out.emplace_back();
    made.parameter = std::string(fhir::index_name(found, value));
    made.type = search_type(value.type);
    made.text = std::string(value.text);
    made.system = std::string(value.system);
    made.first = value.date.first;
    made.last = value.date.last;
    made.low = value.number.low;
    made.high = value.number.high;
    made.tuple = value.tuple;
  }
  return out;
}

}  // namespace

store::IndexValues index_values(json::Value resource, const fhir::ExtractOptions& options) {
  return to_index(fhir::extract(resource, options));
}

void index_write(store::Write& write, json::Value resource, const fhir::ExtractOptions& options) {
  fhir::SearchValues found = fhir::extract(resource, options);
  write.values = to_index(found);
  write.made_by = std::move(found.added);
}

Result<store::Write> make_write(json::Value resource, const Writing& writing,
                                store::Method method) {
  const auto issues = writing.validate ? writing.validate(resource) : fhir::validate(resource);
  if (fhir::has_errors(issues)) return fhir::to_error(issues);
  store::Write write;
  write.method = method;
  write.type = std::string(resource["resourceType"].string());
  write.id = std::string(resource["id"].string());
  if (write.id.empty())
    return Error{ErrorCode::invalid, "a resource without an id cannot be written",
                 write.type + ".id"};
  write.body = json::write(resource);
  index_write(write, resource, writing.extract);
  return write;
}

namespace {

constexpr std::string_view index_space = "store", index_key = "index", site_key = "site";

Result<void> note_revision(store::Store& store, Instant now) {
  store::Transaction transaction;
  transaction.at = now;
  transaction.rows.push_back(
      {std::string(index_space), std::string(index_key), std::to_string(index_revision), {}});
  TRY_VOID(store.commit(std::move(transaction)));
  return {};
}

}  // namespace

Result<store::Reindex> reindex_of(const store::Version& version,
                                  const fhir::ExtractOptions& options) {
  TRY(const json::Document document, json::Document::parse(version.body));
  return store::Reindex{version.type, version.id, version.version,
                        index_values(document.root(), options)};
}

Result<std::vector<store::Reindex>> next_piece(store::Store& store, const store::Query& all,
                                               const fhir::ExtractOptions& options,
                                               int64_t& position) {
  std::vector<store::Version> versions;
  TRY_VOID(store.scan(all, position, [&](const store::Version& version, int64_t at) {
    versions.push_back(version);
    position = at;
    return versions.size() < reindexed_at_once;
  }));
  std::vector<store::Reindex> piece;
  for (const store::Version& version : versions) {
    TRY(store::Reindex one, reindex_of(version, options));
    piece.push_back(std::move(one));
  }
  return piece;
}

Result<void> keep_site(store::Store& store, const fhir::ExtractOptions& options, Instant now) {
  const std::string value = std::string(options.zone.name()) + "\n" + std::string(options.base_url);
  const auto kept = store.read_row(index_space, site_key);
  if (kept && kept->value == value) return {};
  store::Transaction transaction;
  transaction.at = now;
  transaction.rows.push_back({std::string(index_space), std::string(site_key), value, {}});
  TRY_VOID(store.commit(std::move(transaction)));
  return {};
}

Result<KeptSite> site_of(store::Store& store) {
  KeptSite site;
  const auto row = store.read_row(index_space, site_key);
  if (!row && row.error().code != ErrorCode::not_found) return row.error();
  if (!row) return site;
  const size_t end = row->value.find('\n');
  TRY(site.zone, Zone::find(row->value.substr(0, end)));
  if (end != std::string::npos) site.base_url = row->value.substr(end + 1);
  return site;
}

Result<bool> is_index_current(store::Store& store, Instant now) {
  const auto row = store.read_row(index_space, index_key);
  if (row) return row->value == std::to_string(index_revision);
  if (row.error().code != ErrorCode::not_found) return row.error();
  TRY(const int64_t newest, store.newest_change());
  if (newest > 0) return false;
  TRY_VOID(note_revision(store, now));
  return true;
}

Result<int64_t> reindex(store::Store& store, const fhir::ExtractOptions& options, Instant now,
                        const std::function<void(int64_t)>& progress) {
  TRY(const store::Query all, store::parse_query(store::fhir_catalogue(), "", {}));
  int64_t position = 0, done = 0;
  for (;;) {
    TRY(auto piece, next_piece(store, all, options, position));
    if (piece.empty()) break;
    done += static_cast<int64_t>(piece.size());
    store::Transaction transaction;
    transaction.at = now;
    transaction.reindexes = std::move(piece);
    TRY_VOID(store.commit(std::move(transaction)));
    if (progress) progress(done);
  }
  TRY_VOID(note_revision(store, now));
  return done;
}

}  // namespace passerelle::run
