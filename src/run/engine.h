// The running pathways: step() with a real clock on the durable store. Whatever one stimulus
// changes (case state, resources, work, timers, events, messages to send) is one commit; a reply
// leaves after it. Kill the process anywhere: nothing acknowledged is lost, nothing is done twice,
// every timer fires exactly once.
//
// Work items are FHIR Tasks, answers QuestionnaireResponses, patients Patients: other systems see
// them over FHIR like everything else. The engine is stateless but for a cache of loaded packages
// and of actors' numbers; two stimuli for one case are ordered by the case's revision in the store.
// All of it may be called from any thread. Instants are parameters: there is no clock here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "fhir/search_values.h"
#include "fhir/validate.h"
#include "gateway/gateway.h"
#include "pathway/event.h"
#include "pathway/package.h"
#include "run/records.h"
#include "store/store.h"

namespace passerelle::run {

// Who acts: an account (or a patient by a link), with the roles in which it may act.
struct Actor {
  std::string account;  // "" = the patient by a link
  std::string name;     // shown to others who meet the lock
  std::vector<std::string> roles;
  std::vector<std::string> skills;  // beside those of the roles
  // Skills that it has from a day on, and not before, also when its roles have them: newcomers.
  std::map<std::string, pathway::LocalDay> skills_from;
  std::string language = "fr";
  bool everything = false;  // an administrator, a system with full access: may see and do all
};

// linkId -> text, as typed or chosen.
using Answers = std::map<std::string, std::string>;
Answers answers_of(json::Value object);  // of texts, numbers and booleans
using Refusals = std::vector<pathway::Refusal>;
using PackagePointer = std::shared_ptr<const pathway::Package>;  // the cache, and whoever uses it

// As many bytes as asked for, from the operating system, for secrets only.
std::string system_random_bytes(size_t count);

struct Settings {
  // The search parameters that were added to the record; null: those of the specification only. It
  // must outlive the engine.
  const fhir::AddedSource* search_parameters = nullptr;
  // What is wrong with a resource that a case, or a package, writes, by the profiles that it
  // claims, too. Null: by R4 alone.
  std::function<std::vector<fhir::Issue>(json::Value resource)> validate;
  std::string base_url = "http://127.0.0.1:8080";  // a patient's link is base_url + "/f/" + token
  // How the site indexes what is written (run/indexing.h): the zone of dates without one, and the
  // address of its FHIR door. The same for all who write.
  Zone zone = Zone::utc();
  std::string fhir_url;
  std::chrono::hours link_life{24 * 7};  // at most; the work's end ends it sooner
  std::function<std::string(size_t)> random_bytes = system_random_bytes;
  int delivery_tries = 6;  // a minute after the first, then twice as long each time; then work
  // Where a message to a role of staff goes ("" = nowhere: it becomes a task for somebody). Not
  // set: to the role's id, which the folder gateway takes.
  std::function<std::string(std::string_view role)> address_of_role;
  // Who may log in: named to whoever lacks a skill that work needs. Not set: nobody is.
  std::function<std::vector<Actor>()> staff;
};

struct PathwayInfo {
  PackagePointer package;  // the version that new cases get
  int64_t open_cases = 0;  // of all versions
};

// ---- What pages show ----

struct TimelineEvent {
  Instant at{};
  uint32_t item = 0;
  std::string activity, name;  // BPMN id, and its label in words
  std::string lifecycle, role, actor, channel;
  std::string data;  // JSON object, or "" when nothing was recorded
  std::string why;   // of a decision: the rules that fired, in words; JSON list, or ""
};

// A text of rules that work shows, with the rules that gave it, in words.
struct Why {
  std::string text;   // as in WorkItem::show
  Instant at{};       // of the decision
  std::string rules;  // JSON list
};

struct PastAnswers {
  Instant at{};
  std::string work, activity, form;
  std::string values;  // JSON object {link_id: value}
};

struct Trend {  // a number that was answered more than once, or could be
  std::string link_id, label, unit;
  std::vector<std::pair<Instant, double>> points;
};

// Work of the actor's roles that needs a skill which the actor does not have.
struct KeptBack {
  WorkItem item;
  std::vector<std::string> skills;  // those that are lacking, in words
  std::vector<std::string> who;     // names of people who could do it now
  std::string reason, help;         // in words
};

struct Worklist {
  std::vector<WorkItem> items;
  std::vector<KeptBack> kept_back;
};

struct WorkDetails {
  PackagePointer package;  // owns `form`
  WorkItem item;
  const pathway::Form* form = nullptr;  // null: no form is filled
  std::vector<Why> why;                 // of what it shows, where rules said it
  std::optional<KeptBack> kept_back;    // the actor may not take it, and why
  std::vector<Trend> trends;
  std::vector<PastAnswers> answers;  // oldest first
  std::vector<TimelineEvent> timeline;
};

struct CaseSummary {
  uint64_t number = 0;
  std::string pathway, version;
  PatientBrief patient;
  Instant opened{};
  std::optional<Instant> ended;
  std::vector<std::string> at;    // BPMN ids where its tokens are
  std::string attributes = "{}";  // JSON object: what was recorded with case="true"
};

struct CaseDetails {
  CaseSummary summary;
  std::vector<WorkItem> work;         // open, patients' too
  std::string variables = "{}";       // JSON object
  std::vector<std::string> messages;  // that something of it waits for now
  std::vector<Trend> trends;
  std::vector<PastAnswers> answers;
  std::vector<TimelineEvent> timeline;
};

struct CaseQuery {
  std::string pathway, patient;  // "" = any; patient: an id
  std::string text;              // parts of the patient's name; "" = any
  std::optional<store::CaseStatus> status;
  uint64_t after = 0;  // CasePage::next
  size_t limit = 50;
};
struct CasePage {
  std::vector<CaseSummary> cases;  // in the order in which they were opened
  uint64_t next = 0;               // 0 = that was all
};

// ---- What comes back from doing ----

struct Opening {
  std::string pathway;
  std::string patient;           // FHIR Patient, JSON; with the id of one that is there: that one
  bool start_first_work = true;  // locks the first work for the actor, if it may do it
  std::string idempotency_key;   // "" = none
};
struct Opened {
  uint64_t case_number = 0;
  std::string patient_id;
  std::optional<WorkItem> work;
  bool repeated = false;  // the same key was used before: this is what was done then
};

struct Completion {
  bool done = false;
  bool repeated = false;
  Refusals refusals;  // when not done
};

// ---- The patient's door ----

enum class LinkState {
  open,
  already_sent,  // the answers are there
  closed,        // it has expired, or the case has moved on
  unknown,       // no such link
};
struct LinkForm {
  LinkState state = LinkState::unknown;
  // The rest is filled for all but unknown links.
  PackagePointer package;  // owns `form`
  const pathway::Form* form = nullptr;
  uint64_t case_number = 0;
  std::string work;  // id of the work item, "" when none is known
  std::string patient_name, language;
  Answers draft;
};
struct LinkCompletion {
  LinkState state = LinkState::unknown;  // already_sent after sending, now or before
  bool done = false;                     // by this call
  Refusals refusals;                     // open, and not done
};

// ---- Moving cases to another version ----

struct MigrationRequest {
  std::string pathway;
  PackagePointer to;  // null: the version that new cases get; else one that has been deployed, or
                      // any when nothing is moved
  std::string from;   // a version; "" = all others
  bool dry_run = false;    // only tells
  bool undecided = false;  // moves also cases of which nobody can say whether they could stand so
};

// What came of the cases of one version, or would come.
struct MigratedVersion {
  struct Element {         // at which cases stand; a case counts once for each
    std::string id, name;  // of the earlier version
    std::string becomes;   // BPMN id in the new one, where any of them has moved
    size_t cases = 0, moved = 0;
  };
  struct Refused {
    uint64_t number = 0;
    std::string element;  // BPMN id of what has no place, or ""
    std::string reason, help;
  };
  std::string version;
  std::vector<pathway::Finding> findings;  // of the two versions, whatever the cases
  size_t cases = 0, moved = 0;
  std::vector<Element> elements;  // in the order of the pathway
  std::vector<Refused> refused;   // they stay on their version and go on
};

struct MigrationReport {
  std::string pathway, to;
  bool dry_run = false;
  std::vector<MigratedVersion> versions;
};

struct OutboxItem {
  store::Message message;
  std::string pathway, activity, to;
};

struct DeliveryCount {
  size_t delivered = 0, later = 0, failed = 0;
};

class Engine {
 public:
  // The store outlives the engine.
  Engine(store::Store& store, Settings settings);
  ~Engine();

  // ---- pathways ----
  // Keeps the package's files under its id and version, so that open cases go on with the version
  // they were opened with, and makes it the version of new cases. `conflict` when another content
  // is known under that version.
  Result<void> deploy(PackagePointer package, Instant now);
  Result<std::vector<PathwayInfo>> packages();
  Result<PackagePointer> package(std::string_view pathway);  // of new cases
  Result<PackagePointer> package(std::string_view pathway, std::string_view version);
  // Open cases by BPMN id of the nodes where they stand; a case counts once a node.
  Result<std::map<std::string, int64_t>> counts(std::string_view pathway);
  // Moves open cases to another version of their pathway (pathway/migration.h), each in a commit of
  // its own, while everything else goes on. For administrators.
  Result<MigrationReport> migrate(const MigrationRequest& request, const Actor& actor, Instant now);
  // The events of all its cases, in the order in which they happened.
  Result<pathway::EventLog> event_log(std::string_view pathway);

  // ---- cases and work ----
  Result<Opened> open_case(const Opening& opening, const Actor& actor, Instant now);
  Result<CasePage> cases(const CaseQuery& query, const Actor& actor);
  Result<CaseDetails> read_case(uint64_t number, const Actor& actor);
  // What the actor may do now, most urgent first: priority, due, age; apart from it what the actor
  // lacks a skill for. `role` "" = of all its roles; `mine`: only what it holds. Patients' own
  // forms are not in it.
  Result<Worklist> worklist(const Actor& actor, std::string_view role, bool mine, Instant now);
  Result<WorkDetails> work(std::string_view id, const Actor& actor, Instant now);

  // Each gives the work as it then stands. `conflict` names who holds it.
  Result<WorkItem> take(std::string_view id, const Actor& actor, Instant now);
  Result<WorkItem> release(std::string_view id, const Actor& actor, Instant now);
  Result<WorkItem> begin(std::string_view id, const Actor& actor, Instant now);
  // By form: the answers' texts are read by it. An incident: {variable: JSON text or plain text}.
  Result<Completion> complete(std::string_view id, const Answers& answers, const Actor& actor,
                              std::string_view idempotency_key, Instant now);
  // The work cannot be done: what the pathway draws for the BPMN error of this code happens
  // instead. `conflict` when it draws nothing for it.
  Result<Completion> raise(std::string_view id, std::string_view code, const Actor& actor,
                           std::string_view idempotency_key, Instant now);
  // `payload`: JSON object or ""; read by the message's form when it has one.
  Result<Completion> tell(uint64_t case_number, std::string_view message, std::string_view payload,
                          const Actor& actor, std::string_view idempotency_key, Instant now);

  // ---- the patient's door: an Error only when the store cannot ----
  Result<LinkForm> open_link(std::string_view token, Instant now);
  Result<LinkState> save_draft(std::string_view token, const Answers& draft, Instant now);
  Result<LinkCompletion> complete_by_link(std::string_view token, const Answers& answers,
                                          std::string_view language, Instant now);

  // ---- time and messages ----
  // Opens the cases that open by themselves, fires what is due until now, in order, each exactly
  // once, and lets cases hear what others have told them, each at most once; how much was done. A
  // timer that cannot fire (its package does not load) stays and is told by `problem`, the others
  // fire.
  Result<size_t> run_due(Instant now, size_t limit,
                         const std::function<void(const Error&)>& problem = {});
  Result<std::optional<Instant>> next_due();  // of timers, and of cases that open by themselves
  // The earliest instant later than `after` at which there is something to do: a timer is due, a
  // message may leave, or one that was leaving when a program died is looked at again.
  Result<std::optional<Instant>> next_change(Instant after);
  // Sends what waits. An attempt is on the disk before the message leaves, so that a crash between
  // leaving and acknowledgement is seen: such a message is not sent again but shown to a person,
  // except by a gateway that drops repeats (the folder). What cannot be delivered becomes work.
  Result<DeliveryCount> deliver(const gateway::Gateways& gateways, Instant now, size_t limit);
  Result<std::vector<OutboxItem>> outbox(size_t limit);  // waiting, and failed with open work
  // Forgets idempotency keys, expired links and drafts that nobody can use any more.
  Result<void> tidy(Instant now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::run
