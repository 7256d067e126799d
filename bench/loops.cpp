#include "loops.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <queue>
#include <vector>

#include "base/random.h"
#include "mix.h"

namespace passerelle::bench {
namespace {

// xoshiro256++ (D. Blackman and S. Vigna, 2019).
class Quick {
 public:
  explicit Quick(uint64_t seed) {
    for (uint64_t& word : state_) word = mix(seed += golden_gamma);
  }
  double uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1.0p-53; }
  double exponential(double mean) { return -mean * std::log(uniform()); }

 private:
  uint64_t next() {
    const uint64_t out = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return out;
  }
  std::array<uint64_t, 4> state_{};
};

// ---- six steps ----

constexpr std::array<int, 6> role_of_step = {0, 1, 2, 1, 2, 0};  // clerk, nurse, doctor
constexpr double year = 364 * 1440.0, gap = 10.4832;
constexpr int tests = 3;

int on_duty(int role, int day, double hour) {
  const bool weekday = day % 7 < 5;  // it begins on a Monday
  switch (role) {
    case 0:
      return weekday && hour >= 8 && hour < 18 ? 3 : 2;
    case 1:
      return hour >= 7 && hour < 19 ? 4 : 2;
    default:
      return weekday && hour >= 8 && hour < 20 ? 4 : 3;
  }
}

struct Patient {
  double came = 0;
  int level = 0, step = 0;
  bool tested = false;
};

struct Event {
  double at = 0;
  int patient = 0;  // -1: an hour begins
  bool operator>(const Event& other) const { return at > other.at; }
};

class SixSteps {
 public:
  SixSteps(uint64_t seed, AfterStep first) : random_(seed), first_(first) {}

  SixStepLoop run() {
    double arrival = random_.exponential(gap);
    for (int hour = 0; hour < 364 * 24; ++hour) change(hour);
    for (;;) {
      const double next = events_.empty() ? year : events_.top().at;
      if (std::min(arrival, next) >= year) break;
      if (arrival < next) {
        now_ = arrival;
        arrival += random_.exponential(gap);
        arrive();
        continue;
      }
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      if (event.patient < 0) {
        staff(-1 - event.patient);
      } else {
        done(event.patient);
      }
    }
    SixStepLoop out;
    out.patients = came_;
    for (size_t level = 0; level < 3; ++level) out.mean_stay[level] = stay_[level] / left_[level];
    return out;
  }

 private:
  void change(int hour) {
    for (int role = 0; role < 3; ++role)
      if (hour == 0 ||
          on_duty(role, hour / 24, hour % 24) != on_duty(role, (hour - 1) / 24, (hour - 1) % 24))
        events_.push({hour * 60.0, -1 - role});
  }

  void arrive() {
    ++came_;
    Patient patient;
    patient.came = now_;
    const double u = random_.uniform();
    patient.level = u < 0.1 ? 0 : u < 0.4 ? 1 : 2;
    patient.tested = random_.uniform() < 0.5;
    int id = static_cast<int>(patients_.size());
    if (free_.empty()) {
      patients_.push_back(patient);
    } else {
      id = free_.back();
      free_.pop_back();
      patients_[static_cast<size_t>(id)] = patient;
    }
    offer(id);
  }

  double work(int step) {
    constexpr std::array<double, 6> means = {5, 8, 15, 20, 10, 5};
    if (step != 2) return random_.exponential(means[static_cast<size_t>(step)]);
    return std::exp(std::log(15.0) - 0.125 + 0.5 * normal_quantile(random_.uniform()));
  }

  void offer(int id) {
    const Patient& patient = patients_[static_cast<size_t>(id)];
    const auto role = static_cast<size_t>(role_of_step[static_cast<size_t>(patient.step)]);
    waiting_[role][static_cast<size_t>(patient.level)].push_back(id);
    seize(role);
  }

  void seize(size_t role) {
    while (busy_[role] < on_duty_[role]) {
      auto& lists = waiting_[role];
      const auto list =
          std::find_if(lists.begin(), lists.end(), [](const auto& each) { return !each.empty(); });
      if (list == lists.end()) return;
      const int id = list->front();
      list->pop_front();
      ++busy_[role];
      events_.push({now_ + work(patients_[static_cast<size_t>(id)].step), id});
    }
  }

  void staff(int role) {
    const double of_day = std::fmod(now_, 1440.0);
    on_duty_[static_cast<size_t>(role)] =
        on_duty(role, static_cast<int>(now_ / 1440.0), of_day / 60);
    seize(static_cast<size_t>(role));
  }

  void done(int id) {
    Patient& patient = patients_[static_cast<size_t>(id)];
    const auto role = static_cast<size_t>(role_of_step[static_cast<size_t>(patient.step)]);
    --busy_[role];
    if (first_ == AfterStep::take) seize(role);
    if (++patient.step == tests && !patient.tested) ++patient.step;
    if (patient.step == 6) {
      stay_[static_cast<size_t>(patient.level)] += now_ - patient.came;
      ++left_[static_cast<size_t>(patient.level)];
      free_.push_back(id);
    } else {
      offer(id);
    }
    seize(role);
  }

  Quick random_;
  AfterStep first_;
  double now_ = 0;
  uint64_t came_ = 0;
  std::vector<Patient> patients_;
  std::vector<int> free_;
  std::array<std::array<std::deque<int>, 3>, 3> waiting_;  // by role and level
  std::array<int, 3> busy_{}, on_duty_{};
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::array<double, 3> stay_{}, left_{};
};

}  // namespace

QueueLoop mmc_loop(int servers, double between, double service, uint64_t patients, uint64_t seed) {
  Quick random(seed);
  QueueLoop out;
  std::priority_queue<double, std::vector<double>, std::greater<>> departures;
  std::deque<double> waiting;  // since when
  double arrival = random.exponential(between), wait = 0;
  uint64_t came = 0, served = 0;
  while (served < patients || !departures.empty()) {
    ++out.events;
    if (came < patients && (departures.empty() || arrival < departures.top())) {
      ++came;
      if (static_cast<int>(departures.size()) < servers) {
        departures.push(arrival + random.exponential(service));
        ++served;
      } else {
        waiting.push_back(arrival);
      }
      arrival += random.exponential(between);
      continue;
    }
    const double now = departures.top();
    departures.pop();
    if (waiting.empty()) continue;
    wait += now - waiting.front();
    waiting.pop_front();
    departures.push(now + random.exponential(service));
    ++served;
  }
  out.mean_wait = wait / static_cast<double>(patients);
  return out;
}

SixStepLoop six_step_loop(uint64_t seed, AfterStep first) { return SixSteps(seed, first).run(); }

}  // namespace passerelle::bench
