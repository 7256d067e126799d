// A cohort against its pathway: every name it uses must be there, every question that must be
// answered must have an answer.
#include <algorithm>

#include "base/text.h"
#include "pathway/cohort.h"
#include "pathway/cohort_draw.h"
#include "pathway/pathway.h"

namespace passerelle::pathway {
namespace {

class Checker {
 public:
  Checker(const Cohort& cohort, const Pathway& pathway, std::vector<Finding>& findings)
      : cohort_(cohort), pathway_(pathway), findings_(findings) {
    for (const Activity& activity : pathway.activities()) activities_.push_back(activity.id);
    for (const ChannelInfo& channel : pathway.organisation().channels)
      channels_.push_back(channel.id);
  }

  void run() {
    const auto messages = pathway_.messages();
    const std::vector<std::string> variables(pathway_.variables().begin(),
                                             pathway_.variables().end());
    for (const Attribute& each : cohort_.attributes) keys(each.draw);
    for (const std::string& name : cohort_.opening)
      known(name, variables, "variable that a case can be opened with", cohort_.place);
    for (const Measurement& each : cohort_.measurements)
      for (const Draw* draw : {&each.baseline, &each.level, &each.days}) keys(*draw);
    for (const Course::Episode& each : cohort_.course.episodes) {
      keys(each.per_year);
      for (const auto& phase : each.phases) {
        keys(phase.days);
        keys(phase.chance);
      }
    }
    for (const Happening& each : cohort_.happenings) {
      known(each.message, messages, "message", each.place);
      keys(each.chance);
      keys(each.after_hours);
    }
    for (const FormAnswers& each : cohort_.answers) form(each);
    for (const FormAnswers& each : cohort_.answers)
      for (const ItemAnswer& item : each.items)
        for (const Draw* draw : {&item.draw, &item.missing}) measured_by(*draw);
    for (const Happening& each : cohort_.happenings) {
      for (const Draw* draw : {&each.chance, &each.after_hours}) taken(*draw);
      for (const auto& [name, draw] : each.payload) taken(draw);
    }
    for (const Habit& each : cohort_.habits) habit(each);
    for (const std::string& each : cohort_.truth.alerts)
      known(each, activities_, "activity", cohort_.truth.place);
    for (const std::string& each : cohort_.truth.work)
      known(each, activities_, "activity", cohort_.truth.place);
    for (const Truth::Finder& each : cohort_.truth.found) finder(each);
    for (const Activity& activity : pathway_.activities()) answered(activity);
  }

 private:
  void unknown(const Place& place, const std::string& message,
               const std::vector<std::string>& candidates, const std::string& name) {
    const std::string near = closest(name, candidates);
    findings_.push_back(make_finding(cohort_kinds::unknown_place, place, message,
                                     near.empty() ? "" : "did you mean '" + near + "'?"));
  }

  bool known(const std::string& name, const std::vector<std::string>& names, std::string_view what,
             const Place& place) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    unknown(place, "the pathway has no " + std::string(what) + " '" + name + "'", names, name);
    return false;
  }

  // The branches' keys where their values are known beforehand.
  void keys(const Draw& draw) {
    if (draw.kind != Draw::Kind::by) return;
    const std::vector<std::string>* names = nullptr;
    if (draw.name == "state") names = &cohort_.course.states;
    if (draw.name == "channel") names = &channels_;
    if (draw.name == "activity") names = &activities_;
    for (const Draw::Branch& branch : draw.branches) {
      keys(branch.draw);
      if (names == nullptr || branch.otherwise) continue;
      if (std::find(names->begin(), names->end(), branch.key) == names->end())
        unknown(branch.draw.place, "there is no " + draw.name + " '" + branch.key + "'", *names,
                branch.key);
    }
    const bool complete =
        (!draw.branches.empty() && draw.branches.back().otherwise) ||
        (names != nullptr && std::all_of(names->begin(), names->end(), [&](const auto& name) {
           return std::any_of(draw.branches.begin(), draw.branches.end(),
                              [&](const Draw::Branch& branch) { return branch.key == name; });
         }));
    if (names != nullptr && !complete)
      findings_.push_back(
          make_finding(cohort_kinds::incomplete, draw.place,
                       "not every " + draw.name + " has a branch here, and there is no `else`"));
  }

  void form(const FormAnswers& answers) {
    const Form* form = pathway_.form(answers.form);
    if (form == nullptr) {
      unknown(answers.place, "the package has no form '" + answers.form + "'", {}, "");
      return;
    }
    const auto names = form->item_names();
    for (const ItemAnswer& each : answers.items) {
      keys(each.draw);
      keys(each.missing);
      const Item* item = form->find(each.item);
      if (item == nullptr) {
        unknown(each.place, "form '" + answers.form + "' has no question '" + each.item + "'",
                names, each.item);
      } else {
        values(each.draw, *item);
        measured(each.draw, *item);
      }
    }
  }

  // Every value that may be drawn must be an answer that the form takes.
  void values(const Draw& draw, const Item& item) {
    for (const Draw::Branch& branch : draw.branches) values(branch.draw, item);
    if (draw.kind != Draw::Kind::value && draw.kind != Draw::Kind::weights) return;
    for (const Literal& literal : draw.literals) {
      if (literal.kind == Literal::Kind::null) continue;
      if (!Form::parse_answer(item, literal.text))
        findings_.push_back(make_finding(
            cohort_kinds::unknown_place, draw.place,
            "'" + literal.text + "' is no answer to the question '" + item.link_id + "'"));
    }
  }

  const std::string* measurement(const Draw& draw) const {
    if (draw.kind != Draw::Kind::copy && draw.kind != Draw::Kind::by) return nullptr;
    for (const Measurement& each : cohort_.measurements)
      if (each.name == draw.name) return &each.name;
    return nullptr;
  }

  // Measurements are taken by the forms whose answers depend on them.
  void measured_by(const Draw& draw) {
    for (const Draw::Branch& branch : draw.branches) measured_by(branch.draw);
    if (const std::string* name = measurement(draw)) taken_.push_back(*name);
  }

  // What is drawn outside of forms knows what the last form has measured.
  void taken(const Draw& draw) {
    for (const Draw::Branch& branch : draw.branches) taken(branch.draw);
    const std::string* name = measurement(draw);
    if (name == nullptr || std::find(taken_.begin(), taken_.end(), *name) != taken_.end()) return;
    findings_.push_back(make_finding(cohort_kinds::contradiction, draw.place,
                                     "this depends on '" + *name + "', which no form measures"));
  }

  // What is measured must be what the question asks for.
  void measured(const Draw& draw, const Item& item) {
    for (const Draw::Branch& branch : draw.branches) measured(branch.draw, item);
    if (draw.kind != Draw::Kind::copy) return;
    for (const Measurement& each : cohort_.measurements) {
      if (each.name != draw.name) continue;
      const bool whole = item.type == ItemType::integer;
      if ((!whole && item.type != ItemType::decimal) || (whole && each.decimals > 0))
        findings_.push_back(make_finding(cohort_kinds::contradiction, draw.place,
                                         "the question '" + item.link_id +
                                             "' takes no number with " +
                                             std::to_string(each.decimals) + " decimals"));
      if (!each.unit.empty() && !item.unit.empty() && each.unit != item.unit)
        findings_.push_back(make_finding(cohort_kinds::contradiction, draw.place,
                                         "the question '" + item.link_id + "' is asked in '" +
                                             item.unit + "', and '" + each.name +
                                             "' is measured in '" + each.unit + "'"));
    }
  }

  void habit(const Habit& habit) {
    if (!known(habit.activity, activities_, "activity", habit.place)) return;
    const Activity& activity = pathway_.activities()[*pathway_.find_activity(habit.activity)];
    if (activity.kind != ActivityKind::user_task)
      findings_.push_back(make_finding(cohort_kinds::unknown_place, habit.place,
                                       "'" + habit.activity + "' is no task for people"));
    for (const Draw* draw : {&habit.delay_minutes, &habit.forgets, &habit.reminded, &habit.absent,
                             &habit.attempt_minutes, &habit.retry_minutes, &habit.leaves_after}) {
      keys(*draw);
      taken(*draw);
    }
    if (habit.leaving.empty()) return;
    known(habit.leaving, pathway_.messages(), "message", habit.place);
    if (!is_staff_work(activity))
      findings_.push_back(make_finding(cohort_kinds::contradiction, habit.place,
                                       "nobody waits for staff at '" + habit.activity + "'"));
  }

  bool is_staff_work(const Activity& activity) const {
    return std::all_of(activity.roles.begin(), activity.roles.end(), [&](const std::string& id) {
      const Role* role = pathway_.organisation().role(id);
      return role == nullptr || role->staff;
    });
  }

  void finder(const Truth::Finder& finder) {
    const Place& place = cohort_.truth.place;
    if (!known(finder.activity, activities_, "activity", place) || finder.item.empty()) return;
    const Activity& activity = pathway_.activities()[*pathway_.find_activity(finder.activity)];
    const Form* form = pathway_.form(activity.form);
    const Item* item = form == nullptr ? nullptr : form->find(finder.item);
    if (item == nullptr) {
      unknown(place, "'" + finder.activity + "' has no question '" + finder.item + "'",
              form == nullptr ? std::vector<std::string>{} : form->item_names(), finder.item);
      return;
    }
    for (const std::string& value : finder.values)
      if (!Form::parse_answer(*item, value))
        findings_.push_back(
            make_finding(cohort_kinds::unknown_place, place,
                         "'" + value + "' is no answer to the question '" + finder.item + "'"));
  }

  void answered(const Activity& activity) {
    const Form* form = pathway_.form(activity.form);
    if (form == nullptr || activity.kind != ActivityKind::user_task) return;
    const FormAnswers* answers = cohort_.form(activity.form);
    for (const std::string& name : form->item_names()) {
      const Item* item = form->find(name);
      if (item == nullptr || !item->required) continue;
      const bool there = answers != nullptr &&
                         std::any_of(answers->items.begin(), answers->items.end(),
                                     [&](const ItemAnswer& each) { return each.item == name; });
      if (there || std::find(told_.begin(), told_.end(), activity.form + "." + name) != told_.end())
        continue;
      told_.push_back(activity.form + "." + name);
      findings_.push_back(make_finding(
          cohort_kinds::unanswered, answers == nullptr ? cohort_.place : answers->place,
          "nothing says how '" + name + "' of form '" + activity.form + "' is answered"));
    }
  }

  const Cohort& cohort_;
  const Pathway& pathway_;
  std::vector<Finding>& findings_;
  std::vector<std::string> activities_, channels_;
  std::vector<std::string> told_;
  std::vector<std::string> taken_;  // measurements that some form takes
};

}  // namespace

void check_cohort(const Cohort& cohort, const Pathway& pathway, std::vector<Finding>& findings) {
  Checker(cohort, pathway, findings).run();
}

}  // namespace passerelle::pathway
