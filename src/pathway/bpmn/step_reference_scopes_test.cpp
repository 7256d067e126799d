// step() against a slow interpreter of the specification that tries every order, where scopes lie
// in each other: sub-processes, boundary events and event sub-processes that interrupt or do not,
// work that is done once for each (BPMN 2.0.2, 13.3.4, 13.3.7, 13.5.2 to 13.5.4). After each step
// what waits must be one of the ways in which the case may come to rest.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

struct Plan {
  enum class Kind { start, task, sub, exclusive, parallel, inclusive, boundary, end };
  struct Node {
    Kind kind = Kind::task;
    int times = 1;            // task, sub: once for each of so many
    bool sequential = false;  // one after the other
    int inner = -1;           // sub: its scope
    int host = -1;            // boundary: what it is attached to
    int message = -1;         // boundary, start of a handler: what it waits for
    bool interrupting = true;
  };
  struct Arrow {
    int from = 0, to = 0;
    bool open = true, default_ = false;
  };
  struct Scope {
    std::vector<Node> nodes;  // the first is its start
    std::vector<Arrow> arrows;
    std::vector<int> handlers;  // scopes of event sub-processes
  };
  std::vector<Scope> scopes;  // the first is the process
  int messages = 0;

  std::vector<int> out(int scope, int node) const { return ends(scope, node, true); }
  std::vector<int> in(int scope, int node) const { return ends(scope, node, false); }
  std::vector<int> ends(int scope, int node, bool from) const {
    std::vector<int> found;
    const auto& arrows = at(scope).arrows;
    for (size_t a = 0; a < arrows.size(); ++a)
      if ((from ? arrows[a].from : arrows[a].to) == node) found.push_back(static_cast<int>(a));
    return found;
  }
  const Scope& at(int scope) const { return scopes[static_cast<size_t>(scope)]; }
  const Node& node(int scope, int index) const {
    return at(scope).nodes[static_cast<size_t>(index)];
  }
  const Arrow& arrow(int scope, int index) const {
    return at(scope).arrows[static_cast<size_t>(index)];
  }
  bool chooses(int scope, int index) const {
    const Kind kind = node(scope, index).kind;
    return (kind == Kind::exclusive || kind == Kind::inclusive) && out(scope, index).size() > 1;
  }
  static std::string id(int scope, int index) {
    return "n" + std::to_string(scope) + "_" + std::to_string(index);
  }

  std::string xml(int scope) const;
};

std::string message_event(int message) {
  return "<messageEventDefinition messageRef=\"m" + std::to_string(message) + "\"/>";
}

std::string Plan::xml(int scope) const {
  static constexpr const char* names[] = {"startEvent",       "userTask",        "subProcess",
                                          "exclusiveGateway", "parallelGateway", "inclusiveGateway",
                                          "boundaryEvent",    "endEvent"};
  std::string text;
  for (int n = 0; n < static_cast<int>(at(scope).nodes.size()); ++n) {
    const Node& here = node(scope, n);
    const std::string name = names[static_cast<int>(here.kind)];
    text += "<" + name + " id=\"" + id(scope, n) + "\"";
    if (here.kind == Kind::task) text += " p:role=\"nurse\"";
    if (here.kind == Kind::boundary) {
      text += " attachedToRef=\"" + id(scope, here.host) + "\" cancelActivity=\"" +
              (here.interrupting ? "true" : "false") + "\"";
    }
    if (here.kind == Kind::start && here.message >= 0 && !here.interrupting) {
      text += " isInterrupting=\"false\"";
    }
    for (const int a : out(scope, n)) {
      if (arrow(scope, a).default_)
        text += " default=\"a" + std::to_string(scope) + "_" + std::to_string(a) + "\"";
    }
    text += ">";
    if (here.times > 1) {
      text += std::string("<multiInstanceLoopCharacteristics isSequential=\"") +
              (here.sequential ? "true" : "false") + "\"><loopCardinality>" +
              std::to_string(here.times) + "</loopCardinality></multiInstanceLoopCharacteristics>";
    }
    if (here.message >= 0) text += message_event(here.message);
    if (here.inner >= 0) text += xml(here.inner);
    text += "</" + name + ">\n";
  }
  for (const int handler : at(scope).handlers) {
    text += "<subProcess id=\"h" + std::to_string(handler) + "\" triggeredByEvent=\"true\">" +
            xml(handler) + "</subProcess>\n";
  }
  for (int a = 0; a < static_cast<int>(at(scope).arrows.size()); ++a) {
    const Arrow& each = arrow(scope, a);
    text += "<sequenceFlow id=\"a" + std::to_string(scope) + "_" + std::to_string(a) +
            "\" sourceRef=\"" + id(scope, each.from) + "\" targetRef=\"" + id(scope, each.to) +
            "\">";
    if (chooses(scope, each.from) && !each.default_) {
      text += std::string("<conditionExpression>") + (each.open ? "true" : "false") +
              "</conditionExpression>";
    }
    text += "</sequenceFlow>\n";
  }
  return text;
}

// ---- where a case may stand ----

struct Instance;

// An activity under way: open tasks, or sub-processes that run.
struct Activity_ {
  int node = 0;
  int open = 0;       // of a task: how many are offered
  int completed = 0;  // of several
  std::vector<Instance> inside;
};

struct Instance {
  int scope = 0;
  bool interrupted = false;
  std::vector<int> arrows;            // tokens on arrows
  std::vector<Activity_> activities;  // tokens in activities
  std::vector<Instance> handlers;     // event sub-processes that run

  bool is_done() const { return arrows.empty() && activities.empty() && handlers.empty(); }
};

// The same text for the same standing, whatever the order in which it came about.
std::string key(const Instance& instance) {
  std::vector<std::string> parts;
  for (const int a : instance.arrows) parts.push_back("a" + std::to_string(a));
  for (const Activity_& activity : instance.activities) {
    std::vector<std::string> inside;
    for (const Instance& each : activity.inside) inside.push_back(key(each));
    std::sort(inside.begin(), inside.end());
    std::string text = "n" + std::to_string(activity.node) + ":" + std::to_string(activity.open) +
                       ":" + std::to_string(activity.completed);
    for (const std::string& each : inside) text += each;
    parts.push_back(text);
  }
  for (const Instance& handler : instance.handlers) parts.push_back("h" + key(handler));
  std::sort(parts.begin(), parts.end());
  std::string text = "{" + std::to_string(instance.scope) + (instance.interrupted ? "!" : "");
  for (const std::string& part : parts) text += " " + part;
  return text + "}";
}

using Standing = std::map<std::string, Instance>;  // all different ones

class Specification {
 public:
  explicit Specification(const Plan& plan) : plan_(plan) {}

  Instance begin(int scope) const {
    Instance instance;
    instance.scope = scope;
    leave(instance, 0);
    return instance;
  }

  // Whether somewhere there were too many orders to try: then what was found is not all.
  bool gave_up() const { return gave_up_; }

  // All ways to come to rest.
  Standing rest(const Instance& from) const {
    Standing resting;
    std::set<std::string> seen;
    std::vector<Instance> open{from};
    while (!open.empty()) {
      const Instance at = std::move(open.back());
      open.pop_back();
      if (!seen.insert(key(at)).second) continue;
      if (seen.size() > 400 || size(at) > 14) {
        gave_up_ = true;
        return {};
      }
      std::vector<Instance> next;
      for (const bool joins : {false, true}) {
        if (next.empty())
          moves(at, joins, [&](Instance moved) { next.push_back(std::move(moved)); });
      }
      if (next.empty()) resting.emplace(key(at), at);
      std::move(next.begin(), next.end(), std::back_inserter(open));
    }
    return resting;
  }

  // All that can become of it when an open task of that node is done ...
  void complete(const Instance& at, int scope, int node, const auto& found) const {
    everywhere(at, [&](const Instance& here, const auto& put) {
      for (size_t i = 0; i < here.activities.size(); ++i) {
        if (here.scope != scope || here.activities[i].node != node) continue;
        Instance after = here;
        Activity_& activity = after.activities[i];
        --activity.open;
        ++activity.completed;
        one_more_done(after, i);
        found(put(std::move(after)));
      }
    });
  }

  // ... or when the message comes to one of those that wait for it.
  void message(const Instance& at, int message, const auto& found) const {
    everywhere(at, [&](const Instance& here, const auto& put) {
      for (size_t i = 0; i < here.activities.size(); ++i) {
        const int host = here.activities[i].node;
        for (int n = 0; n < static_cast<int>(plan_.at(here.scope).nodes.size()); ++n) {
          const Plan::Node& boundary = plan_.node(here.scope, n);
          if (boundary.kind != Plan::Kind::boundary || boundary.host != host ||
              boundary.message != message) {
            continue;
          }
          Instance after = here;
          if (boundary.interrupting) {
            after.activities.erase(after.activities.begin() + static_cast<std::ptrdiff_t>(i));
          }
          leave(after, n);
          found(put(std::move(after)));
        }
      }
      for (const int handler : plan_.at(here.scope).handlers) {
        const Plan::Node& start = plan_.node(handler, 0);
        if (start.message != message || here.interrupted) continue;
        Instance after = here;
        if (start.interrupting) {
          after = Instance{};
          after.scope = here.scope;
          after.interrupted = true;
        }
        after.handlers.push_back(begin(handler));
        found(put(std::move(after)));
      }
    });
  }

  // Open tasks by their ids, in order.
  std::string open_tasks(const Instance& at) const {
    std::vector<std::string> ids;
    collect(at, ids);
    std::sort(ids.begin(), ids.end());
    std::string text;
    for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
    return text;
  }

 private:
  static size_t size(const Instance& at) {
    size_t count = at.arrows.size();
    for (const Activity_& activity : at.activities) {
      count += 1 + static_cast<size_t>(activity.open);
      for (const Instance& inside : activity.inside) count += size(inside);
    }
    for (const Instance& handler : at.handlers) count += size(handler);
    return count;
  }

  // Calls `visit(instance, put)` for each scope that lives; put(changed) is the whole with that one
  // changed.
  static void everywhere(const Instance& at, const auto& visit) {
    walk(at, visit, [](Instance changed) { return changed; });
  }
  static void walk(const Instance& at, const auto& visit,
                   const std::function<Instance(Instance)>& put) {
    visit(at, put);
    for (size_t i = 0; i < at.activities.size(); ++i) {
      for (size_t j = 0; j < at.activities[i].inside.size(); ++j) {
        walk(at.activities[i].inside[j], visit, [&at, &put, i, j](Instance changed) {
          Instance around = at;
          around.activities[i].inside[j] = std::move(changed);
          return put(std::move(around));
        });
      }
    }
    for (size_t h = 0; h < at.handlers.size(); ++h) {
      walk(at.handlers[h], visit, [&at, &put, h](Instance changed) {
        Instance around = at;
        around.handlers[h] = std::move(changed);
        return put(std::move(around));
      });
    }
  }

  void collect(const Instance& at, std::vector<std::string>& ids) const {
    for (const Activity_& activity : at.activities) {
      for (int i = 0; i < activity.open; ++i) ids.push_back(Plan::id(at.scope, activity.node));
      for (const Instance& inside : activity.inside) collect(inside, ids);
    }
    for (const Instance& handler : at.handlers) collect(handler, ids);
  }

  // By every open arrow, by the first, or by the default.
  void leave(Instance& at, int node) const {
    const bool chooses = plan_.chooses(at.scope, node);
    const bool first_only = plan_.node(at.scope, node).kind == Plan::Kind::exclusive;
    bool taken = false;
    for (const int a : plan_.out(at.scope, node)) {
      const Plan::Arrow& arrow = plan_.arrow(at.scope, a);
      if ((chooses && (arrow.default_ || !arrow.open)) || (taken && first_only)) continue;
      at.arrows.push_back(a);
      taken = true;
    }
    for (const int a : plan_.out(at.scope, node)) {
      if (!taken && plan_.arrow(at.scope, a).default_) at.arrows.push_back(a);
    }
  }

  void enter_activity(Instance& at, int node) const {
    const Plan::Node& here = plan_.node(at.scope, node);
    Activity_ activity;
    activity.node = node;
    const int at_once = here.sequential ? 1 : here.times;
    for (int i = 0; i < at_once; ++i) start_one(activity, here);
    at.activities.push_back(std::move(activity));
  }
  void start_one(Activity_& activity, const Plan::Node& node) const {
    if (node.inner >= 0) {
      activity.inside.push_back(begin(node.inner));
    } else {
      ++activity.open;
    }
  }
  // The next one of several begins, or the activity is left.
  void one_more_done(Instance& at, size_t index) const {
    Activity_& activity = at.activities[index];
    const int node = activity.node;
    const Plan::Node& here = plan_.node(at.scope, node);
    if (activity.completed < here.times) {
      if (here.sequential) start_one(activity, here);
      return;
    }
    at.activities.erase(at.activities.begin() + static_cast<std::ptrdiff_t>(index));
    leave(at, node);
  }

  // Everything that can happen next by itself; joins that wait for all else only when nothing else
  // can.
  void moves(const Instance& whole, bool joins, const auto& found) const {
    everywhere(whole, [&](const Instance& at, const auto& put) {
      if (joins) return inclusive_joins(at, put, found);
      for (const int token : std::set<int>(at.arrows.begin(), at.arrows.end())) {
        if (auto after = follow(at, token)) found(put(std::move(*after)));
      }
      for (size_t i = 0; i < at.activities.size(); ++i) {
        for (size_t j = 0; j < at.activities[i].inside.size(); ++j) {
          if (!at.activities[i].inside[j].is_done()) continue;
          Instance after = at;
          Activity_& activity = after.activities[i];
          activity.inside.erase(activity.inside.begin() + static_cast<std::ptrdiff_t>(j));
          ++activity.completed;
          one_more_done(after, i);
          found(put(std::move(after)));
        }
      }
      for (size_t h = 0; h < at.handlers.size(); ++h) {
        if (!at.handlers[h].is_done()) continue;
        Instance after = at;
        after.handlers.erase(after.handlers.begin() + static_cast<std::ptrdiff_t>(h));
        found(put(std::move(after)));
      }
    });
  }

  static bool holds(const Instance& at, int arrow) {
    return std::find(at.arrows.begin(), at.arrows.end(), arrow) != at.arrows.end();
  }
  static void take(Instance& at, int arrow) {
    at.arrows.erase(std::find(at.arrows.begin(), at.arrows.end(), arrow));
  }

  std::optional<Instance> follow(const Instance& at, int token) const {
    const int node = plan_.arrow(at.scope, token).to;
    const Plan::Kind kind = plan_.node(at.scope, node).kind;
    const auto incoming = plan_.in(at.scope, node);
    if (kind == Plan::Kind::inclusive && incoming.size() > 1) return std::nullopt;
    Instance after = at;
    if (kind == Plan::Kind::parallel && incoming.size() > 1) {
      for (const int a : incoming)
        if (!holds(at, a)) return std::nullopt;
      for (const int a : incoming) take(after, a);
    } else {
      take(after, token);
    }
    if (kind == Plan::Kind::task || kind == Plan::Kind::sub) {
      enter_activity(after, node);
    } else if (kind != Plan::Kind::end) {
      leave(after, node);
    }
    return after;
  }

  // Whether a token at a node has a way to the arrow that does not pass the gateway; out of an
  // activity by its boundary events, too.
  bool reaches(int scope, int from, int arrow, int gateway) const {
    std::set<int> seen;
    std::vector<int> open{from};
    while (!open.empty()) {
      const int node = open.back();
      open.pop_back();
      if (node == gateway || !seen.insert(node).second) continue;
      for (const int a : plan_.out(scope, node)) {
        if (a == arrow) return true;
        open.push_back(plan_.arrow(scope, a).to);
      }
      for (int n = 0; n < static_cast<int>(plan_.at(scope).nodes.size()); ++n)
        if (plan_.node(scope, n).host == node) open.push_back(n);
    }
    return false;
  }

  // 13.4.3, word for word.
  void inclusive_joins(const Instance& at, const auto& put, const auto& found) const {
    std::vector<int> standing;
    for (const int a : at.arrows) standing.push_back(plan_.arrow(at.scope, a).to);
    for (const Activity_& activity : at.activities) standing.push_back(activity.node);
    for (int gateway = 0; gateway < static_cast<int>(plan_.at(at.scope).nodes.size()); ++gateway) {
      const auto incoming = plan_.in(at.scope, gateway);
      if (plan_.node(at.scope, gateway).kind != Plan::Kind::inclusive || incoming.size() <= 1)
        continue;
      std::vector<int> full, empty;
      for (const int a : incoming) (holds(at, a) ? full : empty).push_back(a);
      if (full.empty()) continue;
      const bool waits = std::any_of(standing.begin(), standing.end(), [&](int node) {
        if (node == gateway) return false;
        const auto comes_by = [&](int a) { return reaches(at.scope, node, a, gateway); };
        return std::any_of(empty.begin(), empty.end(), comes_by) &&
               std::none_of(full.begin(), full.end(), comes_by);
      });
      if (waits) continue;
      Instance after = at;
      for (const int a : full) take(after, a);
      leave(after, gateway);
      found(put(std::move(after)));
    }
  }

  const Plan& plan_;
  mutable bool gave_up_ = false;
};

// ---- random plans ----

class Planner {
 public:
  explicit Planner(uint32_t seed) : random_(seed) {}

  Plan make() {
    scope(2, false);
    return std::move(plan_);
  }
  int below(size_t limit) { return static_cast<int>(random_() % limit); }

 private:
  using Kind = Plan::Kind;

  // Any graph in which every node but start and end has a way in and a way out.
  int scope(int depth, bool handler) {
    const int index = static_cast<int>(plan_.scopes.size());
    plan_.scopes.emplace_back();
    Plan::Scope made;
    Plan::Node start{.kind = Kind::start};
    if (handler) {
      start.message = plan_.messages++;
      start.interrupting = below(2) == 0;
    }
    made.nodes.push_back(start);
    const int count = depth == 2 ? 3 + below(4) : 1 + below(3);
    for (int i = 0; i < count; ++i) made.nodes.push_back(node(depth));
    made.nodes.push_back({.kind = Kind::end});
    const int end = static_cast<int>(made.nodes.size()) - 1;
    for (int n = 1; n < end; ++n) {
      const Kind kind = made.nodes[static_cast<size_t>(n)].kind;
      if ((kind != Kind::task && kind != Kind::sub) || below(3) == 0) continue;
      made.nodes.push_back({.kind = Kind::boundary,
                            .host = n,
                            .message = plan_.messages++,
                            .interrupting = below(2) == 0});
    }
    draw(made, end);
    if (depth > 0 && below(2) == 0) made.handlers.push_back(scope(depth - 1, true));
    plan_.scopes[static_cast<size_t>(index)] = std::move(made);
    return index;
  }

  Plan::Node node(int depth) {
    static constexpr Kind kinds[] = {Kind::task,      Kind::task,     Kind::sub,      Kind::sub,
                                     Kind::exclusive, Kind::parallel, Kind::inclusive};
    Plan::Node node{.kind = kinds[below(7)]};
    if (node.kind == Kind::sub && depth == 0) node.kind = Kind::task;
    if (node.kind == Kind::sub) node.inner = scope(depth - 1, false);
    if ((node.kind == Kind::sub || node.kind == Kind::task) && below(3) == 0) {
      node.times = 2;
      node.sequential = below(2) == 0;
    }
    return node;
  }

  void draw(Plan::Scope& made, int end) {
    const auto arrow = [&](int from, int to) {
      made.arrows.push_back({.from = from, .to = to, .open = below(2) == 0});
    };
    const auto count_out = [&](int node) {
      return std::count_if(made.arrows.begin(), made.arrows.end(),
                           [&](const Plan::Arrow& a) { return a.from == node; });
    };
    for (int n = 1; n <= end; ++n) arrow(below(static_cast<size_t>(n)), n);
    for (int n = 0; n < static_cast<int>(made.nodes.size()); ++n) {
      const Kind kind = made.nodes[static_cast<size_t>(n)].kind;
      if (kind == Kind::end) continue;
      const bool gateway =
          kind == Kind::exclusive || kind == Kind::parallel || kind == Kind::inclusive;
      while (count_out(n) < (gateway ? 2 : 1)) {
        const bool back = n > end || below(7) == 0;  // a boundary event, or a loop
        arrow(n, back ? 1 + below(static_cast<size_t>(end))
                      : n + 1 + below(static_cast<size_t>(end - n)));
      }
    }
    for (int n = 1; n < end; ++n) {
      const Kind kind = made.nodes[static_cast<size_t>(n)].kind;
      if (kind != Kind::exclusive && kind != Kind::inclusive) continue;
      for (auto a = made.arrows.rbegin(); a != made.arrows.rend(); ++a) {
        if (a->from != n) continue;
        a->default_ = true;
        break;
      }
    }
  }

  std::mt19937 random_;
  Plan plan_;
};

// What a run has met, so that a generator that draws nothing any more is seen.
struct Met {
  size_t steps = 0, ended = 0, boundaries = 0, handlers = 0, several = 0, inner = 0;
};

class Comparison {
 public:
  Comparison(const Plan& plan, const std::string& xml, Met& met)
      : plan_(plan), specification_(plan), case_(xml), met_(met) {}

  void run(Planner& random) {
    possible_ = specification_.rest(specification_.begin(0));
    case_.start();
    for (int i = 0; i < 14 && !specification_.gave_up(); ++i) {
      if (case_.waiting_for().find('!') != std::string::npos) return;  // turns without a wait
      if (!fits(i) || case_.open.empty()) return;
      Standing next;
      const auto found = [&](const Instance& after) {
        for (auto& [text, instance] : specification_.rest(after)) {
          next.emplace(text, std::move(instance));
        }
      };
      const bool tells = plan_.messages > 0 && random.below(3) == 0;
      if (!(tells ? tell(random.below(static_cast<size_t>(plan_.messages)), found)
                  : complete(random, found))) {
        return;
      }
      if (!skipped_) possible_ = std::move(next);
    }
  }

 private:
  // Keeps those of the possible standings that show what step() shows.
  bool fits(int step) {
    for (auto it = possible_.begin(); it != possible_.end();) {
      const bool same = specification_.open_tasks(it->second) == case_.waiting_for() &&
                        it->second.is_done() == case_.ended;
      it = same ? std::next(it) : possible_.erase(it);
    }
    EXPECT_FALSE(possible_.empty()) << "step " << step << ": step() waits for '"
                                    << case_.waiting_for() << "', the specification would not";
    ++met_.steps;
    met_.ended += case_.ended ? 1 : 0;
    for (const auto& [item, work] : case_.open) {
      const std::string& id = case_.pathway().activities()[work.activity].id;
      met_.inner += id[1] != '0' ? 1 : 0;
    }
    return !possible_.empty();
  }

  bool complete(Planner& random, const auto& found) {
    skipped_ = false;
    auto work = case_.open.begin();
    std::advance(work, random.below(case_.open.size()));
    const std::string id = case_.pathway().activities()[work->second.activity].id;
    const size_t line = id.find('_');
    const int scope = std::stoi(id.substr(1, line - 1)), node = std::stoi(id.substr(line + 1));
    met_.several += plan_.node(scope, node).times > 1 ? 1 : 0;
    Stimulus done = case_.make(Stimulus::Kind::complete);
    done.item = work->first;
    case_.must(done);
    for (const auto& [text, at] : possible_) specification_.complete(at, scope, node, found);
    return true;
  }

  // A message that nobody waits for is refused by both, and changes nothing.
  bool tell(int message, const auto& found) {
    Stimulus told = case_.make(Stimulus::Kind::message);
    told.message = case_.pathway().names().find("t" + std::to_string(message));
    const bool taken = case_.tell(told).ok();
    bool possible = false;
    for (const auto& [text, at] : possible_) {
      bool heard = false;
      specification_.message(at, message, [&](const Instance& after) {
        heard = true;
        if (taken) found(after);
      });
      if (!taken && !heard) rest_.emplace(text, at);
      possible = possible || heard == taken;
    }
    EXPECT_TRUE(possible) << "message t" << message << (taken ? " was taken" : " was refused");
    if (!taken) {
      std::swap(possible_, rest_);
      rest_.clear();
      skipped_ = true;
      return possible;
    }
    skipped_ = false;
    const bool handler = std::any_of(plan_.scopes.begin(), plan_.scopes.end(), [&](auto& scope) {
      return scope.nodes[0].message == message;
    });
    ++(handler ? met_.handlers : met_.boundaries);
    return possible;
  }

  const Plan& plan_;
  Specification specification_;
  Case case_;
  Met& met_;
  Standing possible_;
  Standing rest_;         // of those that are possible, while some fall away
  bool skipped_ = false;  // what was told changed nothing
};

TEST(Reference, AgreesWithStepWhereScopesLieInEachOther) {
  Met met;
  for (uint32_t seed = 1; seed <= 1'200; ++seed) {
    Planner planner(seed);
    const Plan plan = planner.make();
    std::string messages;
    for (int m = 0; m < plan.messages; ++m) {
      messages +=
          "<message id=\"m" + std::to_string(m) + "\" name=\"t" + std::to_string(m) + "\"/>";
    }
    const std::string xml = bpmn(plan.xml(0), "", messages);
    std::vector<Finding> findings;
    if (!compile_pathway(test_source(xml), findings)) {
      for (const Finding& finding : findings) ADD_FAILURE() << to_text(finding);
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << xml;
    Comparison(plan, xml, met).run(planner);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << "\n" << xml;
  }
  EXPECT_GT(met.steps, 3'000u);
  EXPECT_GT(met.ended, 100u);
  EXPECT_GT(met.boundaries, 200u);
  EXPECT_GT(met.handlers, 100u);
  EXPECT_GT(met.several, 300u);
  EXPECT_GT(met.inner, 1'000u);
}

}  // namespace
}  // namespace passerelle::pathway
