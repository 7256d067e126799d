// The review as one HTML file: no script, no outside resource, pictures as SVG with a text for
// those who cannot see them, for screen and for print.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "review/pictures.h"
#include "review/review.h"
#include "review/words.h"

namespace passerelle::review {
namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ink:#16201f;--paper:#fff;--line:#b9c6c3;--quiet:#51605e;
--main:#0b5c55;--good:#d7efe9;--bad:#a3160f;--promise:#7a4a00}
@media (prefers-color-scheme:dark){:root{--ink:#eef2f1;--paper:#161c1b;--line:#43524f;
--quiet:#a9b8b5;--main:#7fd6cb;--good:#1d3f3a;--bad:#ff9d94;--promise:#f1c272}}
@media print{:root{--ink:#000;--paper:#fff;--main:#0b5c55;--good:#d7efe9;--bad:#a3160f;
--promise:#7a4a00;--quiet:#444;--line:#999}section{break-inside:avoid}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
max-width:70rem;margin:0 auto;padding:1.5rem}
h1{line-height:1.2;margin:0 0 .3rem}h2{margin:2rem 0 .6rem;border-bottom:2px solid var(--line)}
h3{margin:1.2rem 0 .3rem;font-size:1rem;color:var(--quiet)}
.quiet{color:var(--quiet)}.missed{color:var(--bad);font-weight:600}
.held{color:var(--main);font-weight:600}
.indicator{display:grid;grid-template-columns:minmax(0,1fr) 22rem;gap:.2rem 1.5rem;padding:.6rem 0;
border-bottom:1px solid var(--line)}
.indicator p{margin:.1rem 0}.indicator svg{width:100%;height:auto}
@media (max-width:48rem){.indicator{grid-template-columns:minmax(0,1fr)}}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .quiet{fill:var(--quiet)}
)";

using Cells = std::vector<std::string>;

class Page {
 public:
  explicit Page(const Review& review) : review_(review), language_(review.language) {}
  std::string write();

 private:
  std::string w(std::string_view key) const { return escape_html(word(key, language_)); }
  std::string n(uint64_t value) const { return show_count(value, language_); }
  std::string name(const std::string& activity) const {
    const auto found = review_.activity_names.find(activity);
    return escape_html(found == review_.activity_names.end() ? activity : found->second);
  }
  void open(std::string_view key) { out_ += "<section><h2>" + w(key) + "</h2>\n"; }
  void close() { out_ += "</section>\n"; }
  // `left`: how many columns stand left; the others hold numbers. Cells are escaped already.
  void table(const Cells& head, const std::vector<Cells>& rows, size_t left);

  void head();
  void indicators();
  void indicator(const ReviewedIndicator& each);
  std::string verdict(std::string_view of, const std::optional<Verdict>& given) const;
  void advice();
  void groups();
  void throughput();
  void variants();
  void activities();
  void flows();
  void handovers();

  const Review& review_;
  const std::string& language_;
  std::string out_;
};

void Page::table(const Cells& head, const std::vector<Cells>& rows, size_t left) {
  const auto cells = [&](const Cells& row, std::string_view tag) {
    out_ += "<tr>";
    for (size_t i = 0; i < row.size(); ++i)
      out_ += fmt::format("<{0}{1}>{2}</{0}>", tag, i < left ? "" : " class=\"n\"", row[i]);
    out_ += "</tr>\n";
  };
  // A wide table can be scrolled by keyboard, too.
  out_ += "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead>";
  cells(head, "th");
  out_ += "</thead><tbody>\n";
  for (const Cells& row : rows) cells(row, "td");
  out_ += "</tbody></table></div>\n";
}

void Page::head() {
  const std::string what =
      review_.title.empty() ? std::string(word("log", language_)) : review_.title;
  out_ += fmt::format(
      "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<title>{}: {}</title><style>{}</style></head><body>\n<header><h1>{}: {}</h1>\n",
      language_.starts_with("fr") ? "fr" : "en", w("review"), escape_html(what), style, w("review"),
      escape_html(what));
  out_ += "<p>" + w("lead") + " ";
  out_ += fmt::format("{} {} ({} {}), {} {}", n(review_.cases), w("cases"), n(review_.open_cases),
                      w("open"), n(review_.events), w("events"));
  if (review_.events > 0)
    out_ += ", " + fmt::format(fmt::runtime(w("from_to")), show_day(review_.from),
                               show_day(review_.until));
  out_ += ".</p>\n<p class=\"quiet\">" + w("no_device") + "</p></header>\n<main>\n";
  if (review_.remarks.empty() && review_.unknown_activities.empty()) return;
  open("remarks");
  out_ += "<ul>\n";
  for (const std::string& remark : review_.remarks)
    out_ += "<li>" + escape_html(remark) + "</li>\n";
  if (!review_.unknown_activities.empty()) {
    out_ += "<li>" + w("unknown") + ":";
    for (const auto& [activity, count] : review_.unknown_activities)
      out_ += fmt::format(" {} ({})", escape_html(activity), n(count));
    out_ += "</li>\n";
  }
  out_ += "</ul>\n";
  close();
}

std::string Page::verdict(std::string_view of, const std::optional<Verdict>& given) const {
  if (!given) return {};
  const std::string_view text = to_text(*given);
  return fmt::format("<span class=\"{}\">{}</span>", text, w(fmt::format("{}_{}", of, text)));
}

void Page::indicator(const ReviewedIndicator& each) {
  const auto shown = [&](double value) { return escape_html(show(value, each.unit, language_)); };
  out_ +=
      "<div class=\"indicator\"><div>\n<p><strong>" + escape_html(each.name) + "</strong></p>\n";
  if (!each.what.empty()) out_ += "<p class=\"quiet\">" + escape_html(each.what) + "</p>\n";
  out_ +=
      fmt::format("<p><strong>{}</strong> ({} {}; {} {})", shown(each.result.value), w("interval"),
                  show_interval(each.result.low, each.result.high, each.unit, language_), w("n"),
                  n(each.result.n));
  if (each.promise) out_ += "; " + w("promise") + " " + shown(each.promise->value);
  if (each.target)
    out_ += "; " + w("target") + " " + escape_html(show_target(*each.target, each.unit, language_));
  out_ += "</p>\n<p>" + verdict("target", each.target_verdict);
  if (each.target_verdict && each.promise_verdict) out_ += " · ";
  out_ += verdict("promise", each.promise_verdict) + "</p>\n</div>\n<div>";
  out_ += draw_indicator(each, language_) + "</div></div>\n";
}

void Page::indicators() {
  if (review_.indicators.empty()) return;
  open("indicators");
  out_ += "<p class=\"quiet\">" + w("legend") + " " + w("how_judged") + "</p>\n";
  for (const auto heading :
       {pathway::Heading::process, pathway::Heading::capabilities, pathway::Heading::society}) {
    bool first = true;
    for (const ReviewedIndicator& each : review_.indicators) {
      if (each.heading != heading) continue;
      if (first) out_ += "<h3>" + w(pathway::to_text(heading)) + "</h3>\n";
      first = false;
      indicator(each);
    }
  }
  close();
}

void Page::advice() {
  std::vector<Cells> rows;
  for (const ReviewedIndicator& each : review_.indicators) {
    const bool missed =
        each.target_verdict == Verdict::missed || each.promise_verdict == Verdict::missed;
    if (missed && !each.advice.empty())
      rows.push_back(
          {escape_html(each.name), escape_html(each.advice), escape_html(each.owner_name)});
  }
  if (rows.empty()) return;
  open("to_do");
  table({w("indicator"), w("to_do"), w("owner")}, rows, 3);
  close();
}

void Page::groups() {
  std::vector<Cells> rows;
  for (const ReviewedIndicator& each : review_.indicators) {
    for (const ReviewedGroup& group : each.groups) {
      const GroupOutcome& result = group.result;
      if (!group.differs) continue;
      rows.push_back(
          {escape_html(each.name),
           escape_html(group.value_name.empty()
                           ? group.attribute_name + ": " + std::string(word("not_told", language_))
                           : group.value_name),
           escape_html(show(result.outcome.value, each.unit, language_)),
           (result.difference > 0 ? "+" : "") +
               escape_html(show(result.difference, each.unit, language_)),
           show_interval(result.difference_low, result.difference_high, each.unit, language_)});
    }
  }
  if (rows.empty()) return;
  open("groups");
  table({w("indicator"), w("groups"), w("reality"), w("differs"), w("interval")}, rows, 2);
  close();
}

void Page::throughput() {
  if (review_.throughput.n == 0) return;
  open("throughput");
  out_ += "<p>" +
          fmt::format(fmt::runtime(w("throughput_of")), n(review_.throughput.n),
                      show_minutes(review_.throughput.median, language_),
                      show_minutes(review_.throughput.p90, language_)) +
          "</p>\n" + draw_throughput(review_, language_);
  close();
}

void Page::variants() {
  if (review_.variants.empty()) return;
  open("variants");
  out_ += "<p>" + fmt::format(fmt::runtime(w("variants_of")), n(review_.variant_count)) + "</p>\n";
  if (review_.variants_by_first) out_ += "<p class=\"quiet\">" + w("variants_first") + "</p>\n";
  std::vector<Cells> rows;
  for (const Variant& variant : review_.variants) {
    std::string way;
    for (const std::string& id : variant.activities) way += (way.empty() ? "" : " → ") + name(id);
    const double share = static_cast<double>(variant.cases) /
                         static_cast<double>(std::max<uint64_t>(1, review_.cases));
    rows.push_back({way, draw_share(share), n(variant.cases),
                    escape_html(show(share, pathway::Unit::share, language_)),
                    variant.throughput.n == 0
                        ? ""
                        : escape_html(show_minutes(variant.throughput.median, language_))});
  }
  table({w("variants"), "", w("cases"), "%", w("median")}, rows, 2);
  close();
}

void Page::activities() {
  if (review_.activities.empty()) return;
  open("activities");
  const auto time = [&](const TimeSummary& of, double TimeSummary::*which) {
    return of.n == 0 ? std::string() : escape_html(show_minutes(of.*which, language_));
  };
  std::vector<Cells> rows;
  for (const ActivityTimes& each : review_.activities)
    rows.push_back({escape_html(each.name), n(each.completed), n(each.cases),
                    time(each.waiting, &TimeSummary::median), time(each.waiting, &TimeSummary::p90),
                    time(each.service, &TimeSummary::median)});
  table({w("activity"), w("done"), w("cases"), w("waiting"), w("waiting_p90"), w("service")}, rows,
        1);
  close();
}

constexpr size_t most_rows = 20;

void Page::flows() {
  if (review_.flows.empty()) return;
  open("flows");
  std::vector<Cells> rows;
  for (size_t i = 0; i < std::min(most_rows, review_.flows.size()); ++i) {
    const Flow& each = review_.flows[i];
    rows.push_back({name(each.from), name(each.to), n(each.count),
                    escape_html(show_minutes(each.mean_minutes, language_))});
  }
  table({w("activity"), w("then"), w("times"), w("mean_time")}, rows, 2);
  close();
}

void Page::handovers() {
  if (review_.handovers.empty()) return;
  open("handovers");
  std::vector<Cells> rows;
  for (size_t i = 0; i < std::min(most_rows, review_.handovers.size()); ++i) {
    const Handover& each = review_.handovers[i];
    rows.push_back({escape_html(each.from), escape_html(each.to), n(each.count)});
  }
  table({w("handovers"), w("to"), w("times")}, rows, 2);
  close();
}

std::string Page::write() {
  head();
  indicators();
  advice();
  groups();
  throughput();
  variants();
  activities();
  flows();
  handovers();
  out_ += "</main></body></html>\n";
  return std::move(out_);
}

}  // namespace

std::string to_html(const Review& review) { return Page(review).write(); }

}  // namespace passerelle::review
