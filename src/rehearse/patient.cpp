#include "rehearse/patient.h"

#include <algorithm>

#include "pathway/feel/heap.h"
#include "rehearse/tally.h"

namespace passerelle::rehearse {
namespace {

constexpr uint32_t course_purpose = purpose("course");

// 0 is kept for "none yet"; a half more keeps both ends away from 0 and 1.
double to_unit(uint32_t rank) { return (static_cast<double>(rank) + 0.5) * 0x1.0p-32; }

}  // namespace

Patients::Patients(const Plan& plan, uint64_t seed, uint32_t replication)
    : plan_(plan), seed_(seed), replication_(replication) {
  known_.resize(plan.known_count() + plan.most_items);
  first_draws_.resize(plan.attributes.size());
  using std::chrono::days;
  const Zone& zone = plan_.model.pathway->organisation().zone;
  auto day = std::chrono::floor<days>(zone.to_local(plan_.start));
  first_day_ = day.time_since_epoch().count();
  do {
    day_begins_.push_back((zone.to_instant(LocalTime(day)) - plan_.start).count());
    day += days(1);
  } while (day_begins_.back() <= plan_.millis);
}

int64_t Patients::today(int64_t now) const {
  // Days are 24 hours, but for two a year.
  auto day = std::min(static_cast<size_t>(now / (24 * hour_millis)), day_begins_.size() - 2);
  while (day > 0 && day_begins_[day] > now) --day;
  while (day + 2 < day_begins_.size() && day_begins_[day + 1] <= now) ++day;
  return first_day_ + static_cast<int64_t>(day);
}

void Patients::meet(Patient& patient, uint32_t entity, int64_t now, std::span<const Root> given) {
  const size_t attributes = plan_.attributes.size();
  patient.entity = entity;
  patient.since = now;
  patient.known.assign(plan_.known_count(), Known());
  if (plan_.ranks > 0) patient.ranks.assign(plan_.ranks, 0);
  patient.stages.clear();
  for (size_t i = 0; i < attributes; ++i) {
    const double drawn = first_draws_[i].of(
        entity, [&](uint32_t first) { return first_of_four(first, plan_.attribute_purposes[i]); });
    const Root root = given.empty() || given[i] == no_draw ? plan_.attributes[i] : given[i];
    patient.known[i] = plan_.draws.draw(root, drawn, patient.known.data(), today(now)).known;
  }
  if (!plan_.devices.empty()) patient.devices.assign(plan_.devices.size(), {});
  if (!plan_.measurements.empty()) patient.measured.assign(plan_.measurements.size(), {});
  for (size_t i = 0; i < plan_.measurements.size(); ++i) {
    const MeasurementPlan& plan = plan_.measurements[i];
    Random random = stream(patient, plan.baseline_purpose, 0);
    patient.measured[i].baseline =
        plan_.draws.quantity(plan.baseline, random.uniform_open(), patient.known.data());
  }
  if (plan_.states.empty()) return;

  Random random = stream(patient, course_purpose, 0);
  const auto index_of = [&](Symbol symbol, uint16_t otherwise) {
    const auto found = std::find(plan_.states.begin(), plan_.states.end(), symbol);
    return found == plan_.states.end() ? otherwise
                                       : static_cast<uint16_t>(found - plan_.states.begin());
  };
  const pathway::Course& course = plan_.model.cohort->course;
  const double u = random.uniform_open();
  // The patient's own time of day at which the condition moves.
  int64_t at =
      now + static_cast<int64_t>(random.uniform() * static_cast<double>(course.step.count()));
  uint16_t state = index_of(plan_.draws.symbol(plan_.initial_state, u, patient.known.data()), 0);
  patient.stages.push_back({now, state, 0});
  if (!plan_.course.episodes.empty()) {
    draw_episodes(plan_.course, plan_.draws, random, plan_.states, patient.known.data(),
                  attributes + static_cast<size_t>(Around::state), course.step.count(),
                  plan_.millis, patient.stages);
    return;
  }
  Known& state_known = patient.known[attributes + static_cast<size_t>(Around::state)];
  Known& day_known = patient.known[attributes + static_cast<size_t>(Around::day)];
  for (int day = 1; day <= course.steps; ++day, at += course.step.count()) {
    const double move = random.uniform_open();
    const Root root = plan_.moves[state];
    if (root == no_draw) break;  // nothing moves any more
    state_known.symbol = plan_.states[state];
    day_known.number = day - 1;
    const uint16_t next = index_of(plan_.draws.symbol(root, move, patient.known.data()), state);
    if (next == state) continue;
    state = next;
    patient.stages.push_back({at, state, static_cast<uint16_t>(day)});
  }
}

std::array<double, 4> Patients::first_of_four(uint32_t patient, uint32_t purpose) const {
  const auto numbers = Random::first_of_four({seed_, replication_, patient, purpose});
  std::array<double, 4> out;
  for (size_t i = 0; i < out.size(); ++i) out[i] = Random::open(numbers[i]);
  return out;
}

uint16_t Patients::state(const Patient& patient, int64_t now) const {
  size_t i = patient.stages.size();
  while (i > 1 && patient.stages[i - 1].from > now) --i;
  return i == 0 ? 0 : patient.stages[i - 1].state;
}

uint16_t Patients::look_around(Patient& patient, int64_t now, Symbol channel,
                               Symbol activity) const {
  Known* around = patient.known.data() + plan_.attributes.size();
  around[static_cast<size_t>(Around::channel)].symbol = channel;
  around[static_cast<size_t>(Around::activity)].symbol = activity;
  for (size_t i = 0; i < plan_.devices.size(); ++i) {
    const DevicePlan& device = plan_.devices[i];
    around[around_count + i].symbol =
        patient.devices[i].works(device, streams(patient), patient.since, now) ? device.works
                                                                               : device.broken;
  }
  if (patient.stages.empty()) return 0;
  const uint16_t now_state = state(patient, now);
  around[static_cast<size_t>(Around::state)].symbol = plan_.states[now_state];
  around[static_cast<size_t>(Around::day)].number = static_cast<double>(
      (now - patient.stages.front().from) / plan_.model.cohort->course.step.count());
  return now_state;
}

double Patients::truly(Patient& patient, size_t measurement, int64_t now) const {
  const size_t state_index = plan_.attributes.size() + static_cast<size_t>(Around::state);
  const Known kept = patient.known[state_index];
  const double value = patient.measured[measurement].value(
      plan_.measurements[measurement], plan_.draws, streams(patient), patient.stages, plan_.states,
      patient.known.data(), state_index, patient.since, now);
  patient.known[state_index] = kept;
  return value;
}

// What is measured for a form: each form that is filled in has a noise of its own.
void Patients::measure(Patient& patient, const FormPlan& form, uint32_t again, int64_t now) {
  Known* known = patient.known.data() + plan_.known_count() - plan_.measurements.size();
  for (const uint16_t index : form.measured) {
    const MeasurementPlan& plan = plan_.measurements[index];
    Random random = stream(patient, plan.noise_purpose ^ form.purpose, again);
    const double shown =
        std::clamp(truly(patient, index, now) + plan.noise.sample(random), plan.min, plan.max);
    known[index] = Draws::computed(shown, plan.decimals);
  }
}

feel::Value Patients::answer(Patient& patient, const FormPlan& form, uint32_t again, int64_t now) {
  if (!form.measured.empty()) measure(patient, form, again, now);
  const size_t base = patient.known.size();
  std::copy(patient.known.begin(), patient.known.end(), known_.begin());
  std::fill_n(known_.begin() + static_cast<std::ptrdiff_t>(base), form.ranks, Known());

  // Every question draws, shown or not: what one answer hides does not move the others.
  Random random = stream(patient, form.purpose, again);
  uint32_t* ranks = patient.ranks.data() + form.first_rank;
  feel::ContextHeap* context = feel::new_context(form.shape);
  feel::Value* slots = context->slots();
  const int64_t day = today(now);
  fresh_.resize((form.ranks + 7) / 8 * 8);  // in whole blocks: what is too much costs nothing
  random.fill(fresh_);
  for (const ItemPlan& item : form.items) {
    const uint64_t fresh = fresh_[item.rank];
    uint32_t& rank = ranks[item.rank];
    if (rank == 0 || to_unit(static_cast<uint32_t>(fresh >> 32)) >= item.keep)
      rank = std::max(static_cast<uint32_t>(fresh), 1u);
    if (!item.is_shown(slots)) continue;
    if (item.missing != no_draw) {
      // From bits that neither the rank nor the choice to keep it has used up.
      const auto bits = static_cast<uint32_t>((fresh * 0x9E3779B97F4A7C15u) >> 32);
      if (plan_.draws.chance(item.missing, to_unit(bits), known_.data())) continue;
    }
    plan_.draws.draw(item.draw, to_unit(rank), known_.data(), day, slots[item.slot],
                     known_[base + item.rank]);
  }
  return feel::finish(context);
}

feel::Value Patients::opening(const Patient& patient) const {
  if (plan_.opening == nullptr) return {};
  feel::ContextHeap* context = feel::new_context(plan_.opening);
  for (size_t i = 0; i < plan_.opening_attributes.size(); ++i)
    context->slots()[i] = plan_.draws.value_of(patient.known[plan_.opening_attributes[i]]);
  return feel::finish(context);
}

}  // namespace passerelle::rehearse
