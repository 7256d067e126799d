#include "server/import_piece.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "fhir/reference.h"
#include "fhir/validate.h"
#include "fhir/xml.h"
#include "run/indexing.h"
#include "server/http.h"
#include "server/references.h"
#include "server/secret.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr size_t most_problems = 1000;
constexpr size_t most_found = 50'000;  // conditional references whose answer is known

// Bundles that carry resources; a document or a message is a resource of its own.
constexpr std::array carriers = {std::string_view("transaction"), std::string_view("batch"),
                                 std::string_view("collection"), std::string_view("searchset")};

struct Resource {
  json::Value value;
  std::string id;
  std::string place;  // "Bundle.entry[3].resource", or ""
};

class PieceImport {
 public:
  PieceImport(ImportShared& shared, ImportPiece piece)
      : shared_(shared), piece_(std::move(piece)) {}

  void run() {
    for (ImportText& text : piece_.texts) {
      if (shared_.committer.failure()) break;
      import_text(text);
    }
    flush();
    shared_.committer.finish(piece_.number);
  }

 private:
  void import_text(ImportText& text) {
    line_ = text.line;
    if (line_ > 0 && trim(text.text).empty()) return;
    auto document = parse(text.text);
    if (!document) {
      const Error& error = document.error();
      return problem(error.where.empty() || line_ > 0 ? error.message
                                                      : error.where + ": " + error.message);
    }
    addresses_.clear();
    std::vector<Resource> resources;
    unpack(*document, resources);
    missing_.clear();
    for (Resource& resource : resources) {
      auto resolved = resolve_references(*document, resource.value,
                                         [this](std::string_view name) { return resolve(name); });
      if (!resolved) return problem(resource.place + ": " + resolved.error().message);
      resource.value = *resolved;
    }
    if (!missing_.empty() && !piece_.last_try) {
      ImportPiece again;
      again.file = piece_.file;
      again.texts.push_back({text.line, std::move(text.text)});
      if (const auto kept = shared_.later.put(std::move(again)); !kept)
        problem(to_text(kept.error()) + "; it was left out");
      return;
    }
    for (const std::string& name : missing_)
      problem("nothing, or more than one resource, is found by the reference '" + name +
              "'; it was kept as it is");
    for (const Resource& resource : resources) write(resource);
  }

  Result<json::Document> parse(std::string_view text) const {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.size() > largest_document)
      return Error{ErrorCode::too_large, "it is too large to be one document"};
    json::Limits limits;
    limits.bytes = largest_document;
    const std::string_view start = trim(text.substr(0, 1024));
    if (start.starts_with('<')) return fhir::read_xml(text, limits);
    return json::Document::parse(text, limits);
  }

  void unpack(json::Document& document, std::vector<Resource>& out) {
    const json::Value root = document.root();
    if (!root["resourceType"].is_string())
      return problem("it is not a FHIR resource: it has no resourceType");
    const bool carries =
        root["resourceType"].string() == "Bundle" &&
        std::find(carriers.begin(), carriers.end(), root["type"].string()) != carriers.end();
    if (!carries) return add(document, root, "", out);
    const auto items = root["entry"].items();
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string place = "Bundle.entry[" + std::to_string(i) + "]";
      const json::Value resource = items[i]["resource"];
      if (items[i]["request"]["method"].string() == "DELETE") {
        problem(place + ": an import deletes nothing");
      } else if (!resource["resourceType"].is_string()) {
        problem(place + ": it holds no resource");
      } else {
        add(document, resource, place + ".resource", out);
        const std::string_view url = items[i]["fullUrl"].string();
        if (!url.empty())
          addresses_.emplace(url,
                             std::string(resource["resourceType"].string()) + "/" + out.back().id);
      }
    }
  }

  void add(json::Document& document, json::Value resource, std::string place,
           std::vector<Resource>& out) {
    Resource made{resource, std::string(resource["id"].string()), std::move(place)};
    if (made.id.empty() && !resource["id"].exists()) {
      made.id = random_uuid(shared_.settings.now.time_since_epoch().count());
      made.value = document.with(resource, "id", document.string(made.id));
    }
    out.push_back(std::move(made));
  }

  Result<std::optional<std::string>> resolve(std::string_view name) {
    if (const auto found = addresses_.find(name); found != addresses_.end())
      return std::optional(found->second);
    if (name.find('?') == std::string_view::npos ||
        fhir::parse_reference(name).form != fhir::ReferenceForm::conditional)
      return std::optional<std::string>();
    TRY(auto found, shared_.find(name));
    if (!found) {
      // It may be on its way: in a piece that another thread is at.
      shared_.committer.wait_before(piece_.number);
      TRY(found, shared_.find(name));
    }
    if (!found) missing_.insert(std::string(name));
    return found;
  }

  void write(const Resource& resource) {
    const auto issues = fhir::validate(resource.value, write_validation(shared_.profiles, nullptr));
    for (const fhir::Issue& issue : issues) {
      if (issue.severity != fhir::Severity::error && issue.severity != fhir::Severity::fatal)
        continue;
      // A reference that found nothing was reported already; better kept than lost with all else.
      if (!missing_.empty() && issue.code == "value" && issue.expression.ends_with(".reference"))
        continue;
      return problem((resource.place.empty() ? "" : resource.place + ": ") +
                     (issue.expression.empty() ? "" : issue.expression + ": ") + issue.message);
    }
    store::Write write;
    write.method = store::Method::update;
    write.type = std::string(resource.value["resourceType"].string());
    write.id = resource.id;
    // The store takes a resource once in a transaction.
    if (!names_.insert(write.type + "/" + write.id).second) {
      flush();
      names_.insert(write.type + "/" + write.id);
    }
    write.body = json::write(resource.value);
    run::index_write(write, resource.value,
                     {shared_.settings.zone, shared_.settings.base_url, &shared_.parameters});
    writes_.push_back(std::move(write));
    if (writes_.size() >= shared_.settings.batch) flush();
  }

  void flush() {
    if (!writes_.empty()) shared_.committer.submit(piece_.number, std::move(writes_));
    writes_.clear();
    names_.clear();
  }

  void problem(std::string message) { shared_.report(piece_.file, line_, std::move(message)); }

  ImportShared& shared_;
  ImportPiece piece_;
  int line_ = 0;
  std::map<std::string, std::string, std::less<>> addresses_;  // fullUrl -> Type/id
  std::set<std::string> missing_;                              // references that find nothing
  std::vector<store::Write> writes_;
  std::set<std::string> names_;  // of writes_
};

}  // namespace

void ImportShared::report(const std::string& file, int line, std::string message) {
  const std::lock_guard lock(mutex_);
  ++problem_count_;
  if (problems_.size() < most_problems) problems_.push_back({file, line, std::move(message)});
}

void ImportShared::fill(ImportReport& report) const {
  report.resources = committer.written();
  const std::lock_guard lock(mutex_);
  report.problem_count = problem_count_;
  report.problems = problems_;
}

Result<std::optional<std::string>> ImportShared::find(std::string_view reference) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = found_.find(reference);
    if (known != found_.end()) return std::optional(known->second);
  }
  const size_t question = reference.find('?');
  const std::string type(reference.substr(0, question));
  TRY(const Pairs asked, parse_query(reference.substr(question + 1)));
  TRY(store::Query query, store::parse_query(*parameters.catalogue(), type, asked,
                                             {false, settings.zone, nullptr, settings.base_url}));
  if (query.asks_nothing()) return std::optional<std::string>();
  query.set_count(2);
  TRY(const store::SearchPage page, store.search(query));
  if (page.matches.size() != 1) return std::optional<std::string>();
  std::string address = type + "/" + page.matches[0].version.id;
  const std::lock_guard lock(mutex_);
  if (found_.size() >= most_found) found_.clear();
  found_.emplace(reference, address);
  return std::optional(std::move(address));
}

void import_piece(ImportShared& shared, ImportPiece piece) {
  PieceImport(shared, std::move(piece)).run();
}

}  // namespace passerelle::server
