// How it was done, under the headings of STRESS-DES (T. Monks, C. Currie, B. S. Onggo, S. Robinson,
// M. Kunc and S. Taylor, Journal of Simulation 13(1), 2019), with its numbers.
#include <algorithm>
#include <map>

#include "pathway/bpmn/picture.h"
#include "pathway/levers.h"
#include "rehearse/report_pictures.h"
#include "rehearse/report_sheet.h"

namespace passerelle::rehearse {
namespace {

using pathway::Figure;

class Method {
 public:
  explicit Method(Sheet& sheet) : sheet_(sheet) {}

  void write() {
    sheet_.heading("method", "report_method");
    sheet_.paragraph(w("report_stress"), "quiet");
    sheet_.end();
    objectives();
    logic();
    data();
    experimentation();
    implementation();
    access();
  }

 private:
  std::string w(std::string_view key) const { return sheet_.w(key); }
  const pathway::Organisation& organisation() const {
    return sheet_.package().pathway.organisation();
  }
  void objectives();
  void logic();
  void drawing();
  void scenario_logic();
  void activities();
  void resources();
  void data();
  void figures(bool assumed);
  void experimentation();
  void implementation();
  void access();
  std::string minutes_of(const std::string& activity) const;
  std::string activity_name(const pathway::Activity& activity) const {
    const std::string said = sheet_.text("activity." + activity.id);
    return said.empty() ? escape_html(activity.name.empty() ? activity.id : activity.name) : said;
  }

  Sheet& sheet_;
};

void Method::objectives() {
  sheet_.heading("objectives", "stress_1");
  sheet_.sub("1.1", "stress_purpose");
  sheet_.paragraph(sheet_.text("package.summary"));
  sheet_.paragraph(w("report_purpose"));
  sheet_.sub("1.2", "stress_outputs");
  sheet_.paragraph(w("report_outputs"));
  sheet_.sub("1.3", "stress_aims");
  std::vector<std::string> aims;
  const auto tell = [&](const Rehearsal& of) {
    std::string line = "<strong>" + sheet_.scenario(of.scenario, of.scenario_name) + "</strong>";
    for (const pathway::Scenario& each : sheet_.package().scenarios)
      if (each.id == of.scenario) line += ". " + sheet_.name(each.question, each.id);
    aims.push_back(std::move(line));
  };
  tell(sheet_.it());
  for (const Rehearsal& other : sheet_.report.others) tell(other);
  sheet_.list(aims);
  if (sheet_.report.sensitivity != nullptr)
    sheet_.paragraph(sheet_.w("report_design", sheet_.report.sensitivity->figures.size()));
  sheet_.end();
}

// ---- 2 ----

std::string_view order_key(pathway::WorkOrder::Rule rule) {
  using Rule = pathway::WorkOrder::Rule;
  switch (rule) {
    case Rule::priority:
      return "order_priority";
    case Rule::severity:
      return "order_severity";
    case Rule::deadline:
      return "order_deadline";
    case Rule::first_come:
      return "order_first_come";
    case Rule::ageing:
      return "order_ageing";
  }
  return "order_priority";
}

void Method::drawing() {
  std::map<std::string, std::string> names;
  for (const auto& [key, texts] : sheet_.package().texts)
    for (const std::string_view kind : {"activity.", "flow.", "lane."})
      if (key.starts_with(kind))
        names[key.substr(kind.size())] = sheet_.package().text(key, sheet_.language);
  const std::string picture =
      pathway::bpmn_picture(sheet_.package().pathway.bpmn_xml(), names,
                            std::string(word("report_drawing", sheet_.language)));
  if (picture.empty()) return;
  sheet_.out += "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" +
                w("report_drawing") + "\">" + picture + "</div>\n";
}

void Method::scenario_logic() {
  std::vector<std::string> changes;
  const auto tell = [&](const std::string& id) {
    for (const pathway::Scenario& each : sheet_.package().scenarios) {
      if (each.id != id) continue;
      for (const std::string& change :
           pathway::changes_in_words(each.changes, sheet_.package(), sheet_.language))
        changes.push_back(sheet_.name(each.name, each.id) + w("colon") + escape_html(change));
    }
  };
  tell(sheet_.it().scenario);
  for (const Rehearsal& other : sheet_.report.others) tell(other.scenario);
  for (const std::string& each : sheet_.report.own_changes) changes.push_back(escape_html(each));
  if (changes.empty()) changes.push_back(w("report_no_scenario"));
  sheet_.list(changes);
}

std::string Method::minutes_of(const std::string& activity) const {
  for (const Figure& each : sheet_.report.figures)
    if (each.path == "work_times." + activity + ".minutes") return escape_html(each.written);
  const pathway::WorkTime* time = organisation().work_time(activity);
  if (time == nullptr) return "–";
  return review::show_number(time->minutes.mean(), 3, sheet_.language);
}

void Method::activities() {
  std::vector<Sheet::Cells> rows;
  for (const ActivityResult& each : sheet_.it().activities) {
    std::string roles;
    for (const std::string& role : each.roles)
      roles += (roles.empty() ? "" : ", ") + sheet_.role(role);
    rows.push_back({sheet_.name(each.name, each.id), roles,
                    each.staff ? minutes_of(each.id) : w("report_patients_own")});
  }
  sheet_.table({w("activity"), w("role"), w("report_minutes")}, rows, 3, w("stress_activities"));
}

void Method::resources() {
  std::vector<Sheet::Cells> rows;
  for (const pathway::Role& role : organisation().roles) {
    if (!role.staff) continue;
    for (const pathway::Shift& shift : role.shifts) {
      const auto clock = [](std::chrono::minutes at) {
        return fmt::format("{:02}:{:02}", at.count() / 60 % 24, at.count() % 60);
      };
      std::string people;
      if (!shift.headcount.per_role.empty()) {
        people = sheet_.w("report_per", sheet_.role(shift.headcount.per_role),
                          review::show_number(shift.headcount.per_people, 3, sheet_.language));
      } else {
        for (const auto& row : shift.headcount.rows)
          people += (people.empty() ? "" : " → ") + std::to_string(row.people);
      }
      rows.push_back({sheet_.role(role.id), escape_html(shift.name),
                      clock(shift.start) + "–" + clock(shift.end), people,
                      shift.source.empty() ? w("report_assumption") : escape_html(shift.source)});
    }
  }
  sheet_.table(
      {w("role"), w("search_shift"), w("report_hours"), w("search_people"), w("report_source")},
      rows, 5, w("stress_resources"));
}

void Method::logic() {
  sheet_.heading("logic", "stress_2");
  sheet_.sub("2.1", "stress_diagram");
  drawing();
  sheet_.sub("2.2", "stress_base");
  sheet_.paragraph(w("report_base"));
  sheet_.sub("2.3", "stress_scenario");
  scenario_logic();
  sheet_.sub("2.4", "stress_algorithms");
  sheet_.paragraph(w("report_algorithms"));
  sheet_.sub("2.5.1", "stress_entities");
  sheet_.paragraph(w("report_entities"));
  sheet_.sub("2.5.2", "stress_activities");
  activities();
  sheet_.sub("2.5.3", "stress_resources");
  resources();
  sheet_.sub("2.5.4", "stress_queues");
  sheet_.paragraph(sheet_.w("report_queues", w(order_key(organisation().order.rule))));
  sheet_.sub("2.5.5", "stress_entry");
  sheet_.paragraph(sheet_.w("report_entry", sheet_.count(sheet_.it().patients.value),
                            sheet_.count(sheet_.it().ended.value),
                            sheet_.count(sheet_.it().open.value)));
  sheet_.end();
}

// ---- 3 ----

void Method::figures(bool assumed) {
  std::vector<Sheet::Cells> rows;
  for (const Figure& each : sheet_.report.figures) {
    if (each.assumed != assumed) continue;
    Sheet::Cells row = {"<code>" + escape_html(each.file + " " + each.path) + "</code>",
                        escape_html(each.written)};
    if (!assumed) row.push_back(escape_html(each.source));
    rows.push_back(std::move(row));
  }
  if (rows.empty()) return sheet_.paragraph(w("report_none"));
  Sheet::Cells head = {w("report_figure"), w("as_written")};
  if (!assumed) head.push_back(w("report_source"));
  sheet_.table(head, rows, head.size(), w(assumed ? "stress_assumptions" : "stress_sources"));
}

void Method::data() {
  const auto assumed = std::count_if(sheet_.report.figures.begin(), sheet_.report.figures.end(),
                                     [](const Figure& each) { return each.assumed; });
  sheet_.heading("data", "stress_3");
  sheet_.paragraph(sheet_.w("report_figures", sheet_.report.figures.size(), assumed));
  sheet_.sub("3.1", "stress_sources");
  figures(false);
  sheet_.sub("3.2", "stress_processing");
  sheet_.paragraph(w("report_processing"));
  sheet_.sub("3.3", "stress_parameters");
  sheet_.paragraph(w("report_parameters"));
  sheet_.sub("3.4", "stress_assumptions");
  figures(true);
  sheet_.end();
}

// ---- 4 to 6 ----

void Method::experimentation() {
  const Rehearsal& it = sheet_.it();
  sheet_.heading("experimentation", "stress_4");
  sheet_.sub("4.1", "stress_initial");
  sheet_.paragraph(it.warm_up_days == 0 ? w("report_empty")
                   : it.warm_up_found   ? sheet_.w("report_mser", it.warm_up_days)
                                        : sheet_.w("report_warm_up", it.warm_up_days));
  sheet_.sub("4.2", "stress_length");
  sheet_.paragraph(
      sheet_.w("report_length", it.days, first_day(it), last_day(it), escape_html(it.zone)));
  sheet_.sub("4.3", "stress_estimation");
  sheet_.paragraph(it.batches > 0 ? sheet_.w("report_batches", it.batches)
                                  : sheet_.w("report_replications", it.replications));
  if (it.precision > 0)
    sheet_.paragraph(
        sheet_.w("report_precision", review::show_number(it.precision * 100, 3, sheet_.language)));
  if (!sheet_.report.comparisons.empty()) sheet_.paragraph(w("report_paired"));
  sheet_.end();
}

void Method::implementation() {
  sheet_.heading("implementation", "stress_5");
  sheet_.sub("5.1", "stress_software");
  sheet_.paragraph(sheet_.w("report_software", escape_html(sheet_.report.program)));
  sheet_.sub("5.2", "stress_random");
  sheet_.paragraph(w("report_random"));
  sheet_.sub("5.3", "stress_execution");
  sheet_.paragraph(w("report_execution"));
  sheet_.sub("5.4", "stress_system");
  sheet_.paragraph(sheet_.w("report_system", sheet_.count(sheet_.it().stimuli.value)));
  sheet_.end();
}

void Method::access() {
  sheet_.heading("access", "stress_6");
  sheet_.sub("6.1", "stress_sharing");
  sheet_.paragraph(sheet_.w("report_sharing", escape_html(sheet_.it().pathway),
                            escape_html(sheet_.it().version), sheet_.it().seed));
  if (!sheet_.report.command.empty()) {
    sheet_.paragraph(w("report_again"));
    sheet_.out += "<pre><code>" + escape_html(sheet_.report.command) + "</code></pre>\n";
  } else if (!sheet_.report.own_changes.empty()) {
    sheet_.paragraph(w("report_again_changed"));
  }
  sheet_.paragraph(w("no_device"), "quiet");
  sheet_.end();
}

}  // namespace

void write_method(Sheet& sheet) { Method(sheet).write(); }

}  // namespace passerelle::rehearse
