// Coordinates of one scope. Columns are layers, with a channel before each: every vertical piece of
// a link runs in a channel, every horizontal piece on the axis of an item, so that no link touches
// a shape that is not its end.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "pathway/bpmn/layout_layers.h"

namespace passerelle::pathway::drawing {
namespace {

constexpr double gap = 30;                   // between shapes of a column
constexpr double line_gap = 10;              // between lines
constexpr double channel_width = 50;         // between columns without verticals side by side
constexpr double exit_depth = 16;            // from a boundary event down to where its link turns
constexpr double attached_label_width = 76;  // beside the line that leaves a boundary event
constexpr double lane_padding = 20;
constexpr double lane_minimum = 100;
constexpr double lane_gap = 20;  // free channels at both ends of a scope with lanes

template <class T>
auto& of(T& list, int index) {
  return list[static_cast<size_t>(index)];
}

// A vertical piece of a link.
struct Vertical {
  size_t chain = 0;
  int channel = 0;
  double from = 0, to = 0;  // y
  double x = 0;
  int leaves = -1;  // the item it comes from: pieces from one item share a line
  double low() const { return std::min(from, to); }
  double high() const { return std::max(from, to); }
};

class ScopeLayout {
 public:
  ScopeLayout(Graph& graph, int scope) : graph_(graph), scope_(of(graph.scopes, scope)) {}

  void run() {
    for (const int node : scope_.nodes) {
      Node& each = of(graph_.nodes, node);
      if (each.inner >= 0) enclose(each);
      spread_attached(each);
    }
    measure_exits();
    layers_ = make_layers(graph_, scope_, exits_);
    measure_items();
    place_rows();
    squeeze_rows();
    place_bands();
    make_verticals();
    place_columns();
    place_nodes();
    for (size_t i = 0; i < layers_.chains.size(); ++i) draw(i);
    place_apart();
    place_lanes();
    place_labels();
  }

 private:
  Item& item(int index) { return of(layers_.items, index); }
  Node& node(int index) { return of(graph_.nodes, index); }
  Node& node_of(int index) { return node(item(index).node); }
  Link& link_of(const Chain& chain) { return of(graph_.links, chain.link); }

  void enclose(Node& around) {
    lay_out_scope(graph_, around.inner);
    const Scope& inner = of(graph_.scopes, around.inner);
    around.width = std::max(inner.width + 2 * gap, 140.0);
    around.height = inner.height + 2 * gap + 10;
  }

  // Boundary events stand on the lower border, from left to right.
  void spread_attached(Node& host) {
    if (host.attached.empty()) return;
    const bool named = std::any_of(host.attached.begin(), host.attached.end(),
                                   [&](int event) { return !node(event).name.empty(); });
    const bool several = host.attached.size() > 1;
    const double room = named && several ? event_size + label_width : event_size + gap / 2;
    const auto count = static_cast<double>(host.attached.size());
    host.width = std::max(host.width, count * room + gap / 2);
  }

  // The leftmost event's link turns lowest, so that it passes below the others'.
  double depth_of(const Node& event) {
    const Node& host = node(event.host);
    size_t behind = 0;
    double label = 0;
    for (size_t i = host.attached.size(); i-- > 0;) {
      const Node& other = node(host.attached[i]);
      label = std::max(label, label_height(other.name, attached_label_width));
      if (other.id == event.id) break;
      ++behind;
    }
    return event_size / 2 + exit_depth + std::max(0.0, label - exit_depth + 8) +
           line_gap * static_cast<double>(behind);
  }

  void measure_exits() {
    exits_.assign(graph_.links.size(), 0);
    for (const int index : scope_.links) {
      const Node& source = node(of(graph_.links, index).source);
      if (source.host >= 0) of(exits_, index) = node(source.host).height / 2 + depth_of(source);
    }
  }

  void measure_items() {
    for (Item& each : layers_.items) {
      if (each.node < 0) continue;
      const Node& shape = node(each.node);
      each.above = each.below = shape.height / 2;
      const double label =
          shape.kind == Kind::activity || shape.name.empty() ? 0 : label_height(shape.name) + 6;
      (shape.kind == Kind::gateway ? each.above : each.below) += label;
      double deepest = 0;
      for (const int event : shape.attached) deepest = std::max(deepest, depth_of(node(event)));
      each.below += deepest;
    }
  }

  double distance(int upper, int lower) {
    const Item &a = item(upper), &b = item(lower);
    const double between = a.node < 0 || b.node < 0 ? line_gap : gap;
    return a.below + between + b.above;
  }

  // ---- rows ----
  struct Wish {
    int other;
    double offset;  // where this wants to be, from the other's axis
    int weight;
  };

  // Priority layout: in each layer, the items of highest rank first, each as near to its wish as
  // those placed before it allow. Long links come first, so that they run straight.
  void place_rows() {
    before_.resize(layers_.items.size());
    after_.resize(layers_.items.size());
    for (const Step& step : layers_.steps) {
      const Item &a = item(step.from), &b = item(step.to);
      if (a.band != b.band) continue;
      const int weight = a.node < 0 && b.node < 0 ? 4 : 2;
      // Associations follow where the flow goes; they do not bend it.
      if (!step.soft || b.node < 0)
        of(before_, step.to).push_back({step.from, step.offset, weight});
      if (!step.soft || a.node < 0)
        of(after_, step.from).push_back({step.to, -step.offset, weight});
    }
    for (auto& layer : layers_.layers) {
      for (size_t i = 0; i < layer.size(); ++i)
        item(layer[i]).y = i == 0 ? 0 : item(layer[i - 1]).y + distance(layer[i - 1], layer[i]);
    }
    const auto count = layers_.layers.size();
    for (int round = 0; round < 5; ++round) {
      const bool down = round % 2 == 0;
      for (size_t i = 0; i < count; ++i)
        place_layer(layers_.layers[down ? i : count - 1 - i], down ? before_ : after_);
    }
  }

  double wish(int index, const std::vector<std::vector<Wish>>& wishes) {
    const auto& list = of(wishes, index);
    const int beside = item(index).beside;
    if (list.empty() && beside >= 0) {
      return item(index).node < 0 ? item(beside).y + distance(beside, index)
                                  : item(beside).y - distance(index, beside);
    }
    if (list.empty()) return item(index).y;
    std::vector<std::pair<double, int>> sorted;
    int total = 0;
    for (const Wish& each : list) {
      sorted.emplace_back(item(each.other).y + each.offset, each.weight);
      total += each.weight;
    }
    std::sort(sorted.begin(), sorted.end());
    // The lower median is one of the wishes: that link runs straight.
    int sum = 0;
    for (const auto& [y, weight] : sorted) {
      sum += weight;
      if (2 * sum >= total) return y;
    }
    return sorted.back().first;
  }

  void place_layer(const std::vector<int>& layer, const std::vector<std::vector<Wish>>& wishes) {
    std::vector<size_t> order(layer.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto rank = [&](size_t i) {
      const Item& each = item(layer[i]);
      const size_t links = of(wishes, layer[i]).size();
      if (each.node < 0) return each.soft ? size_t{0} : size_t{1000} + (links > 0 ? 1 : 0);
      return links + 1;
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return rank(a) > rank(b); });
    std::vector<double> offset(layer.size(), 0);  // from the first, packed
    for (size_t i = 1; i < layer.size(); ++i)
      offset[i] = offset[i - 1] + distance(layer[i - 1], layer[i]);
    std::vector<uint8_t> placed(layer.size(), 0);
    for (const size_t i : order) {
      double low = -std::numeric_limits<double>::infinity(), high = -low;
      for (size_t j = i; j-- > 0;) {
        if (placed[j] == 0) continue;
        low = item(layer[j]).y + offset[i] - offset[j];
        break;
      }
      for (size_t j = i + 1; j < layer.size(); ++j) {
        if (placed[j] == 0) continue;
        high = item(layer[j]).y - (offset[j] - offset[i]);
        break;
      }
      item(layer[i]).y = std::max(low, std::min(high, wish(layer[i], wishes)));
      placed[i] = 1;
    }
  }

  // Strips of a band in which no layer has anything become as narrow as the gap between shapes.
  void squeeze_rows() {
    std::vector<std::vector<size_t>> bands(static_cast<size_t>(layers_.bands));
    for (size_t i = 0; i < layers_.items.size(); ++i) of(bands, layers_.items[i].band).push_back(i);
    for (auto& band : bands) {
      const auto top = [&](size_t i) { return layers_.items[i].y - layers_.items[i].above; };
      std::sort(band.begin(), band.end(), [&](size_t a, size_t b) { return top(a) < top(b); });
      double reached = band.empty() ? 0 : top(band[0]), shift = 0;
      for (const size_t i : band) {
        Item& each = layers_.items[i];
        const double here = top(i), empty = here - shift - reached;
        if (empty > gap) shift += empty - gap;
        each.y -= shift;
        reached = std::max(reached, each.y + each.below);
      }
    }
  }

  // ---- bands: the lanes, one below the other ----
  void place_bands() {
    const auto count = static_cast<size_t>(layers_.bands);
    std::vector<double> top(count, std::numeric_limits<double>::infinity());
    std::vector<double> bottom(count, -std::numeric_limits<double>::infinity());
    for (const Item& each : layers_.items) {
      of(top, each.band) = std::min(of(top, each.band), each.y - each.above);
      of(bottom, each.band) = std::max(of(bottom, each.band), each.y + each.below);
    }
    band_top_.assign(count + 1, 0);
    double y = 0;
    std::vector<double> shift(count, 0);
    for (size_t i = 0; i < count; ++i) {
      band_top_[i] = y;
      const bool lane = i + 1 < count;
      const bool empty = top[i] > bottom[i];
      const double inside = empty ? 0 : bottom[i] - top[i];
      const double padding = lane || (count > 1 && !empty) ? lane_padding : 0;
      const double height =
          lane ? std::max(lane_minimum, inside + 2 * padding) : inside + 2 * padding;
      shift[i] = empty ? 0 : y + (height - inside) / 2 - top[i];
      y += height;
    }
    band_top_[count] = y;
    for (Item& each : layers_.items) each.y = std::round(each.y + of(shift, each.band));
    scope_.height = y;
  }

  // ---- channels ----
  double start_of(const Chain& chain) {
    const Item& first = item(chain.items.front());
    return first.y + (chain.turned ? 0 : of(exits_, chain.link));
  }

  // Whether a link can leave or reach a gateway by its tip: nothing else of its column is between.
  bool free_column(int gateway, double to) {
    const Item& from = item(gateway);
    if (from.node < 0 || node(from.node).kind != Kind::gateway) return false;
    if (std::abs(to - from.y) < node(from.node).height / 2 + 5) return false;
    if (to < from.y && !node(from.node).name.empty()) return false;
    const double low = std::min(from.y, to) - 5, high = std::max(from.y, to) + 5;
    for (const int other : of(layers_.layers, from.layer)) {
      const Item& each = item(other);
      if (other != gateway && each.y + each.below > low && each.y - each.above < high) return false;
    }
    return true;
  }

  void make_verticals() {
    runs_.resize(layers_.chains.size());
    for (size_t i = 0; i < layers_.chains.size(); ++i) {
      const Chain& chain = layers_.chains[i];
      double y = start_of(chain);
      for (size_t k = 0; k + 1 < chain.items.size(); ++k) {
        const Item &a = item(chain.items[k]), &b = item(chain.items[k + 1]);
        Vertical piece;
        piece.chain = i;
        piece.from = y;
        piece.to = b.y;
        piece.leaves = chain.items[k];
        // The channel to the right of a layer, or the one to its left when the link returns.
        const bool returns = chain.back && k > 0;
        piece.channel = returns ? a.layer : a.layer + 1;
        y = b.y;
        if (piece.from == piece.to && !chain.within) continue;
        runs_[i].push_back(verticals_.size());
        verticals_.push_back(piece);
      }
    }
    for (size_t i = 0; i < layers_.chains.size(); ++i) use_tips(i);
  }

  bool sequence(const Chain& chain) { return link_of(chain).kind == LinkKind::sequence; }

  // A branch leaves a gateway by its upper or lower tip where there is room, and joins one so.
  void use_tips(size_t index) {
    const Chain& chain = layers_.chains[index];
    if (chain.back || !sequence(chain) || runs_[index].size() != 1) return;
    const Vertical& only = verticals_[runs_[index][0]];
    const int first = chain.items.front(), last = chain.items.back();
    const bool leaves =
        only.leaves == first && node(link_of(chain).source).host < 0 && free_column(first, only.to);
    const bool joins = !leaves && item(last).node >= 0 && only.channel == item(last).layer &&
                       free_column(last, only.from);
    if (leaves) tip_of_[index] = 1;
    if (joins) tip_of_[index] = 2;
    if (leaves || joins) verticals_[runs_[index][0]].channel = -1;
  }

  // Lines of one channel that would lie on each other get places side by side.
  size_t assign_tracks(std::vector<Vertical*>& pieces, std::vector<int>& tracks) {
    std::stable_sort(pieces.begin(), pieces.end(), [](const Vertical* a, const Vertical* b) {
      const bool down_a = a->to >= a->from, down_b = b->to >= b->from;
      if (down_a != down_b) return down_a;
      return down_a ? a->from > b->from : a->from < b->from;
    });
    size_t count = 0;
    tracks.assign(pieces.size(), 0);
    for (size_t i = 0; i < pieces.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (pieces[i]->leaves == pieces[j]->leaves && pieces[i]->from == pieces[j]->from) {
          tracks[i] = std::max(tracks[i], tracks[j]);
          continue;
        }
        const bool overlap = pieces[i]->low() < pieces[j]->high() + line_gap &&
                             pieces[j]->low() < pieces[i]->high() + line_gap;
        if (overlap) tracks[i] = std::max(tracks[i], tracks[j] + 1);
      }
      count = std::max(count, static_cast<size_t>(tracks[i]) + 1);
    }
    return count;
  }

  double column_width(size_t layer) {
    double width = 0;
    for (const int index : layers_.layers[layer]) {
      const Item& each = item(index);
      if (each.node < 0) continue;
      const Node& shape = node(each.node);
      width = std::max(width, shape.width);
      if (shape.kind != Kind::activity && !shape.name.empty()) width = std::max(width, label_width);
    }
    return width;
  }

  void place_columns() {
    const size_t count = layers_.layers.size();
    std::vector<std::vector<Vertical*>> by_channel(count + 1);
    for (Vertical& piece : verticals_)
      if (piece.channel >= 0) of(by_channel, piece.channel).push_back(&piece);
    std::vector<uint8_t> labelled(count + 1, 0);
    for (const Chain& chain : layers_.chains)
      if (!link_of(chain).name.empty()) of(labelled, item(chain.items.front()).layer + 1) = 1;
    double x = scope_.lanes.empty() ? 0 : lane_gap;
    for (const Lane& lane : scope_.lanes)
      x = std::max(x, lane_gap + header_width * (lane.depth + 1));
    for (size_t i = 0; i <= count; ++i) {
      std::vector<int> tracks;
      const size_t used = assign_tracks(by_channel[i], tracks);
      const bool outer = i == 0 || i == count;
      const double lines = line_gap * static_cast<double>(used);
      for (size_t k = 0; k < tracks.size(); ++k)
        by_channel[i][k]->x = x + (outer && i == 0 ? 5 : 20) + line_gap * tracks[k];
      if (outer) {
        x += used == 0 ? 0 : lines + 20;
        if (labelled[i] != 0) x += label_width;
      } else {
        x += std::max(channel_width, lines + 35) + (labelled[i] != 0 ? label_width - 20 : 0);
      }
      if (i == count) break;
      const double width = column_width(i);
      column_.push_back(x + width / 2);
      x += width;
      column_end_.push_back(x);
    }
    scope_.width = x + (scope_.lanes.empty() ? 0 : lane_gap);
  }

  void place_nodes() {
    for (const Item& each : layers_.items) {
      if (each.node < 0) continue;
      Node& shape = node(each.node);
      shape.x = std::round(of(column_, each.layer) - shape.width / 2);
      shape.y = each.y - shape.height / 2;
      place_attached(shape);
    }
  }

  void place_attached(Node& host) {
    const auto count = static_cast<double>(host.attached.size());
    for (size_t i = 0; i < host.attached.size(); ++i) {
      Node& event = node(host.attached[i]);
      const double room = (host.width - gap / 2) / count;
      event.x = std::round(host.x + gap / 3 + room * static_cast<double>(i));
      event.y = host.y + host.height - event_size / 2;
      if (event.name.empty()) continue;
      event.label = Bounds{event.x + event_size / 2 + 6, host.y + host.height + event_size / 2 + 2,
                           attached_label_width, label_height(event.name, attached_label_width)};
    }
  }

  void draw(size_t index) {
    const Chain& chain = layers_.chains[index];
    Link& link = link_of(chain);
    const Node& first = node_of(chain.items.front());
    const Node& last = node_of(chain.items.back());
    const double y = start_of(chain), end = item(chain.items.back()).y;
    std::vector<Point> way;
    const Node& source = node(link.source);
    if (!chain.turned && source.host >= 0) {
      way.push_back({source.x + event_size / 2, source.y + event_size});
      way.push_back({source.x + event_size / 2, y});
    } else {
      way.push_back({first.x + first.width, y});
    }
    if (chain.within && straight(chain, way, link)) return;
    const int tip = tip_of_.count(index) != 0 ? tip_of_[index] : 0;
    if (tip == 1) {
      const double x = first.x + first.width / 2, to = verticals_[runs_[index][0]].to;
      way = {{x, to > y ? first.y + first.height : first.y}, {x, to}, {last.x, end}};
    } else if (tip == 2) {
      const double x = last.x + last.width / 2;
      way.push_back({x, y});
      way.push_back({x, y < end ? last.y : last.y + last.height});
    } else {
      for (const size_t piece : runs_[index]) {
        way.push_back({verticals_[piece].x, verticals_[piece].from});
        way.push_back({verticals_[piece].x, verticals_[piece].to});
      }
      way.push_back({chain.within ? last.x + last.width : last.x, end});
    }
    label(link, chain, way, tip);
    if (chain.turned) std::reverse(way.begin(), way.end());
    link.way = std::move(way);
  }

  // Two shapes of one column with nothing between them: a short vertical line.
  bool straight(const Chain& chain, const std::vector<Point>& way, Link& link) {
    if (way.size() > 1) return false;
    const auto& layer = of(layers_.layers, item(chain.items.front()).layer);
    const auto a = std::find(layer.begin(), layer.end(), chain.items.front());
    const auto b = std::find(layer.begin(), layer.end(), chain.items.back());
    if (std::abs(a - b) != 1) return false;
    const bool down = a < b;
    const Node& upper = node_of(down ? *a : *b);
    const Node& lower = node_of(down ? *b : *a);
    if (!upper.attached.empty() || lower.kind == Kind::gateway ||
        (upper.kind != Kind::activity && !upper.name.empty()))
      return false;
    const double x = of(column_, item(*a).layer);
    link.way = {{x, upper.y + upper.height}, {x, lower.y}};
    if (!down) std::swap(link.way[0], link.way[1]);
    return true;
  }

  // The name stands on the line in the channel behind the source, where room was left for it.
  void label(Link& link, const Chain& chain, const std::vector<Point>& way, int tip) {
    if (link.name.empty()) return;
    const double height = label_height(link.name);
    const double y = tip == 2 || runs_[chain_index(chain)].empty() ? way.front().y
                     : tip == 1 ? verticals_[runs_[chain_index(chain)][0]].to
                     : verticals_[runs_[chain_index(chain)][0]].leaves == chain.items.front()
                         ? verticals_[runs_[chain_index(chain)][0]].to
                         : way.front().y;
    if (chain.back && !runs_[chain_index(chain)].empty()) {
      const Vertical& first = verticals_[runs_[chain_index(chain)][0]];
      link.label = Bounds{first.x - label_width, first.to - height - 3, label_width - 8, height};
      return;
    }
    const auto layer = static_cast<size_t>(item(chain.items.front()).layer);
    const double right = layer + 1 < column_.size()
                             ? column_[layer + 1] - column_width(layer + 1) / 2 - 8
                             : column_end_[layer] + label_width + 20;
    link.label = Bounds{right - label_width + 8, y - height - 3, label_width - 8, height};
  }
  size_t chain_index(const Chain& chain) const {
    return static_cast<size_t>(&chain - layers_.chains.data());
  }

  // What nothing links (event sub-processes above all) stands below, in rows.
  void place_apart() {
    if (layers_.apart.empty()) return;
    double area = 0, widest = 0;
    for (const int index : layers_.apart) {
      area += (node(index).width + gap) * (node(index).height + gap);
      widest = std::max(widest, node(index).width);
    }
    const double limit = std::max({scope_.width, widest, std::sqrt(area) * 1.6});
    double x = 0, y = scope_.height + (layers_.items.empty() ? 0 : 2 * gap), row = 0;
    for (const int index : layers_.apart) {
      Node& shape = node(index);
      const bool outside = shape.kind != Kind::activity && !shape.name.empty();
      const double room = outside ? std::max(shape.width, label_width) : shape.width;
      if (x > 0 && x + room > limit) {
        x = 0;
        y += row + gap;
        row = 0;
      }
      const double head = outside && shape.kind == Kind::gateway ? label_height(shape.name) + 6 : 0;
      shape.x = std::round(x + (room - shape.width) / 2);
      shape.y = std::round(y + head);
      place_attached(shape);
      double below = outside ? label_height(shape.name) + 6 : 0;
      for (const int event : shape.attached) below = std::max(below, depth_of(node(event)));
      row = std::max(row, shape.height + below);
      scope_.width = std::max(scope_.width, x + room);
      x += room + gap;
    }
    scope_.height = y + row;
  }

  void place_lanes() {
    int band = 0;
    for (Lane& lane : scope_.lanes) {
      const double left = header_width * lane.depth;
      lane.bounds = {left, 0, scope_.width - left, 0};
      if (!lane.leaf) continue;
      lane.bounds.y = of(band_top_, band);
      lane.bounds.height = of(band_top_, band + 1) - lane.bounds.y;
      ++band;
    }
    // From the innermost outward: a lane spans those within it.
    for (size_t i = scope_.lanes.size(); i-- > 0;) {
      const Lane& lane = scope_.lanes[i];
      if (lane.parent < 0) continue;
      Bounds& around = of(scope_.lanes, lane.parent).bounds;
      const double bottom = around.height > 0 ? around.bottom() : lane.bounds.bottom();
      around.y = lane.bounds.y;
      around.height = bottom - around.y;
    }
  }

  void place_labels() {
    for (const int index : scope_.nodes) {
      Node& shape = node(index);
      if (shape.kind == Kind::activity || shape.name.empty()) continue;
      const double height = label_height(shape.name);
      const double y =
          shape.kind == Kind::gateway ? shape.y - height - 4 : shape.y + shape.height + 4;
      shape.label = Bounds{shape.x + shape.width / 2 - label_width / 2, y, label_width, height};
    }
  }

  Graph& graph_;
  Scope& scope_;
  Layers layers_;
  std::vector<double> exits_;  // by link
  std::vector<std::vector<Wish>> before_, after_;
  std::vector<double> band_top_, column_, column_end_;
  std::vector<Vertical> verticals_;
  std::vector<std::vector<size_t>> runs_;  // verticals of a chain, in its order
  std::map<size_t, int> tip_of_;           // 1: leaves a gateway by a tip, 2: joins one so
};

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): nesting is bounded by the reader
void lay_out_scope(Graph& graph, int scope) { ScopeLayout(graph, scope).run(); }

}  // namespace passerelle::pathway::drawing
