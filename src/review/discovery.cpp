#include "review/discovery.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <unordered_map>

#include "review/tally.h"

namespace passerelle::review {
namespace {

using pathway::ActivityKind;
using pathway::EventLog;

constexpr double millis_per_minute = 60'000;
constexpr size_t bins = 24;
// Distinct ways through that are kept apart; later ones of a log without order are counted only.
constexpr size_t variant_limit = 200'000;

TimeSummary summary_of(std::vector<double> minutes) {
  TimeSummary out;
  out.n = minutes.size();
  if (minutes.empty()) return out;
  double sum = 0;
  for (const double each : minutes) sum += each;
  out.mean = sum / static_cast<double>(minutes.size());
  out.median = quantile_of(minutes, 0.5);
  out.p90 = quantile_of(minutes, 0.9);
  return out;
}

double minutes_between(Instant from, Instant to) {
  return static_cast<double>((to - from).count()) / millis_per_minute;
}

// Steps that tell one way through a pathway from another.
bool tells(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::user_task:
    case ActivityKind::message_event:
    case ActivityKind::boundary_message:
    case ActivityKind::none_event:
    case ActivityKind::terminate_event:
    case ActivityKind::boundary_error:
    case ActivityKind::boundary_cancel:
    case ActivityKind::boundary_condition:
      return true;
    case ActivityKind::start_event:
    case ActivityKind::end_event:
    case ActivityKind::timer_event:
    case ActivityKind::escalation_event:
    case ActivityKind::boundary_timer:
    case ActivityKind::boundary_escalation:
    case ActivityKind::send_task:
    case ActivityKind::script_task:
    case ActivityKind::business_rule_task:
    case ActivityKind::exclusive_gateway:
    case ActivityKind::parallel_gateway:
    case ActivityKind::event_gateway:
    case ActivityKind::sub_process:
    case ActivityKind::event_sub_process:
    case ActivityKind::inclusive_gateway:
    case ActivityKind::escalation_end:
    case ActivityKind::service_task:
    case ActivityKind::complex_gateway:
    case ActivityKind::signal_event:
    case ActivityKind::signal_throw:
    case ActivityKind::conditional_event:
    case ActivityKind::error_end:
    case ActivityKind::compensation_event:
    case ActivityKind::cancel_end:
    case ActivityKind::link_event:
    case ActivityKind::boundary_signal:
    case ActivityKind::boundary_compensation:
    case ActivityKind::repetition:
    case ActivityKind::message_throw:
      return false;
  }
  return false;
}

struct Sequence {
  uint64_t cases = 0;
  std::vector<double> minutes;
};

struct SequenceHash {
  size_t operator()(const std::vector<Name>& names) const {
    uint64_t hash = 1469598103934665603u;
    for (const Name name : names) hash = (hash ^ name) * 1099511628211u;
    return static_cast<size_t>(hash);
  }
};

struct PairHash {
  size_t operator()(const std::pair<Name, Name>& pair) const {
    return (static_cast<uint64_t>(pair.first) << 32 | pair.second) * 0x9E3779B97F4A7C15u >> 16;
  }
};

// A piece of work that is under way.
struct Work {
  Name activity = 0;
  uint32_t item = 0;
  Instant offered{}, begun{};
  double hands_on = 0;  // minutes of earlier spells
  bool is_offered = false, is_begun = false, waited = false;
};

struct Times {
  uint64_t completed = 0, cases = 0;
  uint64_t last_case = ~uint64_t{0};
  std::vector<double> waiting, service;
};

}  // namespace

struct Discovery::Parts {
  const EventLog& log;
  const pathway::Package* package;
  Window window;
  Name case_name = 0;
  std::vector<bool> telling, known;  // by Name

  uint64_t cases = 0, open = 0, events = 0, dropped_variants = 0;
  std::vector<double> throughput;
  std::vector<Times> times;  // by Name
  struct FlowSum {
    uint64_t count = 0;
    double minutes = 0;
  };
  std::unordered_map<std::pair<Name, Name>, FlowSum, PairHash> flows;
  std::unordered_map<std::pair<Name, Name>, uint64_t, PairHash> role_handovers, actor_handovers;
  std::unordered_map<std::vector<Name>, Sequence, SequenceHash> sequences;
  std::map<Name, uint64_t> unknown;

  // Reused.
  std::vector<Work> work;
  std::vector<Name> sequence;
  std::vector<uint64_t> seen_in;  // by Name: the case in which it was seen first

  Parts(const EventLog& given, const pathway::Package* of, Window in)
      : log(given),
        package(of),
        window(in),
        case_name(given.names.find(pathway::case_activity)),
        telling(given.names.size(), of == nullptr),
        known(given.names.size(), of == nullptr),
        times(given.names.size()),
        seen_in(given.names.size(), 0) {
    if (case_name != 0) known[case_name] = true;
    if (of == nullptr) return;
    for (const pathway::Activity& activity : of->pathway.activities()) {
      const Name name = given.names.find(activity.id);
      if (name == 0) continue;
      known[name] = true;
      telling[name] = tells(activity.kind);
    }
  }

  void follow_work(const Event& event);
  void follow_flow(const Event& event, const Event*& last);
  void end_case(std::span<const Event> in, bool ended);
  std::string shown(Name name) const { return log.names.text(name); }
  void tell_activities(Review& out) const;
  void tell_flows(Review& out) const;
  void tell_variants(Review& out, size_t most) const;
};

// Waiting and hands-on time of each piece of work, by its item; without items, by its activity.
void Discovery::Parts::follow_work(const Event& event) {
  const auto found = std::find_if(work.begin(), work.end(), [&](const Work& each) {
    return each.activity == event.activity && each.item == event.item;
  });
  Times& of = times[event.activity];
  const auto opened = [&]() -> Work& {
    if (found != work.end()) return *found;
    return work.emplace_back(Work{.activity = event.activity, .item = event.item});
  };
  switch (event.lifecycle) {
    case Lifecycle::schedule: {
      Work& one = opened();
      one.offered = event.at;
      one.is_offered = true;
      return;
    }
    case Lifecycle::assign:
    case Lifecycle::start: {
      Work& one = opened();
      // Hands on counts from the start; the taking only where no start is told.
      if (!one.is_begun || event.lifecycle == Lifecycle::start) one.begun = event.at;
      one.is_begun = true;
      if (one.is_offered && !one.waited)
        of.waiting.push_back(minutes_between(one.offered, event.at));
      one.waited = true;
      return;
    }
    case Lifecycle::suspend:
      if (found == work.end() || !found->is_begun) return;
      found->hands_on += minutes_between(found->begun, event.at);
      found->is_begun = false;
      return;
    case Lifecycle::complete:
      if (found == work.end()) return;
      if (found->is_begun)
        of.service.push_back(found->hands_on + minutes_between(found->begun, event.at));
      work.erase(found);
      return;
    case Lifecycle::withdraw:
    case Lifecycle::ate_abort:
      if (found != work.end()) work.erase(found);
      return;
    case Lifecycle::resume:
      return;
  }
}

void Discovery::Parts::follow_flow(const Event& event, const Event*& last) {
  Times& of = times[event.activity];
  ++of.completed;
  if (of.last_case != cases) {
    of.last_case = cases;
    ++of.cases;
  }
  if (telling[event.activity]) {
    const bool first = seen_in[event.activity] != cases + 1;
    if (package == nullptr || first) sequence.push_back(event.activity);
    seen_in[event.activity] = cases + 1;
  }
  if (last != nullptr) {
    FlowSum& flow = flows[{last->activity, event.activity}];
    ++flow.count;
    flow.minutes += minutes_between(last->at, event.at);
  }
  last = &event;
}

void Discovery::Parts::end_case(std::span<const Event> in, bool ended) {
  ++cases;
  if (!ended) ++open;
  const double minutes = minutes_between(in.front().at, in.back().at);
  if (ended) throughput.push_back(minutes);
  if (sequences.size() >= variant_limit && !sequences.contains(sequence)) {
    ++dropped_variants;
    return;
  }
  Sequence& of = sequences[sequence];
  ++of.cases;
  if (ended) of.minutes.push_back(minutes);
}

Discovery::Discovery(const EventLog& log, const pathway::Package* package, Window window)
    : parts_(std::make_unique<Parts>(log, package, window)) {}
Discovery::~Discovery() = default;

void Discovery::add_case(std::span<const Event> all) {
  Parts& parts = *parts_;
  const auto inside = [&](const Event& event) {
    return event.at >= parts.window.from && event.at <= parts.window.until;
  };
  const auto first = std::find_if(all.begin(), all.end(), inside);
  const auto last = std::find_if_not(first, all.end(), inside);
  if (first == last) return;
  const std::span<const Event> events(first, last);
  parts.work.clear();
  parts.sequence.clear();
  const Event* before = nullptr;
  const Event* worker = nullptr;
  // A log that never speaks of cases shows whole ones, as far as anybody can tell.
  bool ended = parts.case_name == 0;
  const bool completions = std::any_of(events.begin(), events.end(), [](const Event& event) {
    return event.lifecycle == Lifecycle::complete;
  });
  for (const Event& event : events) {
    ++parts.events;
    if (event.activity == parts.case_name && parts.case_name != 0) {
      ended = ended || event.lifecycle == Lifecycle::complete;
      continue;
    }
    if (!parts.known[event.activity]) ++parts.unknown[event.activity];
    parts.follow_work(event);
    if (completions && event.lifecycle != Lifecycle::complete) continue;
    parts.follow_flow(event, before);
    if (event.role == 0 && event.actor == 0) continue;
    if (worker != nullptr) {
      if (worker->role != event.role && worker->role != 0 && event.role != 0)
        ++parts.role_handovers[{worker->role, event.role}];
      if (worker->actor != event.actor && worker->actor != 0 && event.actor != 0)
        ++parts.actor_handovers[{worker->actor, event.actor}];
    }
    worker = &event;
  }
  parts.end_case(events, ended);
}

namespace {

template <class Item, class Less>
void by(std::vector<Item>& items, Less less) {
  std::sort(items.begin(), items.end(), less);
}

// Bins of equal width from 0 to just above the 95 % quantile; the last takes all that is longer.
std::vector<ThroughputBin> bins_of(std::vector<double> minutes) {
  std::vector<ThroughputBin> out;
  if (minutes.empty()) return out;
  const double top = std::max(quantile_of(minutes, 0.95) * 1.05, 1.0);
  // A width that a person can read off: 1, 2 or 5 times a power of ten minutes, hours or days.
  double width = 1;
  for (const double each : {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 720.0,
                            1440.0, 2880.0, 7200.0, 14400.0, 43200.0, 144000.0, 525600.0}) {
    width = each;
    if (top / each <= bins) break;
  }
  const auto count = static_cast<size_t>(std::min<double>(bins * 4, std::ceil(top / width)));
  for (size_t i = 0; i < count; ++i)
    out.push_back({static_cast<double>(i) * width, static_cast<double>(i + 1) * width, 0});
  for (const double each : minutes) {
    const auto at = static_cast<size_t>(std::max(0.0, each) / width);
    ++out[std::min(at, count - 1)].cases;
  }
  return out;
}

}  // namespace

void Discovery::tell(Review& out, size_t variants) const {
  const Parts& parts = *parts_;
  out.cases = parts.cases;
  out.open_cases = parts.open;
  out.events = parts.events;
  out.throughput = summary_of(parts.throughput);
  out.throughput_bins = bins_of(parts.throughput);
  parts.tell_activities(out);
  parts.tell_flows(out);
  parts.tell_variants(out, variants);
}

void Discovery::Parts::tell_activities(Review& out) const {
  for (Name name = 1; name < times.size(); ++name) {
    const Times& of = times[name];
    if (of.completed == 0) continue;
    out.activities.push_back(
        {shown(name), {}, of.completed, of.cases, summary_of(of.waiting), summary_of(of.service)});
  }
  by(out.activities, [](const ActivityTimes& a, const ActivityTimes& b) {
    return a.completed != b.completed ? a.completed > b.completed : a.id < b.id;
  });
  for (const auto& [name, count] : unknown) out.unknown_activities.emplace_back(shown(name), count);
}

void Discovery::Parts::tell_flows(Review& out) const {
  const auto commoner = [](const auto& a, const auto& b) {
    if (a.count != b.count) return a.count > b.count;
    return std::tie(a.from, a.to) < std::tie(b.from, b.to);
  };
  for (const auto& [pair, flow] : flows)
    out.flows.push_back({shown(pair.first), shown(pair.second), flow.count,
                         flow.minutes / static_cast<double>(flow.count)});
  by(out.flows, commoner);
  for (const auto& [pair, count] : role_handovers.empty() ? actor_handovers : role_handovers)
    out.handovers.push_back({shown(pair.first), shown(pair.second), count});
  by(out.handovers, commoner);
}

void Discovery::Parts::tell_variants(Review& out, size_t most) const {
  out.variants_by_first = package != nullptr;
  out.variant_count = sequences.size() + dropped_variants;
  std::vector<const std::pair<const std::vector<Name>, Sequence>*> order;
  for (const auto& each : sequences) order.push_back(&each);
  by(order, [](const auto* a, const auto* b) {
    return a->second.cases != b->second.cases ? a->second.cases > b->second.cases
                                              : a->first < b->first;
  });
  for (size_t i = 0; i < std::min(most, order.size()); ++i) {
    Variant variant;
    for (const Name name : order[i]->first) variant.activities.push_back(shown(name));
    variant.cases = order[i]->second.cases;
    variant.throughput = summary_of(order[i]->second.minutes);
    out.variants.push_back(std::move(variant));
  }
}

}  // namespace passerelle::review
