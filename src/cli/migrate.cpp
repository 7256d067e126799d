// passerelle migrate DIR --data FILE | --from DIR: running cases go over to another version of
// their pathway, or what stands in their way is told beforehand.
#include <algorithm>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/terminal.h"
#include "pathway/migration.h"
#include "run/engine.h"
#include "run/indexing.h"
#include "server/api_json.h"
#include "store/store.h"

namespace passerelle::cli {
namespace {

using run::MigratedVersion;
using run::MigrationReport;

Result<run::PackagePointer> load_version(const std::string& folder) {
  TRY(const auto files, pathway::read_package_files(folder));
  std::vector<pathway::Finding> findings;
  run::PackagePointer package = pathway::load_package(files, package_id(folder), "", findings);
  if (package != nullptr) return package;
  return Error{ErrorCode::invalid, "the package has errors", folder,
               "run: passerelle check " + folder};
}

// ---- two folders ----

int compare_folders(const MigrateOptions& options) {
  const auto earlier = pathway::read_package_files(options.earlier);
  if (!earlier) return fail(earlier.error());
  const auto files = pathway::read_package_files(options.folder);
  if (!files) return fail(files.error());
  const std::string id = package_id(options.folder);
  const auto path_of = [&](const std::string& file) {
    if (!file.starts_with(pathway::earlier_prefix)) return in_folder(options.folder, file);
    return in_folder(options.earlier, file.substr(pathway::earlier_prefix.size()));
  };
  return tell_report(pathway::check_migration(*earlier, *files, id, system_now()), id,
                     files->size(), options.json, path_of);
}

// ---- a data file ----

Result<MigrationReport> move_cases(const MigrateOptions& options) {
  run::MigrationRequest request;
  TRY(request.to, load_version(options.folder));
  request.pathway = request.to->id;
  request.from = options.version;
  request.dry_run = options.dry_run;
  request.undecided = options.undecided;
  TRY(const auto store, open_existing(options.data));
  TRY(const run::KeptSite site, run::site_of(*store));
  run::Settings settings;
  settings.zone = site.zone;
  settings.fhir_url = site.base_url;
  run::Engine engine(*store, std::move(settings));
  const Instant now = system_now();
  if (!options.dry_run) TRY_VOID(engine.deploy(request.to, now));
  run::Actor who;
  who.language = "en";
  who.everything = true;
  return engine.migrate(request, who, now);
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

void print_elements(const MigratedVersion& version, bool dry_run) {
  size_t width = 8;
  for (const auto& element : version.elements) width = std::max(width, element.id.size());
  print("  " + padded("they stand at", width) + "  cases  " + (dry_run ? "would move" : "moved") +
        "\n");
  for (const auto& element : version.elements) {
    const bool renamed = !element.becomes.empty() && element.becomes != element.id;
    print("  " + padded(element.id, std::max<size_t>(width, 13)) + "  " +
          padded(std::to_string(element.cases), 5) + "  " + std::to_string(element.moved) +
          (renamed ? "  as " + element.becomes : "") + "\n");
  }
}

void print_version(const MigrationReport& report, const MigratedVersion& version) {
  const Colours& colour = colours();
  for (const pathway::Finding& finding : version.findings) print(to_text(finding));
  print(std::string(colour.bold) + report.pathway + " " + version.version + " -> " + report.to +
        std::string(colour.reset) + ": " + std::to_string(version.moved) + " of " +
        count_of(version.cases, "open case", "open cases") +
        (report.dry_run ? " would move" : " moved") + "\n");
  print_elements(version, report.dry_run);
  for (const MigratedVersion::Refused& refused : version.refused)
    print("  case " + std::to_string(refused.number) + " stays on version " + version.version +
          ": " + refused.reason + (refused.help.empty() ? "" : "\n    do: " + refused.help) + "\n");
}

}  // namespace

int migrate_command(const MigrateOptions& options) {
  if (options.data.empty()) return compare_folders(options);
  const auto report = move_cases(options);
  if (!report) return fail(report.error());
  if (options.json) print(server::to_json(*report) + "\n");
  if (!options.json && report->versions.empty())
    print(report->pathway + ": no open case stands on another version than " + report->to + "\n");
  bool all = true;
  for (const MigratedVersion& version : report->versions) {
    if (!options.json) print_version(*report, version);
    all = all && version.refused.empty();
  }
  return all ? exit_ok : exit_findings;
}

}  // namespace passerelle::cli
