#include "pathway/package.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/levers.h"
#include "pathway/package_parts.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

namespace fs = std::filesystem;
constexpr uintmax_t file_limit = 16u << 20;
constexpr size_t count_limit = 1'000;

bool ends_with(std::string_view text, std::string_view end) { return text.ends_with(end); }

Scenario read_scenario(const yaml::Node& node, std::vector<Finding>& findings) {
  YamlReader read(findings);
  Scenario scenario;
  if (!read.mapping(node, {"id", "name", "question", "changes"})) return scenario;
  scenario.id = read.text(node, "id", true);
  scenario.name = read.translated(node, "name");
  scenario.question = read.translated(node, "question");
  if (const auto* changes = node.find("changes")) scenario.changes = *changes;
  return scenario;
}

void read_texts(const std::string& language, const yaml::Node& node, PackageParts& parts,
                std::vector<Finding>& findings) {
  YamlReader read(findings);
  if (!read.any_mapping(node)) return;
  for (size_t i = 0; i < node.members.size(); ++i) {
    const auto& [key, value] = node.members[i];
    auto text = value.text();
    if (!text) {
      read.wrong(text.error());
      continue;
    }
    parts.texts[key][language] = std::move(*text);
    parts.text_places.emplace(key, node.member_places[i]);
  }
}

void read_yaml(PackageParts& parts, std::vector<Finding>& findings) {
  for (const auto& [path, content] : parts.files) {
    if (!ends_with(path, ".yaml") && !ends_with(path, ".yml")) continue;
    auto node = yaml::parse(content, path);
    if (node) {
      parts.yaml.emplace(path, std::move(*node));
    } else {
      findings.push_back(check_finding("unreadable-file", parse_place(node.error().where, path),
                                       {path, node.error().message}));
    }
  }
}

void choose_scenario(PackageParts& parts, std::string_view scenario,
                     std::vector<Finding>& findings) {
  for (const auto& [path, node] : parts.yaml)
    if (path.starts_with("scenarios/")) parts.scenarios.push_back(read_scenario(node, findings));
  if (scenario.empty()) return;
  const auto chosen = std::find_if(parts.scenarios.begin(), parts.scenarios.end(),
                                   [&](const Scenario& s) { return s.id == scenario; });
  if (chosen != parts.scenarios.end()) {
    apply_changes(chosen->changes, parts, findings);
    return;
  }
  std::string known;
  for (const Scenario& each : parts.scenarios) known += (known.empty() ? "" : ", ") + each.id;
  findings.push_back(
      check_finding("unknown-scenario", {"scenarios", 0, 0},
                    {scenario, known.empty() ? "none, the package has no scenarios" : known}));
}

void read_form(PackageParts& parts, const std::string& path, const std::string& content,
               std::vector<Finding>& findings) {
  auto form = Form::parse(content, path);
  if (!form) {
    Finding finding = check_finding("unreadable-file", parse_place(form.error().where, path),
                                    {path, form.error().message});
    if (!form.error().help.empty()) finding.help = form.error().help;
    findings.push_back(std::move(finding));
    return;
  }
  for (size_t i = 0; i < parts.forms.size() && is_of_called(path); ++i) {
    if (parts.forms[i].id() != form->id()) continue;
    if (parts.files[parts.form_files[i]] != content)
      findings.push_back(
          check_finding("name-in-two-packages", {path, 0, 0}, {"form", form->id(), "asks"}));
    return;
  }
  for (const Form::Problem& problem : form->problems())
    findings.push_back(check_finding("form-condition", problem.place, {problem.message}));
  parts.forms.push_back(std::move(*form));
  parts.form_files.push_back(path);
}

// The package's own first, then those of packages that it calls.
void read_forms(PackageParts& parts, std::vector<Finding>& findings) {
  for (const bool called : {false, true}) {
    for (const auto& [path, content] : parts.files) {
      const size_t folder = path.find("forms/");
      const bool form = folder != std::string::npos && ends_with(path, ".json");
      if (!form || is_of_called(path) != called || (!called && folder != 0)) continue;
      read_form(parts, path, content, findings);
    }
  }
}

// ---- packages that the process calls ----

// Names of p:package in a BPMN file. Text, since the file may not be XML: then others say so.
std::vector<std::string> packages_called(std::string_view bpmn) {
  constexpr std::string_view attribute = ":package=";
  std::vector<std::string> out;
  for (size_t at = bpmn.find(attribute); at != bpmn.npos; at = bpmn.find(attribute, at + 1)) {
    const size_t open = at + attribute.size();
    const size_t close = open < bpmn.size() ? bpmn.find(bpmn[open], open + 1) : bpmn.npos;
    if (close == bpmn.npos) break;
    const std::string name(bpmn.substr(open + 1, close - open - 1));
    const bool plain = name.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                       std::string::npos;
    if (plain && !name.empty()) out.push_back(name);
  }
  return out;
}

bool is_needed_of_called(std::string_view path) {
  return path == "pathway.bpmn" || path == "organisation.yaml" || path.ends_with(".dmn") ||
         (path.starts_with("forms/") && path.ends_with(".json")) ||
         (path.starts_with("texts/") && path.ends_with(".yaml"));
}

std::string called_folder(std::string_view name) { return "../" + std::string(name) + "/"; }

std::vector<CalledPackage> called_packages(const PackageParts& parts) {
  std::vector<CalledPackage> out;
  for (const auto& [path, content] : parts.files) {
    const size_t end = path.find('/', 3);
    if (!is_of_called(path) || path.substr(std::min(end, path.size())) != "/pathway.bpmn") continue;
    CalledPackage& called = out.emplace_back();
    called.id = path.substr(3, end - 3);
    called.folder = called_folder(called.id);
    called.bpmn = content;
    const auto organisation = parts.yaml.find(called.folder + "organisation.yaml");
    if (organisation != parts.yaml.end()) {
      const yaml::Node* version = organisation->second.find("version");
      if (version != nullptr) called.version = version->scalar;
    }
    for (const auto& [file, text] : parts.files)
      if (file.starts_with(called.folder) && ends_with(file, ".dmn"))
        called.dmn.emplace_back(file, text);
  }
  return out;
}

// What the package says itself in a language counts; what only a called one says is added.
void add_texts_of_called(PackageParts& parts, const std::string& language,
                         std::vector<Finding>& findings) {
  for (const auto& [path, node] : parts.yaml) {
    if (!is_of_called(path) || !ends_with(path, "/texts/" + language + ".yaml")) continue;
    PackageParts theirs;
    read_texts(language, node, theirs, findings);
    for (auto& [key, text] : theirs.texts) {
      parts.texts[key].emplace(language, std::move(text[language]));
      parts.text_places.emplace(key, theirs.text_places[key]);
    }
  }
}

const yaml::Node* required(PackageParts& parts, const std::string& path,
                           std::vector<Finding>& findings) {
  const auto found = parts.yaml.find(path);
  if (found != parts.yaml.end()) return &found->second;
  // A file that is there but unreadable has been told about already.
  if (!parts.files.contains(path))
    findings.push_back(check_finding("missing-file", {path, 0, 0}, {path}));
  return nullptr;
}

}  // namespace

namespace {

Result<PackageFiles> read_folder(const std::string& folder) {
  PackageFiles files;
  std::error_code problem;
  if (!fs::is_directory(folder, problem))
    return Error{ErrorCode::not_found, "there is no folder of a package here", folder,
                 "give the path of a folder that holds pathway.bpmn"};
  fs::recursive_directory_iterator walk(folder, problem);
  for (; !problem && walk != fs::recursive_directory_iterator(); walk.increment(problem)) {
    const fs::path& path = walk->path();
    if (path.filename().string().starts_with(".")) {
      if (walk->is_directory(problem)) walk.disable_recursion_pending();
      continue;
    }
    if (walk->is_symlink(problem) || !walk->is_regular_file(problem)) continue;
    const std::string name = fs::relative(path, folder, problem).generic_string();
    if (files.size() >= count_limit)
      return Error{ErrorCode::too_large, "the package has more than 1,000 files", folder,
                   "is this the right folder?"};
    const uintmax_t size = walk->file_size(problem);
    if (problem || size > file_limit)
      return Error{ErrorCode::too_large, "the file is larger than 16 MiB", name,
                   "a package holds texts only"};
    TRY(files[name], read_file(path.string()));
  }
  if (problem)
    return Error{ErrorCode::unavailable, "the folder cannot be read: " + problem.message(), folder,
                 "check its permissions"};
  return files;
}

}  // namespace

Result<PackageFiles> read_package_files(const std::string& folder) {
  TRY(PackageFiles files, read_folder(folder));
  const auto own = fs::absolute(folder + "/.").lexically_normal().parent_path().filename();
  std::vector<std::string> names = packages_called(files["pathway.bpmn"]);
  if (files["pathway.bpmn"].empty()) files.erase("pathway.bpmn");
  for (size_t i = 0; i < names.size(); ++i) {  // and what those call in turn
    const std::string beside = folder + "/" + called_folder(names[i]);
    std::error_code problem;
    const std::string bpmn = called_folder(names[i]) + "pathway.bpmn";
    if (names[i] == own || files.contains(bpmn) || !fs::is_directory(beside, problem)) continue;
    TRY(const PackageFiles theirs, read_folder(beside));
    for (const auto& [path, content] : theirs)
      if (is_needed_of_called(path)) files[called_folder(names[i]) + path] = content;
    if (!files.contains(bpmn)) continue;
    const auto further = packages_called(files[bpmn]);
    names.insert(names.end(), further.begin(), further.end());
  }
  return files;
}

namespace {

PackageParts parts_with(const PackageFiles& files, std::string_view scenario,
                        std::vector<Finding>& findings, std::span<const Multiplied> multiplied,
                        const yaml::Node* own) {
  PackageParts parts;
  parts.files = files;
  read_yaml(parts, findings);
  choose_scenario(parts, scenario, findings);
  if (own != nullptr) apply_changes(*own, parts, findings);
  apply_multiplied(multiplied, parts, findings);
  read_forms(parts, findings);
  if (const auto* node = required(parts, "organisation.yaml", findings))
    parts.organisation = Organisation::parse(*node, findings);
  if (const auto* node = required(parts, "cohort.yaml", findings))
    parts.cohort = parse_cohort(*node, findings);
  read_arrival_files(parts.cohort, parts.files, findings);
  if (const auto* node = required(parts, "indicators.yaml", findings))
    parts.indicators = parse_indicators(*node, findings);
  if (const auto file = parts.yaml.find(std::string(migration_file)); file != parts.yaml.end())
    parts.migrations = read_migrations(file->second, findings);
  // The package's first language first, so that places point there.
  for (const std::string& language : parts.organisation.languages) {
    if (const auto* node = required(parts, "texts/" + language + ".yaml", findings))
      read_texts(language, *node, parts, findings);
    add_texts_of_called(parts, language, findings);
  }
  if (!parts.files.contains("pathway.bpmn"))
    findings.push_back(check_finding("missing-file", {"pathway.bpmn", 0, 0}, {"pathway.bpmn"}));
  return parts;
}

}  // namespace

PackageParts read_parts(const PackageFiles& files, std::string_view scenario,
                        std::vector<Finding>& findings, std::span<const Multiplied> multiplied) {
  return parts_with(files, scenario, findings, multiplied, nullptr);
}

std::optional<Pathway> compile_parts(PackageParts& parts, std::string_view id,
                                     std::vector<Finding>& findings) {
  const auto bpmn = parts.files.find("pathway.bpmn");
  if (bpmn == parts.files.end()) return std::nullopt;
  PathwaySource source;
  source.id = std::string(id);
  source.version = parts.organisation.version;
  source.bpmn = bpmn->second;
  for (const auto& [path, content] : parts.files)
    if (ends_with(path, ".dmn") && !is_of_called(path)) source.dmn.emplace_back(path, content);
  source.called = called_packages(parts);
  source.forms = std::move(parts.forms);
  source.organisation = parts.organisation;
  // Findings of its own: what is wrong elsewhere does not hide the pathway from further checks.
  std::vector<Finding> own;
  std::optional<Pathway> pathway = compile_pathway(std::move(source), own);
  for (Finding& finding : own) findings.push_back(std::move(finding));
  return pathway;
}

namespace {

std::unique_ptr<Package> joined_package(PackageParts parts, std::string_view id,
                                        std::vector<Finding>& findings) {
  std::optional<Pathway> pathway = compile_parts(parts, id, findings);
  if (!pathway || has_errors(findings)) return nullptr;
  auto package = std::make_unique<Package>(Package{.id = std::string(id),
                                                   .version = parts.organisation.version,
                                                   .title = {},
                                                   .pathway = std::move(*pathway),
                                                   .cohort = std::move(parts.cohort),
                                                   .indicators = std::move(parts.indicators),
                                                   .scenarios = std::move(parts.scenarios),
                                                   .migrations = std::move(parts.migrations),
                                                   .texts = std::move(parts.texts),
                                                   .languages = parts.organisation.languages,
                                                   .files = std::move(parts.files)});
  package->title = package->texts["package.title"];
  return package;
}

}  // namespace

std::unique_ptr<Package> load_package(const PackageFiles& files, std::string_view id,
                                      std::string_view scenario, std::vector<Finding>& findings,
                                      std::span<const Multiplied> multiplied) {
  return joined_package(read_parts(files, scenario, findings, multiplied), id, findings);
}

std::unique_ptr<Package> load_changed_package(const PackageFiles& files, std::string_view id,
                                              std::string_view scenario, const yaml::Node& changes,
                                              std::vector<Finding>& findings) {
  return joined_package(parts_with(files, scenario, findings, {}, &changes), id, findings);
}

std::string Package::text(std::string_view key, std::string_view language) const {
  const auto found = texts.find(std::string(key));
  if (found != texts.end()) {
    const auto exact = found->second.find(std::string(language));
    if (exact != found->second.end()) return exact->second;
    for (const std::string& each : languages) {
      const auto other = found->second.find(each);
      if (other != found->second.end()) return other->second;
    }
  }
  return std::string(key);
}

}  // namespace passerelle::pathway
