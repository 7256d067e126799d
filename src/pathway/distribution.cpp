#include "pathway/distribution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "base/random.h"
#include "base/text.h"
#include "pathway/quantile.h"

namespace passerelle::pathway {
namespace {

using enum DistributionKind;
using Parameters = std::array<double, 4>;

constexpr double largest = 1e12;         // of any parameter: beyond it is a slip of the pen
constexpr unsigned most_parts = 64;      // of a mixture
constexpr unsigned deepest_mixture = 4;  // mixtures in mixtures
// Of a shape, and of a count: by then nothing varies by more than a thousandth, and series take
// ever more terms.
constexpr double largest_shape = 1e6;
constexpr size_t cells = 1024;  // of a Sampler's table

// Makes the distribution's own parameters from what was written; says what is wrong, or "".
using Convert = std::string_view (*)(Parameters& p);

struct Row {
  DistributionForm form;
  Convert convert;
};

constexpr std::string_view positive = "must be greater than 0";
constexpr std::string_view too_even =
    "vary by less than a thousandth of their mean (a shape of at most 1000000): write {fixed: ...}";
constexpr std::string_view in_order = "must be in order: low <= mode <= high, and low < high";

std::string_view any(Parameters&) { return ""; }
std::string_view first_positive(Parameters& p) { return p[0] > 0 ? "" : positive; }
std::string_view both_positive(Parameters& p) { return p[0] > 0 && p[1] > 0 ? "" : positive; }
std::string_view range(Parameters& p) { return p[0] < p[1] ? "" : "must have low < high"; }
std::string_view three_points(Parameters& p) {
  return p[0] <= p[1] && p[1] <= p[2] && p[0] < p[2] ? "" : in_order;
}
std::string_view erlang_shape(Parameters& p) {
  if (p[0] != std::floor(p[0]) || p[0] < 1) return "must have a whole shape from 1 up";
  if (p[0] > largest_shape) return too_even;
  return p[1] > 0 ? "" : positive;
}
std::string_view gamma_shape(Parameters& p) {
  if (p[0] > largest_shape) return too_even;
  return both_positive(p);
}
std::string_view gamma_by_moments(Parameters& p) {
  if (!(p[0] > 0 && p[1] > 0)) return positive;
  const double mean = p[0], variance = p[1] * p[1];
  p = {mean * mean / variance, variance / mean};
  return gamma_shape(p);
}
std::string_view lognormal_by_moments(Parameters& p) {
  if (!(p[0] > 0 && p[1] > 0)) return positive;
  const double sigma_squared = std::log1p(p[1] * p[1] / (p[0] * p[0]));
  p = {std::log(p[0]) - sigma_squared / 2, std::sqrt(sigma_squared)};
  return "";
}
std::string_view lognormal_by_variance(Parameters& p) {
  if (!(p[0] > 0 && p[1] > 0)) return positive;
  p[1] = std::sqrt(p[1]);
  return lognormal_by_moments(p);
}
std::string_view lognormal_by_mean(Parameters& p) {
  if (!(p[0] > 0 && p[1] > 0)) return positive;
  p[0] = std::log(p[0]) - p[1] * p[1] / 2;
  return "";
}
std::string_view lognormal_by_median(Parameters& p) {
  if (!(p[0] > 0 && p[1] > 0)) return positive;
  p[0] = std::log(p[0]);
  return "";
}
std::string_view second_positive(Parameters& p) { return p[1] > 0 ? "" : positive; }
std::string_view normal_by_variance(Parameters& p) {
  if (!(p[1] > 0)) return positive;
  p[1] = std::sqrt(p[1]);
  return "";
}
std::string_view beta_shapes(Parameters& p) {
  if (p[0] > largest_shape || p[1] > largest_shape)
    return "must have shapes a and b of at most 1000000: write {fixed: ...}";
  return both_positive(p);
}
std::string_view unit_beta(Parameters& p) {
  p[2] = 0;
  p[3] = 1;
  return beta_shapes(p);
}
std::string_view scaled_beta(Parameters& p) {
  return p[2] < p[3] ? beta_shapes(p) : "must have low < high";
}
std::string_view count_mean(Parameters& p) {
  if (p[0] > largest_shape) return "must be at most 1000000: more is hardly a count";
  return first_positive(p);
}

// A name may have several rows: ways to give its parameters. A list means the first row.
const std::array rows = {
    Row{{fixed, "fixed", {"value"}, "always this"}, any},
    Row{{uniform, "uniform", {"low", "high"}, "even between two values"}, range},
    Row{{triangular, "triangular", {"low", "mode", "high"}, "low, most likely, high"},
        three_points},
    Row{{pert, "pert", {"low", "mode", "high"}, "low, most likely, high; less weight on the ends"},
        three_points},
    Row{{exponential, "exponential", {"mean"}, "without memory"}, first_positive},
    Row{{erlang, "erlang", {"shape", "mean"}, "sum of `shape` exponentials"}, erlang_shape},
    Row{{gamma, "gamma", {"shape", "scale"}, "mean shape * scale"}, gamma_shape},
    Row{{gamma, "gamma", {"mean", "sd"}, ""}, gamma_by_moments},
    Row{{lognormal, "lognormal", {"mean", "sd"}, "mean and deviation of the value itself"},
        lognormal_by_moments},
    Row{{lognormal, "lognormal", {"mean", "variance"}, ""}, lognormal_by_variance},
    Row{{lognormal, "lognormal", {"mean", "sigma"}, "sigma of the logarithm"}, lognormal_by_mean},
    Row{{lognormal, "lognormal", {"median", "sigma"}, ""}, lognormal_by_median},
    Row{{lognormal, "lognormal", {"mu", "sigma"}, "of the logarithm"}, second_positive},
    Row{{normal, "normal", {"mean", "sd"}, ""}, second_positive},
    Row{{normal, "normal", {"mean", "variance"}, ""}, normal_by_variance},
    Row{{weibull, "weibull", {"shape", "scale"}, ""}, both_positive},
    Row{{beta, "beta", {"a", "b"}, "between 0 and 1"}, unit_beta},
    Row{{beta, "beta", {"a", "b", "low", "high"}, "between low and high"}, scaled_beta},
    Row{{poisson, "poisson", {"mean"}, "a count"}, count_mean},
    Row{{empirical, "empirical", {"values", "weights?"}, "one of the values"}, any},
    Row{{mixture, "mixture", {"weight", "of"}, "a list of parts"}, any},
};

// The beta distribution of a PERT: shapes from the mode, with the usual weight of 4.
struct PertShape {
  double a, b;
};
PertShape pert_shape(const Parameters& p) {
  const double span = p[2] - p[0];
  return {1 + 4 * (p[1] - p[0]) / span, 1 + 4 * (p[2] - p[1]) / span};
}

double triangular_quantile(const Parameters& p, double u) {
  const double low = p[0], mode = p[1], high = p[2];
  const double split = (mode - low) / (high - low);
  if (u < split) return low + std::sqrt(u * (high - low) * (mode - low));
  return high - std::sqrt((1 - u) * (high - low) * (high - mode));
}

// Which of the weights holds the probability; `u` becomes the place inside it.
size_t pick(const std::vector<double>& weights, double& u) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double left = u * total;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (left < weights[i]) {
      u = std::clamp(left / weights[i], 0x1.0p-54, 1 - 0x1.0p-53);
      return i;
    }
    left -= weights[i];
  }
  size_t last = weights.size() - 1;  // rounding: the last one that has any weight
  while (last > 0 && weights[last] == 0) --last;
  u = 1 - 0x1.0p-53;
  return last;
}

constexpr std::array<std::pair<std::string_view, TimeUnit>, 4> units = {{
    {"s", TimeUnit::seconds},
    {"min", TimeUnit::minutes},
    {"h", TimeUnit::hours},
    {"d", TimeUnit::days},
}};

double seconds_of(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::seconds:
      return 1;
    case TimeUnit::minutes:
      return 60;
    case TimeUnit::hours:
      return 3'600;
    case TimeUnit::days:
      return 86'400;
  }
  return 1;
}

Error wrong(const yaml::Node& node, std::string message, std::string help = {}) {
  return Error{ErrorCode::invalid, std::move(message), to_text(node.place), std::move(help)};
}

Result<double> seconds_of_unit(const yaml::Node& node) {
  for (const auto& [name, unit] : units)
    if (node.scalar == name) return seconds_of(unit);
  return wrong(node, "'" + node.scalar + "' is no unit of time", "use s, min, h or d");
}

Result<std::vector<double>> numbers(const yaml::Node& node) {
  if (node.kind != yaml::Kind::sequence) return wrong(node, "expected a list of numbers");
  std::vector<double> out;
  for (const yaml::Node& item : node.items) {
    TRY(const double number, item.number());
    if (!(std::abs(number) <= largest))
      return wrong(item, "the number " + item.scalar + " is too large");
    out.push_back(number);
  }
  return out;
}

Result<void> check_weights(const yaml::Node& node, const std::vector<double>& weights,
                           size_t count) {
  if (weights.size() != count)
    return wrong(node, "there must be as many weights as values, " + std::to_string(count));
  double sum = 0;
  for (const double weight : weights) {
    if (weight < 0) return wrong(node, "a weight cannot be negative");
    sum += weight;
  }
  if (!(sum > 0)) return wrong(node, "at least one weight must be greater than 0");
  return {};
}

Result<Distribution> parse_empirical(const yaml::Node& node) {
  Distribution out{.kind = empirical};
  const bool listed = node.kind == yaml::Kind::sequence;
  const yaml::Node* values = listed ? &node : node.find("values");
  if (values == nullptr) return wrong(node, "empirical needs `values`");
  TRY(out.values, numbers(*values));
  if (out.values.empty()) return wrong(*values, "empirical needs at least one value");
  out.weights.assign(out.values.size(), 1.0);
  if (!listed) {
    for (size_t i = 0; i < node.members.size(); ++i)
      if (node.members[i].first != "values" && node.members[i].first != "weights")
        return wrong(node, "empirical has values and weights, not '" + node.members[i].first + "'");
    if (const yaml::Node* weights = node.find("weights")) {
      TRY(out.weights, numbers(*weights));
      TRY_VOID(check_weights(*weights, out.weights, out.values.size()));
    }
  }
  // In order, so that a larger probability never gives a smaller value.
  std::vector<size_t> order(out.values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return out.values[a] < out.values[b]; });
  Distribution sorted{.kind = empirical};
  for (const size_t i : order) {
    sorted.values.push_back(out.values[i]);
    sorted.weights.push_back(out.weights[i]);
  }
  return sorted;
}

Result<Distribution> parse_at_depth(const yaml::Node& node, unsigned depth);

Result<Distribution> parse_mixture(const yaml::Node& node, unsigned depth) {
  if (depth >= deepest_mixture) return wrong(node, "mixtures are nested too deeply");
  if (node.kind != yaml::Kind::sequence || node.items.empty() || node.items.size() > most_parts)
    return wrong(node, "a mixture is a list of 1 to 64 parts: {weight: 0.3, of: {fixed: 2}}");
  Distribution out{.kind = mixture};
  for (const yaml::Node& item : node.items) {
    const yaml::Node* weight = item.find("weight");
    const yaml::Node* of = item.find("of");
    if (weight == nullptr || of == nullptr || item.members.size() != 2)
      return wrong(item, "a part of a mixture is {weight: ..., of: ...}");
    TRY(const double number, weight->number());
    out.weights.push_back(number);
    TRY(Distribution part, parse_at_depth(*of, depth + 1));
    out.parts.push_back(std::move(part));
  }
  TRY_VOID(check_weights(node, out.weights, out.parts.size()));
  return out;
}

std::string ways(std::string_view name) {
  std::string text;
  for (const Row& row : rows) {
    if (row.form.name != name) continue;
    text += text.empty() ? "" : " or ";
    for (size_t i = 0; i < row.form.parameters.size(); ++i)
      text += (i == 0 ? "" : ", ") + std::string(row.form.parameters[i]);
  }
  return text;
}

Result<Distribution> make(const yaml::Node& node, const Row& row, const std::vector<double>& in) {
  Distribution out{.kind = row.form.kind};
  std::copy(in.begin(), in.end(), out.parameters.begin());
  if (const std::string_view problem = row.convert(out.parameters); !problem.empty())
    return wrong(node, "the parameters of '" + std::string(row.form.name) + "' (" +
                           ways(row.form.name) + ") " + std::string(problem));
  if (!(std::abs(out.mean()) <= largest))
    return wrong(node, "the mean of this '" + std::string(row.form.name) + "' is too large",
                 "look at its parameters again (" + ways(row.form.name) + ")");
  return out;
}

Result<Distribution> parse_named(const yaml::Node& node, std::string_view name) {
  std::vector<double> values;
  if (node.kind == yaml::Kind::mapping) {
    for (const Row& row : rows) {
      if (row.form.name != name || row.form.parameters.size() != node.members.size()) continue;
      values.clear();
      for (const std::string_view parameter : row.form.parameters) {
        const yaml::Node* member = node.find(parameter);
        if (member == nullptr) break;
        TRY(const double number, member->number());
        values.push_back(number);
      }
      if (values.size() != row.form.parameters.size()) continue;
      for (const double value : values)
        if (!(std::abs(value) <= largest)) return wrong(node, "a parameter is too large");
      return make(node, row, values);
    }
  } else {
    if (node.kind == yaml::Kind::scalar) {
      TRY(const double number, node.number());
      if (!(std::abs(number) <= largest)) return wrong(node, "a parameter is too large");
      values.push_back(number);
    } else {
      TRY(values, numbers(node));
    }
    for (const Row& row : rows)
      if (row.form.name == name && row.form.parameters.size() == values.size())
        return make(node, row, values);
  }
  return wrong(node, "'" + std::string(name) + "' does not have these parameters",
               "give " + ways(name));
}

Result<Distribution> parse_at_depth(const yaml::Node& node, unsigned depth) {
  if (node.kind == yaml::Kind::scalar) {
    TRY(const double number, node.number());
    if (!(std::abs(number) <= largest)) return wrong(node, "the number is too large");
    return Distribution::fixed(number);
  }
  std::vector<std::string> names;
  for (const Row& row : rows)
    if (names.empty() || names.back() != row.form.name) names.emplace_back(row.form.name);
  std::string known;
  for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
  if (node.kind != yaml::Kind::mapping || node.members.size() != 1)
    return wrong(node, "expected a number or one distribution, like {pert: [2, 4, 9]}",
                 "known are " + known);
  const auto& [name, parameters] = node.members.front();
  if (name == "empirical") return parse_empirical(parameters);
  if (name == "mixture") return parse_mixture(parameters, depth);
  if (std::find(names.begin(), names.end(), name) != names.end())
    return parse_named(parameters, name);
  const std::string near = closest(name, names);
  return wrong(node, "there is no distribution called '" + name + "'",
               near.empty() ? "known are " + known : "did you mean '" + near + "'?");
}

}  // namespace

Distribution Distribution::fixed(double value) {
  return {.kind = DistributionKind::fixed,
          .parameters = {value},
          .values = {},
          .weights = {},
          .parts = {},
          .scale = 1};
}

double Distribution::mean() const { return scale * plain_mean(); }
double Distribution::quantile(double u) const { return scale * plain_quantile(u); }

double Distribution::plain_mean() const {
  const Parameters& p = parameters;
  switch (kind) {
    case DistributionKind::fixed:
      return p[0];
    case uniform:
      return (p[0] + p[1]) / 2;
    case triangular:
      return (p[0] + p[1] + p[2]) / 3;
    case pert:
      return (p[0] + 4 * p[1] + p[2]) / 6;
    case exponential:
      return p[0];
    case erlang:
      return p[1];
    case gamma:
      return p[0] * p[1];
    case lognormal:
      return std::exp(p[0] + p[1] * p[1] / 2);
    case normal:
      return p[0];
    case weibull:
      return p[1] * std::tgamma(1 + 1 / p[0]);
    case beta:
      return p[2] + (p[3] - p[2]) * p[0] / (p[0] + p[1]);
    case poisson:
      return p[0];
    case empirical:
    case mixture: {
      double sum = 0, total = 0;
      for (size_t i = 0; i < weights.size(); ++i) {
        sum += weights[i] * (kind == empirical ? values[i] : parts[i].mean());
        total += weights[i];
      }
      return sum / total;
    }
  }
  return 0;
}

double Distribution::plain_quantile(double u) const {
  const Parameters& p = parameters;
  switch (kind) {
    case DistributionKind::fixed:
      return p[0];
    case uniform:
      return p[0] + (p[1] - p[0]) * u;
    case triangular:
      return triangular_quantile(p, u);
    case pert: {
      const PertShape shape = pert_shape(p);
      return p[0] + (p[2] - p[0]) * beta_quantile(shape.a, shape.b, u);
    }
    case exponential:
      return exponential_quantile(p[0], u);
    case erlang:
      return p[1] / p[0] * gamma_quantile(p[0], u);
    case gamma:
      return p[1] * gamma_quantile(p[0], u);
    case lognormal:
      return std::exp(p[0] + p[1] * normal_quantile(u));
    case normal:
      return p[0] + p[1] * normal_quantile(u);
    case weibull:
      return p[1] * std::pow(-std::log1p(-u), 1 / p[0]);
    case beta:
      return p[2] + (p[3] - p[2]) * beta_quantile(p[0], p[1], u);
    case poisson:
      return poisson_quantile(p[0], u);
    case empirical:
      return values[pick(weights, u)];
    case mixture: {
      const size_t part = pick(weights, u);
      return parts[part].quantile(u);
    }
  }
  return 0;
}

double Distribution::sample(Random& random) const { return quantile(random.uniform_open()); }

std::span<const DistributionForm> distribution_forms() {
  static const auto forms = [] {
    std::vector<DistributionForm> out;
    for (const Row& row : rows) out.push_back(row.form);
    return out;
  }();
  return forms;
}

Result<Distribution> parse_distribution(const yaml::Node& node) {
  if (node.find("unit") != nullptr)
    return wrong(node, "only times have a unit here", "give the figure in the form's own unit");
  return parse_at_depth(node, 0);
}

Result<Distribution> parse_time(const yaml::Node& node, TimeUnit base) {
  yaml::Node plain = node;
  double scale = 1;
  for (size_t i = 0; i < plain.members.size(); ++i) {
    if (plain.members[i].first != "unit") continue;
    TRY(const double seconds, seconds_of_unit(plain.members[i].second));
    scale = seconds / seconds_of(base);
    plain.members.erase(plain.members.begin() + static_cast<std::ptrdiff_t>(i));
    plain.member_places.erase(plain.member_places.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  TRY(Distribution out, parse_at_depth(plain, 0));
  out.scale = scale;
  if (out.quantile(0.01) < 0)
    return wrong(node, "a time cannot be negative, and this would be more often than rarely",
                 "use a distribution from 0 up: gamma, lognormal, triangular, pert");
  return out;
}

Sampler::Sampler(const Distribution& distribution) : distribution_(distribution) {
  switch (distribution.kind) {
    case pert:
    case erlang:
    case gamma:
    case beta:
      table_.resize(cells + 1);
      for (size_t i = 1; i < cells; ++i)
        table_[i] = distribution.quantile(static_cast<double>(i) / cells);
      break;
    case DistributionKind::fixed:
    case uniform:
    case triangular:
    case exponential:
    case lognormal:
    case normal:
    case weibull:
    case poisson:
    case empirical:
    case mixture:
      break;
  }
}

double Sampler::other_quantile(double u) const {
  if (table_.empty()) return distribution_.quantile(u);
  const double at = u * cells;
  const auto cell = static_cast<size_t>(at);
  // The ends bend too much for a straight line: eight cells on either side are computed.
  if (cell < 8 || cell >= cells - 8) return distribution_.quantile(u);
  const double inside = at - static_cast<double>(cell);
  return table_[cell] + inside * (table_[cell + 1] - table_[cell]);
}

}  // namespace passerelle::pathway
