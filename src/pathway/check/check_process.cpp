// The process itself, whatever its data: what no case can reach, where tokens get stuck or come
// twice, loops that nothing leaves, events that cannot happen.
#include <algorithm>
#include <functional>
#include <set>

#include "base/text.h"
#include "pathway/bpmn/compiled.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/check/process_space.h"

namespace passerelle::pathway {
namespace {

constexpr const char* process_file = "pathway.bpmn";

class ProcessCheck {
 public:
  explicit ProcessCheck(const CheckInput& input)
      : input_(input), compiled_(input.pathway.compiled()), space_(compiled_, SpaceLimits{}) {}

  void run() {
    check_reached();
    // The inner scopes first: each is one step of the scope around it.
    for (size_t l = compiled_.levels.size(); l-- > 0;) {
      if (space_.is_open(static_cast<uint16_t>(l))) check_tokens(static_cast<uint16_t>(l));
    }
    check_loops();
    check_timers();
    check_signals();
    check_messages();
  }

 private:
  using Nodes = std::vector<uint16_t>;

  const Node& node(uint16_t index) const { return compiled_.nodes[index]; }
  const std::string& id(uint16_t index) const { return compiled_.activities[index].id; }
  const Place& place(uint16_t index) const { return compiled_.activities[index].place; }

  // A process that is called twice is told once.
  void tell(std::string_view kind, const Place& at,
            std::initializer_list<std::string_view> arguments) {
    if (!told_.emplace(kind, at.line, at.column).second) return;
    input_.findings.push_back(check_finding(kind, at, arguments));
  }
  void tell(std::string_view kind, uint16_t index,
            std::initializer_list<std::string_view> arguments) {
    tell(kind, place(index), arguments);
  }

  bool earlier(uint16_t a, uint16_t b) const {
    return std::pair(place(a).line, place(a).column) < std::pair(place(b).line, place(b).column);
  }

  // ---- what no case reaches ----

  void check_reached() {
    const size_t count = compiled_.nodes.size();
    std::vector<Nodes> beside(count);
    std::vector<bool> led_to(count);
    const auto lost = [&](uint16_t index) {
      return !space_.is_reached(index) && space_.is_open(node(index).level);
    };
    for (uint16_t index = 0; index < count; ++index) {
      if (!lost(index)) continue;
      for (const uint16_t target : space_.next(index)) {
        beside[index].push_back(target);
        beside[target].push_back(index);
        led_to[target] = led_to[target] || target != index;
      }
    }
    std::vector<bool> seen(count);
    for (uint16_t index = 0; index < count; ++index) {
      if (!lost(index) || seen[index]) continue;
      Nodes island, open{index};
      while (!open.empty()) {
        const uint16_t each = open.back();
        open.pop_back();
        if (seen[each] || !lost(each)) continue;
        seen[each] = true;
        island.push_back(each);
        open.insert(open.end(), beside[each].begin(), beside[each].end());
      }
      const uint16_t first =
          *std::min_element(island.begin(), island.end(), [&](uint16_t a, uint16_t b) {
            if (led_to[a] != led_to[b]) return !led_to[a];
            return earlier(a, b);
          });
      const size_t more = island.size() - 1;
      tell("unreachable-node", first,
           {id(first), more == 0   ? std::string()
                       : more == 1 ? ", nor to one more element beside it"
                                   : ", nor to " + std::to_string(more) + " more beside it"});
    }
  }

  // ---- what tokens do ----

  // A timer that takes back the scope, or one around it: nothing in it waits for ever.
  bool is_timed(uint16_t level) const {
    for (uint16_t l = level; l != nothing; l = compiled_.levels[l].parent) {
      const Level& here = compiled_.levels[l];
      const auto timed = [&](const Slice& events) {
        for (uint32_t i = 0; i < events.count; ++i) {
          const Node& event = node(compiled_.attached[events.first + i]);
          if (event.trigger == Trigger::timer && event.interrupting) return true;
        }
        return false;
      };
      if (timed(here.handlers)) return true;
      if (here.node == nothing) return false;
      if (timed(node(here.node).attached)) return true;
    }
    return false;
  }

  std::string from_where(const WaitingJoin& found) const {
    std::set<std::string> names;
    for (const uint16_t flow : found.missing) names.insert("'" + id(space_.source(flow)) + "'");
    if (names.empty()) return "any more";
    std::string out;
    size_t at = 0;
    for (const std::string& name : names) {
      out += (at == 0 ? "from " : at + 1 == names.size() ? " and " : ", ") + name;
      ++at;
    }
    return out;
  }

  // The way that was taken instead of one that leads to where nothing comes from.
  std::string because(const WaitingJoin& found) const {
    for (const WayTaken& way : found.ways) {
      const bool event = way.flow == nothing;
      const uint16_t taken = event ? way.node : compiled_.flows[way.flow].target;
      const uint16_t at = event ? node(way.node).host : way.node;
      if (at == nothing) continue;
      const auto leads = [&](uint16_t from) {
        const std::vector<bool> behind = space_.reachable_from({from});
        return std::any_of(found.missing.begin(), found.missing.end(),
                           [&](uint16_t flow) { return behind[space_.source(flow)]; });
      };
      const bool straight = !event && std::find(found.missing.begin(), found.missing.end(),
                                                way.flow) != found.missing.end();
      if (straight || !leads(at) || leads(taken)) continue;
      return event ? ", once '" + id(way.node) + "' has happened"
                   : ", when '" + id(at) + "' goes to '" + id(taken) + "'";
    }
    return {};
  }

  void check_tokens(uint16_t level) {
    const ScopeSpace found = space_.explore(level);
    const uint16_t host = compiled_.levels[level].node;
    if (found.too_large) {
      const uint16_t at = host != nothing ? host : compiled_.levels[level].start;
      const std::string limit = std::to_string(SpaceLimits{}.states);
      if (at != nothing) {
        tell("process-too-large", at, {host != nothing ? id(host) : input_.pathway.id(), limit});
      }
    }
    for (const WaitingJoin& join : found.waiting) {
      const bool for_ever = !join.fired && !is_timed(level);
      tell(for_ever ? "join-deadlock" : "join-left-waiting", join.join,
           {id(join.join), from_where(join), because(join)});
    }
    for (const DoneTwice& each : space_.done_twice(level)) {
      tell("done-twice", each.merge, {id(each.split), id(each.merge)});
    }
  }

  // ---- loops ----

  // Strongly connected parts of the nodes that `among` takes, with a way round (Tarjan; by hand,
  // since a process may have 20,000 nodes in a row).
  std::vector<Nodes> loops(const std::function<bool(uint16_t)>& among) const {
    const size_t count = compiled_.nodes.size();
    std::vector<uint32_t> number(count), low(count);
    std::vector<bool> on_stack(count);
    Nodes stack;
    uint32_t next = 1;
    std::vector<Nodes> out;
    struct Frame {
      uint16_t node;
      size_t way;
    };
    for (uint16_t root = 0; root < count; ++root) {
      if (number[root] != 0 || !among(root)) continue;
      std::vector<Frame> frames{{root, 0}};
      while (!frames.empty()) {
        const uint16_t index = frames.back().node;
        if (frames.back().way == 0 && number[index] == 0) {
          number[index] = low[index] = next++;
          stack.push_back(index);
          on_stack[index] = true;
        }
        const Nodes& ways = space_.next(index);
        if (frames.back().way < ways.size()) {
          const uint16_t target = ways[frames.back().way++];
          if (!among(target)) continue;
          if (number[target] == 0) {
            frames.push_back({target, 0});
          } else if (on_stack[target]) {
            low[index] = std::min(low[index], number[target]);
          }
          continue;
        }
        frames.pop_back();
        if (!frames.empty()) {
          low[frames.back().node] = std::min(low[frames.back().node], low[index]);
        }
        if (low[index] != number[index]) continue;
        Nodes part;
        for (;;) {
          const uint16_t each = stack.back();
          stack.pop_back();
          on_stack[each] = false;
          part.push_back(each);
          if (each == index) break;
        }
        const bool round =
            part.size() > 1 || std::find(ways.begin(), ways.end(), index) != ways.end();
        if (round) out.push_back(std::move(part));
      }
    }
    return out;
  }

  // Something can take back all that goes on in the scope.
  bool can_be_stopped(uint16_t level) const {
    const auto interrupts = [&](const Slice& events) {
      for (uint32_t i = 0; i < events.count; ++i) {
        const Node& event = node(compiled_.attached[events.first + i]);
        if (event.interrupting && event.trigger != Trigger::compensation) return true;
      }
      return false;
    };
    for (uint16_t l = level; l != nothing; l = compiled_.levels[l].parent) {
      const Level& here = compiled_.levels[l];
      if (here.ad_hoc && here.done != nothing) return true;
      if (interrupts(here.handlers) || stopping_[l]) return true;
      if (here.node == nothing) return false;
      if (here.loop && compiled_.loops[node(here.node).loop].condition != nothing) return true;
      if (interrupts(node(here.node).attached)) return true;
    }
    return false;
  }

  std::string names(Nodes loop) const {
    std::sort(loop.begin(), loop.end(), [&](uint16_t a, uint16_t b) { return earlier(a, b); });
    std::string out;
    size_t named = 0;
    for (const uint16_t index : loop) {
      const std::string name = "'" + id(index) + "'";
      if (out.find(name) != std::string::npos) continue;
      if (++named > 4) return out + ", …";
      out += (out.empty() ? "" : ", ") + name;
    }
    return out;
  }
  uint16_t first_of(const Nodes& loop) const {
    return *std::min_element(loop.begin(), loop.end(),
                             [&](uint16_t a, uint16_t b) { return earlier(a, b); });
  }

  void check_loops() {
    stopping_.assign(compiled_.levels.size(), false);
    for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
      const Node& here = node(index);
      const bool throws = here.op == Op::throw_error || here.op == Op::throw_escalation ||
                          here.op == Op::end_escalation || here.op == Op::throw_signal;
      if (here.op == Op::terminate || here.op == Op::cancel ||
          (throws && space_.interrupts_itself(index))) {
        stopping_[here.level] = true;
      }
    }
    std::vector<bool> endless_loop(compiled_.nodes.size());
    for (const Nodes& loop : loops([&](uint16_t n) { return space_.is_reached(n); })) {
      std::vector<bool> inside(compiled_.nodes.size());
      for (const uint16_t index : loop) inside[index] = true;
      const bool leaves = std::any_of(loop.begin(), loop.end(), [&](uint16_t index) {
        const Nodes& ways = space_.next(index);
        return node(index).out.count == 0 ||
               std::any_of(ways.begin(), ways.end(), [&](uint16_t to) {
                 return !inside[to] && node(to).trigger != Trigger::compensation;
               });
      });
      if (leaves || can_be_stopped(node(loop.front()).level)) continue;
      for (const uint16_t index : loop) endless_loop[index] = true;
      tell("loop-without-exit", first_of(loop), {names(loop)});
    }
    const auto at_once = [&](uint16_t index) {
      const Op op = node(index).op;
      const bool throws = op == Op::throw_escalation || op == Op::throw_signal;
      return space_.is_reached(index) && !is_waiting_op(op) && !is_join(node(index)) && !throws &&
             op != Op::triggered;
    };
    for (const Nodes& loop : loops(at_once)) {
      if (!endless_loop[loop.front()] && !changes_its_mind(loop)) {
        tell("loop-without-wait", first_of(loop), {names(loop)});
      }
    }
  }

  // Whether a condition in the loop reads what something in the loop writes: it may turn a few
  // times and go on. If not, each turn decides like the first.
  bool changes_its_mind(const Nodes& loop) const {
    std::set<std::string> written;
    for (const uint16_t index : loop) {
      const Node& here = node(index);
      if (here.result != nothing) written.insert(compiled_.variable_names[here.result]);
      for (uint32_t i = 0; i < here.sets.count; ++i) {
        const uint16_t variable = compiled_.assignments[here.sets.first + i].variable;
        written.insert(compiled_.variable_names[variable]);
      }
    }
    for (const uint16_t index : loop) {
      const Slice out = node(index).out;
      for (uint32_t i = out.first; i < out.first + out.count; ++i) {
        const uint16_t condition = compiled_.flows[i].condition;
        if (condition == nothing) continue;
        for (const std::string& read : compiled_.expressions[condition].names_used()) {
          for (const std::string& name : written) {
            if (read.starts_with(name)) return true;
          }
        }
      }
    }
    return false;
  }

  // ---- events ----

  // The duration that a timer always waits; nothing when it depends on the case, or is a date.
  std::optional<feel::Value> constant_duration(uint16_t index) const {
    const Node& here = node(index);
    if (here.trigger != Trigger::timer || here.timer == nothing) return std::nullopt;
    const feel::Expression& expression = compiled_.expressions[here.timer];
    if (expression.empty()) return std::nullopt;
    const std::string_view source = trim(expression.source());
    constexpr std::string_view head = "duration(\"";
    if (!source.starts_with(head) || source.find('"', head.size()) + 2 != source.size()) {
      return std::nullopt;
    }
    feel::Evaluation evaluation;
    return expression.evaluate({}, evaluation);
  }
  std::optional<int64_t> constant_millis(uint16_t index) const {
    const auto value = constant_duration(index);
    const auto millis = value ? value->millis() : std::nullopt;
    return millis ? std::optional<int64_t>(millis->count()) : std::nullopt;
  }

  void check_beaten(const Nodes& events) {
    for (const uint16_t event : events) {
      const auto mine = constant_millis(event);
      if (!mine || node(event).together.count != 0) continue;  // it waits for others anyway
      uint16_t winner = nothing;
      int64_t least = *mine;
      for (const uint16_t other : events) {
        const auto time = constant_millis(other);
        if (!time || *time >= least || node(other).together.count != 0) continue;
        if (node(other).boundary && !node(other).interrupting) continue;
        winner = other;
        least = *time;
      }
      if (winner != nothing) tell("timer-beaten", event, {id(event), id(winner)});
    }
  }

  void check_timers() {
    for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
      const Node& here = node(index);
      Nodes events;
      for (uint32_t i = 0; i < here.attached.count; ++i) {
        events.push_back(compiled_.attached[here.attached.first + i]);
      }
      if (here.op == Op::event_gateway) events = space_.next(index);
      check_beaten(events);
      const auto value = constant_duration(index);
      if (!value) continue;
      const auto millis = value->millis();
      const bool months = value->kind() == feel::Kind::months_duration && value->whole() <= 0;
      if (months || (millis && millis->count() <= 0))
        tell("timer-without-time", index, {id(index)});
    }
  }

  void check_signals() {
    for (uint16_t index = 0; index < compiled_.nodes.size(); ++index) {
      const Node& here = node(index);
      if (here.op != Op::throw_signal || here.message == 0 || here.announces) continue;
      const bool heard =
          std::any_of(compiled_.signal_catchers.begin(), compiled_.signal_catchers.end(),
                      [&](const Catcher& catcher) { return catcher.message == here.message; });
      if (heard) continue;
      tell("signal-unheard", index, {id(index), compiled_.names.text(here.message)});
    }
  }

  // Declarations stand in the file alone: its text is asked. What is named anywhere, be it in a
  // comment, is left in peace.
  void check_messages() {
    const std::string& xml = compiled_.bpmn_xml;
    for (size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
      const size_t end = xml.find('>', at);
      if (end == std::string::npos) return;
      const std::string_view tag(xml.data() + at, end - at);
      const std::string_view name = tag.substr(1, tag.find_first_of(" \t\r\n/>", 1) - 1);
      if (name != "message" && !name.ends_with(":message")) continue;
      const std::string_view own = attribute_of(tag, "id");
      if (own.empty() || mentions(xml, own) > 1) continue;
      const std::string_view called = attribute_of(tag, "name");
      tell("message-unused", place_at(process_file, xml, at), {called.empty() ? own : called});
    }
  }
  static std::string_view attribute_of(std::string_view tag, std::string_view name) {
    for (size_t at = tag.find(name); at != tag.npos; at = tag.find(name, at + 1)) {
      const bool begins = at > 0 && (tag[at - 1] == ' ' || tag[at - 1] == '\n' ||
                                     tag[at - 1] == '\t' || tag[at - 1] == '\r');
      const size_t equals = at + name.size();
      if (!begins || equals + 1 >= tag.size() || tag[equals] != '=') continue;
      const size_t close = tag.find(tag[equals + 1], equals + 2);
      if (close == tag.npos) return {};
      return tag.substr(equals + 2, close - equals - 2);
    }
    return {};
  }
  static size_t mentions(std::string_view text, std::string_view word) {
    size_t count = 0;
    for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
    return count;
  }

  const CheckInput& input_;
  const Pathway::Compiled& compiled_;
  ProcessSpace space_;
  std::vector<bool> stopping_;  // by level: something in it ends or interrupts it
  std::set<std::tuple<std::string, int, int>> told_;
};

}  // namespace

void check_process(const CheckInput& input) { ProcessCheck(input).run(); }

}  // namespace passerelle::pathway
