// passerelle rehearse DIR: the digital twin from the command line; one scenario, or two on the same
// patients.
#include "rehearse/rehearse.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/package.h"
#include "rehearse/sensitivity.h"

namespace passerelle::cli {
namespace {

using pathway::Package;
using rehearse::Rehearsal;

// Ctrl-C ends a rehearsal between two patients instead of in the middle of a file.
std::atomic<bool> interrupted = false;
void interrupt(int) { interrupted = true; }

Result<std::unique_ptr<Package>> load(const std::string& folder, const std::string& scenario) {
  TRY(const auto files, pathway::read_package_files(folder));
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(files, package_id(folder), scenario, findings);
  if (package) return package;
  const auto first = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.severity == pathway::Severity::error;
  });
  CHECK(first != findings.end(), "a package that is not there has a reason");
  return Error{ErrorCode::invalid, first->message, folder + ": " + to_text(first->place),
               first->help + " (all findings: passerelle check " + folder + ")"};
}

rehearse::Settings settings_of(const RehearseOptions& options, const std::string& title) {
  rehearse::Settings settings;
  settings.days = options.days;
  settings.warm_up_days = options.warm_up_days;
  settings.replications = options.replications;
  settings.seed = options.seed;
  settings.threads = options.threads;
  settings.stop = &interrupted;
  if (options.quiet || !isatty(STDERR_FILENO)) return settings;
  settings.progress = [title, last = -1](double share) mutable {
    const int percent = static_cast<int>(share * 100);
    if (percent == last) return;
    last = percent;
    remark("\r\033[K" + title + " … " + std::to_string(percent) + " %");
    if (percent == 100) remark("\r\033[K");
  };
  return settings;
}

Result<Rehearsal> one(const RehearseOptions& options, const std::string& scenario, bool last) {
  TRY(const auto package, load(options.folder, scenario));
  const std::string title = scenario.empty() ? "Rehearsing" : "Rehearsing " + scenario;
  rehearse::Settings settings = settings_of(options, title);
  settings.memory_may_stay = last;
  return rehearse::rehearse(*package, settings, scenario);
}

// What is rehearsed stands at the top, so that `review --against` reads a comparison, too.
Result<std::string> whole_json(const Rehearsal& rehearsal, const Rehearsal* other,
                               const rehearse::Comparison* comparison) {
  TRY(json::Document document, json::Document::parse(rehearse::to_json(rehearsal)));
  if (comparison != nullptr) {
    TRY(const json::Document second, json::Document::parse(rehearse::to_json(*other)));
    TRY(const json::Document third, json::Document::parse(rehearse::to_json(*comparison)));
    json::Value root = document.with(document.root(), "against", document.copy(second.root()));
    document.set_root(document.with(root, "comparison", document.copy(third.root())));
  }
  return json::write(document.root(), true) + "\n";
}

// What would only fail at the end fails now.
Result<void> check_first(const RehearseOptions& options) {
  if (options.compare) TRY_VOID(load(options.folder, options.against));
  if (!options.json.empty()) TRY_VOID(check_writable(options.json));
  if (!options.log.empty()) TRY_VOID(check_writable(options.log));
  return {};
}

Result<void> explore(const RehearseOptions& options) {
  TRY(const auto files, pathway::read_package_files(options.folder));
  rehearse::SensitivitySettings how;
  how.spread = options.sensitivity / 100;
  how.published_too = options.published_too;
  TRY(const rehearse::Sensitivity found,
      rehearse::sensitivity(files, package_id(options.folder), options.scenario,
                            settings_of(options, "Varying each figure"), how));
  print(rehearse::to_text(found, options.language));
  if (!options.json.empty()) TRY_VOID(write_file(options.json, rehearse::to_json(found)));
  return {};
}

Result<void> rehearse_all(const RehearseOptions& options) {
  TRY_VOID(check_first(options));
  if (options.sensitivity > 0) return explore(options);
  TRY(const Rehearsal rehearsal, one(options, options.scenario, !options.compare));
  print(rehearse::to_text(rehearsal, options.language));
  std::unique_ptr<Rehearsal> other;
  std::unique_ptr<rehearse::Comparison> comparison;
  if (options.compare) {
    TRY(Rehearsal second, one(options, options.against, true));
    other = std::make_unique<Rehearsal>(std::move(second));
    TRY(auto compared, rehearse::compare(rehearsal, *other));
    comparison = std::make_unique<rehearse::Comparison>(std::move(compared));
    print("\n" + rehearse::to_text(*comparison, options.language));
  }
  if (!options.json.empty()) {
    TRY(const std::string text, whole_json(rehearsal, other.get(), comparison.get()));
    TRY_VOID(write_file(options.json, text));
  }
  if (!options.log.empty()) {
    TRY(const auto package, load(options.folder, options.scenario));
    TRY_VOID(
        rehearse::write_log(*package, settings_of(options, "Writing the log"), 0, options.log));
  }
  return {};
}

}  // namespace

int rehearse_command(const RehearseOptions& options) {
  std::signal(SIGINT, interrupt);
  if (auto done = rehearse_all(options); !done) return fail(done.error());
  return exit_ok;
}

}  // namespace passerelle::cli
