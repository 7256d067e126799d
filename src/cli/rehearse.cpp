// passerelle rehearse DIR: the digital twin from the command line; one scenario, or several on the
// same patients.
#include "rehearse/rehearse.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/ranks.h"
#include "cli/terminal.h"
#include "pathway/check/check.h"
#include "pathway/package.h"
#include "pathway/staffing.h"
#include "rehearse/animation.h"
#include "rehearse/report.h"
#include "rehearse/search.h"
#include "rehearse/sensitivity.h"

namespace passerelle::cli {
namespace {

using pathway::Package;
using rehearse::Rehearsal;

// Ctrl-C ends a rehearsal between two patients instead of in the middle of a file; the second one
// ends the program.
std::atomic<bool> interrupted = false;
void interrupt(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);
}

// Whether the line of the progress stands on the terminal.
bool progress_shown = false;
void clear_progress() {
  if (std::exchange(progress_shown, false)) remark("\r\033[K");
}

std::vector<Output> outputs(const RehearseOptions& options) {
  return {{"--json", options.json},
          {"--report", options.report},
          {"--animation", options.animation},
          {"--log", options.log}};
}

// A table of zeros, or the same table twice.
std::string compared_twice(const RehearseOptions& options) {
  std::vector<std::string> seen = {options.scenario};
  for (const std::string& each : options.against) {
    const std::string name = each.empty() ? "base" : each;
    if (each == options.scenario) return "--against " + name + " is what is rehearsed itself";
    if (std::find(seen.begin(), seen.end(), each) != seen.end())
      return "--against " + name + " is asked for twice";
    seen.push_back(each);
  }
  return {};
}

Error first_error(const std::vector<pathway::Finding>& findings, const std::string& folder) {
  Error error = pathway::first_error(findings);
  error.where = folder + ": " + error.where;
  error.help += " (all findings: passerelle check " + folder + ")";
  return error;
}

// Everything of one call; where mpirun has started several, one speaks and writes for all.
class Call {
 public:
  Call(const RehearseOptions& options, const rehearse::Ranks* ranks)
      : options_(options), ranks_(ranks) {}

  bool speaks() const { return ranks_ == nullptr || ranks_->rank() == 0; }
  bool stopped() const { return stopped_; }
  bool was_stopped(const Error& error) const {
    return ranks_ == nullptr && interrupted && error.code == ErrorCode::unavailable;
  }

  Result<void> run() {
    const Result<void> ready = prepare();
    if (ranks_ != nullptr) {
      TRY_VOID(all_ready(*ranks_, ready, given()));
    } else if (!ready) {
      return ready.error();
    }
    if (!options_.search.empty()) return search();
    if (options_.sensitivity > 0 && !tells_more()) return explore();
    return rehearse_all();
  }

 private:
  // Files that the scenario itself must be rehearsed for, beside a sensitivity.
  bool tells_more() const {
    return !options_.report.empty() || !options_.log.empty() || !options_.animation.empty();
  }
  Result<void> prepare();
  void tell_errors() const;
  std::string given() const;
  Result<std::unique_ptr<Package>> load(const std::string& scenario) const;
  rehearse::Settings settings(const std::string& title) const;
  Result<void> rehearse_all();
  Result<void> search();
  Result<void> compare();
  Result<void> vary();
  Result<void> explore();
  std::string command() const;
  Result<void> write_all(const Package& package) const;
  Result<void> write_report(const Package& package) const;
  Result<void> write_json(const Package& package) const;
  Result<void> write_animation(const Package& package) const;
  Result<void> write_log(const Package& package) const;
  Result<std::string> whole_json() const;
  Result<void> write(const std::string& path, const std::string& text) const {
    return speaks() ? write_file(path, text) : Result<void>();
  }
  void say(const std::string& text) const {
    clear_progress();
    if (speaks()) print(text);
  }

  const RehearseOptions& options_;
  const rehearse::Ranks* ranks_;
  pathway::PackageFiles files_;
  std::string staffing_;  // text of the file
  Rehearsal rehearsal_;
  std::vector<Rehearsal> others_;
  std::vector<rehearse::Comparison> comparisons_;
  std::vector<std::string> not_compared_;  // as a reader knows them
  rehearse::Sensitivity sensitivity_;
  bool stopped_ = false;  // by Ctrl-C, with something to tell
};

// What would only fail at the end fails now.
Result<void> Call::prepare() {
  TRY(files_, pathway::read_package_files(options_.folder));
  if (!options_.search.empty()) {
    auto text = read_file(options_.search);
    // In the package, too: it is one of its files.
    if (!text && files_.contains(options_.search)) {
      staffing_ = files_[options_.search];
    } else if (!text && text.error().code == ErrorCode::not_found) {
      return Error{
          ErrorCode::not_found, "there is no such file, neither here nor in the package",
          options_.search,
          "write what may change and what it costs: docs/rehearse.md, The cheapest staffing"};
    } else {
      TRY(staffing_, std::move(text));
    }
  }
  TRY_VOID(load(options_.scenario));
  for (const std::string& scenario : options_.against) TRY_VOID(load(scenario));
  if (!speaks()) return {};
  TRY_VOID(check_writable(outputs(options_)));
  tell_errors();
  return {};
}

// What can be rehearsed may still lack what would be needed to run it, or to trust the result.
void Call::tell_errors() const {
  if (options_.quiet) return;
  const auto found =
      pathway::check_package(files_, package_id(options_.folder), system_now()).findings;
  const auto errors = std::count_if(found.begin(), found.end(), [](const pathway::Finding& each) {
    return each.severity == pathway::Severity::error;
  });
  if (errors == 0) return;
  remark("passerelle: this package has " +
         count_of(static_cast<size_t>(errors), "error", "errors") +
         "; it is rehearsed as it is, passerelle check " + options_.folder + " tells " +
         (errors == 1 ? "it" : "them") + "\n");
}

// All that the result depends on.
std::string Call::given() const {
  std::string out = options_.scenario;
  for (const std::string& each : options_.against) out += '\0' + each;
  for (const auto& [path, content] : files_) out += '\0' + path + '\0' + content;
  out += '\0' + staffing_;
  for (const double number :
       {double(options_.days), double(options_.warm_up_days), double(options_.find_warm_up),
        double(options_.replications), double(options_.precision_percent),
        double(options_.most_replications), double(options_.batches), options_.sensitivity,
        double(options_.published_too), double(options_.search.empty()),
        // By which they know how often they meet.
        double(tells_more())})
    out += '\0' + std::to_string(number);
  return out + '\0' + std::to_string(options_.seed);
}

Result<std::unique_ptr<Package>> Call::load(const std::string& scenario) const {
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(files_, package_id(options_.folder), scenario, findings);
  if (package) return package;
  return first_error(findings, options_.folder);
}

rehearse::Settings Call::settings(const std::string& title) const {
  rehearse::Settings settings;
  settings.days = options_.days;
  settings.warm_up_days = options_.warm_up_days;
  settings.find_warm_up = options_.find_warm_up;
  settings.replications = options_.replications;
  settings.precision = options_.precision_percent / 100.0;
  settings.most_replications = options_.most_replications;
  settings.batches = options_.batches;
  settings.seed = options_.seed;
  settings.threads = options_.threads;
  settings.ranks = ranks_;
  // mpirun gives each of them a core.
  if (ranks_ != nullptr && settings.threads == 0) settings.threads = 1;
  settings.stop = &interrupted;
  if (options_.quiet || !speaks() || !isatty(STDERR_FILENO)) return settings;
  settings.progress = [title, last = -1](double share) mutable {
    const int percent = static_cast<int>(share * 100);
    if (percent == last) return;
    last = percent;
    progress_shown = true;
    remark("\r\033[K" + title + " … " + std::to_string(percent) + " %");
    if (percent == 100) clear_progress();
  };
  return settings;
}

// What is rehearsed stands at the top, so that `review --against` reads a comparison, too.
Result<std::string> Call::whole_json() const {
  TRY(json::Document document, json::Document::parse(rehearse::to_json(rehearsal_)));
  std::vector<json::Value> others, comparisons;
  for (size_t i = 0; i < others_.size(); ++i) {
    TRY(const json::Document other, json::Document::parse(rehearse::to_json(others_[i])));
    TRY(const json::Document compared, json::Document::parse(rehearse::to_json(comparisons_[i])));
    others.push_back(document.copy(other.root()));
    comparisons.push_back(document.copy(compared.root()));
  }
  json::Value root = document.root();
  if (others.size() == 1) {
    root = document.with(root, "against", others[0]);
    root = document.with(root, "comparison", comparisons[0]);
  } else if (!others.empty()) {
    root = document.with(root, "others", document.array(others));
    root = document.with(root, "comparisons", document.array(comparisons));
  }
  if (!not_compared_.empty()) {
    std::vector<json::Value> names;
    for (const std::string& each : not_compared_) names.push_back(document.string(each));
    root = document.with(root, "not_compared", document.array(names));
  }
  if (!sensitivity_.figures.empty()) {
    TRY(const json::Document found, json::Document::parse(rehearse::to_json(sensitivity_)));
    root = document.with(root, "sensitivity", document.copy(found.root()));
  }
  document.set_root(root);
  return json::write(document.root(), true) + "\n";
}

Result<void> Call::explore() {
  rehearse::SensitivitySettings how;
  how.spread = options_.sensitivity / 100;
  how.published_too = options_.published_too;
  TRY(sensitivity_, rehearse::sensitivity(files_, package_id(options_.folder), options_.scenario,
                                          settings("Varying each figure"), how));
  say(rehearse::to_text(sensitivity_, options_.language));
  if (!options_.json.empty() && !tells_more())
    TRY_VOID(write(options_.json, rehearse::to_json(sensitivity_)));
  return {};
}

Result<void> Call::search() {
  std::vector<pathway::Finding> findings;
  TRY(const yaml::Node root, yaml::parse(staffing_, options_.search));
  pathway::Staffing staffing = pathway::parse_staffing(root, findings);
  if (!options_.scenario.empty()) staffing.scenario = options_.scenario;
  TRY(const auto package, load(staffing.scenario));
  if (findings.empty())
    pathway::check_staffing(staffing, package->pathway.organisation(), package->indicators,
                            findings);
  if (!findings.empty())
    return Error{ErrorCode::invalid, findings[0].message, to_text(findings[0].place),
                 findings[0].help};
  TRY(const rehearse::Search found, rehearse::search(files_, package_id(options_.folder), staffing,
                                                     settings("Searching the staffing")));
  say(rehearse::to_text(found, options_.language));
  stopped_ = ranks_ == nullptr && found.stopped && interrupted;
  if (!options_.json.empty()) TRY_VOID(write(options_.json, rehearse::to_json(found)));
  return {};
}

// What brings the same again, whatever was found out on the way.
std::string Call::command() const {
  std::string out = "passerelle rehearse " + options_.folder;
  if (!options_.scenario.empty()) out += " --scenario " + options_.scenario;
  for (const Rehearsal& each : others_)
    out += " --against " + (each.scenario.empty() ? "base" : each.scenario);
  out += " --days " + std::to_string(rehearsal_.days);
  if (rehearsal_.warm_up_days > 0) out += " --warm-up " + std::to_string(rehearsal_.warm_up_days);
  out += rehearsal_.batches > 0 ? " --batches " + std::to_string(rehearsal_.batches)
                                : " --replications " + std::to_string(rehearsal_.replications);
  if (!sensitivity_.figures.empty()) {
    out += fmt::format(" --sensitivity {}", options_.sensitivity);
    if (options_.published_too) out += " --published-too";
  }
  return out + " --seed " + std::to_string(rehearsal_.seed);
}

Result<void> Call::write_report(const Package& package) const {
  if (options_.report.empty()) return {};
  rehearse::Report report;
  if (!sensitivity_.figures.empty()) report.sensitivity = &sensitivity_;
  report.package = &package;
  report.rehearsal = &rehearsal_;
  report.others = others_;
  report.comparisons = comparisons_;
  report.not_compared = not_compared_;
  report.figures = pathway::figures(files_);
  report.command = command();
  report.program = "passerelle " PASSERELLE_VERSION;
  report.language = options_.language;
  return write(options_.report, rehearse::to_html(report));
}

Result<void> Call::write_json(const Package&) const {
  if (options_.json.empty()) return {};
  TRY(const std::string text, whole_json());
  return write(options_.json, text);
}

Result<void> Call::write_animation(const Package& package) const {
  if (options_.animation.empty() || !speaks()) return {};
  rehearse::Settings alone = settings("Writing " + options_.animation);
  alone.ranks = nullptr;
  TRY(const std::string text, rehearse::animation(package, alone, 0, options_.scenario));
  return write_file(options_.animation, text);
}

Result<void> Call::write_log(const Package& package) const {
  if (options_.log.empty() || !speaks()) return {};
  rehearse::Settings alone = settings("Writing " + options_.log);
  alone.ranks = nullptr;
  return rehearse::write_log(package, alone, 0, options_.log);
}

// It took long to find out: what can be written is, when something else cannot.
Result<void> Call::write_all(const Package& package) const {
  std::vector<Result<void> (Call::*)(const Package&) const> writers = {&Call::write_report,
                                                                       &Call::write_json};
  if (!stopped_) {
    writers.push_back(&Call::write_animation);
    writers.push_back(&Call::write_log);
  }
  for (const std::string& left_out : {options_.animation, options_.log})
    if (stopped_ && !left_out.empty())
      remark("passerelle: " + left_out + " was not written: the rehearsal was stopped before\n");
  Result<void> all;
  for (const auto writer : writers) {
    Result<void> done = (this->*writer)(package);
    if (done) continue;
    if (!all) fail(all.error());
    all = std::move(done);
  }
  return all;
}

std::string title_of(const std::string& scenario) {
  return scenario.empty() ? std::string("Rehearsing") : "Rehearsing " + scenario;
}

Result<void> Call::rehearse_all() {
  TRY(const auto package, load(options_.scenario));
  rehearse::Settings own = settings(title_of(options_.scenario));
  own.keep_finished = ranks_ == nullptr;
  own.memory_may_stay = options_.against.empty() && options_.log.empty() &&
                        options_.animation.empty() && options_.sensitivity == 0;
  TRY(rehearsal_, rehearse::rehearse(*package, own, options_.scenario));
  stopped_ = rehearsal_.stopped_of > 0;
  say(rehearse::to_text(rehearsal_, options_.language));
  TRY_VOID(compare());
  TRY_VOID(vary());
  return write_all(*package);
}

// Only with what was rehearsed as often.
Result<void> Call::compare() {
  for (const std::string& scenario : options_.against) {
    if (!stopped_) {
      TRY(const auto other, load(scenario));
      const auto same = rehearse::same_as(settings(title_of(scenario)), rehearsal_);
      auto played = rehearse::rehearse(*other, same, scenario);
      if (!played && !was_stopped(played.error())) return played.error();
      stopped_ = !played;
      if (played) others_.push_back(std::move(*played));
    }
    if (stopped_) not_compared_.push_back(scenario.empty() ? "base" : scenario);
  }
  TRY(comparisons_, rehearse::compare_all(rehearsal_, others_));
  for (const auto& each : comparisons_) say("\n" + rehearse::to_text(each, options_.language));
  for (const std::string& each : not_compared_)
    remark("passerelle: stopped before it could be compared with " + each + "\n");
  return {};
}

Result<void> Call::vary() {
  if (!(options_.sensitivity > 0)) return {};
  if (!stopped_) {
    const Result<void> done = explore();
    if (done || !was_stopped(done.error())) return done;
    stopped_ = true;
  }
  remark("passerelle: stopped before all figures had been varied: --sensitivity tells nothing\n");
  return {};
}

}  // namespace

int rehearse_command(const RehearseOptions& options) {
  if (const std::string twice = named_twice(outputs(options)); !twice.empty())
    return fail_usage(twice, "passerelle rehearse " + options.folder +
                                 " --json rehearsal.json --report report.html");
  if (const std::string twice = compared_twice(options); !twice.empty())
    return fail_usage(twice + ": compare with another scenario",
                      "passerelle rehearse pathways/covid-home --against two-nurses-fewer");
  std::signal(SIGINT, interrupt);
  const auto ranks = join_ranks();
  if (!ranks) return fail(ranks.error());
  Call call(options, ranks->get());
  const auto done = call.run();
  clear_progress();
  if (done) return call.stopped() ? exit_stopped : exit_ok;
  const int code = call.speaks() ? fail(done.error()) : exit_code(done.error());
  return call.was_stopped(done.error()) ? int{exit_stopped} : code;
}

}  // namespace passerelle::cli
