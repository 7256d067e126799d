// The command line. CLI11 is included here only: it takes seconds to compile.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/terminal.h"

namespace passerelle::cli {
namespace {

// What CLI11 would make another number of: below 0, or beyond 64 bits.
std::string whole_number(const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return "expected a whole number from 0 to 18446744073709551615, found " + text;
}

// Before anything is played.
std::string log_file(const std::string& path) {
  for (const std::string_view end : {".xes", ".csv", ".events"})
    if (path.ends_with(end)) return {};
  return "the name of a log ends with .xes, .csv or .events: " + path;
}

std::string days_or_auto(const std::string& text) {
  int days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (text == "auto" || (whole && days >= 0 && days <= 3660)) return {};
  return "expected days from 0 to 3660, or auto, found " + text;
}

// An empty variable of a script.
std::string named_file(const std::string& path) {
  return path.empty() ? "the name of the file is empty" : "";
}

constexpr const char* version = "passerelle " PASSERELLE_VERSION;
constexpr const char* about =
    "Write a care pathway and its organisation once. Check it, rehearse it, run it, review it.\n"
    "It advises and records; it is not a medical device.";
constexpr const char* exit_codes =
    "Exit codes: 0 all is well; 1 the input was read and found wanting; 2 the command line makes "
    "no\n"
    "sense; 3 a file, a port or the disk cannot be used; 130 a rehearsal was stopped by Ctrl-C.";

// A command's options live as long as the program; `action` runs when its name was typed.
struct Command {
  CLI::App* app = nullptr;
  std::string example;
  std::function<int()> action;
};

class CommandLine {
 public:
  CommandLine() : app_(about, "passerelle") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", version);
    app_.footer(exit_codes);
    check();
    rehearse();
    run();
    migrate();
    review();
    import();
    account();
    store();
    suite();
    expressions();
  }

  int main(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& asked) {  // --help, --version
      return app_.exit(asked);
    } catch (const CLI::ParseError& wrong) {
      return usage(wrong.what());
    }
    // The innermost: `dmn replay` parses `dmn`, too.
    for (auto command = commands_.rbegin(); command != commands_.rend(); ++command)
      if (command->app->parsed()) return command->action();
    return usage("no command was given");
  }

 private:
  CLI::App& add(CLI::App& parent, const char* name, const char* what, std::string example,
                std::function<int()> action) {
    CLI::App* app = parent.add_subcommand(name, what);
    app->footer("For example: " + example);
    commands_.push_back({app, std::move(example), std::move(action)});
    return *app;
  }

  int usage(const std::string& what) {
    std::string example = "passerelle check pathways/covid-home";
    std::string help = "passerelle --help";
    for (const Command& command : commands_) {
      if (!command.app->parsed()) continue;
      example = command.example;
      help = "passerelle " + command.app->get_name() + " --help";
      if (command.app->get_parent() != &app_)
        help = "passerelle " + command.app->get_parent()->get_name() + " " +
               command.app->get_name() + " --help";
    }
    return fail_usage(what + " (all options: " + help + ")", example);
  }

  void check() {
    CLI::App& app =
        add(app_, "check", "Report like a compiler what a package lacks",
            "passerelle check pathways/covid-home", [this] { return check_command(check_); });
    app.add_option("DIR", check_.folder, "The package's folder")->required();
    app.add_flag("--json", check_.json, "Findings as JSON");
    app.add_option("--sarif", check_.sarif, "File for the findings as SARIF 2.1.0");
  }

  void rehearse() {
    CLI::App& app =
        add(app_, "rehearse", "Run a package on simulated patients and its real staffing",
            "passerelle rehearse pathways/covid-home --days 60 --against two-nurses-fewer",
            [this] { return rehearse_command(rehearse_); });
    app.add_option("DIR", rehearse_.folder, "The package's folder")->required();
    app.add_option_function<std::string>(
        "--scenario",
        [this](const std::string& id) { rehearse_.scenario = id == "base" ? "" : id; },
        "A scenario of the package (base: as written)");
    app.add_option_function<std::vector<std::string>>(
           "--against",
           [this](const std::vector<std::string>& ids) {
             for (const std::string& id : ids) rehearse_.against.push_back(id == "base" ? "" : id);
           },
           "Compare with this scenario on the same patients (base: the package as written); may be "
           "repeated")
        ->allow_extra_args(false);
    app.add_option("--days", rehearse_.days, "Days that are rehearsed")->check(CLI::Range(1, 3660));
    app.add_option_function<std::string>(
           "--warm-up",
           [this](const std::string& days) {
             rehearse_.find_warm_up = days == "auto";
             if (!rehearse_.find_warm_up) rehearse_.warm_up_days = std::stoi(days);
           },
           "First days, counted for nothing; auto: found by MSER-5")
        ->check(days_or_auto);
    auto* often = app.add_option("--replications", rehearse_.replications,
                                 "How often; 10 unless given; with --precision: to begin with")
                      ->check(CLI::Range(1, 100000));
    app.add_option("--precision", rehearse_.precision_percent,
                   "More replications until indicators and mean waits are known to so many percent")
        ->check(CLI::Range(1, 100));
    app.add_option("--most", rehearse_.most_replications, "With --precision: at most so often")
        ->check(CLI::Range(2, 100000))
        ->needs("--precision");
    app.add_option("--batches", rehearse_.batches,
                   "One long replication, cut into so many batches for the intervals")
        ->check(CLI::Range(2, 1000))
        ->excludes(often)
        ->excludes("--precision");
    app.add_option("--seed", rehearse_.seed, "Same seed, same result, bit for bit")
        ->check(whole_number);
    app.add_option("--threads", rehearse_.threads, "0: as many as the machine has")
        ->check(CLI::Range(0, 1024));
    app.add_option("--sensitivity", rehearse_.sensitivity,
                   "Which assumption moves the result most: each by so many per cent (20)")
        ->expected(0, 1)
        ->default_str("20")
        ->check(CLI::Range(1.0, 400.0))
        ->excludes("--against");
    app.add_flag("--published-too", rehearse_.published_too,
                 "Of --sensitivity: also figures that have a source")
        ->needs("--sensitivity");
    app.add_option("--json", rehearse_.json, "Write the whole result to this file")
        ->check(named_file);
    app.add_option("--report", rehearse_.report,
                   "Write a report for those who decide to this file (.html)")
        ->check(named_file);
    app.add_option("--animation", rehearse_.animation,
                   "Write where everybody is over time, in the first replication (JSON)")
        ->check(named_file);
    app.add_option("--log", rehearse_.log,
                   "Write the events of the first replication (.xes, .csv, .events)")
        ->check(log_file);
    app.add_option("--search", rehearse_.search,
                   "Find the cheapest staffing that meets the targets; what may change and what "
                   "it costs: staffing.yaml")
        ->excludes("--against")
        ->excludes("--sensitivity")
        ->excludes("--batches")
        ->excludes("--precision")
        ->excludes("--report")
        ->excludes("--log")
        ->excludes("--animation");
    app.add_option("--language", rehearse_.language, "en or fr")
        ->check(CLI::IsMember({"en", "fr"}));
    app.add_flag("--quiet", rehearse_.quiet, "No progress line, no word of what check finds");
  }

  void run() {
    CLI::App& app = add(app_, "run", "Serve packages to staff, patients and other systems",
                        "passerelle run --data centre.db pathways/covid-home",
                        [this] { return run_command(run_); });
    app.add_option("DIR", run_.folders, "Folders of packages")->required();
    app.add_option("--data", run_.data, "The data file; made when it is not there")->required();
    app.add_option("--address", run_.address, "Address to listen on");
    app.add_option("--port", run_.port, "0: any free one; it is printed")
        ->check(CLI::Range(0, 65535));
    app.add_option("--url", run_.public_url, "What links to patients begin with");
    app.add_option("--gateways", run_.gateways,
                   "gateways.yaml; without it messages go to a folder beside the data");
    app.add_option("--phone-folder", run_.phone_folder, "That folder");
    app.add_option("--hook", run_.hooks,
                   "An address that Subscriptions may call, with all below it; may be repeated");
    app.add_option("--profiles", run_.profiles,
                   "What is written must conform to the profiles it claims; strict: also when one "
                   "is not loaded")
        ->check(CLI::IsMember({"on", "strict", "off"}));
    app.add_option("--test-clock", run_.test_clock,
                   "For tests: time begins at this instant and is moved by /api/test-clock");
  }

  void migrate() {
    CLI::App& app =
        add(app_, "migrate", "Move running cases to the version of their pathway in a folder",
            "passerelle migrate pathways/covid-home --data centre.db --dry-run",
            [this] { return migrate_command(migrate_); });
    app.add_option("DIR", migrate_.folder, "The folder of the new version")->required();
    CLI::Option_group* from = app.add_option_group("From", "where the cases come from");
    CLI::Option* data = from->add_option("--data", migrate_.data, "The data file that holds them");
    from->add_option("--from", migrate_.earlier,
                     "Move nothing: compare with the earlier version in this folder");
    from->require_option(1);
    app.add_option("--cases-of", migrate_.version, "Only cases of this version")->needs(data);
    app.add_flag("--dry-run", migrate_.dry_run, "Tell what would happen, and change nothing")
        ->needs(data);
    app.add_flag("--undecided", migrate_.undecided,
                 "Move also cases of which it cannot be known whether they could stand so")
        ->needs(data);
    app.add_flag("--json", migrate_.json, "The result as JSON");
  }

  void review() {
    CLI::App& app =
        add(app_, "review", "Judge what happened by the package's indicators",
            "passerelle review centre.db --package pathways/covid-home --against rehearsal.json",
            [this] { return review_command(review_); });
    app.add_option("FILE", review_.file,
                   "A log (.xes, .csv, .events, also .gz) or the server's data file")
        ->required();
    app.add_option("--package", review_.package,
                   "Its folder; a data file keeps its own, a log without one is only discovered");
    app.add_option("--pathway", review_.pathway, "Of a data file that runs several");
    app.add_option("--against", review_.against, "JSON of a rehearsal: promise beside reality");
    app.add_option("--html", review_.html, "Write a page for print and screen");
    app.add_option("--json", review_.json, "Write the whole result to this file");
    app.add_option("--log", review_.log, "Write the events to this file (.xes, .csv, .events)");
    app.add_option("--language", review_.language, "en or fr")->check(CLI::IsMember({"en", "fr"}));
  }

  void import() {
    CLI::App& app = add(app_, "import", "Load FHIR Bundles and NDJSON, plain, .gz or .bz2",
                        "passerelle import --data centre.db bundles/*.json.bz2",
                        [this] { return import_command(import_); });
    app.add_option("FILES", import_.files, "Files or folders")->required();
    app.add_option("--data", import_.data, "The data file; made when it is not there")->required();
    app.add_flag("--quiet", import_.quiet, "No progress line");
  }

  void account() {
    CLI::App* group = app_.add_subcommand("account", "People and systems that may log in");
    group->require_subcommand(1);
    CLI::App& create =
        add(*group, "add", "Create an account, or change it",
            "passerelle account add --data centre.db claire --name 'Claire Petit' --role nurse",
            [this] { return account_add_command(account_); });
    create.add_option("ACCOUNT", account_.account, "What is typed at log-in")->required();
    create.add_option("--data", account_.data, "The data file")->required();
    create.add_option("--name", account_.name, "What others see");
    create.add_option("--role", account_.roles,
                      "A role of an organisation, admin, system or monitor");
    create.add_option(
        "--skill", account_.skills,
        "A skill beside those of the roles, or SKILL@2026-12-15: from that day on, not "
        "before; '' takes all of them away");
    create.add_option("--language", account_.language, "fr or en")
        ->check(CLI::IsMember({"en", "fr"}));
    create.add_option("--password-file", account_.password_file,
                      "First line of this file; - is standard input; without it you are asked");
    CLI::App& list =
        add(*group, "list", "List the accounts", "passerelle account list --data centre.db",
            [this] { return account_list_command(account_); });
    list.add_option("--data", account_.data, "The data file")->required();
    CLI::App& token = add(*group, "token", "Make a token for a system that does not log in",
                          "passerelle account token --data centre.db prometheus --days 365",
                          [this] { return account_token_command(account_); });
    token.add_option("ACCOUNT", account_.account, "Whose")->required();
    token.add_option("--data", account_.data, "The data file")->required();
    token.add_option("--days", account_.days, "How long it lasts")->check(CLI::Range(1, 3650));
    CLI::App& removal = add(*group, "remove", "Take the right to log in away, and end the sessions",
                            "passerelle account remove --data centre.db claire",
                            [this] { return account_remove_command(account_); });
    removal.add_option("ACCOUNT", account_.account, "As typed at log-in")->required();
    removal.add_option("--data", account_.data, "The data file")->required();
  }

  void store() {
    CLI::App* group = app_.add_subcommand("store", "Care of a data file");
    group->require_subcommand(1);
    const auto data = [this](CLI::App& app) {
      app.add_option("--data", store_.data, "The data file")->required();
    };
    data(add(*group, "check", "Look for damage", "passerelle store check --data centre.db",
             [this] { return store_check_command(store_); }));
    data(add(*group, "stats", "Count what is in it", "passerelle store stats --data centre.db",
             [this] { return store_stats_command(store_); }));
    data(add(*group, "compact", "Give free space back to the disk",
             "passerelle store compact --data centre.db",
             [this] { return store_compact_command(store_); }));
    data(add(*group, "reindex", "Make the search index anew, after a change of program or zone",
             "passerelle store reindex --data centre.db",
             [this] { return store_reindex_command(store_); }));
    CLI::App& backup = add(*group, "backup", "Copy it whole",
                           "passerelle store backup --data centre.db --to monday.db",
                           [this] { return store_backup_command(store_); });
    data(backup);
    backup.add_option("--to", store_.to, "The new file")->required();
  }

  void suite() {
    CLI::App& app =
        add(app_, "suite", "Run a conformance suite of others over a folder",
            "passerelle suite dmn-tck suites/dmn-tck", [this] { return suite_command(suite_); });
    app.add_option("NAME", suite_.name, "dmn-tck, fhirpath, fhir-examples or bpmn")->required();
    app.add_option("DIR", suite_.folder, "The suite's folder")->required();
    app.add_option("--csv", suite_.csv, "dmn-tck: write the result lines that vendors publish");
  }

  void expressions() {
    CLI::App& one = add(app_, "feel", "Evaluate a FEEL expression",
                        R"(passerelle feel 'age >= 70' --context '{"age": 71}')",
                        [this] { return feel_command(feel_); });
    one.add_option("EXPR", feel_.expression)->required();
    one.add_option("--context", feel_.context, "Names and values as JSON, or @FILE");
    one.add_option("--zone", feel_.zone, "Of now() and today()");
    one.add_option("--now", feel_.now, "The instant of now()");
    one.add_flag("--json", feel_.json, "The result as JSON");

    CLI::App& two =
        add(app_, "dmn", "Take a decision of a DMN file and tell which rules fired",
            R"(passerelle dmn triage.dmn --decision Channel --input '{"enrolment": {"age": 71}}')",
            [this] { return dmn_command(dmn_); });
    two.add_option("FILE", dmn_.file);  // dmn_command() asks for it: `dmn replay` has its own
    two.add_option("--decision", dmn_.decision, "Its name; without it the decisions are listed");
    two.add_option("--input", dmn_.input, "Inputs by name as JSON, or @FILE");
    two.add_option("--language", dmn_.language,
                   "Of the rules in words, such as fr; else that of LANG");
    CLI::App& replay =
        add(two, "replay", "Take a decision for every line of a file, and count which rules fired",
            "passerelle dmn replay triage.dmn --decision Triage --inputs days.ndjson",
            [this] { return dmn_replay_command(replay_); });
    replay.add_option("FILE", replay_.file)->required();
    replay.add_option("--decision", replay_.decision, "Its name; needed when the file has several");
    replay
        .add_option("--inputs", replay_.inputs,
                    "One JSON object of inputs a line; - reads them as they come")
        ->required();
    replay.add_flag("--words", replay_.words, "Tell in words why, in the field `why` of each line");
    replay.add_option("--language", replay_.language,
                      "Of the words, such as fr; else that of LANG");

    CLI::App& check = add(app_, "validate", "Check FHIR resources, and the profiles they claim",
                          "passerelle validate patient.json --definitions records/fr-core",
                          [this] { return validate_command(validate_); });
    check.add_option("FILES", validate_.files, "Resources in JSON or XML, or folders")->required();
    check.add_option("--definitions", validate_.definitions,
                     "Profiles, value sets and code systems: files or folders");
    check.add_option("--profile", validate_.profiles,
                     "The canonical of a profile to which each resource must conform");
    check.add_flag("--strict", validate_.strict, "A claimed profile that is not there is an error");
    check.add_flag("--json", validate_.json, "An OperationOutcome for each resource");

    CLI::App& three = add(app_, "fhirpath", "Evaluate a FHIRPath expression on a resource",
                          "passerelle fhirpath 'Patient.name.given' patient.json",
                          [this] { return fhirpath_command(fhirpath_); });
    three.add_option("EXPR", fhirpath_.expression)->required();
    three.add_option("FILE", fhirpath_.file, "JSON or XML")->required();
    three.add_flag("--types", fhirpath_.types, "Each item with its type");

    CLI::App& four = add(app_, "bpmn", "Write a BPMN model again, draw it, compare it with another",
                         "passerelle bpmn model.bpmn --layout --out drawn.bpmn",
                         [this] { return bpmn_command(bpmn_); });
    four.add_option("FILE", bpmn_.file, "A BPMN 2.0 file of any editor")->required();
    CLI::Option* out = four.add_option("--out", bpmn_.out, "Write to this file, not to the screen");
    CLI::Option* layout = four.add_flag("--layout", bpmn_.layout,
                                        "Draw it anew; else it is drawn only where it is not");
    four.add_option("--compare", bpmn_.compare,
                    "Write nothing; say where this file first means something else (exit code 1)")
        ->excludes(out)
        ->excludes(layout);
  }

  CLI::App app_;
  std::vector<Command> commands_;
  CheckOptions check_;
  RehearseOptions rehearse_;
  RunOptions run_;
  MigrateOptions migrate_;
  ReviewOptions review_;
  ImportOptions import_;
  AccountOptions account_;
  StoreOptions store_;
  SuiteOptions suite_;
  FeelOptions feel_;
  DmnOptions dmn_;
  DmnReplayOptions replay_;
  ValidateOptions validate_;
  FhirPathOptions fhirpath_;
  BpmnOptions bpmn_;
};

}  // namespace
}  // namespace passerelle::cli

int main(int argc, char** argv) {
  passerelle::cli::CommandLine line;
  return line.main(argc, argv);
}
