// One case being moved: stimuli go in, and what they change comes out as one transaction of the
// store. It reads what it needs and commits nothing itself.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "pathway/migration.h"
#include "pathway/step.h"
#include "run/announcement.h"
#include "run/engine.h"
#include "run/indexing.h"
#include "run/records.h"
#include "store/store.h"

namespace passerelle::run {

// Named rows of the store.
inline constexpr std::string_view work_space = "work";    // open work of staff: id -> Task
inline constexpr std::string_view draft_space = "draft";  // work id -> a patient's answers so far
inline constexpr std::string_view failed_space = "undelivered";  // work id -> id of the message
inline constexpr std::string_view link_space = "link";        // hash of the token -> what it opens
inline constexpr std::string_view leaving_space = "leaving";  // message id -> since when

// Who does it, as step() wants it.
struct Doer {
  pathway::Name number = 0;
  std::string account, name;
  std::string role;  // in which it acts, "" = none
};

class Change {
 public:
  // A case that is there, or a new one (revision 0, empty state).
  static Result<Change> begin(store::Store& store, PackagePointer package,
                              const store::CaseRecord& record, const Writing& writing, Instant now);

  // Moves the case. An error leaves everything as it was.
  Result<void> apply(pathway::Stimulus stimulus, const Doer& doer);
  // Moves the case to another version of its pathway; an error leaves everything as it was. Open
  // work shows the new version's form, roles and title; its owner and its deadline stay.
  Result<void> migrate(PackagePointer to, pathway::Migration& migration,
                       pathway::Migration::Undecided undecided, const Doer& doer);
  // A person has seen to trouble of a case that has ended already: there is nothing to step.
  Result<void> close_after_end(uint32_t item, const Doer& doer);
  // Tells the case that what it sent has not arrived; when the case has ended, or has moved to a
  // version that does not send it any more, somebody looks all the same.
  Result<void> undelivered(uint32_t item, const std::string& activity, const std::string& reason);

  // The answers of work, as a QuestionnaireResponse.
  Result<void> add_answers(const WorkItem& work, const pathway::Form& form,
                           const feel::Value& values, const Doer& doer);

  const pathway::Package& package() const { return *package_; }
  const pathway::State& state() const { return state_; }
  const store::CaseRecord& record() const { return record_; }
  // A token at work that people can do, or null.
  const pathway::Token* find_work(uint32_t item) const;
  Result<WorkItem> read_work(uint32_t item);
  // Work that was opened so far, in order, and is still open.
  std::vector<WorkItem> opened() const;
  // Any work that was changed, as it stands now; null when it was not touched.
  const WorkItem* touched(uint32_t item) const;

  bool changed() const { return moved_ || !work_.empty(); }

  store::Transaction transaction;  // for what belongs to the same commit; finish() adds the rest
  Result<store::Transaction> finish();

 private:
  // Trouble with message `item`, which `activity` sent, of a case that it cannot be told.
  void open_after_end(uint32_t item, std::string_view activity, std::string_view reason);
  struct Touched {
    WorkItem work;
    bool is_new = false;
  };
  struct Sent {
    uint32_t item = 0;
    uint16_t activity = 0;
    pathway::Name channel = 0;
    feel::Value fields;
  };

  Change(store::Store& store, PackagePointer package, store::CaseRecord record,
         const Writing& writing, Instant now);
  Result<void> take_effect(const pathway::Effect& effect, const pathway::Stimulus& stimulus,
                           const Doer& doer);
  void open_work(const pathway::Effect& effect);
  Result<void> close_work(const pathway::Effect& effect, const pathway::Stimulus& stimulus);
  void cancel_timer(uint32_t item, bool must_exist);
  Result<Touched*> touch(uint32_t item);
  void add_message(const Sent& sent);
  Result<void> add_work(const Touched& touched);
  Result<void> renew_work(const pathway::Token& token);

  store::Store& store_;
  PackagePointer package_;
  store::CaseRecord record_;
  Writing writing_;
  Instant now_;
  pathway::State state_;
  bool moved_ = false;
  bool ended_ = false;
  std::map<uint32_t, Touched> work_;
  std::vector<Sent> sent_;
  std::vector<Announcement> announced_;
};

}  // namespace passerelle::run
