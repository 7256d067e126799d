#include "fhir/fhirpath_suite.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <pugixml.hpp>

#include "base/text.h"
#include "fhir/fhirpath.h"
#include "fhir/xml.h"

namespace passerelle::fhir::path {
namespace {

namespace fs = std::filesystem;

struct Output {
  std::string type, text;
};

struct Test {
  std::string group, name, input, expression;
  std::string invalid;  // "", "syntax", "semantic", "execution"
  bool strict = false;  // the names are checked against the definitions first
  bool predicate = false;
  bool ordered = true;
  std::vector<Output> outputs;
};

std::vector<Test> read_tests(const pugi::xml_document& document) {
  std::vector<Test> tests;
  for (const pugi::xml_node group : document.document_element().children("group")) {
    for (const pugi::xml_node node : group.children("test")) {
      Test test;
      test.group = group.attribute("name").value();
      test.name = node.attribute("name").value();
      test.input = node.attribute("inputfile").value();
      // What is wrong "semantically" is what that check finds; else unknown names give nothing.
      test.strict =
          std::string_view(node.attribute("mode").value()) == "strict" ||
          std::string_view(node.child("expression").attribute("invalid").value()) == "semantic";
      test.predicate = node.attribute("predicate").as_bool();
      test.ordered = node.attribute("ordered").as_bool(true);
      const pugi::xml_node expression = node.child("expression");
      test.expression = expression.text().get();
      test.invalid = expression.attribute("invalid").value();
      for (const pugi::xml_node output : node.children("output")) {
        test.outputs.push_back({output.attribute("type").value(), output.text().get()});
      }
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

// The inputs lie beside the tests or in a folder beside them.
class Inputs {
 public:
  explicit Inputs(fs::path folder) : folder_(std::move(folder)) {}

  Result<json::Value> load(const std::string& name) {
    if (name.empty()) return json::Value();
    const auto known = documents_.find(name);
    if (known != documents_.end()) return known->second.root();
    TRY(const std::string text, read_file(find(name)));
    const bool xml = name.ends_with(".xml");
    TRY(json::Document document, xml ? read_xml(text) : json::Document::parse(text));
    return documents_.emplace(name, std::move(document)).first->second.root();
  }

 private:
  std::string find(const std::string& name) const {
    for (const char* beside : {"", "input", "examples", "../examples", "resources"}) {
      const fs::path path = folder_ / beside / name;
      if (fs::exists(path)) return path.string();
    }
    return (folder_ / name).string();
  }

  fs::path folder_;
  std::map<std::string, json::Document> documents_;
};

// "@1974-12-25" and "@T14:30" of an expected output, as to_text() writes them.
std::string expected_text(const Output& output) {
  std::string_view text = output.text;
  if (text.starts_with("@T")) return std::string(text.substr(2));
  if (text.starts_with("@")) return std::string(text.substr(1));
  return output.text;
}

// "FHIR.code" and "System.String" are "code" and "string" there.
bool same_type(const std::string& expected, const Item& item) {
  const std::string name = type_name(item);
  const std::string_view plain = std::string_view(name).substr(name.find('.') + 1);
  return expected.empty() || lower(expected) == lower(plain);
}

std::string shown(const Collection& items) {
  std::string out;
  for (const Item& item : items) {
    out += (out.empty() ? "" : ", ") + to_text(item) + " (" + type_name(item) + ")";
  }
  return out.empty() ? "nothing" : out;
}

bool matches(const Output& output, const Item& item) {
  const bool text = output.text.empty() || expected_text(output) == to_text(item);
  return text && same_type(output.type, item);
}

bool matches_all(const Test& test, const Collection& items) {
  if (items.size() != test.outputs.size()) return false;
  std::vector<bool> used(items.size());
  for (size_t i = 0; i < test.outputs.size(); ++i) {
    bool found = false;
    for (size_t j = 0; j < items.size() && !found; ++j) {
      if (used[j] || (test.ordered && i != j) || !matches(test.outputs[i], items[j])) continue;
      used[j] = found = true;
    }
    if (!found) return false;
  }
  return true;
}

// A fixed moment, so that the report is the same every day.
constexpr Instant suite_now{Millis(1'750'000'000'000)};

Result<Collection> run(const Test& test, json::Value input) {
  const std::string_view type = test.strict ? input["resourceType"].string() : "";
  TRY(const Expression expression, compile(test.expression, type));
  Context context;
  context.now = suite_now;
  TRY(Collection items, evaluate(expression, input, context));
  if (!test.predicate) return items;
  TRY(const bool value, holds(expression, input, context));
  TRY(const Expression literal, compile(value ? "true" : "false"));
  return evaluate(literal, input, context);
}

SuiteTest judge(const Test& test, Inputs& inputs) {
  SuiteTest report{test.group, test.name, false, ""};
  const Result<json::Value> input = inputs.load(test.input);
  if (!input) {
    report.detail = "the input cannot be read: " + to_text(input.error());
    return report;
  }
  const Result<Collection> items = run(test, *input);
  if (!test.invalid.empty()) {
    report.passed = !items.ok();
    if (!report.passed) {
      report.detail =
          test.expression + " is an error (" + test.invalid + ") but gave " + shown(*items);
    }
    return report;
  }
  if (!items) {
    report.detail = test.expression + " failed: " + to_text(items.error());
    return report;
  }
  report.passed = matches_all(test, *items);
  if (!report.passed) {
    report.detail = test.expression + " gave " + shown(*items) + ", expected";
    for (const Output& output : test.outputs) {
      report.detail += " " + output.text + " (" + output.type + ")";
    }
    if (test.outputs.empty()) report.detail += " nothing";
  }
  return report;
}

}  // namespace

Result<SuiteReport> run_fhirpath_suite(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tests-fhir-") && name.ends_with(".xml")) files.push_back(entry.path());
  }
  if (files.empty()) {
    return Error{ErrorCode::not_found, "there is no tests-fhir-*.xml", folder,
                 "give the folder that holds FHIR's FHIRPath tests"};
  }
  std::sort(files.begin(), files.end());
  SuiteReport report;
  Inputs inputs{fs::path(folder)};
  for (const fs::path& file : files) {
    TRY(const std::string text, read_file(file.string()));
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size());
    if (!parsed) return Error{ErrorCode::invalid, parsed.description(), file.string()};
    for (const Test& test : read_tests(document)) {
      report.tests.push_back(judge(test, inputs));
      ++(report.tests.back().passed ? report.passed : report.failed);
    }
  }
  return report;
}

}  // namespace passerelle::fhir::path
