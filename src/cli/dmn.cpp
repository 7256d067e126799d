// passerelle dmn FILE --decision NAME --input JSON: one decision, with the rules that fired;
// passerelle dmn replay FILE --inputs NDJSON: one for every line.
#include "pathway/dmn/dmn.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/package_words.h"

namespace passerelle::cli {
namespace {

std::string decisions_of(const dmn::Model& model) {
  std::string text;
  for (const dmn::Item& decision : model.decisions()) {
    text += decision.name;
    std::string needs;
    for (const std::string& input : decision.required_inputs)
      needs += (needs.empty() ? "" : ", ") + input;
    for (const std::string& other : decision.required_decisions)
      needs += (needs.empty() ? "" : ", ") + other;
    text += (needs.empty() ? "" : "  (needs " + needs + ")") + "\n";
  }
  return text;
}

std::string told(const dmn::Fired& fired) {
  const dmn::Table::Rule& rule = fired.table->rules[fired.rule];
  const std::string words = dmn::annotation_of(rule);
  return "  " + to_text(rule.place) + ": rule " + std::to_string(fired.rule + 1) + " of " +
         fired.table->owner + (words.empty() ? "" : " (" + words + ")") + "\n";
}

// The language that was asked for, else that of the environment ("fr_FR.UTF-8"), else English.
std::string language_or_own(const std::string& asked) {
  if (!asked.empty()) return asked;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string(value).substr(0, 2);
  }
  return "en";
}

// The words that the package around a DMN file has for its rules: none when it is in no package, or
// in one that cannot be loaded.
class WordsAround {
 public:
  WordsAround(const std::string& file, const std::string& language) : language_(language) {
    const size_t slash = file.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
    if (!read_file(folder + "/organisation.yaml")) return;
    const auto files = pathway::read_package_files(folder);
    if (!files) return;
    std::vector<pathway::Finding> findings;
    package_ = pathway::load_package(*files, package_id(folder), "", findings);
    if (package_ == nullptr) {
      remark(
          "note: the package around the file has errors: labels are shown as they are written\n");
      return;
    }
    vocabulary_ = std::make_unique<pathway::PackageWords>(*package_, language_);
  }

  dmn::Telling tell(const dmn::Model& model, std::span<const dmn::Reason> why,
                    std::string_view decision) const {
    return dmn::Teller({&model, 1}, *vocabulary_, language_).tell(why, decision);
  }
  bool french() const { return language_ == "fr"; }

 private:
  std::string language_;
  std::unique_ptr<pathway::Package> package_;
  std::unique_ptr<dmn::Vocabulary> vocabulary_ = std::make_unique<dmn::Vocabulary>();
};

// One line a rule, those that it rests on below it. Counts what it tells.
std::string in_words(const std::vector<dmn::Told>& rules, bool french, unsigned depth,
                     size_t& count) {
  std::string text;
  for (const dmn::Told& told : rules) {
    ++count;
    text += std::string(2 + 2 * depth, ' ') + to_text(told.table->rules[told.rule].place) +
            (french ? ": règle " : ": rule ") + std::to_string(told.rule + 1) +
            (french ? " de " : " of ") + told.table->owner;
    std::string met;
    for (const std::string& each : told.met) met += (met.empty() ? ": " : "; ") + each;
    text += met + (told.says.empty() ? "" : " → " + told.says) +
            (told.note.empty() ? "" : " (" + told.note + ")") + "\n";
    text += in_words(told.below, french, depth + 1, count);
  }
  return text;
}

// The rules that fired and that nothing came of.
std::string the_rest(size_t count, bool french) {
  if (count == 0) return {};
  if (french) return "  et " + count_of(count, "règle", "règles") + " dont rien ne résulte ici\n";
  return "  and " + count_of(count, "rule", "rules") + " that made no difference here\n";
}

// All inputs that a decision needs, over the decisions that it needs.
void collect_inputs(const dmn::Model& model, const dmn::Item& decision, std::set<std::string>& seen,
                    std::set<std::string>& inputs) {
  if (!seen.insert(decision.name).second) return;
  inputs.insert(decision.required_inputs.begin(), decision.required_inputs.end());
  for (const std::string& name : decision.required_decisions)
    if (const dmn::Item* other = model.decision(name)) collect_inputs(model, *other, seen, inputs);
}

// A misspelt input would count as missing, and the answer would look as sure as any.
void compare_inputs(const dmn::Model& model, const dmn::Item& decision, json::Value given) {
  std::set<std::string> seen, needed;
  collect_inputs(model, decision, seen, needed);
  std::vector<std::string> known;
  for (const dmn::Item& input : model.inputs()) known.push_back(input.name);
  for (const auto& [name, value] : given.members()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = closest(name, known);
    remark("note: the file has no input '" + std::string(name) + "'" +
           (near.empty() ? "" : "; did you mean '" + near + "'?") + "\n");
  }
  for (const std::string& name : needed)
    if (!given[name].exists())
      remark("note: the input '" + name + "' is not given and counts as missing (null)\n");
}

}  // namespace

int dmn_command(const DmnOptions& options) {
  const std::string example = "passerelle dmn triage.dmn --decision Triage --input '{…}'";
  if (options.file.empty()) return fail_usage("FILE is required", example);
  auto xml = read_file(options.file);
  if (!xml) return fail(xml.error());
  auto model = dmn::Model::parse(*xml, options.file);
  if (!model) return fail(model.error());
  for (const Error& problem : model->problems()) remark(to_text(problem) + "\n");
  if (options.decision.empty()) {
    print(decisions_of(*model));
    return model->problems().empty() ? exit_ok : exit_findings;
  }
  if (model->decision(options.decision) == nullptr)
    return fail_usage(options.file + " has no decision '" + options.decision + "'; it has:\n" +
                          decisions_of(*model),
                      example);
  auto input = text_or_file(options.input);
  if (!input) return fail(input.error());
  auto document = json::Document::parse(*input);
  if (!document || !document->root().is_object())
    return fail_usage(
        "--input must be a JSON object" + (document ? "" : ": " + to_text(document.error())),
        R"(passerelle dmn triage.dmn --decision Channel --input '{"enrolment": {"age": 71}}')");

  compare_inputs(*model, *model->decision(options.decision), document->root());
  feel::Evaluation evaluation;
  evaluation.now = system_now();
  auto outcome = model->evaluate(options.decision, feel::from_json(document->root()), evaluation);
  if (!outcome) return fail(outcome.error());
  print(feel::to_json_text(outcome->value) + "\n");
  const WordsAround words(options.file, language_or_own(options.language));
  size_t count = 0;
  remark(
      in_words(words.tell(*model, outcome->why, options.decision).rules, words.french(), 0, count));
  remark(the_rest(outcome->fired.size() - std::min(count, outcome->fired.size()), words.french()));
  for (const feel::Note& note : evaluation.notes) remark("note: " + note.text + "\n");
  return outcome->value.is_null() && !evaluation.notes.empty() ? exit_findings : exit_ok;
}

// ---- replay ----

namespace {

class Replay {
 public:
  // `words`: null when nobody wants to read why.
  Replay(const dmn::Model& model, std::string decision, const WordsAround* words)
      : model_(model), decision_(std::move(decision)), words_(words) {}

  // One line of the answer, or nothing when the line is no object of inputs.
  std::string take(std::string_view line) {
    ++line_;
    if (trim(line).empty()) return {};
    const auto document = json::Document::parse(line);
    if (!document || !document->root().is_object()) {
      ++unread_;
      return "{\"line\":" + std::to_string(line_) + ",\"error\":" +
             json::quote(document ? "not a JSON object" : document.error().message) + "}\n";
    }
    evaluation_.clear();
    evaluation_.now = now_;
    const auto outcome = model_.evaluate(decision_, feel::from_json(document->root()), evaluation_);
    if (!outcome) {
      ++unread_;
      return "{\"line\":" + std::to_string(line_) +
             ",\"error\":" + json::quote(outcome.error().message) + "}\n";
    }
    ++taken_;
    std::string text = "{\"line\":" + std::to_string(line_) +
                       ",\"result\":" + feel::to_json_text(outcome->value) + ",\"fired\":[";
    for (const dmn::Fired& fired : outcome->fired) {
      ++counts_[{fired.table, fired.rule}];
      const dmn::Table::Rule& rule = fired.table->rules[fired.rule];
      text += (text.back() == '[' ? "{" : ",{");
      text += "\"table\":" + json::quote(fired.table->owner) +
              ",\"rule\":" + std::to_string(fired.rule + 1) + ",\"id\":" + json::quote(rule.id) +
              "}";
    }
    text += "]";
    if (words_ != nullptr)
      text += ",\"why\":" + dmn::to_json_text(words_->tell(model_, outcome->why, decision_).rules);
    text += ",\"notes\":[";
    for (const feel::Note& note : evaluation_.notes) {
      text += (text.back() == '[' ? "" : ",") + json::quote(note.text);
    }
    noted_ += evaluation_.notes.empty() ? 0 : 1;
    return text + "]}\n";
  }

  // What the rules of the tables that were asked did over the whole file, those that never fired
  // last: they are what a reader looks for.
  std::string summary() const {
    std::string text = count_of(taken_, "decision", "decisions");
    if (noted_ != 0) text += ", " + std::to_string(noted_) + " with notes";
    if (unread_ != 0) {
      text += ", " + count_of(unread_, "line", "lines") + " that could not be read";
    }
    text += "\n";
    std::set<const dmn::Table*> asked;
    for (const auto& [rule, count] : counts_) asked.insert(rule.first);
    std::string never;
    for (const dmn::Table& table : model_.tables()) {
      if (asked.count(&table) == 0) continue;
      for (size_t rule = 0; rule < table.rules.size(); ++rule) {
        const auto found = counts_.find({&table, rule});
        const std::string name = told({&table, rule});
        if (found == counts_.end()) {
          never += name;
        } else {
          text += "  " + std::to_string(found->second) + name;
        }
      }
    }
    return text + (never.empty() ? "" : "never fired:\n" + never);
  }

  bool is_clean() const { return unread_ == 0 && noted_ == 0; }

 private:
  const dmn::Model& model_;
  std::string decision_;
  const WordsAround* words_;
  feel::Evaluation evaluation_;
  Instant now_ = system_now();
  std::map<std::pair<const dmn::Table*, size_t>, size_t> counts_;
  size_t line_ = 0, taken_ = 0, noted_ = 0, unread_ = 0;
};

}  // namespace

int dmn_replay_command(const DmnReplayOptions& options) {
  const auto xml = read_file(options.file);
  if (!xml) return fail(xml.error());
  const auto model = dmn::Model::parse(*xml, options.file);
  if (!model) return fail(model.error());
  std::string decision = options.decision;
  if (decision.empty() && model->decisions().size() == 1) decision = model->decisions()[0].name;
  if (decision.empty() || model->decision(decision) == nullptr)
    return fail_usage((decision.empty() ? "say which decision by --decision"
                                        : options.file + " has no decision '" + decision + "'") +
                          std::string("; it has:\n") + decisions_of(*model),
                      "passerelle dmn replay triage.dmn --decision Triage --inputs days.ndjson");
  std::ifstream file;
  if (options.inputs != "-") {
    file.open(options.inputs);
    if (!file)
      return fail(Error{ErrorCode::not_found, "the file of inputs cannot be read", options.inputs,
                        "check its path"});
  }
  std::istream& lines = options.inputs == "-" ? std::cin : file;
  std::optional<WordsAround> words;
  if (options.words) words.emplace(options.file, language_or_own(options.language));
  Replay replay(*model, decision, words ? &*words : nullptr);
  for (std::string line; std::getline(lines, line);) print(replay.take(line));
  remark(replay.summary());
  return replay.is_clean() ? exit_ok : exit_findings;
}

}  // namespace passerelle::cli
