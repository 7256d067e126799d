// What the parts of the engine share.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "run/actor_numbers.h"
#include "run/change.h"
#include "run/engine.h"
#include "run/library.h"

namespace passerelle::run {

struct Announcement;  // run/announcement.h

class Engine::Impl {
 public:
  Impl(store::Store& the_store, Settings the_settings)
      : store(the_store), settings(std::move(the_settings)), library(store), actors(store) {
    writing.extract.added = settings.search_parameters;
    writing.validate = settings.validate;
    writing.extract.zone = settings.zone;
    writing.extract.base_url = settings.fhir_url;
  }

  using Act = std::function<Result<void>(Change&)>;

  // Loads the case, lets `act` change it and commits; from the start when another was quicker. What
  // `act` has not changed is not committed. With an idempotency key that was used before: what was
  // done then, with `repeated` set.
  Result<store::Receipt> move(uint64_t number, Instant now, std::string_view key, const Act& act);
  // Ready to commit, or nothing when `act` changed nothing.
  Result<std::optional<store::Transaction>> prepare(uint64_t number, Instant now, const Act& act);
  // Whether the key was used: what was done then.
  std::optional<store::Receipt> repeated(std::string_view key, Instant now);

  Result<Doer> doer(const Actor& actor, std::string role, Instant now);
  // Why the actor may not have the work that its role could do; nothing: it may. What is taken
  // already stays with whoever has it.
  struct Staff {  // asked for when somebody is to be named, once for a whole list
    std::optional<std::vector<Actor>> people;
    std::map<std::string, std::vector<std::string>> could;  // names, by pathway and activity
  };
  std::optional<KeptBack> kept_back(const pathway::Package& package, const WorkItem& work,
                                    const Actor& actor, Instant now, Staff& staff) const;
  // For the coordinator: work that is free and that nobody has the skills for.
  std::optional<KeptBack> nobody_could(const pathway::Package& package, const WorkItem& work,
                                       const Actor& actor, Instant now, Staff& staff) const;
  const std::vector<std::string>& who_could(const pathway::Organisation& organisation,
                                            const WorkItem& work, Instant now, Staff& staff) const;
  // The work, what may be done with it being known: open, of a role of the actor and within its
  // skills, not another's.
  Result<Doer> claim(Change& change, const WorkItem& work, const Actor& actor, Instant now);
  Result<WorkItem> lock(pathway::Stimulus::Kind kind, std::string_view id, const Actor& actor,
                        Instant now);

  // Words and names for a page; patients read once.
  using Patients = std::map<std::string, PatientBrief, std::less<>>;
  void dress(WorkItem& work, const pathway::Package& package, std::string_view language,
             Patients& patients);
  const PatientBrief& patient(std::string_view id, Patients& patients);
  Result<std::vector<store::EventRecord>> events_of(uint64_t case_number);
  // For each event of a case the version of the package under which it happened; `package` is the
  // one that the case has now.
  std::vector<PackagePointer> packages_of(const std::vector<store::EventRecord>& events,
                                          const PackagePointer& package);
  std::vector<TimelineEvent> timeline(const std::vector<store::EventRecord>& events,
                                      const PackagePointer& package, std::string_view language);
  std::vector<PastAnswers> answers(const std::vector<store::EventRecord>& events,
                                   const PackagePointer& package, uint64_t case_number);
  Result<CaseSummary> summary(const store::CaseRecord& record, const pathway::Package& package,
                              const std::vector<store::EventRecord>& events, Patients& patients);

  struct Link {
    uint64_t case_number = 0;
    std::string activity;
    uint32_t item = 0;  // 0 = whatever is open at the activity
    Instant expires{};
  };
  // Adds the link to the transaction; the token is in no other place.
  std::string make_link(const Link& link, store::Transaction& transaction);
  Result<std::optional<Link>> read_link(std::string_view token);

  // Many at once, so that they share the disk's sync; results in their order.
  std::vector<Result<store::Receipt>> commit_all(std::vector<store::Transaction> transactions);

  using Problem = std::function<void(const Error&)>;

  // announcements.cpp: what cases tell each other
  struct Spreading;
  enum class Heard : uint8_t { no, yes, elsewhere };  // another engine goes on with it
  Result<std::vector<store::CaseRecord>> hearers(const Announcement& news);
  Result<Heard> hear(Spreading& it, uint64_t number, Instant now);
  Result<void> nobody_heard(const Spreading& it, Instant now);
  feel::Value known_of(std::string_view patient, const Zone& zone, Instant now);
  Result<size_t> open_by_signal(Spreading& it, Instant now);
  Result<size_t> spread_one(Spreading it, Instant now);
  Result<size_t> spread(Instant now, const Problem& problem);

  // starts.cpp: cases that open by themselves
  Result<void> plan_starts(const pathway::Package& package, Instant now);
  Result<bool> is_followed(std::string_view pathway, std::string_view patient);
  Result<bool> open_by_itself(const PackagePointer& package, const std::string& patient,
                              pathway::Stimulus stimulus, const store::RowWrite& row, Instant now);
  Result<size_t> open_due(Instant now, const Problem& problem);
  Result<std::optional<Instant>> next_start(std::optional<Instant> after);
  struct Mover;
  struct Attempt;
  Result<bool> still_open(const Letter& letter, uint64_t case_number);
  Result<void> write_letter(Attempt& attempt, Instant now);
  Result<std::optional<Attempt>> make_attempt(const store::Message& message,
                                              const gateway::Gateways& gateways, Instant now);
  Result<void> give_up(const Attempt& attempt, const std::string& reason, Instant now);
  store::Transaction outcome(const Attempt& attempt, const gateway::Delivery& delivery,
                             Instant now);
  std::vector<store::Message> reserve(std::vector<store::Message> waiting);
  void give_back(const std::vector<store::Message>& reserved);
  Result<DeliveryCount> send(const std::vector<store::Message>& waiting,
                             const gateway::Gateways& gateways, Instant now);

  store::Store& store;
  const Settings settings;
  Library library;
  ActorNumbers actors;
  Writing writing;
  std::mutex in_flight_mutex;
  std::set<std::string> in_flight;  // ids of messages that this engine is sending
};

// What rules may ask of the patient: the variable `patient`.
feel::Value patient_context(json::Value patient, const Zone& zone, Instant now);
// BPMN ids where tokens are, each once, in the order of the pathway.
std::vector<std::string> places(const pathway::Pathway& pathway, const pathway::State& state);
// The label of an activity in words.
std::string activity_label(const pathway::Package& package, std::string_view activity,
                           std::string_view language);
std::vector<Trend> make_trends(const std::vector<PastAnswers>& answers,
                               const pathway::Package& package, std::string_view language);
// Of the languages of the package the one that the patient reads, else its first.
std::string patient_language(json::Value patient, const pathway::Package& package);
std::string sha256_hex(std::string_view text);

}  // namespace passerelle::run
