#include "rehearse/search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/check.h"
#include "pathway/levers.h"
#include "rehearse/candidate.h"
#include "rehearse/first_guess.h"

namespace passerelle::rehearse {
namespace {

constexpr uint64_t most_possible = 2'000'000;
constexpr size_t more_at_a_time = 10;  // replications; not a matter of threads, so that none counts

using Heads = std::vector<int>;
using Verdict = Staffed::Verdict;

bool within(const Heads& small, const Heads& large) {
  for (size_t i = 0; i < small.size(); ++i)
    if (small[i] > large[i]) return false;
  return true;
}

class Searcher {
 public:
  Searcher(const pathway::PackageFiles& files, std::string_view id,
           const pathway::Staffing& staffing, const Settings& settings)
      : files_(files), id_(id), settings_(settings) {
    out_.asked = staffing;
    out_.seed = settings.seed;
    settings_.progress = nullptr;
    settings_.memory_may_stay = false;
    tell_ = settings.progress;
  }

  Result<Search> run() {
    TRY_VOID(prepare());
    auto done = look();
    // What was found so far is worth more than nothing.
    if (!done && done.error().code == ErrorCode::unavailable && settings_.stop != nullptr &&
        *settings_.stop) {
      out_.stopped = out_.by_hand = true;
    } else if (!done) {
      return std::move(done.error());
    }
    finish();
    if (tell_) tell_(1);
    return std::move(out_);
  }

 private:
  Result<void> prepare();
  Result<void> look();
  Result<void> descend();
  Result<void> prove();
  Result<void> neighbours();
  void finish();

  bool exhausted() const {
    return out_.replications + static_cast<int>(first()) > out_.asked.most_replications;
  }
  size_t first() const { return static_cast<size_t>(std::max(settings_.replications, 2)); }
  double cost(const Heads& people) const {
    double sum = 0;
    for (size_t i = 0; i < people.size(); ++i) sum += people[i] * price_[i];
    return sum;
  }
  bool known_to_miss(const Heads& people) const {
    return std::any_of(missing_.begin(), missing_.end(),
                       [&](const Heads& each) { return within(people, each); });
  }
  Heads best() const { return out_.tried[*out_.best].people; }
  void told() const {
    if (tell_)
      tell_(std::min(0.99, static_cast<double>(out_.replications) /
                               static_cast<double>(out_.asked.most_replications)));
  }
  Result<Verdict> examine(const Heads& people, bool until_known = true);
  Error no_value(size_t aim, const std::vector<Undone>& undone) const;
  void note(size_t index);
  std::optional<Heads> next_unknown();

  const pathway::PackageFiles& files_;
  std::string id_;
  Settings settings_;
  std::function<void(double)> tell_;
  Search out_;
  std::vector<double> price_;      // by choice: of one person, a week
  std::map<Heads, size_t> index_;  // in out_.tried
  std::vector<Heads> missing_;     // the largest that miss a target
  Heads guess_;
};

Result<void> Searcher::prepare() {
  std::vector<pathway::Finding> findings;
  const auto package = pathway::load_package(files_, id_, out_.asked.scenario, findings);
  if (package == nullptr) return pathway::first_error(findings);
  const pathway::Organisation& organisation = package->pathway.organisation();
  out_.pathway = package->id;
  out_.title = package->title;
  out_.scenario = out_.asked.scenario;
  for (const pathway::Scenario& each : package->scenarios)
    if (each.id == out_.scenario) out_.scenario_name = each.name;
  out_.possible = 1;
  for (const auto& choice : out_.asked.choices) {
    const double hours = pathway::hours_a_week(choice, organisation);
    out_.hours_a_week.push_back(hours);
    price_.push_back(hours * choice.cost_per_hour);
    const pathway::Role* role = organisation.role(choice.role);
    CHECK(role != nullptr, "check_staffing has been asked");
    const auto texts = [&](const std::string& key) {
      const auto found = package->texts.find(key);
      return found == package->texts.end() ? pathway::Texts() : found->second;
    };
    out_.role_names.push_back(texts(role->name_key));
    auto& shifts = out_.shift_names.emplace_back();
    for (const std::string& shift : choice.shifts) shifts.push_back(texts("levers." + shift));
    out_.possible *= static_cast<uint64_t>(choice.most - choice.least + 1);
    if (out_.possible > most_possible)
      return Error{ErrorCode::too_large, "the bounds allow more than 2,000,000 staffings",
                   to_text(choice.place),
                   "narrow 'least' and 'most', or let shifts go together ('shifts')"};
  }
  for (const auto& aim : out_.asked.aims)
    for (const pathway::Indicator& each : package->indicators)
      if (each.id == aim.indicator) {
        out_.aims.push_back(each);
        const auto name = package->texts.find(each.name_key);
        out_.aim_names.push_back(name == package->texts.end() ? pathway::Texts() : name->second);
      }
  CHECK(out_.aims.size() == out_.asked.aims.size(), "check_staffing has been asked");
  return {};
}

// Rehearses until the staffing is known to meet all targets or to miss one, or nothing is left of
// the replications that were allowed.
Result<Verdict> Searcher::examine(const Heads& people, bool until_known) {
  if (const auto known = index_.find(people); known != index_.end())
    return out_.tried[known->second].verdict;
  if (known_to_miss(people)) return Verdict::misses;
  const size_t index = out_.tried.size();
  Candidate candidate(out_, settings_, index + 1);
  TRY_VOID(candidate.load(files_, id_, people));
  Staffed staffed;
  staffed.people = people;
  staffed.cost = cost(people);
  for (size_t count = first(); candidate.verdict() == Verdict::open;) {
    // A short rehearsal is over before it looks at the flag itself.
    if (settings_.stop != nullptr && *settings_.stop)
      return Error{ErrorCode::unavailable, "the search was stopped", "", "start it again"};
    if (out_.replications + static_cast<int>(count) > out_.asked.most_replications) {
      out_.stopped = true;
      break;
    }
    TRY_VOID(candidate.more(count));
    out_.replications += static_cast<int>(count);
    told();
    if (const auto aim = candidate.silent()) {
      staffed.undone = candidate.undone(people);
      if (index == 0 || staffed.undone.empty()) return no_value(*aim, staffed.undone);
      break;
    }
    if (!until_known) break;
    count = more_at_a_time;
  }
  if (candidate.played() == 0) return Verdict::open;
  candidate.tell(staffed);
  if (!staffed.undone.empty()) {
    // Not by chance: with more people the same patients gave it a value.
    staffed.verdict = Verdict::misses;
    staffed.margin = -std::numeric_limits<double>::infinity();
  }
  if (index == 0) {
    out_.days = static_cast<int>((candidate.plan().millis + 12 * hour_millis) / (24 * hour_millis));
    out_.warm_up_days = settings_.warm_up_days;
    out_.hours = hours_of_week(candidate.package(), candidate.plan(), candidate.hourly(),
                               candidate.last(), settings_.warm_up_days, out_);
    guess_ = first_guess(out_, candidate.package().pathway.organisation());
  }
  out_.tried.push_back(std::move(staffed));
  index_[people] = index;
  note(index);
  return out_.tried[index].verdict;
}

Error Searcher::no_value(size_t aim, const std::vector<Undone>& undone) const {
  const std::string what =
      "the indicator '" + out_.aims[aim].id + "' has no value in the rehearsals: ";
  if (undone.empty())
    return Error{ErrorCode::invalid, what + "nothing it counts has happened", "",
                 "rehearse more days (--days), or leave it out of the targets"};
  const auto& choice = out_.asked.choices[undone[0].choice];
  return Error{ErrorCode::invalid,
               what + "nobody does '" + undone[0].activity + "', even with the most people allowed",
               to_text(choice.place),
               "allow at least one " + choice.role + " (most: 1), or leave it out of the targets"};
}

void Searcher::note(size_t index) {
  const Staffed& it = out_.tried[index];
  if (it.verdict == Verdict::misses) {
    std::erase_if(missing_, [&](const Heads& each) { return within(each, it.people); });
    missing_.push_back(it.people);
  }
  if (it.verdict == Verdict::meets && (!out_.best || it.cost < out_.tried[*out_.best].cost))
    out_.best = index;
}

Result<void> Searcher::look() {
  Heads most;
  for (const auto& choice : out_.asked.choices) most.push_back(choice.most);
  TRY(const Verdict all, examine(most));
  if (all != Verdict::meets) return {};  // nothing within the bounds meets the targets
  // From what the formulas ask for towards what is known to do, by halves.
  Heads low = guess_;
  for (;;) {
    TRY(const Verdict found, examine(low));
    if (found == Verdict::meets) break;
    if (found == Verdict::open) return {};
    const Heads high = best();
    Heads middle(low.size());
    for (size_t i = 0; i < low.size(); ++i) middle[i] = low[i] + (high[i] - low[i] + 1) / 2;
    if (middle == high) break;
    low = std::move(middle);
  }
  TRY_VOID(descend());
  TRY_VOID(prove());
  if (out_.best && !exhausted()) TRY_VOID(neighbours());
  return {};
}

// Fewer people of one choice at a time, the dearest first, until none can be spared.
Result<void> Searcher::descend() {
  std::vector<size_t> order(price_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return price_[a] > price_[b]; });
  for (bool changed = true; changed;) {
    changed = false;
    for (const size_t i : order) {
      int misses = out_.asked.choices[i].least - 1;  // the most that is known to be too few
      while (best()[i] - misses > 1) {
        const Heads before = best();
        Heads people = before;
        people[i] = (people[i] + misses + 1) / 2;
        TRY(const Verdict found, examine(people));
        if (found == Verdict::open) return {};
        if (found == Verdict::misses) {
          misses = people[i];
        } else if (best() == before) {
          break;  // as dear: fewer people are not better then
        } else {
          changed = true;
        }
      }
    }
  }
  return {};
}

// The dearest staffing that is cheaper than the best, and of which nothing is known: if it misses,
// all with fewer people do.
std::optional<Heads> Searcher::next_unknown() {
  // Sums of the same prices in another order are the same money.
  const double limit = out_.tried[*out_.best].cost * (1 - 1e-12);
  std::optional<Heads> found;
  double of_found = -1;
  out_.unknown = 0;
  Heads at;
  for (const auto& choice : out_.asked.choices) at.push_back(choice.least);
  for (;;) {
    const double here = cost(at);
    if (here < limit && !known_to_miss(at)) {
      ++out_.unknown;
      if (here > of_found) {
        of_found = here;
        found = at;
      }
    }
    size_t i = 0;
    while (i < at.size() && ++at[i] > out_.asked.choices[i].most) {
      at[i] = out_.asked.choices[i].least;
      ++i;
    }
    if (i == at.size()) return found;
  }
}

Result<void> Searcher::prove() {
  while (const auto people = next_unknown()) {
    if (out_.stopped || exhausted()) {
      out_.stopped = true;
      return {};
    }
    TRY(const Verdict found, examine(*people));
    if (found == Verdict::open) return {};
    if (found == Verdict::meets) TRY_VOID(descend());
  }
  return {};
}

// What one person more would bring: for the frontier, not for the choice.
Result<void> Searcher::neighbours() {
  const Heads middle = best();
  for (size_t i = 0; i < middle.size() && !exhausted(); ++i) {
    Heads people = middle;
    if (++people[i] > out_.asked.choices[i].most) continue;
    TRY_VOID(examine(people, false));
  }
  return {};
}

void Searcher::finish() {
  if (out_.best) next_unknown();  // counts
  std::vector<size_t> order(out_.tried.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Staffed &x = out_.tried[a], &y = out_.tried[b];
    return x.cost != y.cost ? x.cost < y.cost : x.margin > y.margin;
  });
  double reached = -std::numeric_limits<double>::infinity();
  for (const size_t each : order) {
    if (!(out_.tried[each].margin > reached) && each != out_.best.value_or(order.size())) continue;
    reached = std::max(reached, out_.tried[each].margin);
    out_.frontier.push_back(each);
  }
  if (!out_.best) return;
  std::vector<pathway::Finding> findings;
  const yaml::Node changes = changes_of(out_.asked, best());
  const auto package =
      pathway::load_changed_package(files_, id_, out_.asked.scenario, changes, findings);
  CHECK(package != nullptr, "it has been rehearsed");
  set_people(out_, *package);
}

yaml::Node scalar(std::string text) {
  yaml::Node out;
  out.kind = yaml::Kind::scalar;
  out.scalar = std::move(text);
  return out;
}

}  // namespace

yaml::Node changes_of(const pathway::Staffing& staffing, const std::vector<int>& people) {
  yaml::Node out;
  out.kind = yaml::Kind::sequence;
  for (size_t i = 0; i < staffing.choices.size(); ++i) {
    const auto& choice = staffing.choices[i];
    for (const std::string& shift : choice.shifts) {
      yaml::Node change;
      change.kind = yaml::Kind::mapping;
      change.members.emplace_back("file", scalar("organisation.yaml"));
      change.members.emplace_back("path",
                                  scalar("roles." + choice.role + ".shifts." + shift + ".people"));
      change.members.emplace_back("to", scalar(std::to_string(people[i])));
      change.member_places.resize(change.members.size());
      out.items.push_back(std::move(change));
    }
  }
  return out;
}

Result<Search> search(const pathway::PackageFiles& files, std::string_view id,
                      const pathway::Staffing& staffing, const Settings& settings) {
  if (settings.batches > 0 || settings.precision > 0 || settings.find_warm_up)
    return Error{ErrorCode::invalid, "a search decides itself how many replications it needs", "",
                 "leave out --batches and --precision, and give --warm-up in days"};
  return Searcher(files, id, staffing, settings).run();
}

}  // namespace passerelle::rehearse
