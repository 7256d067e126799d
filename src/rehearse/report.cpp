#include "rehearse/report.h"

#include <algorithm>
#include <limits>

#include "rehearse/report_pictures.h"
#include "rehearse/report_sheet.h"

namespace passerelle::rehearse {
namespace {

using pathway::Unit;

constexpr std::string_view report_style = R"(
:root{color-scheme:light dark;--ink:#16201f;--paper:#fff;--line:#b9c6c3;--quiet:#51605e;
--main:#0b5c55;--good:#d7efe9;--soft:#e6eceb;--bad:#a3160f;--other:#7a4a00}
@media (prefers-color-scheme:dark){:root{--ink:#eef2f1;--paper:#161c1b;--line:#43524f;
--quiet:#a9b8b5;--main:#7fd6cb;--good:#1d3f3a;--soft:#28312f;--bad:#ff9d94;--other:#f1c272}}
@media print{:root{--ink:#000;--paper:#fff;--main:#0b5c55;--good:#d7efe9;--soft:#e6eceb;
--bad:#a3160f;--other:#7a4a00;--quiet:#444;--line:#999}body{font-size:11pt;padding:0;max-width:none}
svg.bpmn{min-width:0!important}.indicator,tr,svg,.card{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}
nav{display:none}@page{size:A4;margin:14mm}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
max-width:70rem;margin:0 auto;padding:1.5rem;overflow-wrap:break-word}
h1{line-height:1.2;margin:0 0 .3rem}h2{margin:2.2rem 0 .6rem;border-bottom:2px solid var(--line)}
h3{margin:1.2rem 0 .3rem;font-size:1.05rem}.card h2{margin-top:.6rem}
.question{font-size:1.25rem;margin:.2rem 0 .6rem}
.quiet{color:var(--quiet)}.missed{color:var(--bad);font-weight:600}.unsure{font-weight:600}
.met{color:var(--main);font-weight:600}
.card{border:2px solid var(--line);border-radius:.5rem;padding:.2rem 1rem .6rem}
.indicator{display:grid;grid-template-columns:minmax(0,1fr) 22rem;gap:.2rem 1.5rem;padding:.6rem 0;
border-bottom:1px solid var(--line)}
.indicator p{margin:.1rem 0}svg{width:100%;height:auto;display:block}td svg{width:100px}
@media (max-width:48rem){body{padding:1rem}.indicator{grid-template-columns:minmax(0,1fr)}
td.n{white-space:normal}}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.95em}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg text.quiet{fill:var(--quiet)}
svg.bpmn text{font-size:10px}
.node{fill:var(--paper);stroke:var(--ink)}.lane{fill:none;stroke:var(--line)}
.flow{fill:none;stroke:var(--quiet)}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
code{font:0.9em ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;border:1px solid var(--line);padding:.6rem}
)";

constexpr size_t most_reasons = 8;

class Page {
 public:
  explicit Page(const Report& report) : sheet_{report, report.language, {}} {}

  std::string write() {
    head();
    in_short();
    indicators();
    comparisons();
    waits();
    staff();
    adoption();
    truth();
    influence();
    write_method(sheet_);
    sheet_.out += "</main></body></html>\n";
    return std::move(sheet_.out);
  }

 private:
  const Rehearsal& it() const { return sheet_.it(); }
  std::string w(std::string_view key) const { return sheet_.w(key); }

  void head();
  void in_short();
  std::vector<std::string> short_answers() const;
  void indicators();
  void indicator(const IndicatorResult& each);
  void groups();
  void comparisons();
  std::string verdict(const Difference& each) const;
  std::string before(const Difference& each) const {
    return each.before_grows ? w("without_end") : sheet_.in(each.before.value, each.unit);
  }
  std::string after(const Difference& each) const {
    return each.after_grows ? w("without_end") : sheet_.in(each.after.value, each.unit);
  }
  void waits();
  void staff();
  void adoption();
  void truth();
  void influence();
  std::vector<size_t> movers(const Measure& measure) const;
  void growth_of(const Measure& measure, const std::vector<size_t>& order);
  void influence_of(const Measure& measure);
  std::string interval(const Estimate& estimate, Unit unit) const;

  Sheet sheet_;
};

std::string verdict_word(const Sheet& sheet, Judged judged) {
  switch (judged) {
    case Judged::none:
      return {};
    case Judged::met:
      return "<span class=\"met\">✔ " + sheet.w("met") + "</span>";
    case Judged::missed:
      return "<span class=\"missed\">✘ " + sheet.w("missed") + "</span>";
    case Judged::unsure:
      return "<span class=\"unsure\">? " + sheet.w("unsure") + "</span>";
  }
  return {};
}

std::string Page::interval(const Estimate& estimate, Unit unit) const {
  return escape_html(show_interval(estimate, unit, sheet_.language));
}

void Page::head() {
  const std::string title = sheet_.name(it().title, it().pathway);
  std::string question = w("report_question");
  for (const pathway::Scenario& each : sheet_.package().scenarios)
    if (each.id == it().scenario && !each.question.empty())
      question = sheet_.name(each.question, each.id);
  sheet_.out += fmt::format(
      "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<title>{}{}{}</title><style>{}</style></head><body>\n<header><p class=\"quiet\">{}</p>"
      "<h1>{}</h1>\n<p class=\"question\">{}</p>\n",
      w("report_lang"), w("rehearsal"), w("colon"), title, report_style, w("rehearsal"), title,
      question);
  std::string about = sheet_.scenario(it().scenario, it().scenario_name) + ". " +
                      sheet_.w("report_size", show_days(it().days, sheet_.language),
                               show_replications(it().replications, sheet_.language),
                               sheet_.count(it().patients.value));
  if (it().warm_up_days > 0) about += " " + sheet_.w("report_warm_up", it().warm_up_days);
  sheet_.paragraph(about);
  if (!sheet_.report.own_changes.empty()) {
    sheet_.paragraph(w("report_changed"));
    std::vector<std::string> changes;
    for (const std::string& each : sheet_.report.own_changes) changes.push_back(escape_html(each));
    sheet_.list(changes);
  }
  sheet_.paragraph(w("no_device"), "quiet");
  sheet_.out += "</header>\n<main>\n";
}

// ---- what a tired person reads ----

std::vector<std::string> Page::short_answers() const {
  std::vector<std::string> out;
  size_t met = 0, judged_ones = 0;
  for (const IndicatorResult& each : it().indicators) {
    const Judged verdict = judged(each);
    if (verdict == Judged::none) continue;
    ++judged_ones;
    met += verdict == Judged::met;
    if (verdict != Judged::met)
      out.push_back(fmt::format(
          "{}{}{}{}<strong>{}</strong> ({} {})", verdict_word(sheet_, verdict), w("colon"),
          sheet_.name(each.name, each.id), w("colon"),
          each.grows ? w("without_end") : sheet_.in(each.result.value, each.unit), w("target"),
          escape_html(review::show_target(*each.target, each.unit, sheet_.language))));
  }
  out.insert(out.begin(), "<strong>" + sheet_.w("report_met_of", met, judged_ones) + "</strong>");
  const ActivityResult* longest = nullptr;
  for (const ActivityResult& each : it().activities) {
    if (each.grows)
      out.push_back("<span class=\"missed\">" + sheet_.w("grows", sheet_.name(each.name, each.id)) +
                    "</span>");
    if (each.staff && each.wait_p90.known() &&
        (longest == nullptr || each.wait_p90.value > longest->wait_p90.value))
      longest = &each;
  }
  if (longest != nullptr)
    out.push_back(sheet_.w("report_longest", sheet_.name(longest->name, longest->id),
                           sheet_.minutes(longest->wait_p90.value)));
  const StaffResult* busiest = nullptr;
  for (const StaffResult& each : it().staff)
    if (each.use.known() && (busiest == nullptr || each.use.value > busiest->use.value))
      busiest = &each;
  if (busiest != nullptr)
    out.push_back(sheet_.w("report_busiest", sheet_.name(busiest->name, busiest->role),
                           sheet_.percent(busiest->use.value),
                           sheet_.percent(busiest->peak_use.value)));
  return out;
}

void Page::in_short() {
  sheet_.out += "<div class=\"card\">";
  sheet_.heading("short", "report_short");
  sheet_.list(short_answers());
  for (const Comparison& each : sheet_.report.comparisons) {
    std::vector<std::string> changes;
    for (const Difference& difference : each.differences) {
      if (!(difference.real || difference.turns()) || !difference.better) continue;
      const std::string_view kind = *difference.better ? "met" : "missed";
      changes.push_back(
          fmt::format("<span class=\"{}\">{}</span>{}{} ({} → {})", kind,
                      w(*difference.better ? "report_better" : "report_worse"), w("colon"),
                      sheet_.name(difference.name, difference.id) +
                          (difference.kind == "wait" ? w("colon") + w("wait_p90") : ""),
                      before(difference), after(difference)));
    }
    sheet_.paragraph(sheet_.w("comparison", sheet_.scenario(each.before, each.before_name),
                              sheet_.scenario(each.after, each.after_name)));
    if (changes.empty()) changes.push_back(w("report_no_change"));
    if (changes.size() > most_reasons) {
      const size_t more = changes.size() - most_reasons;
      changes.resize(most_reasons);
      changes.push_back(sheet_.w("report_more", more));
    }
    sheet_.list(changes);
  }
  std::vector<std::string> cautions;
  if (it().replications == 1 && it().batches == 0) cautions.push_back(w("no_interval"));
  if (it().stopped_of > 0)
    cautions.push_back(sheet_.w("stopped", it().replications, it().stopped_of));
  for (const std::string& each : sheet_.report.not_compared)
    cautions.push_back(sheet_.w("not_compared", escape_html(each)));
  if (!it().imprecise.empty())
    cautions.push_back(sheet_.w("imprecise", escape_html(it().imprecise)));
  if (it().incidents.value > 0)
    cautions.push_back(
        sheet_.w("incidents", sheet_.count(it().incidents.value), escape_html(it().incident_at)));
  sheet_.list(cautions);
  sheet_.end();
  sheet_.out += "</div>\n";
}

// ---- results ----

void Page::indicator(const IndicatorResult& each) {
  sheet_.out += "<div class=\"indicator\"><div>\n<p><strong>" + sheet_.name(each.name, each.id) +
                "</strong></p>\n";
  std::string what;
  for (const pathway::Indicator& asked : sheet_.package().indicators)
    if (asked.id == each.id) what = sheet_.text(asked.description_key);
  sheet_.paragraph(what, "quiet");
  std::string line = "<strong>" +
                     (each.grows ? w("without_end") : sheet_.in(each.result.value, each.unit)) +
                     "</strong>";
  if (each.result.has_interval())
    line += " (" + w("interval") + " " + interval(each.result, each.unit) + ")";
  if (each.target)
    line += "; " + w("target") + " " +
            escape_html(review::show_target(*each.target, each.unit, sheet_.language));
  sheet_.paragraph(line);
  sheet_.paragraph(verdict_word(sheet_, judged(each)));
  sheet_.out += "</div>\n<div>";
  std::vector<Mark> marks = {
      {text_of(it().scenario_name, sheet_.language, word("report_this", sheet_.language)),
       &each.result}};
  for (const Rehearsal& other : sheet_.report.others)
    for (const IndicatorResult& theirs : other.indicators)
      if (theirs.id == each.id)
        marks.push_back({text_of(other.scenario_name, sheet_.language,
                                 other.scenario.empty() ? word("as_written", sheet_.language)
                                                        : std::string_view(other.scenario)),
                         &theirs.result});
  sheet_.out += draw_marks(text_of(each.name, sheet_.language, each.id), marks,
                           each.target ? &*each.target : nullptr,
                           std::string(pathway::to_text(each.unit)), false, sheet_.language);
  sheet_.out += "</div></div>\n";
}

void Page::indicators() {
  if (it().indicators.empty()) return;
  sheet_.heading("indicators", "indicators");
  sheet_.paragraph(w(sheet_.report.others.empty() ? "report_legend" : "report_legend_two"),
                   "quiet");
  for (const auto heading :
       {pathway::Heading::process, pathway::Heading::capabilities, pathway::Heading::society}) {
    bool first = true;
    for (const IndicatorResult& each : it().indicators) {
      if (each.heading != heading) continue;
      if (first)
        sheet_.out += "<h3>" +
                      escape_html(review::word(pathway::to_text(heading), sheet_.language)) +
                      "</h3>\n";
      first = false;
      indicator(each);
    }
  }
  groups();
  sheet_.end();
}

// Who fares differently, by more than one interval can hide.
void Page::groups() {
  std::vector<Sheet::Cells> rows;
  for (const IndicatorResult& each : it().indicators)
    for (const GroupResult& group : each.groups) {
      const Estimate& apart = group.difference;
      if (!apart.has_interval() || (apart.low <= 0 && apart.high >= 0)) continue;
      rows.push_back({sheet_.name(each.name, each.id),
                      escape_html(group.attribute + w("colon") +
                                  (group.value.empty() ? std::string("–") : group.value)),
                      sheet_.in(group.result.value, each.unit),
                      sheet_.difference(apart.value, std::string(pathway::to_text(each.unit)))});
    }
  if (rows.empty()) return;
  sheet_.sub("", "report_groups");
  sheet_.paragraph(w("report_groups_how"), "quiet");
  sheet_.table({w("indicator"), w("report_group"), w("result"), w("difference")}, rows, 2,
               w("report_groups"));
}

std::string Page::verdict(const Difference& each) const {
  if (each.turns())
    return fmt::format("<span class=\"{}\">{}</span>", each.before_grows ? "met" : "missed",
                       w(each.before_grows ? "turns_better" : "turns_worse"));
  if (std::isnan(each.p)) return w("none");
  if (each.real && each.better)
    return fmt::format("<span class=\"{}\">{}</span>", *each.better ? "met" : "missed",
                       w(*each.better ? "real_better" : "real_worse"));
  if (each.real) return w("real");
  const bool same = std::all_of(each.difference.runs.begin(), each.difference.runs.end(),
                                [](double value) { return value == 0 || std::isnan(value); });
  return w(same ? "same" : "chance");
}

void Page::comparisons() {
  if (sheet_.report.comparisons.empty()) return;
  sheet_.heading("comparison", "report_comparison");
  sheet_.paragraph(w("how_judged"), "quiet");
  for (const Comparison& each : sheet_.report.comparisons) {
    sheet_.out += "<h3>" + sheet_.scenario(each.before, each.before_name) + " → " +
                  sheet_.scenario(each.after, each.after_name) + "</h3>\n";
    std::string how = sheet_.w("report_shared", sheet_.percent(each.patients_shared));
    if (const double saved = replications_saved(each); saved >= worth_telling)
      how += " " + sheet_.w("narrower", review::show_number(saved, 2, sheet_.language));
    sheet_.paragraph(how, "quiet");
    std::vector<Sheet::Cells> rows;
    for (const Difference& one : each.differences) {
      if (!one.told()) continue;
      std::string label = sheet_.name(one.name, one.id);
      if (one.kind == "wait") label += w("colon") + w("wait_p90");
      if (one.kind == "staff") label += w("colon") + w("use");
      const Estimate& apart = one.difference;
      rows.push_back(
          {label, verdict(one), before(one), after(one), sheet_.difference(apart.value, one.unit),
           apart.has_interval()
               ? sheet_.apart(apart.low, one.unit) + " … " + sheet_.apart(apart.high, one.unit)
               : "–"});
    }
    sheet_.table({"", w("verdict"), w("before"), w("after"), w("difference"), w("interval")}, rows,
                 2,
                 sheet_.scenario(each.before, each.before_name) + " → " +
                     sheet_.scenario(each.after, each.after_name));
  }
  sheet_.end();
}

void Page::waits() {
  sheet_.heading("waits", "waits");
  std::vector<Sheet::Cells> rows;
  for (const ActivityResult& each : it().activities)
    rows.push_back({sheet_.name(each.name, each.id), sheet_.count(each.offered.value),
                    each.grows ? w("without_end") : sheet_.minutes(each.wait_median.value),
                    sheet_.minutes(each.wait_p90.value), sheet_.minutes(each.wait_max.value),
                    sheet_.percent(each.late.value)});
  sheet_.table({w("activity"), w("offered"), w("median"), w("p90"), w("longest"), w("late")}, rows,
               1, w("waits"));
  sheet_.end();
}

void Page::staff() {
  sheet_.heading("staff", "staff");
  std::vector<Sheet::Cells> rows;
  for (const StaffResult& each : it().staff)
    rows.push_back({sheet_.name(each.name, each.role), draw_bar(each.use.value),
                    sheet_.percent(each.use.value), sheet_.percent(each.peak_use.value),
                    sheet_.count(each.paid_hours.value), sheet_.count(each.busy_hours.value),
                    sheet_.in(each.overtime_hours.value, Unit::hours)});
  sheet_.table({w("role"), "", w("use"), w("peak"), w("paid"), w("busy"), w("overtime")}, rows, 2,
               w("staff"));
  sheet_.paragraph(w("report_course"), "quiet");
  for (const StaffResult& each : it().staff) {
    Course course{text_of(each.name, sheet_.language, each.role), each.on_duty, each.busy, {}};
    // What waits for this role first.
    for (const QueueResult& queue : it().queues)
      if (!queue.roles.empty() && queue.roles.front() == each.role && queue.activity.empty() &&
          course.waiting.empty())
        course.waiting = queue.waiting;
    if (!(each.busy_hours.value > 0)) continue;
    sheet_.out += "<h3>" + sheet_.name(each.name, each.role) + "</h3>\n";
    sheet_.out += draw_course(course, it(), sheet_.language);
  }
  sheet_.end();
}

void Page::adoption() {
  if (it().adoption.empty()) return;
  sheet_.heading("adoption", "adoption");
  std::vector<Sheet::Cells> rows;
  const auto people = [&](double value) {
    return std::isnan(value) ? "–" : escape_html(review::show_number(value, 3, sheet_.language));
  };
  for (const AdoptionResult& each : it().adoption) {
    const Estimate& last = each.at_end;
    const std::string between = last.has_interval()
                                    ? people(std::max(0.0, last.low)) + " – " +
                                          people(std::min<double>(each.people, last.high))
                                    : "–";
    rows.push_back({escape_html(adopted_by(each, sheet_.language)), std::to_string(each.people),
                    people(each.at_start.value), people(last.value), between,
                    sheet_.percent(each.work.value)});
  }
  sheet_.table({w("activity"), w("adoption_people"), w("adoption_first"), w("adoption_last"),
                w("interval"), w("adoption_work")},
               rows, 1, w("adoption"));
  sheet_.paragraph(w("report_adoption"), "quiet");
  for (const AdoptionResult& each : it().adoption) {
    if (each.people == 0) continue;
    sheet_.out += "<h3>" + escape_html(adopted_by(each, sheet_.language)) + "</h3>\n";
    sheet_.out += draw_adoption(each, it(), sheet_.language);
  }
  sheet_.end();
}

void Page::truth() {
  const TruthResult& truth = it().truth;
  std::vector<Sheet::Cells> rows;
  const auto row = [&](std::string_view key, const std::string& value, const Estimate& estimate,
                       Unit unit) {
    rows.push_back({w(key), value, interval(estimate, unit)});
  };
  if (truth.given) {
    row("deteriorated", sheet_.count(truth.deteriorated.value), truth.deteriorated, Unit::count);
    row("sensitivity", sheet_.percent(truth.sensitivity.value), truth.sensitivity, Unit::share);
    row("found", sheet_.percent(truth.found.value), truth.found, Unit::share);
    row("not_found", sheet_.percent(truth.missed.value), truth.missed, Unit::share);
    row("to_alert", sheet_.minutes(truth.to_alert_median.value), truth.to_alert_median,
        Unit::minutes);
    row("to_found", sheet_.minutes(truth.to_found_median.value), truth.to_found_median,
        Unit::minutes);
    row("to_found_p90", sheet_.minutes(truth.to_found_p90.value), truth.to_found_p90,
        Unit::minutes);
    row("false_share", sheet_.percent(truth.false_share.value), truth.false_share, Unit::share);
    row("false_hours", sheet_.count(truth.false_hours.value), truth.false_hours, Unit::hours);
  }
  for (const OutcomeResult& each : it().outcomes)
    rows.push_back({sheet_.name(each.title, each.name), sheet_.percent(each.share.value),
                    interval(each.share, Unit::share)});
  if (rows.empty()) return;
  sheet_.heading("truth", "truth");
  sheet_.table({"", w("result"), w("interval")}, rows, 1, w("truth"));
  sheet_.end();
}

// ---- what would change the conclusion ----

// Which figures move a measure: by more than chance, and by as much as anybody would care for.
std::vector<size_t> Page::movers(const Measure& measure) const {
  constexpr double least = 0.01;
  std::vector<size_t> order;
  for (size_t i = 0; i < measure.influences.size(); ++i) {
    const double most = measure.influences[i].most();
    const bool enough = measure.grows || most >= least * std::fabs(measure.as_written.value);
    if (measure.influences[i].turns() || (most > 0 && enough)) order.push_back(i);
  }
  strongest_first(measure, order);
  return order;
}

// Which figures make it grow without end, or come to rest.
void Page::growth_of(const Measure& measure, const std::vector<size_t>& order) {
  std::vector<std::string> told;
  for (const size_t each : order)
    for (const bool more : {false, true}) {
      const Influence& it = measure.influences[each];
      if (!(more ? it.more_turns : it.less_turns)) continue;
      told.push_back(sheet_.w(
          measure.grows ? "report_rests" : "report_grows",
          "<code>" + escape_html(sheet_.report.sensitivity->figures[each].path) + "</code>",
          w(more ? "influence_more" : "influence_less"),
          review::show_number(1 + sheet_.report.sensitivity->spread, 3, sheet_.language)));
    }
  sheet_.list(told);
}

void Page::influence_of(const Measure& measure) {
  std::vector<size_t> order = movers(measure);
  order.resize(std::min(order.size(), most_reasons));
  sheet_.out +=
      "<h3>" + sheet_.name(measure.name, measure.id) + w("colon") +
      (measure.grows ? w("without_end") : sheet_.in(measure.as_written.value, measure.unit)) +
      "</h3>\n";
  growth_of(measure, order);
  // What has no difference has no bar.
  std::erase_if(order, [&](size_t each) { return !(measure.influences[each].most() > 0); });
  // Whether the target would be met where it was not, or the other way round.
  if (measure.target) {
    std::vector<std::string> turns;
    for (const size_t each : order)
      for (const Estimate* change :
           {&measure.influences[each].less, &measure.influences[each].more}) {
        const bool now = measure.target->met(measure.as_written.value);
        const bool then = measure.target->met(measure.as_written.value + change->value);
        const bool more = change == &measure.influences[each].more;
        if (now != then &&
            (more ? measure.influences[each].more_real : measure.influences[each].less_real))
          turns.push_back(sheet_.w(
              then ? "report_turns_met" : "report_turns_missed",
              "<code>" + escape_html(sheet_.report.sensitivity->figures[each].path) + "</code>",
              w(more ? "influence_more" : "influence_less"),
              review::show_number(1 + sheet_.report.sensitivity->spread, 3, sheet_.language)));
      }
    sheet_.list(turns);
  }
  sheet_.out += draw_tornado(measure, order, sheet_.report.sensitivity->figures, sheet_.language);
}

void Page::influence() {
  sheet_.heading("change", "report_change");
  const Sensitivity* found = sheet_.report.sensitivity;
  if (found == nullptr) {
    sheet_.paragraph(w("report_not_asked"));
    std::vector<std::string> close;
    for (const IndicatorResult& each : it().indicators)
      if (judged(each) == Judged::unsure)
        close.push_back(sheet_.name(each.name, each.id) + w("colon") + w("unsure"));
    sheet_.list(close);
    return sheet_.end();
  }
  sheet_.paragraph(sheet_.w("influence_how", found->figures.size(),
                            review::show_number(1 + found->spread, 3, sheet_.language),
                            times_played(*found, sheet_.language)),
                   "quiet");
  sheet_.paragraph(w("report_tornado"), "quiet");
  std::string unmoved;
  for (const Measure& measure : found->measures) {
    if (!measure.target && measure.kind != "truth") continue;
    if (movers(measure).empty()) {
      unmoved += (unmoved.empty() ? "" : "; ") + sheet_.name(measure.name, measure.id);
    } else {
      influence_of(measure);
    }
  }
  if (!unmoved.empty()) sheet_.paragraph(sheet_.w("report_unmoved", unmoved));
  sheet_.paragraph(w("influence_caution"), "quiet");
  sheet_.end();
}

}  // namespace

Judged judged(const IndicatorResult& result) {
  if (result.target && result.grows) return result.target->at_least ? Judged::none : Judged::missed;
  if (!result.target || !result.result.known()) return Judged::none;
  const Estimate& it = result.result;
  const double low = it.has_interval() ? it.low : it.value;
  const double high = it.has_interval() ? it.high : it.value;
  const bool of_low = result.target->met(low), of_high = result.target->met(high);
  if (of_low && of_high) return Judged::met;
  return of_low || of_high ? Judged::unsure : Judged::missed;
}

std::string to_html(const Report& report) { return Page(report).write(); }

}  // namespace passerelle::rehearse
