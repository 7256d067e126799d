// Examples of the specification, each taken the whole way: valid; through XML and back without
// loss; stored and read back the same; found again by every value that it can be searched by.
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "cli/suites.h"
#include "cli/terminal.h"
#include "fhir/validate.h"
#include "fhir/xml.h"
#include "run/indexing.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::cli {
namespace {

using json::Document;
using json::Value;

Value with_id(Value resource, Document& document, size_t number) {
  if (resource["id"].is_string()) return resource;
  return document.with(resource, "id", document.string("example-" + std::to_string(number)));
}

// Without what the store sets itself.
Value without_stamp(Value resource, Document& document) {
  Value meta = resource["meta"];
  if (!meta.is_object()) return resource;
  meta = document.without(document.without(meta, "versionId"), "lastUpdated");
  return meta.size() == 0 ? document.without(resource, "meta")
                          : document.with(resource, "meta", meta);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string bound(double value) {
  char buffer[40];
  const int length = std::snprintf(buffer, sizeof buffer, "%.17g", value);
  return std::string(buffer, static_cast<size_t>(length));
}

// The parameters by which somebody who knows the value would look for it.
store::Parameters parameters_for(const store::IndexValue& value) {
  using Type = store::SearchType;
  const std::string name = value.parameter;
  const std::string system = value.system.empty() ? "" : escaped(value.system) + "|";
  switch (value.type) {
    case Type::string:
      return {{name + ":exact", escaped(value.text)}};
    case Type::token:
      return {{name, system + escaped(value.text)}};
    case Type::reference:
      return {{name, (value.system.empty() ? "" : value.system + "/") + escaped(value.text)}};
    case Type::uri:
      return {{name, escaped(value.text)}};
    case Type::date: {
      store::Parameters range;
      if (value.first != std::numeric_limits<int64_t>::min())
        range.emplace_back(name, "ge" + format_instant(Instant(Millis(value.first))));
      if (value.last != std::numeric_limits<int64_t>::max())
        range.emplace_back(name, "le" + format_instant(Instant(Millis(value.last))));
      return range;
    }
    case Type::number:
    case Type::quantity: {
      const std::string unit =
          value.type == Type::number ? "" : "|" + escaped(value.system) + "|" + escaped(value.text);
      store::Parameters range;
      if (value.low > -std::numeric_limits<double>::infinity())
        range.emplace_back(name, "ge" + bound(value.low) + unit);
      if (value.high < std::numeric_limits<double>::infinity())
        range.emplace_back(name, "le" + bound(value.high) + unit);
      return range;
    }
  }
  return {};
}

// What keeps this resource from being found by this value, or "".
std::string not_found_by(store::Store& store, std::string_view type, std::string_view id,
                         const store::IndexValue& value) {
  const store::Parameters parameters = parameters_for(value);
  if (parameters.empty()) return "";
  auto query = store::parse_query(store::fhir_catalogue(), type, parameters);
  if (!query) return to_text(query.error());
  query->set_count(1000);
  auto page = store.search(*query);
  if (!page) return to_text(page.error());
  for (const store::Match& match : page->matches)
    if (match.version.type == type && match.version.id == id) return "";
  return "not found by " + parameters[0].first + "=" + parameters[0].second;
}

std::string search_back(store::Store& store, const store::Write& write) {
  for (const store::IndexValue& value : write.values) {
    // Pseudo-parameters serve modifiers and composites; no request names them.
    if (value.parameter.find_first_of(":$") != std::string::npos) continue;
    // A text that only a modifier looks for has no exact form of its own.
    if (value.text.empty() && value.system.empty() && value.type == store::SearchType::token)
      continue;
    if (auto why = not_found_by(store, write.type, write.id, value); !why.empty()) return why;
  }
  return "";
}

std::string round_trip(Value resource) {
  auto xml = fhir::write_xml(resource);
  if (!xml) return "XML cannot be written: " + to_text(xml.error());
  auto again = fhir::read_xml(*xml);
  if (!again) return "its XML cannot be read: " + to_text(again.error());
  return json::equal(resource, again->root()) ? "" : "XML and back gives another resource";
}

std::string store_and_read(store::Store& store, Value resource, Document& document, size_t number) {
  resource = with_id(resource, document, number);
  auto write = run::make_write(resource, {});
  if (!write) return "cannot be stored: " + to_text(write.error());
  store::Transaction transaction;
  transaction.at = system_now();
  transaction.writes.push_back(*write);
  if (auto receipt = store.commit(std::move(transaction)); !receipt)
    return "cannot be stored: " + to_text(receipt.error());
  auto version = store.read(write->type, write->id);
  if (!version) return "cannot be read back: " + to_text(version.error());
  auto again = Document::parse(version->body);
  if (!again) return "what was stored is no JSON: " + to_text(again.error());
  if (!json::equal(without_stamp(resource, document), without_stamp(again->root(), *again)))
    return "what is read back is another resource";
  return search_back(store, *write);
}

// The first rule of the specification that it breaks, or "".
std::string invalidity(Value resource) {
  for (const fhir::Issue& issue : fhir::validate(resource))
    if (issue.severity == fhir::Severity::error || issue.severity == fhir::Severity::fatal)
      return issue.expression + ": " + issue.message;
  return "";
}

std::string problem_of(Document& document, store::Store& store, size_t number) {
  const Value resource = document.root();
  if (auto why = round_trip(resource); !why.empty()) return why;
  return store_and_read(store, resource, document, number);
}

}  // namespace

Result<SuiteCount> fhir_examples(const SuiteOptions& options) {
  TRY(const auto paths, files_below(options.folder, ".json"));
  TRY(const auto store, store::open_temporary());
  SuiteCount count;
  std::vector<std::string> refused;
  const auto fail_one = [&](const std::string& path, const std::string& why) {
    ++count.failed;
    print("failed: " + std::filesystem::path(path).filename().string() + ": " + why + "\n");
  };
  for (const std::string& path : paths) {
    auto document = read_resource(path);
    if (!document) {
      fail_one(path, "cannot be read: " + to_text(document.error()));
      continue;
    }
    if (const auto why = invalidity(document->root()); !why.empty()) {
      refused.push_back(path);
      print("refused: " + std::filesystem::path(path).filename().string() + ": " + why + "\n");
      continue;
    }
    const std::string why = problem_of(*document, *store, count.passed + count.failed);
    if (why.empty()) {
      ++count.passed;
    } else {
      fail_one(path, why);
    }
  }
  // A few published examples do break the rules they illustrate; more than one in twenty means that
  // the validator does.
  if (refused.size() * 20 > paths.size()) count.failed += refused.size();
  if (!refused.empty())
    print(std::to_string(refused.size()) + " of " + std::to_string(paths.size()) +
          " examples refused as invalid R4, with the rule they break\n");
  return count;
}

}  // namespace passerelle::cli
