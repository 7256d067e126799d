// Lines between any two shapes: the cheapest way on a grid whose lines pass beside every shape and
// through its middle, by length, bends and what already runs there (A*, Hart, Nilsson and Raphael
// 1968). For links that cross the borders of scopes, such as message flows.
#include <algorithm>
#include <cmath>
#include <queue>

#include "pathway/bpmn/layout_graph.h"

namespace passerelle::pathway::drawing {
namespace {

constexpr double clearance = 10;  // from a shape to the next line
constexpr double bend_cost = 40;
constexpr double shared_cost = 60;          // for each grid point that another line uses
constexpr double side_cost = 120;           // left and right is where the flow comes and goes
constexpr size_t expansion_limit = 150000;  // points looked at for one line
constexpr size_t expansion_budget = 3000000;
constexpr size_t grid_limit = 4000000;
constexpr double wide = 250;  // a shape so wide is reached anywhere along its upper or lower side

struct Port {
  Point border, outside;
};

size_t line_index(const std::vector<double>& lines, double value) {
  return static_cast<size_t>(std::lower_bound(lines.begin(), lines.end(), value) - lines.begin());
}

class Router {
 public:
  Router(const std::vector<Obstacle>& obstacles, const std::vector<Journey>& journeys)
      : obstacles_(obstacles), journeys_(journeys) {
    for (size_t i = 0; i < obstacles.size(); ++i) by_id_.emplace(obstacles[i].id, i);
  }

  std::vector<std::vector<Point>> run() {
    std::vector<std::vector<Point>> ways(journeys_.size());
    if (journeys_.empty()) return ways;
    make_grid();
    for (size_t i = 0; i < journeys_.size(); ++i) {
      const auto source = by_id_.find(journeys_[i].source);
      const auto target = by_id_.find(journeys_[i].target);
      if (source == by_id_.end() || target == by_id_.end()) continue;
      const Bounds& from = obstacles_[source->second].bounds;
      const Bounds& to = obstacles_[target->second].bounds;
      ways[i] = find(ports(from, to), ports(to, from));
      if (ways[i].empty()) ways[i] = plain(from, to);
      tidy(ways[i]);
    }
    return ways;
  }

 private:
  static std::vector<Port> ports(const Bounds& shape, const Bounds& other) {
    Point middle = shape.center();
    if (shape.width > wide)
      middle.x = std::clamp(other.center().x, shape.x + 40, shape.right() - 40);
    std::vector<Port> list = {{{middle.x, shape.y}, {middle.x, shape.y - clearance}},
                              {{middle.x, shape.bottom()}, {middle.x, shape.bottom() + clearance}}};
    if (shape.width > wide) return list;
    list.push_back({{shape.right(), middle.y}, {shape.right() + clearance, middle.y}});
    list.push_back({{shape.x, middle.y}, {shape.x - clearance, middle.y}});
    return list;
  }

  void make_grid() {
    for (const Obstacle& each : obstacles_) {
      // Names are kept clear of, but no lines are laid beside them: the grid stays small.
      if (each.id.empty()) continue;
      const Bounds& b = each.bounds;
      const int lines = b.width > wide ? 4 : 1;  // more room between pools
      for (int i = 1; i <= lines; ++i) {
        xs_.insert(xs_.end(), {b.x - clearance * i, b.right() + clearance * i});
        ys_.insert(ys_.end(), {b.y - clearance * i, b.bottom() + clearance * i});
      }
      if (!each.solid) continue;
      xs_.push_back(b.center().x);
      ys_.push_back(b.center().y);
    }
    for (const Journey& journey : journeys_) {
      const auto source = by_id_.find(journey.source), target = by_id_.find(journey.target);
      if (source == by_id_.end() || target == by_id_.end()) continue;
      const Bounds& from = obstacles_[source->second].bounds;
      const Bounds& to = obstacles_[target->second].bounds;
      for (const auto& list : {ports(from, to), ports(to, from)}) {
        for (const Port& port : list) {
          xs_.push_back(port.outside.x);
          ys_.push_back(port.outside.y);
        }
      }
    }
    for (auto* lines : {&xs_, &ys_}) {
      std::sort(lines->begin(), lines->end());
      lines->erase(std::unique(lines->begin(), lines->end()), lines->end());
    }
    if (xs_.size() * ys_.size() > grid_limit) return;
    const size_t size = xs_.size() * ys_.size();
    blocked_.assign(size, 0);
    used_.assign(size, 0);
    for (const Obstacle& each : obstacles_) {
      if (!each.solid) continue;
      const Bounds& b = each.bounds;
      constexpr double margin = 3;
      for (size_t y = line_index(ys_, b.y - margin); y < ys_.size() && ys_[y] < b.bottom() + margin;
           ++y) {
        for (size_t x = line_index(xs_, b.x - margin);
             x < xs_.size() && xs_[x] < b.right() + margin; ++x)
          blocked_[y * xs_.size() + x] = 1;
      }
    }
    cost_.assign(2 * size, 0);
    parent_.assign(2 * size, 0);
    seen_.assign(2 * size, 0);
  }

  size_t point_of(const Point& point) const {
    return line_index(ys_, point.y) * xs_.size() + line_index(xs_, point.x);
  }
  Point place_of(size_t point) const { return {xs_[point % xs_.size()], ys_[point / xs_.size()]}; }

  // A state is a point and the direction in which it is entered: 2 * point + (1: vertically).
  std::vector<Point> find(const std::vector<Port>& sources, const std::vector<Port>& targets) {
    if (blocked_.empty() || spent_ > expansion_budget) return {};
    ++round_;
    using Entry = std::pair<double, size_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
    std::map<size_t, size_t> goals, starts;
    const auto estimate = [&](size_t point) {
      const Point here = place_of(point);
      double best = 1e300;
      for (const Port& port : targets)
        best =
            std::min(best, std::abs(here.x - port.outside.x) + std::abs(here.y - port.outside.y));
      return best;
    };
    const auto upright = [](const Port& port) { return port.border.x == port.outside.x; };
    for (size_t i = 0; i < targets.size(); ++i) {
      const size_t point = point_of(targets[i].outside);
      if (blocked_[point] == 0) goals.emplace(point, i);
    }
    const auto reach = [&](size_t state, double cost, size_t from) {
      if (seen_[state] == round_ && cost_[state] <= cost) return;
      seen_[state] = round_;
      cost_[state] = cost;
      parent_[state] = from;
      open.emplace(cost + estimate(state / 2), state);
    };
    for (size_t i = 0; i < sources.size(); ++i) {
      const size_t point = point_of(sources[i].outside);
      if (blocked_[point] != 0) continue;
      const size_t state = 2 * point + (upright(sources[i]) ? 1 : 0);
      starts.emplace(state, i);
      reach(state, upright(sources[i]) ? 0 : side_cost, state);
    }
    size_t expanded = 0;
    while (!open.empty()) {
      const auto total = open.top().first;
      const auto state = open.top().second;
      open.pop();
      const size_t point = state / 2;
      if (total > cost_[state] + estimate(point) + 1e-6) continue;
      if (const auto goal = goals.find(point); goal != goals.end())
        return trace(state, sources, starts, targets[goal->second]);
      if (++expanded > expansion_limit || ++spent_ > expansion_budget) return {};
      const size_t x = point % xs_.size(), y = point / xs_.size();
      const auto go = [&](size_t to, bool vertical) {
        if (blocked_[to] != 0) return;
        const Point a = place_of(point), b = place_of(to);
        double bend = vertical == (state % 2 == 1) ? 0 : bend_cost;
        if (const auto goal = goals.find(to); goal != goals.end()) {
          if (!upright(targets[goal->second])) bend += side_cost;
          if (upright(targets[goal->second]) != vertical) bend += bend_cost;
        }
        reach(2 * to + (vertical ? 1 : 0),
              cost_[state] + std::abs(a.x - b.x) + std::abs(a.y - b.y) + bend +
                  shared_cost * used_[to],
              state);
      };
      if (x > 0) go(point - 1, false);
      if (x + 1 < xs_.size()) go(point + 1, false);
      if (y > 0) go(point - xs_.size(), true);
      if (y + 1 < ys_.size()) go(point + xs_.size(), true);
    }
    return {};
  }

  std::vector<Point> trace(size_t state, const std::vector<Port>& sources,
                           const std::map<size_t, size_t>& starts, const Port& target) {
    std::vector<Point> way = {target.border};
    for (;; state = parent_[state]) {
      way.push_back(place_of(state / 2));
      if (used_[state / 2] < 50) ++used_[state / 2];
      if (parent_[state] == state) break;
    }
    way.push_back(sources[starts.at(state)].border);
    std::reverse(way.begin(), way.end());
    return way;
  }

  // Where no free way was found: down or up, across, down or up.
  static std::vector<Point> plain(const Bounds& from, const Bounds& to) {
    const bool down = from.center().y <= to.center().y;
    const Point a{from.center().x, down ? from.bottom() : from.y};
    const Point b{to.center().x, down ? to.y : to.bottom()};
    const double middle = std::round((a.y + b.y) / 2);
    return {a, {a.x, middle}, {b.x, middle}, b};
  }

  static void tidy(std::vector<Point>& way) {
    std::vector<Point> kept;
    for (const Point& point : way) {
      if (!kept.empty() && kept.back() == point) continue;
      const size_t n = kept.size();
      if (n > 1 && ((kept[n - 1].x == kept[n - 2].x && point.x == kept[n - 1].x) ||
                    (kept[n - 1].y == kept[n - 2].y && point.y == kept[n - 1].y)))
        kept.pop_back();
      kept.push_back(point);
    }
    way = std::move(kept);
  }

  const std::vector<Obstacle>& obstacles_;
  const std::vector<Journey>& journeys_;
  std::map<std::string, size_t, std::less<>> by_id_;
  std::vector<double> xs_, ys_;
  std::vector<uint8_t> blocked_, used_;  // by point
  std::vector<double> cost_;             // by state
  std::vector<size_t> parent_;
  std::vector<uint32_t> seen_;  // the journey that reached it
  uint32_t round_ = 0;
  size_t spent_ = 0;
};

}  // namespace

std::vector<std::vector<Point>> route(const std::vector<Obstacle>& obstacles,
                                      const std::vector<Journey>& journeys) {
  return Router(obstacles, journeys).run();
}

}  // namespace passerelle::pathway::drawing
