// passerelle import --data FILE FILES…: bulk loading without a server.
#include "server/import.h"

#include <unistd.h>

#include <memory>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "run/indexing.h"
#include "store/store.h"

namespace passerelle::cli {
namespace {

std::string amount(const server::ImportReport& report) {
  return count_of(report.resources, "resource", "resources") + " from " +
         count_of(report.files, "file", "files");
}

Result<server::ImportReport> import_all(const ImportOptions& options) {
  // Nothing else needs the memory, and index pages that are met again need not be read again.
  store::SqliteOptions large;
  large.writer_cache_bytes = 224 << 20;
  TRY(const auto store, store::open_sqlite(options.data, large));
  server::ImportSettings settings;
  settings.now = system_now();
  settings.in_flight = 64;  // nobody else writes: the more at once, the better
  TRY(const run::KeptSite site, run::site_of(*store));
  settings.zone = site.zone;
  settings.base_url = site.base_url;
  const bool shown = !options.quiet && isatty(STDERR_FILENO);
  if (shown)
    settings.progress = [](const server::ImportReport& report) {
      remark("\r\033[K" + amount(report) + " …");
    };
  auto report = server::import_files(*store, options.files, settings);
  if (shown) remark("\r\033[K");
  return report;
}

}  // namespace

int import_command(const ImportOptions& options) {
  auto report = import_all(options);
  if (!report) return fail(report.error());
  for (const server::ImportProblem& problem : report->problems)
    remark(problem.file + (problem.line > 0 ? ":" + std::to_string(problem.line) : "") +
           ": error: " + problem.message + "\n");
  if (report->problem_count > report->problems.size())
    remark("… and " + std::to_string(report->problem_count - report->problems.size()) + " more\n");
  print(amount(*report) + (report->problem_count == 0
                               ? "\n"
                               : "; " + count_of(report->problem_count, "problem", "problems") +
                                     ": what is no FHIR was left out, the rest went in\n"));
  return report->problem_count == 0 ? exit_ok : exit_findings;
}

}  // namespace passerelle::cli
