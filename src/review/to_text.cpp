// The review for a terminal: aligned tables, what is missed and whose it is, who differs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "review/review.h"
#include "review/words.h"

namespace passerelle::review {
namespace {

size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Columns as wide as their widest cell; the first and the last stand left, the others right.
class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void line(std::string text) { rows_.push_back({std::move(text)}); }

  void print(std::string& out) const {
    std::vector<size_t> widths;
    for (const auto& cells : rows_) {
      if (cells.size() == 1) continue;
      widths.resize(std::max(widths.size(), cells.size()));
      for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width(cells[i]));
    }
    for (const auto& cells : rows_) {
      std::string text;
      for (size_t i = 0; i < cells.size(); ++i) {
        const size_t gap = cells.size() == 1 ? 0 : widths[i] - width(cells[i]);
        const bool left = i == 0 || i + 1 == cells.size();
        if (i > 0) text += "  ";
        if (!left) text.append(gap, ' ');
        text += cells[i];
        if (left && i + 1 < cells.size()) text.append(gap, ' ');
      }
      while (text.ends_with(' ')) text.pop_back();
      out += text + "\n";
    }
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

class Printer {
 public:
  explicit Printer(const Review& review) : review_(review), language_(review.language) {}
  std::string print();

 private:
  std::string w(std::string_view key) const { return std::string(word(key, language_)); }
  std::string n(uint64_t value) const { return show_count(value, language_); }
  void heading(std::string_view key) { out_ += "\n" + w(key) + "\n"; }
  std::string name(const std::string& activity) const {
    const auto found = review_.activity_names.find(activity);
    return found == review_.activity_names.end() ? activity : found->second;
  }
  std::string verdicts(const ReviewedIndicator& indicator) const;
  void head();
  void indicators();
  void advice();
  void groups();
  void throughput();
  void variants();
  void activities();
  void handovers();

  const Review& review_;
  const std::string& language_;
  std::string out_;
};

void Printer::head() {
  if (!review_.pathway.empty())
    out_ += fmt::format("{} {}: {}\n", review_.pathway, review_.version, review_.title);
  out_ += fmt::format("{} {} ({} {}), {} {}", n(review_.cases), w("cases"), n(review_.open_cases),
                      w("open"), n(review_.events), w("events"));
  if (review_.events > 0)
    out_ += ", " + fmt::format(fmt::runtime(w("from_to")), show_day(review_.from),
                               show_day(review_.until));
  out_ += "\n";
  for (const std::string& remark : review_.remarks) out_ += "  " + remark + "\n";
  if (!review_.unknown_activities.empty()) {
    out_ += w("unknown") + ":";
    for (const auto& [activity, count] : review_.unknown_activities)
      out_ += fmt::format(" {} ({})", activity, n(count));
    out_ += "\n";
  }
}

std::string Printer::verdicts(const ReviewedIndicator& indicator) const {
  std::string out;
  if (indicator.target_verdict)
    out = w("target_" + std::string(to_text(*indicator.target_verdict)));
  if (indicator.promise_verdict) {
    const std::string promise = w("promise_" + std::string(to_text(*indicator.promise_verdict)));
    if (promise != out) out += (out.empty() ? "" : "; ") + promise;
  }
  return out;
}

void Printer::indicators() {
  if (review_.indicators.empty()) return;
  heading("indicators");
  Table table;
  table.row({"", w("reality"), w("interval"), review_.has_promise ? w("promise") : "", w("target"),
             w("n"), ""});
  for (const auto heading_of :
       {pathway::Heading::process, pathway::Heading::capabilities, pathway::Heading::society}) {
    bool first = true;
    for (const ReviewedIndicator& each : review_.indicators) {
      if (each.heading != heading_of) continue;
      if (first) table.line(w(pathway::to_text(heading_of)));
      first = false;
      table.row({"  " + each.name, show(each.result.value, each.unit, language_),
                 show_interval(each.result.low, each.result.high, each.unit, language_),
                 each.promise ? show(each.promise->value, each.unit, language_) : "",
                 each.target ? show_target(*each.target, each.unit, language_) : "",
                 n(each.result.n), verdicts(each)});
    }
  }
  table.print(out_);
}

void Printer::advice() {
  bool first = true;
  for (const ReviewedIndicator& each : review_.indicators) {
    const bool missed =
        each.target_verdict == Verdict::missed || each.promise_verdict == Verdict::missed;
    if (!missed || each.advice.empty()) continue;
    if (first) heading("to_do");
    first = false;
    out_ += "  " + each.name + ": " + each.advice;
    if (!each.owner_name.empty()) out_ += " (" + each.owner_name + ")";
    out_ += "\n";
  }
}

void Printer::groups() {
  Table table;
  bool any = false;
  for (const ReviewedIndicator& each : review_.indicators) {
    for (const ReviewedGroup& group : each.groups) {
      if (!group.differs) continue;
      any = true;
      const GroupOutcome& result = group.result;
      table.row(
          {"  " + each.name,
           group.value_name.empty() ? group.attribute_name + ": " + w("not_told")
                                    : group.value_name,
           show(result.outcome.value, each.unit, language_),
           (result.difference > 0 ? "+" : "") + show(result.difference, each.unit, language_),
           show_interval(result.difference_low, result.difference_high, each.unit, language_)});
    }
  }
  if (!any) return;
  heading("groups");
  table.print(out_);
}

void Printer::throughput() {
  if (review_.throughput.n == 0) return;
  heading("throughput");
  out_ += "  " +
          fmt::format(fmt::runtime(w("throughput_of")), n(review_.throughput.n),
                      show_minutes(review_.throughput.median, language_),
                      show_minutes(review_.throughput.p90, language_)) +
          "\n";
}

void Printer::variants() {
  if (review_.variants.empty()) return;
  heading("variants");
  out_ += "  " + fmt::format(fmt::runtime(w("variants_of")), n(review_.variant_count)) + "\n";
  if (review_.variants_by_first) out_ += "  " + w("variants_first") + "\n";
  Table table;
  for (const Variant& variant : review_.variants) {
    std::string way;
    for (const std::string& id : variant.activities) way += (way.empty() ? "" : " → ") + name(id);
    table.row({"", n(variant.cases),
               show(static_cast<double>(variant.cases) / static_cast<double>(review_.cases),
                    pathway::Unit::share, language_),
               variant.throughput.n == 0 ? "" : show_minutes(variant.throughput.median, language_),
               way});
  }
  table.print(out_);
}

void Printer::activities() {
  if (review_.activities.empty()) return;
  heading("activities");
  Table table;
  table.row({"", w("done"), w("cases"), w("waiting"), w("waiting_p90"), w("service"), ""});
  for (const ActivityTimes& each : review_.activities)
    table.row({"  " + each.name, n(each.completed), n(each.cases),
               each.waiting.n == 0 ? "" : show_minutes(each.waiting.median, language_),
               each.waiting.n == 0 ? "" : show_minutes(each.waiting.p90, language_),
               each.service.n == 0 ? "" : show_minutes(each.service.median, language_), ""});
  table.print(out_);
}

void Printer::handovers() {
  if (review_.handovers.empty()) return;
  heading("handovers");
  Table table;
  for (size_t i = 0; i < std::min<size_t>(12, review_.handovers.size()); ++i) {
    const Handover& each = review_.handovers[i];
    table.row({"  " + each.from + " → " + each.to, n(each.count), ""});
  }
  table.print(out_);
}

std::string Printer::print() {
  head();
  indicators();
  advice();
  groups();
  throughput();
  variants();
  activities();
  handovers();
  return std::move(out_);
}

}  // namespace

std::string to_text(const Review& review) { return Printer(review).print(); }

}  // namespace passerelle::review
