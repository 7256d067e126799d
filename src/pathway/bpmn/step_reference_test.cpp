// The compiled step() against a slow interpreter of the specification that tries every order: after
// each step what waits must be one of the ways in which BPMN 2.0.2, 13.4, lets tokens come to rest.
#include <algorithm>
#include <random>
#include <set>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {
namespace {

struct Drawing {
  enum class Kind { start, task, exclusive, parallel, inclusive, end };
  struct Arrow {
    int from = 0, to = 0;
    bool open = true;  // what its condition gives in this case
    bool default_ = false;
  };
  std::vector<Kind> nodes;
  std::vector<Arrow> arrows;

  std::vector<int> out(int node) const {
    std::vector<int> found;
    for (size_t i = 0; i < arrows.size(); ++i)
      if (arrows[i].from == node) found.push_back(static_cast<int>(i));
    return found;
  }
  std::vector<int> in(int node) const {
    std::vector<int> found;
    for (size_t i = 0; i < arrows.size(); ++i)
      if (arrows[i].to == node) found.push_back(static_cast<int>(i));
    return found;
  }
  bool chooses(int node) const {
    return (nodes[static_cast<size_t>(node)] == Kind::exclusive ||
            nodes[static_cast<size_t>(node)] == Kind::inclusive) &&
           out(node).size() > 1;
  }

  std::string xml() const {
    static constexpr const char* names[] = {"startEvent",       "userTask",
                                            "exclusiveGateway", "parallelGateway",
                                            "inclusiveGateway", "endEvent"};
    std::string text;
    for (size_t n = 0; n < nodes.size(); ++n) {
      text += "<" + std::string(names[static_cast<int>(nodes[n])]) + " id=\"n" + std::to_string(n) +
              "\"";
      if (nodes[n] == Kind::task) text += " p:role=\"nurse\"";
      for (const int a : out(static_cast<int>(n))) {
        if (arrows[static_cast<size_t>(a)].default_)
          text += " default=\"a" + std::to_string(a) + "\"";
      }
      text += "/>\n";
    }
    for (size_t a = 0; a < arrows.size(); ++a) {
      const Arrow& arrow = arrows[a];
      text += "<sequenceFlow id=\"a" + std::to_string(a) + "\" sourceRef=\"n" +
              std::to_string(arrow.from) + "\" targetRef=\"n" + std::to_string(arrow.to) + "\">";
      if (chooses(arrow.from) && !arrow.default_) {
        text += std::string("<conditionExpression>") + (arrow.open ? "true" : "false") +
                "</conditionExpression>";
      }
      text += "</sequenceFlow>\n";
    }
    return text;
  }
};

// Tokens: on an arrow (its number), or in a task (-1 - its number). Sorted.
using Tokens = std::vector<int>;

class Reference {
 public:
  explicit Reference(const Drawing& drawing) : drawing_(drawing) {}

  // All ways to come to rest from here; empty when there are too many to try.
  std::set<Tokens> rest(const Tokens& from) {
    std::set<Tokens> seen, resting;
    std::vector<Tokens> open{from};
    while (!open.empty()) {
      const Tokens at = open.back();
      open.pop_back();
      if (!seen.insert(at).second) continue;
      if (seen.size() > 3'000 || at.size() > 12) return {};
      std::vector<Tokens> next = moves(at);
      if (next.empty()) next = inclusive_joins(at);
      if (next.empty()) resting.insert(at);
      open.insert(open.end(), next.begin(), next.end());
    }
    return resting;
  }

  // The token leaves a node: by every open arrow, by the first, or by the default.
  void leave(int node, Tokens& tokens) const {
    const auto arrows = drawing_.out(node);
    const bool chooses = drawing_.chooses(node);
    const bool first_only = drawing_.nodes[static_cast<size_t>(node)] == Drawing::Kind::exclusive;
    bool taken = false;
    for (const int a : arrows) {
      const auto& arrow = drawing_.arrows[static_cast<size_t>(a)];
      if (chooses && (arrow.default_ || !arrow.open)) continue;
      if (taken && first_only) continue;
      tokens.push_back(a);
      taken = true;
    }
    for (const int a : arrows) {
      if (!taken && drawing_.arrows[static_cast<size_t>(a)].default_) tokens.push_back(a);
    }
    std::sort(tokens.begin(), tokens.end());
  }

 private:
  static Tokens without(const Tokens& tokens, int token) {
    Tokens rest = tokens;
    rest.erase(std::find(rest.begin(), rest.end(), token));
    return rest;
  }
  static bool holds(const Tokens& tokens, int token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
  }

  // Everything that can happen next but inclusive joins, which wait until all else rests.
  std::vector<Tokens> moves(const Tokens& tokens) const {
    using Kind = Drawing::Kind;
    std::vector<Tokens> next;
    for (const int token : std::set<int>(tokens.begin(), tokens.end())) {
      if (token < 0) continue;
      const int node = drawing_.arrows[static_cast<size_t>(token)].to;
      const Kind kind = drawing_.nodes[static_cast<size_t>(node)];
      const auto incoming = drawing_.in(node);
      Tokens after = without(tokens, token);
      if (kind == Kind::inclusive && incoming.size() > 1) continue;
      if (kind == Kind::parallel && incoming.size() > 1) {
        const bool all =
            std::all_of(incoming.begin(), incoming.end(), [&](int a) { return holds(tokens, a); });
        if (!all) continue;
        after = tokens;
        for (const int a : incoming) after = without(after, a);
      }
      if (kind == Kind::task) {
        after.push_back(-1 - node);
        std::sort(after.begin(), after.end());
      } else if (kind != Kind::end) {
        leave(node, after);
      }
      next.push_back(std::move(after));
    }
    return next;
  }

  // Nodes from which some way leads to the arrow without passing the gateway.
  bool reaches(int from, int arrow, int gateway) const {
    std::set<int> seen;
    std::vector<int> open{from};
    while (!open.empty()) {
      const int node = open.back();
      open.pop_back();
      if (node == gateway || !seen.insert(node).second) continue;
      for (const int a : drawing_.out(node)) {
        if (a == arrow) return true;
        open.push_back(drawing_.arrows[static_cast<size_t>(a)].to);
      }
    }
    return false;
  }

  // 13.4.3, word for word: it waits as long as there is an empty incoming arrow and a token that
  // has a way to it without passing the gateway, and none to an arrow that holds a token.
  std::vector<Tokens> inclusive_joins(const Tokens& tokens) const {
    std::vector<Tokens> next;
    for (size_t n = 0; n < drawing_.nodes.size(); ++n) {
      const int gateway = static_cast<int>(n);
      const auto incoming = drawing_.in(gateway);
      if (drawing_.nodes[n] != Drawing::Kind::inclusive || incoming.size() <= 1) continue;
      Tokens after = tokens;
      std::vector<int> full, empty;
      for (const int a : incoming) (holds(tokens, a) ? full : empty).push_back(a);
      if (full.empty()) continue;
      const bool waits = std::any_of(tokens.begin(), tokens.end(), [&](int token) {
        const int at = token < 0 ? -1 - token : drawing_.arrows[static_cast<size_t>(token)].to;
        if (at == gateway) return false;
        const auto comes_by = [&](int a) { return reaches(at, a, gateway); };
        return std::any_of(empty.begin(), empty.end(), comes_by) &&
               std::none_of(full.begin(), full.end(), comes_by);
      });
      if (waits) continue;
      for (const int a : full) after = without(after, a);
      leave(gateway, after);
      next.push_back(std::move(after));
    }
    return next;
  }

  const Drawing& drawing_;
};

// Any graph in which every node but start and end has a way in and a way out.
Drawing random_drawing(std::mt19937& random) {
  using Kind = Drawing::Kind;
  const auto below = [&](size_t limit) { return static_cast<int>(random() % limit); };
  Drawing drawing;
  drawing.nodes.push_back(Kind::start);
  const int count = 4 + below(7);
  for (int i = 0; i < count; ++i) {
    static constexpr Kind kinds[] = {Kind::task,     Kind::task,      Kind::exclusive,
                                     Kind::parallel, Kind::inclusive, Kind::inclusive};
    drawing.nodes.push_back(kinds[below(6)]);
  }
  drawing.nodes.push_back(Kind::end);
  const int end = static_cast<int>(drawing.nodes.size()) - 1;
  const auto arrow = [&](int from, int to) {
    drawing.arrows.push_back({from, to, below(2) == 0, false});
  };
  for (int n = 1; n <= end; ++n) arrow(below(static_cast<size_t>(n)), n);  // from somewhere before
  for (int n = 0; n < end; ++n) {
    const Kind kind = drawing.nodes[static_cast<size_t>(n)];
    const size_t wanted = kind == Kind::start || kind == Kind::task ? 1 : 2;
    while (drawing.out(n).size() < wanted) {
      const bool back = below(6) == 0;  // a loop, now and then
      arrow(n, back ? 1 + below(static_cast<size_t>(end))
                    : n + 1 + below(static_cast<size_t>(end - n)));
    }
  }
  for (int n = 1; n < end; ++n) {
    if (drawing.chooses(n))
      drawing.arrows[static_cast<size_t>(drawing.out(n).back())].default_ = true;
  }
  return drawing;
}

std::string open_tasks(const Tokens& tokens) {
  std::vector<std::string> ids;
  for (const int token : tokens)
    if (token < 0) ids.push_back("n" + std::to_string(-1 - token));
  std::sort(ids.begin(), ids.end());
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
  return text;
}

TEST(Reference, AgreesWithStepOnRandomDrawings) {
  size_t steps = 0, joins = 0, ended = 0;
  for (uint32_t seed = 1; seed <= 3'000; ++seed) {
    std::mt19937 random(seed);
    const Drawing drawing = random_drawing(random);
    const std::string xml = bpmn(drawing.xml());
    std::vector<Finding> findings;
    if (!compile_pathway(test_source(xml), findings)) continue;
    Reference reference(drawing);
    Tokens start;
    reference.leave(0, start);
    std::set<Tokens> possible = reference.rest(start);
    Case c(xml);
    c.start();
    for (int i = 0; i < 12 && !possible.empty(); ++i) {
      if (c.waiting_for().find('!') != std::string::npos) break;  // it turns without a wait
      std::set<Tokens> fitting;
      for (const Tokens& tokens : possible) {
        if (open_tasks(tokens) == c.waiting_for() && tokens.empty() == c.ended)
          fitting.insert(tokens);
      }
      ASSERT_FALSE(fitting.empty()) << "seed " << seed << ", step " << i << ": step() waits for '"
                                    << c.waiting_for() << "', the specification would not\n"
                                    << xml;
      ++steps;
      joins += xml.find("inclusiveGateway") != std::string::npos ? 1 : 0;
      ended += c.ended ? 1 : 0;
      if (c.open.empty()) break;
      auto work = c.open.begin();
      std::advance(work, static_cast<long>(random() % c.open.size()));
      const std::string id = c.pathway().activities()[work->second.activity].id;
      const int node = std::stoi(id.substr(1));
      Stimulus done = c.make(Stimulus::Kind::complete);
      done.item = work->first;
      c.must(done);
      possible.clear();
      for (const Tokens& tokens : fitting) {
        Tokens after = tokens;
        after.erase(std::find(after.begin(), after.end(), -1 - node));
        reference.leave(node, after);
        for (const Tokens& rest : reference.rest(after)) possible.insert(rest);
      }
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(steps, 2'000u);
  EXPECT_GT(joins, 1'000u);
  EXPECT_GT(ended, 200u);
}

}  // namespace
}  // namespace passerelle::pathway
