#include "pathway/migration/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/migration.h"

namespace passerelle::pathway {
namespace {

constexpr size_t most_ways = 300;  // to stand in a scope, that are looked at one by one
constexpr size_t most_told = 3;    // of those that this version never has

class PlanCheck {
 public:
  PlanCheck(const Mapping& mapping, std::vector<Finding>& findings)
      : mapping_(mapping),
        from_(mapping.from()),
        to_(mapping.to()),
        gateways_(gateways_before(mapping.space_from())),
        findings_(findings) {}

  void run() {
    check_places();
    check_timers();
    check_variables();
    check_undoing();
    for (uint16_t level = 0; level < from_.levels.size(); ++level) check_ways(level);
  }

 private:
  // How the tokens of a scope of the earlier version would stand: the scope itself, and what is
  // opened inside it.
  using Stand = std::map<uint16_t, std::vector<Standing>>;

  Place earlier(uint16_t index) const {
    Place place = from_.activities[index].place;
    place.file = std::string(earlier_prefix) + place.file;
    return place;
  }
  bool is_reached(uint16_t index) const {
    return mapping_.space_from().is_reached(index) &&
           mapping_.space_from().is_open(from_.nodes[index].level);
  }
  void add(std::string_view id, uint16_t index, std::initializer_list<std::string_view> arguments) {
    findings_.push_back(check_finding(id, earlier(index), arguments));
  }

  void check_places() {
    for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
      const Node& node = from_.nodes[index];
      if (!is_place(node) || !is_reached(index) || gateways_[index] != nothing) {
        continue;  // its tokens stand at the gateway
      }
      const std::string label = Mapping::label(from_, index);
      const std::string why = mapping_.refusal(index);
      if (!why.empty()) {
        add("migration-no-place", index, {label, from_.version, why});
        continue;
      }
      for (uint16_t flow = 0; flow < from_.flows.size() && is_join(node); ++flow) {
        const Flow& each = from_.flows[flow];
        const uint16_t source = mapping_.space_from().source(flow);
        if (each.target != index || source == nothing || mapping_.arrival(index, each.arrival)) {
          continue;
        }
        add("migration-no-place", index,
            {label, from_.version,
             "it can wait there for others, and the flow from " + Mapping::label(from_, source) +
                 ", by which it came, is gone"});
      }
    }
  }

  void check_timers() {
    for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
      const Node& node = from_.nodes[index];
      if (node.trigger != Trigger::timer || !is_reached(index)) continue;
      const bool starts = node.op == Op::triggered && !node.boundary;
      const uint16_t gateway = gateways_[index];
      const uint16_t host = node.boundary ? node.host : gateway != nothing ? gateway : index;
      const uint16_t then = starts                        ? nothing
                            : is_place(from_.nodes[host]) ? mapping_.standing(host)
                                                          : mapping_.node(host);
      if (!starts && is_place(from_.nodes[host]) && !mapping_.refusal(host).empty()) {
        continue;  // told already
      }
      const uint16_t found = starts || then != nothing ? mapping_.timer(index, then) : nothing;
      if (found != nothing && (!starts || starts_there(node, to_.nodes[found]))) continue;
      add("migration-lost", index, {"the timer " + Mapping::label(from_, index), from_.version});
    }
  }

  // The event sub-process still lies in the scope in which it waits.
  bool starts_there(const Node& was, const Node& is) const {
    return mapping_.level(from_.levels[was.level].parent) == to_.levels[is.level].parent;
  }

  // A counter of repetitions is nobody's own.
  bool is_counter(uint16_t slot) const {
    const InstanceSlots& own = from_.instance;
    return slot == own.counter || slot == own.instances || slot == own.active ||
           slot == own.completed || slot == own.activation;
  }

  void check_variables() {
    for (uint16_t slot = variable_patient + 1; slot < from_.variable_names.size(); ++slot) {
      if (is_counter(slot)) continue;
      const std::string& name = from_.variable_names[slot];
      const uint16_t writer = writer_of(slot);
      if (mapping_.variable(slot) == nothing) {
        add("migration-lost", writer, {"the variable " + quoted(name), from_.version});
      } else if (!mapping_.type_change(slot).empty()) {
        add("migration-type", writer, {name, from_.version, mapping_.type_change(slot)});
      }
    }
  }

  // A place to point at: what gives the variable its value, else the start.
  uint16_t writer_of(uint16_t slot) const {
    for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
      const Node& node = from_.nodes[index];
      if (node.result == slot) return index;
      for (uint32_t i = node.sets.first; i < node.sets.first + node.sets.count; ++i) {
        if (from_.assignments[i].variable == slot) return index;
      }
    }
    return 0;
  }

  static bool undoes(const Pathway::Compiled& in, const Node& node) {
    const uint16_t inner = node.inner;
    return node.undo != nothing || (inner != nothing && in.levels[inner].takes_back != nothing);
  }

  void check_undoing() {
    for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
      if (!undoes(from_, from_.nodes[index]) || !is_reached(index)) continue;
      const uint16_t found = mapping_.node(index);
      if (found != nothing && undoes(to_, to_.nodes[found])) continue;
      add("migration-lost", index,
          {"the way to take back what " + Mapping::label(from_, index) + " has done",
           from_.version});
    }
  }

  // ---- tokens that stand together ----

  void check_ways(uint16_t level) {
    const uint16_t ours = mapping_.level(level);
    if (ours == nothing || mapping_.is_alike(ours) || !mapping_.space_from().is_open(level)) return;
    if (level == 0 && from_.main_pool != nothing) return;  // processes side by side
    check_handlers(level);
    const bool alone = !takes_in_others(level, ours);
    if (alone && goes_along(level, ours)) return;
    const Standings known = mapping_.space_from().standings(level, most_ways);
    bool decided = known.complete && alone;
    std::vector<std::vector<Standing>> told;
    for (const std::vector<Standing>& way : dissolved(known.ways, decided)) {
      const std::optional<Stand> then = carry(way, ours);
      if (!then) {
        decided = decided && has_no_place(way);
        continue;
      }
      for (const auto& [scope, tokens] : *then) {
        const Reach reach = mapping_.space_to().could_stand(scope, tokens);
        decided = decided && reach != Reach::undecided;
        if (reach != Reach::never || told.size() == most_told || contains_one(told, way)) continue;
        told.push_back(way);
        tell_unreachable(level, way, {scope, tokens});
      }
    }
    if (decided) return;
    const uint16_t host = from_.levels[level].node;
    add("migration-undecided", host == nothing ? 0 : host,
        {host == nothing ? quoted(from_.id) : Mapping::label(from_, host), from_.version});
  }

  // Beside an event sub-process that now interrupts, nothing stands any more.
  void check_handlers(uint16_t level) {
    for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
      const Node& node = from_.nodes[index];
      const uint16_t found = mapping_.node(index);
      if (node.level != level || !is_handler_host(node) || found == nothing) continue;
      if (!is_handler_host(to_.nodes[found]) || interrupts(from_, node) ||
          !interrupts(to_, to_.nodes[found])) {
        continue;
      }
      add("migration-unreachable", index,
          {"at " + quoted(from_.activities[index].id) + " beside others", from_.version, ""});
    }
  }

  // What stood inside a sub-process that is not there any more stands beside it.
  std::vector<std::vector<Standing>> dissolved(std::vector<std::vector<Standing>> ways,
                                               bool& complete) const {
    for (size_t i = 0; i < ways.size(); ++i) {
      const auto host = std::find_if(ways[i].begin(), ways[i].end(), [&](const Standing& token) {
        return is_dissolved(from_.nodes[token.node].inner);
      });
      if (host == ways[i].end()) continue;
      const uint16_t inner = from_.nodes[host->node].inner;
      std::vector<Standing> rest = ways[i];
      rest.erase(rest.begin() + (host - ways[i].begin()));
      const Standings inside = mapping_.space_from().standings(inner, most_ways);
      complete = complete && inside.complete && ways.size() + inside.ways.size() <= most_ways;
      for (size_t w = 0; w < inside.ways.size() && ways.size() <= most_ways; ++w) {
        std::vector<Standing> way = rest;
        way.insert(way.end(), inside.ways[w].begin(), inside.ways[w].end());
        std::sort(way.begin(), way.end());
        ways.push_back(std::move(way));
      }
      ways[i] = {};
    }
    std::erase_if(ways, [](const auto& way) { return way.empty(); });
    return ways;
  }
  bool is_dissolved(uint16_t level) const {
    return level != nothing && mapping_.level(level) == nothing && !from_.levels[level].loop &&
           !from_.levels[level].event;
  }

  // More of what was told says nothing new.
  static bool contains_one(const std::vector<std::vector<Standing>>& told,
                           const std::vector<Standing>& way) {
    return std::any_of(told.begin(), told.end(), [&](const std::vector<Standing>& each) {
      return std::includes(way.begin(), way.end(), each.begin(), each.end());
    });
  }

  // Every single step of the earlier version is one here, or several: then whatever stood together
  // can, however many ways there are. Where that fails, nothing is known yet.
  bool goes_along(uint16_t level, uint16_t ours) const {
    std::vector<bool> passed(from_.nodes.size(), false);
    for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
      const Node& node = from_.nodes[index];
      if (node.level != level || !is_reached(index)) continue;
      passed[index] = is_place(node) && !mapping_.refusal(index).empty();
      if (passed[index] && is_join(node)) return false;
      const uint16_t found = mapping_.node(index);
      const bool comes_again = node.trigger == Trigger::timer && node.repeats != 0;
      if (comes_again && found != nothing && to_.nodes[found].repeats == 0) return false;
    }
    for (const Node& node : to_.nodes) {
      if (node.level == ours && is_join(node) && node.op != Op::parallel) return false;
    }
    const TokenSteps known = mapping_.space_from().steps(level, passed);
    return known.complete &&
           std::all_of(known.steps.begin(), known.steps.end(), [&](const TokenStep& step) {
             const auto before = carry(step.before, ours), after = carry(step.after, ours);
             return before && after && before->size() == 1 && after->size() == 1 &&
                    mapping_.space_to().could_become(ours, {before->at(ours), after->at(ours)}) ==
                        Reach::reached;
           });
  }

  void tell_unreachable(uint16_t level, const std::vector<Standing>& way, const ScopeTokens& then) {
    const std::string was = places_of({level, way}, from_);
    const std::string is = places_of(then, to_);
    add("migration-unreachable", way.empty() ? 0 : way.front().node,
        {was, from_.version, is == was ? "" : ", which would be " + is});
  }

  // Elements of other scopes that now stand in this one: what stands there together depends on
  // several scopes of the earlier version.
  bool takes_in_others(uint16_t level, uint16_t ours) const {
    for (uint16_t index = 0; index < from_.nodes.size(); ++index) {
      const uint16_t found = mapping_.node(index);
      if (found == nothing || !is_reached(index) || !is_place(from_.nodes[index])) continue;
      uint16_t was = from_.nodes[index].level;
      while (was != level && is_dissolved(was)) was = from_.levels[was].parent;
      if (to_.nodes[found].level == ours && was != level) return true;
    }
    return false;
  }

  bool has_no_place(const std::vector<Standing>& way) const {
    return std::any_of(way.begin(), way.end(), [&](const Standing& token) {
      return is_place(from_.nodes[token.node]) && !mapping_.refusal(token.node).empty();
    });
  }

  // Nothing when a token has no place, or one outside the scope.
  std::optional<Stand> carry(const std::vector<Standing>& way, uint16_t ours) const {
    Stand out;
    out[ours];
    std::set<uint16_t> opened;
    for (Standing token : way) {
      const Node& was = from_.nodes[token.node];
      const uint16_t found =
          is_place(was) ? mapping_.standing(token.node) : mapping_.node(token.node);
      if (found == nothing || (is_place(was) && !mapping_.refusal(token.node).empty())) return {};
      if (!is_place(was) && (was.op != to_.nodes[found].op || !same_scope(was, to_.nodes[found]))) {
        return {};
      }
      if (token.how == Standing::How::fired) {
        token.sub = carry_fired(token);
      } else if (is_join(to_.nodes[found])) {
        const auto arrival = mapping_.arrival(token.node, static_cast<uint16_t>(token.sub));
        if (!arrival) return {};
        token.sub = *arrival;
      }
      token.node = found;
      uint16_t level = to_.nodes[found].level;
      out[level].push_back(token);
      for (; level != ours; level = to_.levels[level].parent) {
        if (level == 0) return {};
        if (!opened.insert(level).second) break;
        const uint16_t host = to_.levels[level].node;
        out[to_.nodes[host].level].push_back({host});
      }
    }
    for (auto& [level, tokens] : out) std::sort(tokens.begin(), tokens.end());
    return out;
  }

  bool same_scope(const Node& was, const Node& is) const {
    return was.inner == nothing || mapping_.level(was.inner) == is.inner;
  }

  uint32_t carry_fired(const Standing& token) const {
    uint32_t out = 0;
    for (uint16_t flow = 0; flow < from_.nodes[token.node].arrivals; ++flow) {
      const auto arrival = mapping_.arrival(token.node, flow);
      if ((token.sub >> flow & 1) != 0 && arrival) out |= 1u << *arrival;
    }
    return out;
  }

  const Mapping& mapping_;
  const Pathway::Compiled& from_;
  const Pathway::Compiled& to_;
  const std::vector<uint16_t> gateways_;
  std::vector<Finding>& findings_;
};

}  // namespace

std::string or_look(std::string_view name, const std::vector<std::string>& known) {
  const std::string near = did_you_mean(name, known);
  return near.empty() ? "nothing here has a similar one" : near;
}

void check_rules(const MigrationRules& rules, const Pathway& to, std::vector<Finding>& findings) {
  const Pathway::Compiled& ours = to.compiled();
  std::vector<std::string> ids;
  for (const Activity& activity : ours.activities) ids.push_back(activity.id);
  const auto add = [&](std::string_view what, const MigrationRules::Rule& rule,
                       const std::string& name, const std::vector<std::string>& known) {
    findings.push_back(
        check_finding("migration-target", rule.place, {what, name, or_look(name, known)}));
  };
  for (const auto& rule : rules.elements) {
    if (std::find(ids.begin(), ids.end(), rule.to) == ids.end()) add("element", rule, rule.to, ids);
  }
  for (const auto& rule : rules.variables) {
    if (ours.variables.find(rule.name) > variable_case_start) continue;
    add("variable", rule, rule.name, ours.variable_names);
  }
}

void check_migrations(const CheckInput& input) {
  for (const MigrationRules& rules : input.parts.migrations) {
    check_rules(rules, input.pathway, input.findings);
  }
}

void check_mapping(const Mapping& mapping, std::vector<Finding>& findings) {
  PlanCheck(mapping, findings).run();
}

std::string places_of(const ScopeTokens& scope, const Pathway::Compiled& in) {
  std::string out;
  for (const Standing& token : scope.tokens) {
    const bool waits = token.how == Standing::How::waits && is_join(in.nodes[token.node]);
    out += (out.empty() ? "" : ", ") + std::string(waits ? "waiting at " : "at ") +
           quoted(in.activities[token.node].id);
  }
  const uint16_t host = in.levels[scope.level].node;
  if (out.empty()) out = "at nothing";
  return host == nothing ? out : out + " in " + quoted(in.activities[host].id);
}

}  // namespace passerelle::pathway
