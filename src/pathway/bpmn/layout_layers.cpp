#include "pathway/bpmn/layout_layers.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace passerelle::pathway::drawing {
namespace {

constexpr int sweeps = 12;

template <class T>
auto& at(T& list, int index) {
  return list[static_cast<size_t>(index)];
}

class LayerMaker {
 public:
  LayerMaker(const Graph& graph, const Scope& scope, const std::vector<double>& exits)
      : graph_(graph), scope_(scope), exits_(exits) {}

  Layers make() {
    number_nodes();
    break_cycles();
    assign_layers();
    place_artefacts();
    place_unlinked();
    make_items();
    make_chains();
    order();
    return std::move(made_);
  }

 private:
  size_t size() const { return scope_.nodes.size(); }
  const Node& node(int local) const { return at(graph_.nodes, at(scope_.nodes, local)); }
  bool artefact(int local) const { return node(local).kind == Kind::artefact; }
  const Link& link(int index) const { return at(graph_.links, index); }
  int source(int index) const { return at(local_, graph_.lifted(link(index).source)); }
  int target(int index) const { return at(local_, graph_.lifted(link(index).target)); }

  void number_nodes() {
    local_.assign(graph_.nodes.size(), -1);
    for (size_t i = 0; i < size(); ++i) at(local_, scope_.nodes[i]) = static_cast<int>(i);
    out_.resize(size());
    in_.resize(size());
    layer_.assign(size(), -1);
    linked_.assign(size(), 0);
    for (const int index : scope_.links) {
      const int from = source(index), to = target(index);
      at(linked_, from) = at(linked_, to) = 1;
      if (from == to || artefact(from) || artefact(to)) continue;
      at(out_, from).push_back(to);
      at(in_, to).push_back(from);
    }
  }

  // Depth first from what nothing leads to, in the order of the file: what leads back to a node
  // that is still open is a return.
  void break_cycles() {
    enum class State : uint8_t { fresh, open, closed };
    std::vector<State> state(size(), State::fresh);
    forward_.resize(size());
    std::vector<std::pair<int, size_t>> stack;
    const auto visit = [&](int root) {
      if (at(state, root) != State::fresh) return;
      stack.emplace_back(root, 0);
      at(state, root) = State::open;
      while (!stack.empty()) {
        auto& [from, next] = stack.back();
        if (next == at(out_, from).size()) {
          at(state, from) = State::closed;
          stack.pop_back();
          continue;
        }
        const int to = at(out_, from)[next++];
        if (at(state, to) == State::open) continue;
        at(forward_, from).push_back(to);
        if (at(state, to) == State::closed) continue;
        at(state, to) = State::open;
        stack.emplace_back(to, 0);
      }
    };
    for (size_t i = 0; i < size(); ++i)
      if (in_[i].empty()) visit(static_cast<int>(i));
    for (size_t i = 0; i < size(); ++i) visit(static_cast<int>(i));
  }

  // Longest path; then what nothing leads to stands right before what it leads to.
  void assign_layers() {
    std::vector<int> waiting(size(), 0);
    for (const auto& targets : forward_)
      for (const int to : targets) ++at(waiting, to);
    std::vector<int> ready;
    for (size_t i = 0; i < size(); ++i) {
      if (waiting[i] != 0 || linked_[i] == 0 || artefact(static_cast<int>(i))) continue;
      layer_[i] = 0;
      ready.push_back(static_cast<int>(i));
    }
    for (size_t i = 0; i < ready.size(); ++i) {
      for (const int to : at(forward_, ready[i])) {
        at(layer_, to) = std::max(at(layer_, to), at(layer_, ready[i]) + 1);
        if (--at(waiting, to) == 0) ready.push_back(to);
      }
    }
    for (size_t i = 0; i < size(); ++i) {
      if (!in_[i].empty() || forward_[i].empty()) continue;
      int nearest = std::numeric_limits<int>::max();
      for (const int to : forward_[i]) nearest = std::min(nearest, at(layer_, to) - 1);
      layer_[i] = nearest;
    }
  }

  // A data object or a note stands above the first node that it belongs to.
  void place_artefacts() {
    host_.assign(size(), -1);
    for (const int index : scope_.links) {
      int from = source(index), to = target(index);
      if (!artefact(from)) std::swap(from, to);
      if (!artefact(from) || artefact(to) || at(host_, from) >= 0 || at(layer_, to) < 0) continue;
      at(host_, from) = to;
      at(layer_, from) = at(layer_, to);
    }
  }

  // What is linked to nothing here is set apart; within lanes, and where artefacts are linked to
  // each other only, it is spread over the layers.
  void place_unlinked() {
    int last = 0, count = 0;
    for (size_t i = 0; i < size(); ++i) {
      last = std::max(last, layer_[i]);
      if (layer_[i] < 0 && (linked_[i] != 0 || !scope_.lanes.empty())) ++count;
    }
    int width = last + 1;
    while (width * width < count) ++width;
    int next = 0;
    for (size_t i = 0; i < size(); ++i) {
      if (layer_[i] >= 0) continue;
      if (linked_[i] != 0 || !scope_.lanes.empty()) {
        layer_[i] = next++ % width;
      } else {
        made_.apart.push_back(scope_.nodes[i]);
      }
    }
  }

  int band_of(int local) const {
    const int host = at(host_, local);
    const int lane = node(local).lane >= 0 || host < 0 ? node(local).lane : node(host).lane;
    if (lane < 0) return made_.bands - 1;
    int band = 0;
    for (int i = 0; i < lane; ++i) band += at(scope_.lanes, i).leaf ? 1 : 0;
    return band;
  }

  void make_items() {
    made_.bands = 1;  // the last is for what stands in no lane
    for (const Lane& lane : scope_.lanes) made_.bands += lane.leaf ? 1 : 0;
    item_.assign(size(), -1);
    int last = -1;
    for (size_t i = 0; i < size(); ++i) {
      if (layer_[i] < 0) continue;
      last = std::max(last, layer_[i]);
      item_[i] = static_cast<int>(made_.items.size());
      Item item;
      item.node = scope_.nodes[i];
      item.layer = layer_[i];
      item.band = band_of(static_cast<int>(i));
      made_.items.push_back(item);
    }
    for (size_t i = 0; i < size(); ++i)
      if (host_[i] >= 0) at(made_.items, item_[i]).beside = at(item_, host_[i]);
    made_.layers.resize(static_cast<size_t>(last + 1));
  }

  int pass(int layer, int band) {
    Item item;
    item.layer = layer;
    item.band = band;
    item.above = item.below = 6;
    made_.items.push_back(item);
    return static_cast<int>(made_.items.size()) - 1;
  }

  void make_chains() {
    for (const int index : scope_.links) {
      Chain chain;
      chain.link = index;
      int from = at(item_, source(index)), to = at(item_, target(index));
      const bool flow = link(index).kind == LinkKind::sequence;
      int first = at(made_.items, from).layer, last = at(made_.items, to).layer;
      chain.back = flow && first >= last;
      chain.within = !flow && first == last;
      chain.turned = !flow && first > last;
      if (chain.turned) {
        std::swap(from, to);
        std::swap(first, last);
      }
      const int band = at(made_.items, from).band;
      chain.items.push_back(from);
      if (chain.back) {
        for (int layer = first; layer >= last; --layer) chain.items.push_back(pass(layer, band));
        at(made_.items, chain.items[1]).beside = from;
      } else {
        for (int layer = first + 1; layer < last; ++layer) chain.items.push_back(pass(layer, band));
      }
      for (size_t i = 1; i < chain.items.size(); ++i) at(made_.items, chain.items[i]).soft = !flow;
      chain.items.push_back(to);
      for (size_t i = 0; i + 1 < chain.items.size(); ++i) {
        const int a = chain.items[i], b = chain.items[i + 1];
        if (at(made_.items, a).layer == at(made_.items, b).layer) continue;
        const double offset = i == 0 && !chain.turned ? at(exits_, index) : 0;
        if (at(made_.items, a).layer < at(made_.items, b).layer) {
          made_.steps.push_back({a, b, offset, !flow});
        } else {
          made_.steps.push_back({b, a, 0, !flow});
        }
      }
      made_.chains.push_back(std::move(chain));
    }
    for (size_t i = 0; i < made_.items.size(); ++i)
      at(made_.layers, made_.items[i].layer).push_back(static_cast<int>(i));
  }

  // Barycentres, down and up, keeping the best order seen.
  void order() {
    before_.resize(made_.items.size());
    after_.resize(made_.items.size());
    for (const Step& step : made_.steps) {
      at(after_, step.from).push_back(step.to);
      at(before_, step.to).push_back(step.from);
    }
    position_.assign(made_.items.size(), 0);
    for (auto& layer : made_.layers) arrange(layer, [&](int item) { return at(position_, item); });
    auto best = made_.layers;
    size_t fewest = crossings();
    for (int sweep = 0; sweep < sweeps && fewest > 0; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (size_t i = 0; i < made_.layers.size(); ++i) {
        auto& layer = made_.layers[down ? i : made_.layers.size() - 1 - i];
        arrange(layer, [&](int item) { return barycentre(item, down ? before_ : after_); });
      }
      const size_t now = crossings();
      if (now >= fewest) continue;
      fewest = now;
      best = made_.layers;
    }
    made_.layers = std::move(best);
  }

  double barycentre(int item, const std::vector<std::vector<int>>& neighbours) const {
    const auto& list = at(neighbours, item);
    const int beside = at(made_.items, item).beside;
    if (list.empty()) return beside >= 0 ? at(position_, beside) + 0.5 : at(position_, item);
    double sum = 0;
    for (const int other : list) sum += at(position_, other);
    return sum / static_cast<double>(list.size());
  }

  // Sorts by band and key; then each artefact right above what it belongs to.
  template <class Key>
  void arrange(std::vector<int>& layer, const Key& key) {
    std::vector<std::pair<double, int>> keyed;
    std::vector<int> pinned;
    for (const int item : layer) {
      const Item& each = at(made_.items, item);
      if (each.beside >= 0 && each.node >= 0) {
        pinned.push_back(item);
      } else {
        keyed.emplace_back(key(item), item);
      }
    }
    std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
      const int x = at(made_.items, a.second).band, y = at(made_.items, b.second).band;
      return x != y ? x < y : a.first < b.first;
    });
    layer.clear();
    for (const auto& [value, item] : keyed) {
      for (const int artefact : pinned)
        if (at(made_.items, artefact).beside == item) layer.push_back(artefact);
      layer.push_back(item);
    }
    // In a lane of its own an artefact keeps to that lane.
    std::stable_sort(layer.begin(), layer.end(), [&](int a, int b) {
      return at(made_.items, a).band < at(made_.items, b).band;
    });
    for (size_t i = 0; i < layer.size(); ++i) at(position_, layer[i]) = static_cast<double>(i);
  }

  size_t crossings() {
    size_t count = 0;
    std::vector<std::pair<double, double>> pairs;
    std::vector<std::vector<Step>> by_layer(made_.layers.size());
    for (const Step& step : made_.steps)
      at(by_layer, at(made_.items, step.from).layer).push_back(step);
    for (const auto& steps : by_layer) {
      pairs.clear();
      for (const Step& step : steps)
        pairs.emplace_back(at(position_, step.from), at(position_, step.to));
      std::sort(pairs.begin(), pairs.end());
      std::vector<double> seen;  // targets so far, sorted
      for (const auto& pair : pairs) {
        const auto place = std::upper_bound(seen.begin(), seen.end(), pair.second);
        count += static_cast<size_t>(seen.end() - place);
        seen.insert(place, pair.second);
      }
    }
    return count;
  }

  const Graph& graph_;
  const Scope& scope_;
  const std::vector<double>& exits_;
  std::vector<int> local_, layer_, host_, item_;  // by node of the scope
  std::vector<uint8_t> linked_;
  std::vector<std::vector<int>> out_, in_, forward_;
  std::vector<std::vector<int>> before_, after_;  // items, by item
  std::vector<double> position_;
  Layers made_;
};

}  // namespace

Layers make_layers(const Graph& graph, const Scope& scope, const std::vector<double>& exits) {
  return LayerMaker(graph, scope, exits).make();
}

}  // namespace passerelle::pathway::drawing
