#include "rehearse/report_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "rehearse/words.h"
#include "review/words.h"

namespace passerelle::rehearse {
namespace {

struct Span {
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = low;

  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::isfinite(low) ? std::min(low, value) : value;
    high = std::isfinite(high) ? std::max(high, value) : value;
  }
  bool known() const { return std::isfinite(low); }
};

// From values to pixels, with room on both sides; what cannot be negative, or above 100 %, does not
// look as if it could.
struct Scale {
  double from = 0, to = 1, left = 0, right = 1;

  Scale(Span span, const std::string& unit, bool zero, double at_left, double at_right)
      : left(at_left), right(at_right) {
    double room = (span.high - span.low) * 0.15;
    if (!(room > 0)) room = std::max(std::fabs(span.high) * 0.2, 0.01);
    from = span.low - room;
    to = span.high + room;
    if (!zero && span.low >= 0) from = std::max(from, 0.0);
    if (!zero && unit == pathway::to_text(pathway::Unit::share)) to = std::min(to, 1.0);
    if (!(to > from)) from = to - 0.01;
  }
  double x(double value) const {
    return left + (std::clamp(value, from, to) - from) / (to - from) * (right - left);
  }
};

std::string shown(double value, const std::string& unit, std::string_view language) {
  return escape_html(show_in(value, unit, language));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view look) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>", x1, y1,
                     x2, y2, look);
}

std::string words_at(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text class=\"quiet\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>",
                     x, y, anchor, text);
}

std::string picture(double width, double height, const std::string& label,
                    const std::string& inside) {
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">{}</svg>\n",
                     width, height, label, inside);
}

}  // namespace

std::string draw_marks(std::string_view name, std::span<const Mark> marks,
                       const pathway::Target* target, const std::string& unit, bool zero,
                       std::string_view language) {
  constexpr double width = 340, left = 10, right = 330, row = 22, top = 6;
  Span span;
  for (const Mark& mark : marks) {
    span.take(mark.estimate->value);
    // An interval by Student's t may reach below what can be; it is told from 0, too.
    const bool cut = !zero && mark.estimate->value >= 0;
    span.take(cut ? std::max(mark.estimate->low, 0.0) : mark.estimate->low);
    span.take(mark.estimate->high);
  }
  if (!span.known()) return {};
  if (target != nullptr) span.take(target->value);
  if (zero) span.take(0);
  const Scale scale(span, unit, zero, left, right);
  const double bottom = top + row * static_cast<double>(marks.size());
  std::string out, label = escape_html(name);
  if (target != nullptr) {
    const double x = scale.x(target->value);
    const double from = target->at_least ? x : left, to = target->at_least ? right : x;
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"2\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"var(--good)\"/>",
        from, std::max(0.0, to - from), bottom - 2);
    out += line(x, 2, x, bottom, "stroke=\"var(--ink)\" stroke-width=\"2\"");
  }
  if (zero)
    out +=
        line(scale.x(0), 2, scale.x(0), bottom, "stroke=\"var(--ink)\" stroke-dasharray=\"3 3\"");
  out += line(left, bottom, right, bottom, "stroke=\"var(--line)\"");
  for (size_t i = 0; i < marks.size(); ++i) {
    const Estimate& it = *marks[i].estimate;
    if (!it.known()) continue;
    const double y = top + row * (static_cast<double>(i) + 0.5);
    const std::string_view colour = i == 0 ? "var(--main)" : "var(--other)";
    if (it.has_interval())
      out += line(scale.x(it.low), y, scale.x(it.high), y,
                  fmt::format("stroke=\"{}\" stroke-width=\"4\"", colour));
    // The others are squares, for those who do not tell the colours apart.
    out += i == 0 ? fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\" fill=\"{}\"/>",
                                scale.x(it.value), y, colour)
                  : fmt::format(
                        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\" "
                        "fill=\"{}\"/>",
                        scale.x(it.value) - 5, y - 5, colour);
    label += fmt::format("; {} {}", escape_html(marks[i].label), shown(it.value, unit, language));
  }
  out += words_at(left, bottom + 15, "start", shown(scale.from, unit, language));
  out += words_at(right, bottom + 15, "end", shown(scale.to, unit, language));
  return picture(width, bottom + 20, label, out);
}

namespace {

// At most so many points: more cannot be seen.
std::vector<double> joined(std::span<const double> hours, size_t step) {
  std::vector<double> out;
  for (size_t i = 0; i < hours.size(); i += step) {
    double sum = 0, count = 0;
    for (size_t h = i; h < std::min(hours.size(), i + step); ++h)
      if (std::isfinite(hours[h])) {
        sum += hours[h];
        ++count;
      }
    out.push_back(count > 0 ? sum / count : 0);
  }
  return out;
}

std::string path_of(const std::vector<double>& values, double most, double width, double base,
                    double height, bool closed) {
  std::string out;
  const double step = width / static_cast<double>(std::max<size_t>(values.size(), 1));
  for (size_t i = 0; i < values.size(); ++i)
    out += fmt::format("{}{:.1f} {:.1f}H{:.1f}", i == 0 ? "M" : "L", static_cast<double>(i) * step,
                       base - values[i] / most * height, static_cast<double>(i + 1) * step);
  if (closed && !values.empty()) out += fmt::format("V{:.1f}H0Z", base);
  return out;
}

std::string local_day(const Rehearsal& rehearsal, Instant at) {
  const auto zone = Zone::find(rehearsal.zone);
  if (!zone) return review::show_day(at);
  return review::show_day(Instant(zone->to_local(at).time_since_epoch()));
}

double most_of(std::span<const double> values) {
  double most = 0;
  for (const double each : values)
    if (std::isfinite(each)) most = std::max(most, each);
  return most;
}

}  // namespace

std::string first_day(const Rehearsal& rehearsal) { return local_day(rehearsal, rehearsal.start); }
std::string last_day(const Rehearsal& rehearsal) {
  return local_day(rehearsal, rehearsal.end - Millis(1));
}

std::string draw_course(const Course& course, const Rehearsal& rehearsal,
                        std::string_view language) {
  // People above; below, on a scale of its own, what waits for them: often many times as much.
  constexpr double width = 700, height = 90, base = 106, below = 60;
  constexpr size_t points = 350;
  const size_t hours = std::max({course.on_duty.size(), course.busy.size(), course.waiting.size()});
  if (hours == 0) return {};
  size_t step = 1;
  for (const size_t each : {1, 2, 3, 4, 6, 8, 12, 24, 48, 168}) {
    step = each;
    if (hours / each <= points) break;
  }
  const auto on_duty = joined(course.on_duty, step), busy = joined(course.busy, step),
             waiting = joined(course.waiting, step);
  const double most = std::max({most_of(on_duty), most_of(busy), 1.0});
  const auto number = [&](double value) { return review::show_number(value, 3, language); };
  const auto w = [&](std::string_view key) { return escape_html(word(key, language)); };
  std::string out = fmt::format(
      "<path d=\"{}\" fill=\"var(--main)\" fill-opacity=\"0.55\"/>"
      "<path d=\"{}\" fill=\"none\" stroke=\"var(--ink)\" stroke-width=\"1.5\"/>",
      path_of(busy, most, width, base, height, true),
      path_of(on_duty, most, width, base, height, false));
  out += line(0, base, width, base, "stroke=\"var(--line)\"");
  out += words_at(0, 11, "start", w("report_people") + w("colon") + number(most));
  double bottom = base;
  if (const double queue = most_of(waiting); queue > 0) {
    bottom = base + 18 + below;
    out += fmt::format("<path d=\"{}\" fill=\"var(--bad)\" fill-opacity=\"0.55\"/>",
                       path_of(waiting, std::max(queue, 1.0), width, bottom, below, true));
    out += line(0, bottom, width, bottom, "stroke=\"var(--line)\"");
    out += words_at(0, base + 14, "start", w("report_queue") + w("colon") + number(queue));
  }
  out += words_at(0, bottom + 16, "start", first_day(rehearsal));
  out += words_at(width, bottom + 16, "end", last_day(rehearsal));
  std::string label = escape_html(course.name);
  const auto tell = [&](std::string_view key, const std::vector<double>& values) {
    if (values.empty()) return;
    double sum = 0;
    for (const double each : values) sum += each;
    label += fmt::format("; {}: {} {}, {} {}", w(key), w("report_mean"),
                         number(sum / static_cast<double>(values.size())), w("report_most"),
                         number(most_of(values)));
  };
  tell("report_on_duty", on_duty);
  tell("report_at_work", busy);
  tell("report_waiting", waiting);
  return picture(width, bottom + 22, label, out);
}

std::string draw_adoption(const AdoptionResult& adoption, const Rehearsal& rehearsal,
                          std::string_view language) {
  if (adoption.changed.empty() || adoption.people == 0) return {};
  constexpr double width = 700, height = 70, base = 86;
  const std::string axis = fmt::format(
      fmt::runtime(escape_html(word("report_changed_people", language))), adoption.people);
  std::string out =
      fmt::format("<path d=\"{}\" fill=\"var(--main)\" fill-opacity=\"0.55\"/>",
                  path_of(adoption.changed, adoption.people, width, base, height, true));
  out += line(0, base - height, width, base - height, "stroke=\"var(--ink)\"");
  out += line(0, base, width, base, "stroke=\"var(--line)\"");
  out += words_at(0, 11, "start", axis);
  out += words_at(0, base + 16, "start", first_day(rehearsal));
  out += words_at(width, base + 16, "end", last_day(rehearsal));
  const auto number = [&](double value) { return review::show_number(value, 3, language); };
  const std::string label =
      fmt::format("{}; {}: {} {}, {} {}", escape_html(adopted_by(adoption, language)), axis,
                  first_day(rehearsal), number(adoption.changed.front()), last_day(rehearsal),
                  number(adoption.changed.back()));
  return picture(width, base + 22, label, out);
}

std::string draw_bar(double share) {
  if (!std::isfinite(share)) return {};
  return fmt::format(
      "<svg viewBox=\"0 0 100 10\" width=\"100\" height=\"10\" aria-hidden=\"true\">"
      "<rect width=\"100\" height=\"10\" fill=\"var(--soft)\"/>"
      "<rect width=\"{:.1f}\" height=\"10\" fill=\"{}\"/></svg>",
      std::clamp(share, 0.0, 1.0) * 100, share > 0.85 ? "var(--bad)" : "var(--main)");
}

namespace {

// The end of a long path says which figure it is; whole letters only.
std::string end_of(const std::string& path) {
  constexpr size_t most = 44;
  if (path.size() <= most) return path;
  size_t from = path.size() - most;
  while (from < path.size() && (static_cast<unsigned char>(path[from]) & 0xC0) == 0x80) ++from;
  return "…" + path.substr(from);
}

}  // namespace

std::string draw_tornado(const Measure& measure, std::span<const size_t> order,
                         const std::vector<pathway::Figure>& figures, std::string_view language) {
  constexpr double width = 700, middle = 500, half = 180, row = 26;
  double most = 0;
  for (const size_t each : order) most = std::max(most, measure.influences[each].most());
  if (!(most > 0)) return {};
  std::string out, label = escape_html(text_of(measure.name, language, measure.id));
  double y = 4;
  for (const size_t each : order) {
    const Influence& it = measure.influences[each];
    const auto bar = [&](const Estimate& change, bool real, std::string_view colour) {
      if (!real || !change.known()) return;
      const double length = change.value / most * half;
      out +=
          fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"9\" fill=\"{}\"/>",
                      length < 0 ? middle + length : middle, y + (&change == &it.less ? 2 : 12),
                      std::max(1.0, std::fabs(length)), colour);
    };
    bar(it.less, it.less_real, "var(--other)");
    bar(it.more, it.more_real, "var(--main)");
    out += fmt::format("<text x=\"0\" y=\"{:.1f}\">{}</text>", y + 15,
                       escape_html(end_of(figures[each].path)));
    label += "; " + escape_html(figures[each].path) + " " +
             escape_html(show_apart(it.most(), measure.unit, language));
    y += row;
  }
  out += line(middle, 0, middle, y, "stroke=\"var(--ink)\"");
  out += words_at(middle - half, y + 14, "start",
                  escape_html(show_apart(-most, measure.unit, language)));
  out += words_at(middle + half, y + 14, "end",
                  "+" + escape_html(show_apart(most, measure.unit, language)));
  return picture(width, y + 20, label, out);
}

}  // namespace passerelle::rehearse
