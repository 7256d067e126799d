// passerelle validate FILES…: is this FHIR R4, and does it conform to the profiles that it claims,
// or to those that are named?
#include "fhir/validate.h"

#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "fhir/outcome.h"
#include "fhir/profile_cache.h"

namespace passerelle::cli {
namespace {

bool is_data(const std::string& name) { return name.ends_with(".json") || name.ends_with(".xml"); }

// Files, and those in folders, by name.
Result<std::vector<std::string>> files_in(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    std::error_code problem;
    if (!std::filesystem::is_directory(path, problem)) {
      out.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : std::filesystem::directory_iterator(path, problem))
      if (entry.is_regular_file() && is_data(entry.path().filename().string()))
        inside.push_back(entry.path().string());
    if (problem) return Error{ErrorCode::unavailable, problem.message(), path};
    std::sort(inside.begin(), inside.end());
    out.insert(out.end(), inside.begin(), inside.end());
  }
  return out;
}

Result<void> read_definitions(const std::vector<std::string>& paths, fhir::DefinitionSet& set) {
  TRY(const auto files, files_in(paths));
  for (const std::string& file : files) {
    TRY(json::Document document, read_resource(file));
    auto taken = set.add(std::move(document));
    if (!taken) taken.error().where = file + ": " + taken.error().where;
    TRY_VOID(std::move(taken));
  }
  return {};
}

void tell(const std::string& file, std::span<const fhir::Issue> issues) {
  for (const fhir::Issue& issue : issues) {
    const bool error = fhir::has_errors(std::span(&issue, 1));
    const std::string_view colour = error ? colours().red : colours().yellow;
    print(file + ": " + std::string(colour) + std::string(fhir::name_of(issue.severity)) +
          std::string(colours().reset) + ": " +
          (issue.expression.empty() ? "" : issue.expression + ": ") + issue.message + "\n");
  }
}

}  // namespace

int validate_command(const ValidateOptions& options) {
  fhir::DefinitionSet set;
  if (auto read = read_definitions(options.definitions, set); !read) return fail(read.error());
  const auto profiles = set.profiles();
  fhir::ValidateOptions how;
  how.profiles = profiles.get();
  how.against = options.profiles;
  how.strict_profiles = options.strict;
  const auto files = files_in(options.files);
  if (!files) return fail(files.error());
  size_t wrong = 0;
  for (const std::string& file : *files) {
    const auto document = read_resource(file);
    if (!document) return fail(document.error());
    const std::vector<fhir::Issue> issues = fhir::validate(document->root(), how);
    if (fhir::has_errors(issues)) ++wrong;
    if (options.json) {
      json::Document outcome;
      print(json::write(fhir::make_outcome(outcome, issues)) + "\n");
    } else {
      tell(file, issues);
    }
  }
  if (!options.json)
    print(count_of(files->size(), "file", "files") + ", " +
          (wrong == 0 ? "without errors" : count_of(wrong, "of them", "of them") + " with errors") +
          "\n");
  return wrong == 0 ? exit_ok : exit_findings;
}

}  // namespace passerelle::cli
