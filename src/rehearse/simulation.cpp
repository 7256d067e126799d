#include "rehearse/simulation.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace passerelle::rehearse {
namespace {

constexpr int64_t no_more = std::numeric_limits<int64_t>::max();
constexpr size_t most_announced = 100'000;       // at one instant: more is a circle
constexpr uint64_t turns_between_looks = 8'192;  // at the stop flag
// Streams of patients are kept apart in the number of the person, so that a change to one stream
// leaves the people of the others as they are.
constexpr uint32_t people_of_a_stream = 1u << 26;

review::Window window(const Plan& plan, int64_t warm_up) {
  review::Window out;
  if (warm_up > 0) out.from = plan.start + Millis(warm_up);
  out.until = plan.end;
  return out;
}

}  // namespace

Simulation::Simulation(const Plan& plan, const SimulationSettings& settings)
    : plan_(plan),
      pathway_(*plan.model.pathway),
      settings_(settings),
      patients_(plan, settings.seed, settings.replication),
      staff_(plan, settings.seed, settings.replication, settings.warm_up),
      truth_(plan, patients_, settings.warm_up),
      measurement_(plan.model.indicators, *plan.model.pathway, plan.names,
                   window(plan, settings.warm_up)),
      queues_(plan.queues.size()),
      waiting_(plan.queues.size()),
      wake_(no_more),
      hands_(staff_.size()) {
  streams_.reserve(plan.arrivals.size());
  for (size_t i = 0; i < plan.arrivals.size(); ++i)
    streams_.emplace_back(plan.arrivals[i], settings.seed, settings.replication,
                          static_cast<uint32_t>(i));
  find_next_stream();
  out_.activities.resize(plan.activities.size());
  waiting_levels_.resize(plan.queues.size());
  work_minutes_.resize(plan.activities.size());
  // Lists that grow hour by hour would be copied a dozen times in a long rehearsal.
  const auto hours = static_cast<size_t>(plan.millis / hour_millis) + 1;
  hourly_.waits.resize(plan.activities.size());
  hourly_.begun.resize(plan.activities.size());
  hourly_.unbegun.resize(plan.activities.size());
  for (size_t i = 0; i < plan.activities.size(); ++i) {
    hourly_.waits[i].reserve(hours);
    hourly_.begun[i].reserve(hours);
  }
  for (Level& level : waiting_levels_) level.reserve(hours);
  open_level_.reserve(hours);
  recorded_.resize(plan.activities.size() + 1);
  if (settings.batches > 0) cut_into_batches();
  if (!settings.log) memory_.wanted = &plan.wanted;
  memory_.know(pathway_);
  listened_to_ = settings.log || settings.told;
  announces_ = pathway_.announces();
}

Simulation::~Simulation() {
  if (settings_.spare == nullptr) return;
  for (auto& each : cases_)  // one that was left in the middle is not clean
    if (!each->open) settings_.spare->push_back(std::move(each));
}

Result<SimulationResult> Simulation::run() {
  TRY_VOID(run_until_end());
  // Who is still open at the end, by number: the order of the slots tells who left before.
  std::vector<uint32_t> open;
  for (uint32_t slot = 0; slot < cases_.size(); ++slot)
    if (cases_[slot]->open) open.push_back(slot);
  std::sort(open.begin(), open.end(),
            [&](uint32_t a, uint32_t b) { return cases_[a]->number < cases_[b]->number; });
  now_ = plan_.millis;
  for (const uint32_t slot : open) {
    SimulatedCase& it = *cases_[slot];
    if (it.opened >= settings_.warm_up) ++part(it.opened).open;
    for (const SimulatedWork& work : it.works) {
      if (!counts(work)) continue;
      ActivityTally& counted = tally(work);
      ++counted.left;
      if (!work.begun_once) count_unbegun(work);
      if (work.due < plan_.millis) {
        ++counted.promised;
        if (!work.begun_once) ++counted.late;
      }
    }
    if (settings_.log) TRY_VOID(settings_.log(it.events, tapes_.kinds));
    close(slot, false);
  }
  return result();
}

void Simulation::find_next_stream() {
  stream_ = 0;
  for (size_t i = 1; i < streams_.size(); ++i)
    if (streams_[i].next() < streams_[stream_].next()) stream_ = i;
  arrival_ = streams_.empty() ? no_more : streams_[stream_].next();
}

Result<void> Simulation::run_until_end() {
  for (;;) {
    const int64_t change = staff_.next_change();
    const When by_case = calendar_.empty() ? never : calendar_.top().at;
    const When by_change = change == no_more ? never : when(change, Phase::calendar);
    const When by_arrival = arrival_ == no_more ? never : when(arrival_, Phase::queue);
    const When by_wake = wake_ == no_more ? never : when(wake_, Phase::queue);
    const When next = std::min(std::min(by_case, by_change), std::min(by_arrival, by_wake));
    const int64_t at = next == never ? no_more : millis_of(next);
    if (at > now_ && seize_) {
      // All that happens at this instant has happened: now free people take what waits. What takes
      // no time opens another round.
      seize_ = false;
      if (staff_.any_free() || plan_.interruptible) {
        TRY_VOID(seize());
        continue;
      }
    }
    if (at > now_ && staff_.call(now_, waiting_)) continue;
    if (at >= plan_.millis) return {};
    now_ = at;
    if (++turns_ % turns_between_looks == 0) TRY_VOID(check_in());
    if (next == by_change) {
      TRY_VOID(change_staff());
    } else if (next == by_case) {  // an old case comes before a new one
      const uint32_t slot = calendar_.top().slot;
      current_slot_ = slot;
      look_ahead();
      TRY_VOID(go_on(*cases_[slot]));
    } else if (next == by_arrival) {
      TRY_VOID(arrive(stream_));
    } else {
      wake_ = no_more;
      seize_ = true;
    }
    if (!announced_.empty()) TRY_VOID(spread());
  }
}

// People come and leave. What becomes of work in hand is said by the role that leaves.
Result<void> Simulation::change_staff() {
  staff_.change(now_, waiting_);
  seize_ = true;
  for (const PersonId id : staff_.back()) go_on_with_kept(id);
  const std::vector<PersonId> leaving = staff_.left_busy();
  for (const PersonId id : leaving) {
    if (hands_[id].item == 0) continue;  // several pieces, or kept already
    const PoolPlan& pool = plan_.pools[staff_.person(id).pool];
    if (pool.overtime >= 0 && ends_within(id, pool.overtime)) continue;
    switch (pool.shift_end) {
      case pathway::ShiftEnd::finish:
        break;
      case pathway::ShiftEnd::hand_over:
        TRY_VOID(lay_down(id, true));
        break;
      case pathway::ShiftEnd::suspend:
        pool.by_roles ? shelve(id) : keep_until_back(id);
        break;
    }
  }
  return {};
}

// Whether what somebody has in hand would end so soon: it is finished, whatever becomes of the
// rest.
bool Simulation::ends_within(PersonId person, int64_t millis) const {
  const SimulatedCase& it = *cases_[hands_[person].slot];
  return std::any_of(it.planned.begin(), it.planned.end(), [&](const Planned& each) {
    return each.kind == Planned::Kind::work_ends && each.item == hands_[person].item &&
           each.at() - now_ <= millis;
  });
}

// Tens of thousands of cases do not fit into the cache: it pays to fetch those that come up soon.
// First the case itself; what it points to, once it has been fetched; at last what its variables
// hold.
void Simulation::look_ahead() {
  constexpr size_t fit_into_the_cache = 1'000;
  if (calendar_.size() < fit_into_the_cache) return;
  const auto fetch = [](const void* begin, size_t size) {
    for (size_t line = 0; line < size; line += 64)
      __builtin_prefetch(static_cast<const char*>(begin) + line);
  };
  const auto fetch_all = [&](const auto& list) {
    fetch(list.data(), list.size() * sizeof(*list.data()));
  };
  fetched_.resize(cases_.size(), Fetched::nothing);
  fetched_[current_slot_] = Fetched::nothing;
  calendar_.coming([&](uint32_t slot) {
    const SimulatedCase& it = *cases_[slot];
    switch (fetched_[slot]) {
      case Fetched::nothing:
        fetched_[slot] = Fetched::itself;
        return fetch(&it, sizeof it);
      case Fetched::itself:
        fetched_[slot] = Fetched::lists;
        it.state.each_list(fetch_all);
        fetch_all(it.planned);
        fetch_all(it.works);
        fetch_all(it.offers);
        fetch_all(it.patient.known);
        fetch_all(it.patient.ranks);
        return fetch(it.events.end(), 64);
      case Fetched::lists:
        fetched_[slot] = Fetched::all;
        for (const feel::Value& value : it.state.variables())
          if (value.is_context()) fetch(value.heap(), 256);
        return;
      case Fetched::all:
        return;
    }
  });
}

Result<void> Simulation::check_in() {
  if (settings_.progress)
    settings_.progress(static_cast<double>(now_) / static_cast<double>(plan_.millis));
  if (settings_.stop != nullptr && settings_.stop->load(std::memory_order_relaxed))
    return stopped();
  return {};
}

Error Simulation::stopped() {
  return Error{ErrorCode::unavailable, "the rehearsal was stopped", "", "start it again"};
}

uint32_t Simulation::free_slot() {
  if (!free_.empty()) {
    const uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  if (settings_.spare != nullptr && !settings_.spare->empty()) {
    cases_.push_back(std::move(settings_.spare->back()));
    settings_.spare->pop_back();
  } else {
    cases_.push_back(std::make_unique<SimulatedCase>());
  }
  return static_cast<uint32_t>(cases_.size() - 1);
}

// What the file says of the patient who comes next.
std::span<const Root> Simulation::given_of(size_t stream) {
  const Plan::GivenPlan& plan = plan_.given[stream];
  if (plan.attributes.empty()) return {};
  given_.assign(plan_.attributes.size(), no_draw);
  const auto& file = plan_.arrivals[stream].arrivals->file;
  const size_t first = streams_[stream].row() * plan.attributes.size();
  for (size_t i = 0; i < plan.attributes.size(); ++i)
    if (const uint32_t cell = file.cells[first + i]; cell != 0)
      given_[plan.attributes[i]] = plan.literals[cell];
  return given_;
}

// "2020-03-26 10:00", as people there say it.
std::string Simulation::local_minute(int64_t at) const {
  const LocalTime local = pathway_.organisation().zone.to_local(plan_.start + Millis(at));
  std::string out = format_instant(Instant(local.time_since_epoch())).substr(0, 16);
  out[10] = ' ';
  return out;
}

// Limits are told with what has been found so far: the rest is lost with the memory.
Error Simulation::too_many_open() const {
  size_t longest = 0;
  for (size_t q = 1; q < waiting_.size(); ++q)
    if (waiting_[q] > waiting_[longest]) longest = q;
  std::string most;
  if (!waiting_.empty() && waiting_[longest] > 0)
    most = "; most wait for " + plan_.queues[longest].name + ", " +
           std::to_string(waiting_[longest]) + " pieces of work";
  return Error{ErrorCode::too_large,
               "by " + local_minute(now_) + " " + std::to_string(cases_so_far_) +
                   " cases have come and " + std::to_string(cases_.size()) +
                   " of them are open at once, which is the most that a rehearsal holds" + most,
               "", "let fewer come, ask for fewer days, or give people to the work that waits"};
}

Error Simulation::goes_round(const SimulatedCase& it) const {
  std::string where;
  for (const pathway::Token& token : it.state.tokens()) {
    const std::string& id = pathway_.activities()[token.node].id;
    if (where.find("'" + id + "'") == std::string::npos)
      where += (where.empty() ? "'" : ", '") + id + "'";
  }
  return Error{ErrorCode::too_large,
               "case " + std::to_string(it.number) + ", which came at " + local_minute(it.opened) +
                   ", goes round without end: by " + local_minute(now_) + " it has waited " +
                   std::to_string(settings_.most_planned) +
                   " times, for work, timers or answers, which is the most of one case; it stands "
                   "at " +
                   where,
               "", "let the loop around it end, or take its time"};
}

[[gnu::flatten]] Result<void> Simulation::arrive(size_t stream) {
  if (free_.empty() && cases_.size() >= settings_.most_open) return too_many_open();
  const auto entity = static_cast<uint32_t>(stream * people_of_a_stream + streams_[stream].count());
  const std::span<const Root> given = given_of(stream);
  streams_[stream].advance();
  find_next_stream();
  const uint32_t slot = free_slot();
  current_slot_ = slot;
  SimulatedCase& it = *cases_[slot];
  it.number = ++cases_so_far_;
  it.open = true;
  it.over = false;
  it.opened = now_;
  it.state.reset();
  it.offers.assign(plan_.worked + plan_.forms.size(), 0);
  it.orders = 0;
  it.incident_tries = 0;
  it.alerted = it.found = it.decided = false;
  it.found_at = -1;
  it.outcomes = 0;
  ended_ = false;
  patients_.meet(it.patient, entity, now_, given);
  const uint32_t by_itself = plan_.opening_items[stream];
  if (by_itself != 0) {
    it.patient.stages.clear();  // it is about nobody: nothing befalls it
  } else {
    if (!plan_.happenings.empty()) plan_fate(it);
    if (now_ >= settings_.warm_up) ++part(now_).patients;
  }
  truth_.opened(it);
  open_level_.change(now_, 1);
  TRY_VOID(tell(it, pathway::Stimulus::Kind::start, by_itself, nullptr,
                by_itself != 0 ? feel::Value() : patients_.opening(it.patient),
                plan_.opening_messages[stream]));
  return settle(it, slot);
}

// What is planned for the case now, and what comes after it as far as it concerns nobody else.
[[gnu::flatten]] Result<void> Simulation::go_on(SimulatedCase& it) {
  const uint32_t slot = current_slot_;
  const int64_t now = now_;
  ended_ = false;
  TRY_VOID(next_of(it, it.first()));
  while (may_run_ahead(it)) {
    const size_t next = it.first();
    if (!may_come_ahead(it.planned[next])) break;
    ahead_ = true;
    now_ = it.planned[next].at();
    TRY_VOID(next_of(it, next));
    if (it.orders > settings_.most_planned) return goes_round(it);
  }
  if (it.orders > settings_.most_planned) return goes_round(it);
  if (ahead_ && ended_) {
    it.over = true;
    it.plan_catch_up(now_);
    ended_ = false;
  }
  ahead_ = false;
  now_ = now;
  return settle(it, slot);
}

bool Simulation::may_run_ahead(const SimulatedCase& it) const {
  if (ended_ || it.planned.empty() || settings_.told || announces_) return false;
  for (const SimulatedWork& work : it.works)
    if (work.where != Where::patient && work.where != Where::later) return false;
  return true;
}

bool Simulation::may_come_ahead(const Planned& next) const {
  return next.at() < plan_.millis && next.kind != Planned::Kind::offer_again &&
         next.kind != Planned::Kind::catch_up;
}

// Now it is time for what the case ran ahead to: staff see the work that it offers, or it is over.
void Simulation::catch_up(SimulatedCase& it) {
  for (SimulatedWork& work : it.works)
    if (work.where == Where::ahead) wait(it, work);
  ended_ = it.over;
}

// The first of what is planned for the case: its index.
Result<void> Simulation::next_of(SimulatedCase& it, size_t index) {
  const Planned next = it.planned[index];
  it.unplan(index);
  switch (next.kind) {
    case Planned::Kind::work_ends:
      TRY_VOID(work_ends(it, next.item));
      break;
    case Planned::Kind::timer:
      TRY_VOID(tell(it, pathway::Stimulus::Kind::timer, next.item));
      break;
    case Planned::Kind::answer:
      TRY_VOID(answered(it, next.item));
      break;
    case Planned::Kind::offer_again:
      if (SimulatedWork* work = it.find_work(next.item)) wait(it, *work);
      break;
    case Planned::Kind::leaves:
      TRY_VOID(leave(it, next.item));
      break;
    case Planned::Kind::happening:
      TRY_VOID(happen(it, it.fated[next.item]));
      break;
    case Planned::Kind::catch_up:
      catch_up(it);
      break;
  }
  return {};
}

Result<void> Simulation::settle(SimulatedCase& it, uint32_t slot) {
  if (!ended_) {
    schedule(it, slot);
    return {};
  }
  if (settings_.log) TRY_VOID(settings_.log(it.events, tapes_.kinds));
  close(slot, true);
  return {};
}

// What cases have told the others, in the order in which they did; each hears it at the same
// instant, by number.
Result<void> Simulation::spread() {
  for (size_t i = 0; i < announced_.size(); ++i) {  // who hears it may tell more
    if (i > most_announced)
      return Error{ErrorCode::too_large,
                   "cases tell each other signals or messages without end at " +
                       format_instant(plan_.start + Millis(now_)),
                   "", "let something wait between what is heard and what is told"};
    const Announced news = announced_[i];
    const bool signal = news.data["key"].is_null();
    std::vector<std::pair<uint32_t, uint32_t>> hearers;  // number, slot
    for (uint32_t slot = 0; slot < cases_.size(); ++slot)
      if (cases_[slot]->open && cases_[slot]->number != news.from)
        hearers.emplace_back(cases_[slot]->number, slot);
    std::sort(hearers.begin(), hearers.end());
    for (const auto& [number, slot] : hearers) {
      SimulatedCase& it = *cases_[slot];
      current_slot_ = slot;
      ended_ = taken_ = false;
      TRY_VOID(tell(it, signal ? pathway::Stimulus::Kind::message : pathway::Stimulus::Kind::post,
                    0, nullptr, signal ? news.data["content"] : news.data, news.message));
      if (taken_) TRY_VOID(settle(it, slot));
      if (taken_ && !signal) break;
    }
  }
  announced_.clear();
  return {};
}

void Simulation::schedule(const SimulatedCase& it, uint32_t slot) {
  calendar_.set(slot, it.number, it.next());
}

void Simulation::close(uint32_t slot, bool ended) {
  SimulatedCase& it = *cases_[slot];
  if (ended && it.opened >= settings_.warm_up) ++part(it.opened).ended;
  open_level_.change(now_, -1);
  truth_.closed(it, now_, ended);
  if (!plan_.model.indicators.empty()) {
    told_.clear();
    it.events.move_to(told_, tapes_);
    if (batches_.empty()) measurement_.add_case(told_);
    for (Batch& batch : batches_) batch.measurement.add_case(told_);
  }
  it.events.clear(tapes_);
  it.works.clear();
  it.planned.clear();
  it.fated.clear();
  it.open = false;
  calendar_.set(slot, it.number, never);
  free_.push_back(slot);
}

}  // namespace passerelle::rehearse
