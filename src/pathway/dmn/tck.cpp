#include "pathway/dmn/tck.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "pathway/bpmn/xml.h"
#include "pathway/dmn/dmn.h"
#include "pathway/dmn/tck_values.h"

namespace passerelle::dmn {

namespace fs = std::filesystem;
using feel::Value;

namespace {

std::string_view local(const pugi::xml_node& node) { return pathway::Xml::local(node.name()); }

std::string text_of(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& inner : node.children()) {
    if (local(inner) == name) return std::string(trim(inner.child_value()));
  }
  return {};
}

// The models of one folder, and the imports among them.
class Folder {
 public:
  explicit Folder(const fs::path& path) : path_(path) {}

  Result<Model> model(const std::string& file) {
    TRY(const std::string xml, read_file((path_ / file).string()));
    ParseOptions options;
    options.imports = [this](std::string_view name_space, std::string_view location) {
      return find(name_space, location);
    };
    return Model::parse(xml, file, options);
  }

 private:
  Result<std::pair<std::string, std::string>> find(std::string_view name_space,
                                                   std::string_view location) {
    std::vector<fs::path> candidates;
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path().extension() == ".dmn") candidates.push_back(entry.path());
    }
    std::sort(candidates.begin(), candidates.end());
    for (const fs::path& candidate : candidates) {
      const std::string name = candidate.filename().string();
      TRY(std::string xml, read_file(candidate.string()));
      const auto parsed = pathway::Xml::parse(xml, name);
      if (!parsed) continue;
      if (name == location || parsed->root().attribute("namespace").value() == name_space) {
        return std::pair(std::move(xml), name);
      }
    }
    return Error{ErrorCode::not_found,
                 "no file here has the name space '" + std::string(name_space) + "'"};
  }

  fs::path path_;
};

class Runner {
 public:
  Runner(const fs::path& root, TckReport& report) : root_(root), report_(report) {}

  Result<void> folder(const fs::path& path) {
    folder_ = fs::relative(path, root_).generic_string();
    report_.folders.push_back({folder_, 0, 0, 0, 0});
    std::vector<fs::path> tests;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() == ".xml" &&
          entry.path().filename().string().find("-test-") != std::string::npos) {
        tests.push_back(entry.path());
      }
    }
    std::sort(tests.begin(), tests.end());
    for (const fs::path& test : tests) TRY_VOID(file(path, test));
    return {};
  }

 private:
  Result<void> file(const fs::path& folder, const fs::path& test) {
    pugi::xml_document document;
    // A value may be a single space.
    const auto parsed =
        document.load_file(test.c_str(), pugi::parse_default | pugi::parse_ws_pcdata_single);
    if (!parsed) {
      return Error{ErrorCode::invalid, std::string("this is not XML: ") + parsed.description(),
                   test.string()};
    }
    const pugi::xml_node root = document.document_element();
    file_ = test.stem().string();
    std::string model_file = text_of(root, "modelName");
    if (model_file.empty()) model_file = file_.substr(0, file_.rfind("-test-")) + ".dmn";
    if (!model_file.ends_with(".dmn")) model_file += ".dmn";
    const auto model = Folder(folder).model(model_file);
    for (const pugi::xml_node& node : root.children()) {
      if (local(node) == "testCase") test_case(model, node);
    }
    return {};
  }

  void test_case(const Result<Model>& model, const pugi::xml_node& node) {
    feel::ContextBuilder inputs;
    for (const pugi::xml_node& inner : node.children()) {
      if (local(inner) == "inputNode") {
        inputs.set(trim(inner.attribute("name").value()), tck_value(inner));
      }
    }
    const Value given = inputs.build();
    const std::string invocable(trim(node.attribute("invocableName").value()));
    const std::string_view type = node.attribute("type").value();
    const bool invokes = !invocable.empty() && type != "decision";
    for (const pugi::xml_node& inner : node.children()) {
      if (local(inner) != "resultNode") continue;
      TckCase made;
      made.folder = folder_;
      made.file = file_;
      made.id = node.attribute("id").value();
      made.node = trim(inner.attribute("name").value());
      result(model, invokes ? invocable : made.node, invokes, given, inner, made);
      count(made);
      report_.cases.push_back(std::move(made));
    }
  }

  static void result(const Result<Model>& model, const std::string& name, bool invokes,
                     const Value& inputs, const pugi::xml_node& node, TckCase& made) {
    Value expected;
    for (const pugi::xml_node& inner : node.children()) {
      if (local(inner) == "expected") expected = tck_value(inner);
    }
    const bool error = node.attribute("errorResult").as_bool();
    made.null_would_pass = error || expected.is_null();
    if (!model) {
      made.passed = error;
      made.detail = to_text(model.error());
      return;
    }
    feel::Evaluation evaluation;
    Result<Outcome> outcome = invokes ? model->invoke(name, inputs, evaluation)
                                      : model->evaluate(name, inputs, evaluation);
    if (!outcome) {
      made.passed = error;
      made.detail = to_text(outcome.error());
      return;
    }
    // A service with several output decisions answers all of them; the case asks for one.
    Value found = std::move(outcome->value);
    if (invokes && found.is_context() && !tck_matches(expected, found)) {
      if (const Value* part = found.find(made.node)) found = Value(*part);
    }
    // What an engine with errors as values cannot compute is null.
    made.passed = error ? found.is_null() : tck_matches(expected, found);
    if (made.passed) return;
    made.detail = "expected " + (error ? std::string("an error") : to_text(expected)) + ", found " +
                  to_text(found);
    for (const feel::Note& note : evaluation.notes) {
      made.detail += "; " + note.text;
      made.needs_jvm = made.needs_jvm || note.text.find("Java machine") != std::string::npos;
    }
  }

  void count(const TckCase& made) {
    TckFolder& folder = report_.folders.back();
    unsigned TckFolder::*field = made.passed      ? &TckFolder::passed
                                 : made.needs_jvm ? &TckFolder::skipped
                                                  : &TckFolder::failed;
    ++(folder.*field);
    report_.passed += made.passed;
    report_.skipped += !made.passed && made.needs_jvm;
    report_.failed += !made.passed && !made.needs_jvm;
    folder.null_would_pass += made.null_would_pass;
    report_.null_would_pass += made.null_would_pass;
  }

  fs::path root_;
  TckReport& report_;
  std::string folder_, file_;
};

}  // namespace

Result<TckReport> run_tck(const std::string& folder,
                          const std::function<void(std::string_view)>& progress) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".dmn") continue;
    const fs::path parent = entry->path().parent_path();
    if (std::find(folders.begin(), folders.end(), parent) == folders.end()) {
      folders.push_back(parent);
    }
  }
  if (error) {
    return Error{ErrorCode::not_found, "cannot read the folder: " + error.message(), folder,
                 "give the folder that holds the compliance-level folders"};
  }
  if (folders.empty()) {
    return Error{ErrorCode::not_found, "no *.dmn file is in this folder or below it", folder,
                 "give the folder that holds the compliance-level folders"};
  }
  std::sort(folders.begin(), folders.end());
  TckReport report;
  Runner runner(folder, report);
  for (const fs::path& path : folders) {
    if (progress) progress(fs::relative(path, folder).generic_string());
    TRY_VOID(runner.folder(path));
  }
  return report;
}

namespace {
std::string csv_field(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out + '"';
}
}  // namespace

std::string tck_csv(const TckReport& report) {
  std::string out;
  for (const TckCase& made : report.cases) {
    const std::string_view status = made.passed ? "SUCCESS" : made.needs_jvm ? "IGNORED" : "ERROR";
    const std::string_view fields[] = {made.folder, made.file, made.id,
                                       made.node,   status,    made.detail};
    std::string line;
    for (const std::string_view field : fields)
      line += (line.empty() ? "" : ",") + csv_field(field);
    out += line + '\n';
  }
  return out;
}

std::string tck_table(const TckReport& report) {
  size_t width = 6;
  for (const TckFolder& folder : report.folders) width = std::max(width, folder.folder.size());
  std::string out;
  for (const TckFolder& folder : report.folders) {
    out += folder.folder + std::string(width - folder.folder.size(), ' ') + "  " +
           std::to_string(folder.passed) + " passed";
    if (folder.failed > 0) out += ", " + std::to_string(folder.failed) + " failed";
    if (folder.skipped > 0) {
      out += ", " + std::to_string(folder.skipped) + " skipped (external Java functions)";
    }
    out += '\n';
  }
  const size_t all = report.cases.size();
  out += "an engine that always answers null would pass " + std::to_string(report.null_would_pass) +
         " of " + std::to_string(all) + '\n';
  out += std::to_string(report.passed) + " passed, " + std::to_string(report.failed) + " failed";
  if (report.skipped > 0) out += ", " + std::to_string(report.skipped) + " skipped";
  return out + '\n';
}

}  // namespace passerelle::dmn
