// Who takes what: free people the first of what waits, somebody else's hands for what is more
// urgent, several pieces at once where work is done together, and what becomes of work in hand when
// its time is over.
#include <algorithm>
#include <limits>

#include "base/check.h"
#include "rehearse/simulation.h"

namespace passerelle::rehearse {
namespace {

using pathway::Stimulus;
using Where = SimulatedWork::Where;

constexpr int64_t never_again = std::numeric_limits<int64_t>::max();

}  // namespace

bool Simulation::alive(const WaitingWork& waiting) const {
  SimulatedCase& it = *cases_[waiting.slot];
  if (!it.open || it.number != waiting.number) return false;
  const SimulatedWork* work = it.find_work(waiting.item);
  return work != nullptr && work->where == Where::waiting && work->ticket == waiting.ticket;
}

// The first of all queues that somebody may take now; `role_for` says who.
template <class RoleFor>
Simulation::Choice Simulation::choose(bool by_free, const RoleFor& role_for) {
  Choice best;
  const auto count = static_cast<uint16_t>(waiting_.size());
  for (uint16_t q = 0; q < count; ++q) {
    // Most queues fall here: what waits in them need not be looked at.
    if (waiting_[q] == 0 || (by_free && !staff_.any_free_for(q))) continue;
    const WaitingWork* top =
        queues_[q].top([this](const WaitingWork& waiting) { return alive(waiting); });
    CHECK(top != nullptr, "the queue holds as much as waits");
    if (best.work != nullptr && !before(*top, *best.work)) continue;
    if (!ready(q)) continue;
    const std::optional<uint16_t> role = role_for(q, *top);
    if (!role) continue;
    best = {q, *role, top};
  }
  return best;
}

[[gnu::flatten]] Result<void> Simulation::seize() {
  if (!shelved_.empty()) go_on_with_shelved();
  for (;;) {
    if (staff_.any_free()) {
      const Choice choice = choose(true, [this](uint16_t queue, const WaitingWork& top) {
        return staff_.free_pool(queue, top.priority);
      });
      if (choice.work != nullptr) {
        TRY_VOID(take_chosen(choice));
        continue;
      }
    }
    if (!plan_.interruptible) break;
    TRY(const bool interrupted, interrupt_for_urgent());
    if (!interrupted) break;
  }
  if (plan_.together) wake_for_company();
  return {};
}

// ---- work that is done together ----

int64_t Simulation::oldest(uint16_t queue) const {
  int64_t out = never_again;
  queues_[queue].each([&](const WaitingWork& each) {
    if (each.since < out && alive(each)) out = each.since;
  });
  return out;
}

bool Simulation::ready(uint16_t queue) {
  const pathway::Together& together = plan_.queues[queue].together;
  if (waiting_[queue] >= together.least) return true;
  return now_ - oldest(queue) >= Millis(together.wait).count();
}

void Simulation::wake_for_company() {
  wake_ = never_again;
  for (uint16_t q = 0; q < queues_.size(); ++q) {
    if (waiting_[q] == 0 || ready(q)) continue;
    wake_ = std::min(wake_, oldest(q) + Millis(plan_.queues[q].together.wait).count());
  }
}

// ---- hands on ----

// The first of the queue, or as many as are done together: which, stands in pieces_.
void Simulation::take_off_the_list(uint16_t q) {
  WorkQueue& queue = queues_[q];
  const auto most = static_cast<size_t>(plan_.queues[q].together.most);
  pieces_.clear();
  const auto take_first = [&](const WaitingWork& first) {
    pieces_.push_back({first.slot, first.item});
    queue.pop();
  };
  if (most == 1) {  // it was looked at just now
    take_first(queue.first());
  } else {
    while (pieces_.size() < most) {
      const WaitingWork* top =
          queue.top([this](const WaitingWork& waiting) { return alive(waiting); });
      if (top == nullptr) break;
      take_first(*top);
    }
  }
  set_waiting(q, waiting_[q] - static_cast<int>(pieces_.size()));
}

// Mostly one piece, which was looked at just now.
Result<void> Simulation::take_chosen(const Choice& choice) {
  const uint16_t q = choice.queue;
  if (plan_.queues[q].together.most != 1) {
    take_off_the_list(q);
    return take(choice.role);
  }
  const Hands hands{choice.work->slot, choice.work->item};
  queues_[q].pop();
  set_waiting(q, waiting_[q] - 1);
  const PersonId person = staff_.take(choice.role, now_);
  hands_[person] = hands;
  SimulatedCase& it = *cases_[hands.slot];
  SimulatedWork& work = *it.find_work(hands.item);
  work.person = person;
  work.pieces = 1;
  take_in_hand(it, work, duration(it, work));
  if (told_of_hands(work)) {
    current_slot_ = hands.slot;
    TRY_VOID(tell_of_hands(it, work));
  }
  schedule(it, hands.slot);
  return {};
}

void Simulation::take_in_hand(SimulatedCase& it, SimulatedWork& work, int64_t takes) {
  work.where = Where::in_hands;
  work.begun = now_;
  if (plan_.activities[work.activity].leaving != 0) it.unplan(Planned::Kind::leaves, work.item);
  it.plan(now_ + takes, Planned::Kind::work_ends, work.item);
  if (!work.incident) count_begin(it, work);
  work.begun_once = true;
}

// All are in hand before anything is told, and end when the first one says.
Result<void> Simulation::take(uint16_t role) {
  const PersonId person = staff_.take(role, now_);
  const size_t count = pieces_.size();
  hands_[person] = count > 1 ? Hands{} : pieces_[0];
  int64_t takes = -1;
  bool told = false;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) staff_.add_piece(person);
    SimulatedCase& it = *cases_[pieces_[i].slot];
    SimulatedWork& work = *it.find_work(pieces_[i].item);
    work.person = person;
    work.pieces = static_cast<uint16_t>(count);
    if (i == 0) takes = duration(it, work);
    take_in_hand(it, work, takes);
    told = told || told_of_hands(work);
    if (!told) schedule(it, pieces_[i].slot);
  }
  if (!told) return {};
  for (const Hands& piece : pieces_) {
    current_slot_ = piece.slot;
    SimulatedCase& it = *cases_[piece.slot];
    const SimulatedWork& work = *it.find_work(piece.item);
    if (told_of_hands(work)) TRY_VOID(tell_of_hands(it, work));
    schedule(it, piece.slot);
  }
  return {};
}

Result<void> Simulation::tell_of_hands(SimulatedCase& it, const SimulatedWork& work) {
  const uint32_t item = work.item;
  const SimulatedWork copy = work;  // what is told may move the list
  TRY_VOID(tell(it, Stimulus::Kind::assign, item, &copy));
  return tell(it, Stimulus::Kind::begin, item, &copy);
}

// ---- hands off ----

// What is left of it stands in the work.
void Simulation::put_aside(SimulatedCase& it, SimulatedWork& work) {
  const int64_t ends = it.unplan(Planned::Kind::work_ends, work.item);
  work.left = static_cast<double>(ends - now_) / staff_.pace(work.person);
  work.before += now_ - work.begun;
  hands_[work.person] = {};
  if (plan_.activities[work.activity].serves_alert && !work.incident)
    truth_.worked(it, work.begun, now_);
  if (counts(work) && !work.incident) ++tally(work).interrupted;
}

// Back on the worklist, where it keeps its age. `keeps`: whoever takes it goes on where it stopped.
Result<void> Simulation::lay_down(PersonId person, bool keeps) {
  const Hands hands = hands_[person];
  SimulatedCase& it = *cases_[hands.slot];
  SimulatedWork& work = *it.find_work(hands.item);
  const SimulatedWork done = work;
  put_aside(it, work);
  if (!keeps) {
    if (counts(work) && !work.incident) tally(work).lost_millis += work.before;
    work.before = 0;
    work.left = -1;
  }
  staff_.give_back(person, now_, false);
  work.person = nobody;
  current_slot_ = hands.slot;
  wait(it, work);
  if (told_of_hands(done)) TRY_VOID(tell(it, Stimulus::Kind::release, done.item, &done));
  schedule(it, hands.slot);
  return {};
}

void Simulation::keep_until_back(PersonId person) {
  const Hands hands = hands_[person];
  SimulatedCase& it = *cases_[hands.slot];
  SimulatedWork& work = *it.find_work(hands.item);
  put_aside(it, work);
  work.where = Where::kept;
  staff_.pause(person, now_, true);
  hands_[person] = hands;
  schedule(it, hands.slot);
}

void Simulation::go_on_with_kept(PersonId person) {
  const Hands hands = hands_[person];
  SimulatedCase& it = *cases_[hands.slot];
  SimulatedWork& work = *it.find_work(hands.item);
  CHECK(work.where == Where::kept, "whoever is paused keeps work");
  staff_.pause(person, now_, false);
  work.where = Where::in_hands;
  work.begun = now_;
  it.plan(now_ + duration(it, work), Planned::Kind::work_ends, work.item);
  schedule(it, hands.slot);
}

// Of people whose roles change with the shift: they do other work until they are back in a shift in
// which they may go on with it.
void Simulation::shelve(PersonId person) {
  const Hands hands = hands_[person];
  SimulatedCase& it = *cases_[hands.slot];
  SimulatedWork& work = *it.find_work(hands.item);
  put_aside(it, work);
  work.where = Where::kept;
  staff_.give_back(person, now_, false);
  shelved_.push_back({person, hands});
  schedule(it, hands.slot);
}

bool Simulation::take_off_the_shelf(uint32_t slot, uint32_t item) {
  return std::erase_if(shelved_, [&](const Shelved& each) {
           return each.work.slot == slot && each.work.item == item;
         }) > 0;
}

// Before anything of the list.
void Simulation::go_on_with_shelved() {
  std::erase_if(shelved_, [this](const Shelved& each) {
    const Person& person = staff_.person(each.person);
    SimulatedCase& it = *cases_[each.work.slot];
    SimulatedWork& work = *it.find_work(each.work.item);
    if (!person.on_duty || person.busy ||
        plan_.queues[work.queue].acting[person.pool] == QueuePlan::nobody_of_it)
      return false;
    staff_.take_one(each.person, now_);
    hands_[each.person] = each.work;
    work.where = Where::in_hands;
    work.begun = now_;
    it.plan(now_ + duration(it, work), Planned::Kind::work_ends, work.item);
    schedule(it, each.work.slot);
    return true;
  });
}

// ---- what is more urgent ----

// Of those who may take it: whose work is least urgent and was begun last, so that least is lost.
PersonId Simulation::least_urgent(uint16_t queue, int16_t priority) const {
  PersonId best = nobody;
  const SimulatedWork* of_best = nullptr;
  for (PersonId id = 0; id < hands_.size(); ++id) {
    const Person& person = staff_.person(id);
    if (hands_[id].item == 0 || !person.on_duty || !staff_.may_take(queue, person.pool, priority))
      continue;
    const SimulatedWork& work = *cases_[hands_[id].slot]->find_work(hands_[id].item);
    const ActivityPlan& activity = plan_.activities[work.activity];
    if (work.incident || activity.interrupted == pathway::Interruption::never ||
        work.priority >= priority || priority < activity.interrupted_by)
      continue;
    if (of_best != nullptr &&
        (work.priority > of_best->priority ||
         (work.priority == of_best->priority && work.begun <= of_best->begun)))
      continue;
    best = id;
    of_best = &work;
  }
  return best;
}

Result<bool> Simulation::interrupt_for_urgent() {
  PersonId person = nobody;
  const Choice choice =
      choose(false, [&](uint16_t queue, const WaitingWork& top) -> std::optional<uint16_t> {
        const PersonId found = least_urgent(queue, top.priority);
        if (found == nobody) return std::nullopt;
        person = found;
        return staff_.person(found).pool;
      });
  if (choice.work == nullptr) return false;
  const Hands hands = hands_[person];
  const SimulatedWork& work = *cases_[hands.slot]->find_work(hands.item);
  const bool keeps = plan_.activities[work.activity].interrupted == pathway::Interruption::resume;
  // Off the list before what it interrupts comes back to it.
  take_off_the_list(choice.queue);
  TRY_VOID(lay_down(person, keeps));
  TRY_VOID(take(choice.role));
  return true;
}

}  // namespace passerelle::rehearse
