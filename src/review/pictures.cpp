#include "review/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "review/words.h"

namespace passerelle::review {
namespace {

// From data to pixels.
struct Axis {
  double from = 0, to = 1;
  double left = 0, right = 1;

  double x(double value) const {
    return left + (std::clamp(value, from, to) - from) / (to - from) * (right - left);
  }
};

// All that is drawn, with a tenth of room on both sides; what cannot be negative or above 100 %
// does not look as if it could.
Axis axis_of(const ReviewedIndicator& indicator, double left, double right) {
  double low = indicator.result.value, high = low;
  const auto take = [&](double value) {
    if (!std::isfinite(value)) return;
    low = std::isfinite(low) ? std::min(low, value) : value;
    high = std::isfinite(high) ? std::max(high, value) : value;
  };
  take(indicator.result.low);
  take(indicator.result.high);
  if (indicator.target) take(indicator.target->value);
  if (indicator.promise) {
    take(indicator.promise->value);
    take(indicator.promise->low);
    take(indicator.promise->high);
  }
  const bool positive = low >= 0;
  double room = (high - low) * 0.15;
  if (room <= 0) room = std::max(std::fabs(high) * 0.2, 0.01);
  low -= room;
  high += room;
  if (positive) low = std::max(low, 0.0);
  if (indicator.unit == pathway::Unit::share) high = std::min(high, 1.0);
  if (high <= low) low = high - 0.01;
  return {low, high, left, right};
}

}  // namespace

std::string draw_indicator(const ReviewedIndicator& indicator, std::string_view language) {
  constexpr double width = 340, left = 12, right = 328, middle = 20, bottom = 36;
  if (!indicator.result.known() && !indicator.promise) return {};
  const Axis axis = axis_of(indicator, left, right);
  const auto shown = [&](double value) {
    return escape_html(show(value, indicator.unit, language));
  };
  const auto w = [&](std::string_view key) { return escape_html(word(key, language)); };
  std::string label = fmt::format("{}: {} {}", escape_html(indicator.name), w("reality"),
                                  shown(indicator.result.value));
  std::string out;
  if (indicator.target) {
    const double x = axis.x(indicator.target->value);
    const double from = indicator.target->at_least ? x : left;
    const double to = indicator.target->at_least ? right : x;
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"4\" width=\"{:.1f}\" height=\"32\" fill=\"var(--good)\"/>"
        "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"4\" y2=\"36\" stroke=\"var(--ink)\" "
        "stroke-width=\"2\"/>",
        from, std::max(0.0, to - from), x, x);
    label += fmt::format(", {} {}", w("target"),
                         escape_html(show_target(*indicator.target, indicator.unit, language)));
  }
  out += fmt::format(
      "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\" stroke=\"var(--line)\"/>"
      "<text class=\"quiet\" x=\"{0}\" y=\"50\">{3}</text>"
      "<text class=\"quiet\" x=\"{1}\" y=\"50\" text-anchor=\"end\">{4}</text>",
      left, right, bottom, shown(axis.from), shown(axis.to));
  if (indicator.promise && std::isfinite(indicator.promise->value)) {
    const double x = axis.x(indicator.promise->value);
    out += fmt::format(
        "<path d=\"M{0:.1f} {1} l6 6 l-6 6 l-6 -6 z\" fill=\"none\" stroke=\"var(--promise)\" "
        "stroke-width=\"2\"/>",
        x, middle - 6);
    label += fmt::format(", {} {}", w("promise"), shown(indicator.promise->value));
  }
  const Outcome& result = indicator.result;
  if (std::isfinite(result.low) || std::isfinite(result.high)) {
    const double from = std::isfinite(result.low) ? axis.x(result.low) : left;
    const double to = std::isfinite(result.high) ? axis.x(result.high) : right;
    out += fmt::format(
        "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\" stroke=\"var(--main)\" "
        "stroke-width=\"3\"/>",
        from, to, middle, middle);
  }
  if (result.known())
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{}\" r=\"5\" fill=\"var(--main)\"/>",
                       axis.x(result.value), middle);
  return fmt::format("<svg viewBox=\"0 0 {} 56\" role=\"img\" aria-label=\"{}\">{}</svg>", width,
                     label, out);
}

std::string draw_throughput(const Review& review, std::string_view language) {
  if (review.throughput_bins.empty()) return {};
  constexpr double width = 700, height = 180, base = 150;
  uint64_t most = 1;
  for (const ThroughputBin& bin : review.throughput_bins) most = std::max(most, bin.cases);
  const double step = width / static_cast<double>(review.throughput_bins.size());
  std::string out;
  for (size_t i = 0; i < review.throughput_bins.size(); ++i) {
    const ThroughputBin& bin = review.throughput_bins[i];
    const double tall = (base - 20) * static_cast<double>(bin.cases) / static_cast<double>(most);
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"var(--main)\">"
        "<title>{} – {}: {}</title></rect>",
        static_cast<double>(i) * step + 1, base - tall, std::max(1.0, step - 2), tall,
        escape_html(show_minutes(bin.from_minutes, language)),
        escape_html(show_minutes(bin.to_minutes, language)), show_count(bin.cases, language));
  }
  const auto& first = review.throughput_bins.front();
  const auto& last = review.throughput_bins.back();
  out += fmt::format(
      "<line x1=\"0\" x2=\"{0}\" y1=\"{1}\" y2=\"{1}\" stroke=\"var(--line)\"/>"
      "<text class=\"quiet\" x=\"0\" y=\"{2}\">{3}</text>"
      "<text class=\"quiet\" x=\"{0}\" y=\"{2}\" text-anchor=\"end\">{4}</text>"
      "<text class=\"quiet\" x=\"0\" y=\"14\">{5} {6}</text>",
      width, base, base + 18, escape_html(show_minutes(first.from_minutes, language)),
      escape_html(show_minutes(last.to_minutes, language)), show_count(most, language),
      escape_html(word("count_axis", language)));
  const std::string label = fmt::format(fmt::runtime(word("throughput_of", language)),
                                        show_count(review.throughput.n, language),
                                        show_minutes(review.throughput.median, language),
                                        show_minutes(review.throughput.p90, language));
  return fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" style=\"width:100%\">{}</svg>\n",
      width, height, escape_html(label), out);
}

std::string draw_share(double share) {
  const double length = std::clamp(share, 0.0, 1.0) * 100;
  return fmt::format(
      "<svg viewBox=\"0 0 100 10\" width=\"100\" height=\"10\" aria-hidden=\"true\">"
      "<rect width=\"{:.1f}\" height=\"10\" fill=\"var(--main)\"/></svg>",
      length);
}

}  // namespace passerelle::review
