#include "pathway/check/catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"
#include "base/text.h"
#include "pathway/cohort_draw.h"
#include "pathway/pathway.h"

namespace passerelle::pathway {
namespace {

using enum Severity;

constexpr std::array check_rows = {
    // ---- files ----
    CheckKind{"missing-file", error, "the package has no {0}",
              "A package is whole or it is not run: what is missing would be missed by a patient.",
              "add the file; docs/package.md says what it holds"},
    CheckKind{"unreadable-file", error, "{1}", "Nothing of this file can be used.",
              "correct the file at this place"},
    CheckKind{"unknown-key", error, "nobody reads the key '{0}'",
              "What stands there would change nothing, whatever it says.", "did you mean: {1}?"},
    CheckKind{"missing-key", error, "the key '{0}' is missing here",
              "Without it the rest cannot be understood.",
              "add it; docs/package.md says what it means"},
    CheckKind{"wrong-value", error, "{0}", "The value cannot be used.", "correct the value"},
    CheckKind{"unknown-scenario", error, "there is no scenario called '{0}'",
              "Nothing could be compared.", "choose one of: {1}"},
    CheckKind{"scenario-target", error, "the change has no target: {0}",
              "The scenario would be the same as the package and prove nothing.", "give {1}"},
    CheckKind{"scenario-broken", error, "under scenario '{0}': {1}",
              "The scenario could not be rehearsed.", "correct the scenario's changes"},
    // ---- words ----
    CheckKind{"text-missing-language", error, "the text '{0}' is missing in '{1}'",
              "Somebody who reads this language would see a key instead of words.",
              "add it to texts/{1}.yaml"},
    CheckKind{"text-placeholder", error,
              "the text '{0}' in '{1}' says {2}, which {3} does not fill",
              "Whoever gets the message would read the braces instead of what they stand for.",
              "correct the name, or fill it by a p:show of the send task"},
    CheckKind{"text-without-link", error,
              "the text '{0}' in '{1}' has no {link}, though {2} sends one",
              "The patient would get a message without the form that it asks for.",
              "write {link} where the address of the form is to stand"},
    CheckKind{"text-unknown", error, "no texts file has the key '{0}', which {1} uses",
              "Patients or staff would see the key instead of words.",
              "add the key to every file of texts/, or correct its name"},
    CheckKind{"form-text-missing", error, "{0} of form '{1}' has no text in '{2}'",
              "Somebody who reads this language could not answer.",
              "add a translation extension to the form"},
    CheckKind{"name-in-two-packages", error,
              "the {0} '{1}' {2} one thing here and another in a package that is called",
              "Somebody would read, or be asked, what was not meant for them.",
              "rename it in one of the packages"},
    CheckKind{"form-condition", error, "{0}",
              "The question would be hidden for ever, or shown when it should not be.",
              "correct enableWhen"},
    CheckKind{"rule-words-missing", warning,
              "{0} of the decision '{1}' {2} the same in every language: {3}",
              "Whoever asks why a rule fired reads them, perhaps in a language that is not theirs.",
              "add the keys to every file of texts/"},
    // ---- organisation ----
    CheckKind{"post-of-no-staff", error, "the post '{0}' names '{1}', who is no staff",
              "Nobody would take the patient's own work out of a list.",
              "name roles of staff, or leave out `staff: false` of that role"},
    CheckKind{"learning-unknown-task", error,
              "the learning of '{0}' names '{1}', which is no task of staff",
              "Nobody would ever move along that curve.",
              "use BPMN ids of tasks that people do, or leave out `activities`"},
    CheckKind{"unknown-role-name", error, "organisation.yaml has no role '{0}'",
              "Nobody would do what is meant for it.", "use one of: {1}"},
    CheckKind{"role-without-staff", error, "nobody is ever on duty as '{0}', who must do '{1}'",
              "The work would wait for ever.",
              "give the role shifts with people, or the task another role"},
    CheckKind{
        "hours-without-cover", error,
        "'{0}' has a deadline, but when it is opened from {1} to {2} nobody of {3} is on duty "
        "before the deadline ({4})",
        "A patient would be promised an answer that nobody is there to give.",
        "add a shift, a fallback role or a longer deadline for these hours"},
    CheckKind{
        "night-route-missing", error,
        "'{0}' has no night route: when it is opened from {1} to {2} nobody of {3} is on duty "
        "before the deadline ({4})",
        "An urgent patient would wait until the morning.",
        "declare the night route: an on-call role as fallback, or in p:role of the task"},
    CheckKind{"work-time-missing", error, "organisation.yaml says no working time for '{0}'",
              "The rehearsal would take the work for free and promise too much.",
              "add it under work_times, with its source or `assumption: true`"},
    CheckKind{"work-time-unknown", error, "there is no task '{0}' in pathway.bpmn{1}",
              "The time would be counted for nothing.", "use the BPMN id of a task for people"},
    CheckKind{"figure-without-source", warning, "nobody says where the figure for {0} comes from",
              "Who reads the rehearsal cannot know what to trust.",
              "add `source:`, or `assumption: true`"},
    CheckKind{"coordinator-without-staff", error, "nobody is ever on duty as the coordinator '{0}'",
              "Undelivered messages and stopped cases would reach nobody.",
              "give the role shifts with people"},
    CheckKind{"learning-missing", warning,
              "role '{0}' does new work, but nobody planned training hours",
              "New staff are slower and unsure at first; without a plan that comes as a surprise.",
              "add the role under learning, with training hours"},
    CheckKind{"handover-without-receiver", error,
              "'{0}' may be opened in the last {1} min before {2}, when all of {3} leave: nobody "
              "takes it over before its deadline",
              "Work that the last of a shift cannot finish would be handed to nobody.",
              "let the shifts overlap, name a fallback that is on duty then, or promise less"},
    CheckKind{
        "work-exceeds-hours", error,
        "{0}: from {1}, {2} of work fall due and {3} are on duty (load {4}; {5})",
        "Deadlines would be missed however well the work is shared, and staff would be worn "
        "out before anybody looks for the cause.",
        "plan more people for these hours, a longer deadline, fewer patients or shorter work"},
    CheckKind{"skill-untrained", error,
              "'{0}' needs the skill '{1}', which nobody of {2} has or is trained in",
              "Somebody would have to do what they have not learnt.",
              "add the skill to a role, plan its training (learning: teaches), or give the task "
              "another role"},
    CheckKind{"single-person", warning,
              "{0}: all rests on a single person, the one of '{1}' (week of {2})",
              "When this person is ill or on leave, nobody does the work.",
              "plan a second person, or a fallback role"},
    CheckKind{"escalation-nowhere", error, "{0} of role '{1}' leads nowhere: {2}",
              "Who is overburdened or in doubt would call and reach nobody.",
              "name a role with staff, or remove it"},
    CheckKind{"message-to-nobody", error, "'{0}' sends to '{1}', where nobody is ever on duty",
              "The message would be sent and read by nobody.",
              "give the role shifts with people, or send it to another"},
    CheckKind{"earlier-work-unsaid", warning,
              "nobody says what the people of '{0}' did before the pathway",
              "New work that only comes on top of the old is paid for with overtime or with other "
              "patients' time.",
              "add `before:` to the role; `before: []` when its posts are made for the pathway"},
    CheckKind{"work-only-added", warning,
              "role '{0}' gains work, while nothing that it did before ceases ('{1}' goes on)",
              "The same people cannot do more in the same hours: something is left undone, and "
              "nobody has decided what.",
              "say under `before:` what ceases, or plan posts for the new work"},
    // ---- patients ----
    CheckKind{"no-path-without-smartphone", error,
              "'{0}' is answered by patients, but there is no path without a smartphone{1}",
              "People without a smartphone would be left out and counted as silent.",
              "add a task for staff with the same form, and a channel without `needs_smartphone` "
              "whose `by` is its role"},
    CheckKind{
        "free-text-unread", warning,
        "patients can write freely in '{0}' of form '{1}', and nobody of staff is sure to see it",
        "A patient may write something grave that nobody reads.",
        "ask a question with options, or let a task for staff that always follows show it "
        "(p:show)"},
    CheckKind{"text-hard-to-read", warning, "{0} is hard to read in '{1}': {2}; hardest: \"{3}\"",
              "Patients who are ill, old or new to the language would misunderstand or give up.",
              "write shorter sentences and more common words"},
    CheckKind{"form-longer-than-announced", warning,
              "the text '{0}' in '{1}' announces {2} min, but form '{3}' takes at least {4} min",
              "Patients who are promised less than it takes stop in the middle, or do not come "
              "back.",
              "announce what it takes, or ask less"},
    // ---- the process ----
    CheckKind{"unreachable-node", error, "no case can ever come to '{0}'{1}",
              "What is drawn there would never happen, and nobody would miss it before a patient "
              "does.",
              "draw a flow that leads there, or remove it"},
    CheckKind{"join-deadlock", error, "'{0}' can wait for ever: nothing comes {1}{2}",
              "The case would stop there silently: no work, no incident, nobody who is asked to "
              "act.",
              "let every way that can be taken lead to the join, or join by the kind of gateway "
              "that split: exclusive after exclusive, inclusive after inclusive"},
    CheckKind{"join-left-waiting", warning,
              "'{0}' can be left waiting when all else has ended: nothing comes {1}{2}",
              "The case would not end by itself and would stay in everybody's lists.",
              "join the strands before they come a second time, or end them elsewhere"},
    CheckKind{"done-twice", warning,
              "what follows '{1}' can be done twice: it lets every strand of '{0}' through",
              "A patient would be called, or sent to, once for each strand.",
              "join the strands by a parallel or an inclusive gateway instead"},
    CheckKind{"loop-without-exit", error, "nothing leads out of the loop {0}",
              "No case that comes there would ever end, and nothing takes it back.",
              "draw a way out: a gateway, or an event that interrupts it"},
    CheckKind{"loop-without-wait", warning,
              "the loop {0} does not wait for anything, and nothing in it changes what it decides "
              "by",
              "A case that turns once would turn until it stops as an incident (`endless`).",
              "put a task or a timer into the loop, or set what its conditions read"},
    CheckKind{"timer-beaten", warning, "'{0}' can never happen: '{1}' always comes before it",
              "A reminder or an alarm that the team counts on would never go off.",
              "make its time shorter, or let '{1}' not interrupt"},
    CheckKind{"timer-without-time", warning, "'{0}' waits for no time: it is due at once",
              "Nobody would have the time to act before it goes off.",
              "write a duration above zero, e.g. PT4H"},
    CheckKind{"message-unused", warning, "the message '{0}' is declared, and nothing names it",
              "Somebody may send it and expect the case to act.",
              "draw the event that waits for it, or remove it"},
    CheckKind{"signal-unheard", warning, "'{0}' throws the signal '{1}', which nothing waits for",
              "A signal stays in its case: nothing would happen.",
              "catch it in this process, send a message instead, or remove it"},
    CheckKind{"process-too-large", warning,
              "cannot decide whether '{0}' can get stuck: its strands can stand in more than {1} "
              "ways",
              "A join that waits for ever would be found by a patient first.",
              "put strands that belong together into sub-processes of their own"},
    // ---- decisions ----
    CheckKind{"rule-item-missing", error,
              "the decision '{0}' reads '{1}', but form '{2}' has no item of that name",
              "The rule would always see an empty answer and never fire.",
              "add the item to the form, or correct the name: {3}"},
    CheckKind{"rule-type-misfit", error,
              "the rule compares '{0}' with {1}, but form '{2}' answers it with {3}",
              "The comparison would never hold, whatever the patient answers.",
              "compare it with {3}"},
    CheckKind{"rule-unknown-option", error,
              "the rule compares '{0}' with {1}, which is none of its options in form '{2}'",
              "No answer would ever meet it.", "use one of: {3}"},
    CheckKind{"rule-never-fires", warning, "rule {0} of the table '{1}' never fires: {2}",
              "What the rule was written for would not happen.",
              "correct the rule, put it before the others, or remove it"},
    CheckKind{"threshold-unit", error,
              "'{0}' is asked in '{1}' (form '{2}'), but {3} that it is compared with is in '{4}'",
              "Values would be compared as if they had the same unit: false alerts, or none.",
              "convert the threshold, or correct p:unit or the form's unit"},
    CheckKind{
        "table-gap", error, "no rule of the table '{0}' applies when {1}{2}",
        "A step of the process would stop there and wait for the coordinator; a decision that "
        "other decisions read would count as nothing: no alert at all.",
        "add a rule, a default output, or declare what the input can be (inputValues)"},
    CheckKind{"table-overlap", error, "rules {1} and {2} of the table '{0}' both apply when {3}",
              "A table with hit policy UNIQUE gives no result when two rules apply.",
              "make the rules disjoint, or choose another hit policy"},
    CheckKind{"table-conflict", error,
              "rules {1} and {2} of the table '{0}' both apply when {3}, with different results",
              "A table with hit policy ANY gives no result when rules disagree.",
              "make the rules agree"},
    CheckKind{"table-undecided", warning, "cannot decide whether the table '{0}' is complete: {1}",
              "A gap or an overlap would be found by a patient first.",
              "use intervals and lists of values in its cells, or cover it by cases"},
    // ---- evaluation ----
    CheckKind{"indicator-unknown-activity", error,
              "the indicator '{0}' counts '{1}', which is nothing in the pathway",
              "It would be zero for ever and look like success.",
              "use a BPMN id of pathway.bpmn{2}"},
    CheckKind{"indicator-unknown-field", error,
              "the indicator '{0}' reads the field '{1}', which no event of the pathway records",
              "It would be empty for ever.", "record the field in the BPMN (p:record){2}"},
    CheckKind{"indicator-impossible-event", error,
              "the indicator '{0}' waits for '{1}' of '{2}', which cannot happen",
              "It would be zero for ever and look like success.",
              "only tasks for people are offered, taken and started; other steps only complete"},
    CheckKind{"indicator-no-group", error,
              "indicators are compared by '{0}', which no event describes the case with",
              "Whether some are left behind could not be seen.",
              "record it with case=\"true\" (p:record)"},
    CheckKind{"groups-missing", warning, "no indicator is compared between groups",
              "Whether the pathway leaves some people behind could not be seen.",
              "add `groups:` to indicators.yaml, with attributes that cases tell"},
    CheckKind{"indicator-unknown-role", error,
              "the indicator '{0}' adds up the work of '{1}', which is no role{2}",
              "It would be zero for ever and look like success.",
              "use a role of organisation.yaml"},
    CheckKind{"target-without-owner", error, "the target of '{0}' has no owner",
              "A target that belongs to nobody is missed by everybody.",
              "name the role or person who answers for it"},
    CheckKind{"heading-empty", warning, "no indicator stands under the heading '{0}'",
              "The evaluation would look at a part of the impact only.",
              "add an indicator, or say in the README why not"},
    // ---- cases ----
    CheckKind{"case-failed", error, "case '{0}': expected {1}, saw {2}",
              "The pathway does not do what the team wrote down that it should.",
              "correct the pathway or the case"},
    CheckKind{"case-impossible", error, "case '{0}': {1}",
              "The example cannot be played, so it proves nothing.", "correct the case"},
    CheckKind{"no-cases", warning, "the package has no examples: cases.yaml is missing or empty",
              "Nobody has written down what should happen to an example patient.",
              "write cases into cases.yaml; docs/package.md says how"},
    // ---- acceptances ----
    CheckKind{"acceptance-incomplete", error, "the acceptance of '{0}' has no {1}",
              "Nobody could say later who took the risk, why, and until when.",
              "add it; docs/package.md, accepted.yaml"},
    CheckKind{"acceptance-expired", warning, "the acceptance of '{0}' ended on {1}",
              "What was acceptable then is not for ever.",
              "mend what it says, or have somebody accept it again"},
    CheckKind{"acceptance-unmatched", warning, "the acceptance of '{0}'{1} matches nothing",
              "It would silently take the next finding of this kind.",
              "remove it, or correct its name"},
    CheckKind{"acceptance-of-error", error, "'{0}' is an error, which nobody can accept",
              "An error is what a patient or a member of staff would suffer from.",
              "mend what it says"},
    // ---- moving cases to another version ----
    CheckKind{"migration-target", error, "migration.yaml names the {0} '{1}', which is not there",
              "What a case is doing would have no place.", "correct the name: {2}"},
    CheckKind{"migration-source", error,
              "migration.yaml cannot use the {0} '{1}' of version {2}: {3}",
              "No case of that version could be moved.",
              "use the names of the version that the cases come from"},
    CheckKind{"migration-no-place", warning,
              "a case of version {1} can stand at {0}, which has no place in this version: {2}",
              "Cases that stand there are refused and stay on their version until they stand "
              "elsewhere or end.",
              "name its place under `elements` of migration.yaml, or accept that they stay"},
    CheckKind{"migration-lost", warning,
              "{0} of version {1} is not in this version: cases lose it when they are moved",
              "A reminder that was promised would not come, or what was known would be forgotten.",
              "keep it, name what takes its place in migration.yaml, or accept the loss"},
    CheckKind{"migration-type", warning,
              "the variable '{0}' of version {1} holds another kind of value here: {2}",
              "Rules would read what they cannot understand; cases in which it has a value are "
              "refused.",
              "compute the new value from the old one under `variables` of migration.yaml, or "
              "give the new variable another name"},
    CheckKind{"migration-unreachable", warning,
              "cases of version {1} can stand {0}; in this version no case ever stands so{2}",
              "Moved, they would wait for what does not come, or do what was left out: they are "
              "refused and stay on their version.",
              "accept that they stay, or keep the order in which things are done"},
    CheckKind{"migration-undecided", warning,
              "not every way to stand in {0} of version {1} could be looked at beforehand",
              "Some cases may be refused: each is looked at by itself when it is moved.",
              "look at `passerelle migrate --dry-run` with the real cases"},
};

std::string fill(std::string_view text, std::initializer_list<std::string_view> arguments) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}' && text[i + 1] >= '0' &&
        text[i + 1] <= '9') {
      const auto index = static_cast<size_t>(text[i + 1] - '0');
      if (index < arguments.size()) out += *(arguments.begin() + index);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::span<const CheckKind> check_kinds() { return check_rows; }

const CheckKind* find_check_kind(std::string_view id) {
  const auto* found = std::find_if(check_rows.begin(), check_rows.end(),
                                   [&](const CheckKind& k) { return k.id == id; });
  return found == check_rows.end() ? nullptr : found;
}

Finding check_finding(std::string_view id, Place place,
                      std::initializer_list<std::string_view> arguments) {
  const CheckKind* kind = find_check_kind(id);
  CHECK(kind != nullptr, "every finding has its row in the catalogue");
  return {std::string(id),        kind->severity,
          std::move(place),       fill(kind->message, arguments),
          std::string(kind->why), fill(kind->help, arguments)};
}

std::vector<KindPage> all_kinds() {
  std::vector<KindPage> out;
  const auto example = [](std::string_view id) {
    const auto found = std::find_if(check_examples().begin(), check_examples().end(),
                                    [&](const CheckExample& each) { return each.id == id; });
    return found == check_examples().end() ? std::string_view() : found->text;
  };
  for (const CheckKind& kind : check_rows)
    out.push_back({kind.id, kind.severity, kind.message, kind.why, kind.help, example(kind.id), 0});
  const auto add = [&](std::span<const FindingKind> kinds, int chapter) {
    for (const FindingKind& kind : kinds)
      out.push_back({kind.id, kind.severity, {}, kind.why, kind.help, example(kind.id), chapter});
  };
  add(compile_finding_kinds(), 1);
  add(cohort_kinds::all, 2);
  return out;
}

std::string catalogue_page() {
  static constexpr std::array chapters = {
      "# What `passerelle check` can say\n\n"
      "Made from the tables in src/pathway/check/ (catalogue.cpp, examples.cpp); a test keeps them "
      "alike. Errors stop a package from being run, warnings do not; a warning can be accepted by "
      "name in accepted.yaml ([package.md](package.md)), an error cannot. In the messages {0}, "
      "{1}, … stand for names of the package.\n",
      "\n# What the compiler of the process can say\n\n"
      "Its messages name the element concerned; unsupported elements, attributes and expressions "
      "are errors at their place.\n",
      "\n# What the reader of cohort.yaml can say\n"};
  std::string out;
  int chapter = -1;
  for (const KindPage& kind : all_kinds()) {
    if (kind.chapter != chapter) out += chapters[static_cast<size_t>(chapter = kind.chapter)];
    out += "\n## " + std::string(kind.id) + "\n\n";
    out += kind.severity == error ? "Error" : "Warning";
    out += kind.message.empty() ? ".\n\n" : ": " + std::string(kind.message) + ".\n\n";
    out += "- Why: " + std::string(kind.why) + "\n";
    out += "- What to do: " + std::string(kind.help) + "\n";
    if (!kind.example.empty()) out += "- Example: " + std::string(kind.example) + "\n";
  }
  return out;
}

}  // namespace passerelle::pathway
