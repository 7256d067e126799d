// Patients: who is left out, and whether what they write is read.
#include <algorithm>
#include <functional>
#include <set>

#include "pathway/bpmn/compiled.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"

namespace passerelle::pathway {
namespace {

// A form that staff can fill on the phone, by a channel that asks for no smartphone.
bool by_staff(const CheckInput& input, const Activity& patient) {
  const Organisation& organisation = input.parts.organisation;
  for (const Activity& other : input.pathway.activities()) {
    if (other.form != patient.form || !is_staff_task(other, organisation)) continue;
    for (const ChannelInfo& channel : organisation.channels)
      if (!channel.needs_smartphone && !channel.by_role.empty() &&
          std::find(other.roles.begin(), other.roles.end(), channel.by_role) != other.roles.end())
        return true;
  }
  return false;
}

bool shows(const CheckInput& input, size_t activity, const std::string& variable,
           const std::string& item) {
  const Pathway::Compiled& compiled = input.pathway.compiled();
  const Fields& show = compiled.nodes[activity].show;
  const size_t count = show.shape == nullptr
                           ? 0
                           : input.pathway.shown_fields(static_cast<uint16_t>(activity)).size();
  for (size_t i = 0; i < count; ++i) {
    const feel::Expression& expression = compiled.expressions[show.first + i];
    for (const std::string& name : expression.names_used())
      if (name == variable || name == variable + "." + item) return true;
  }
  return false;
}

// Whether everybody who sends the form comes, by the only way there is and before anything else
// waits, to a task of staff that shows the answer.
bool always_read(const CheckInput& input, size_t patient_task, const std::string& item) {
  const Pathway::Compiled& compiled = input.pathway.compiled();
  const std::string& variable = input.pathway.activities()[patient_task].result;
  std::set<size_t> seen;
  size_t at = patient_task;
  while (compiled.nodes[at].plain_exit && seen.insert(at).second) {
    at = compiled.flows[compiled.nodes[at].out.first].target;
    const Op op = compiled.nodes[at].op;
    if (op == Op::user_task)
      return is_staff_task(input.pathway.activities()[at], input.parts.organisation) &&
             shows(input, at, variable, item);
    if (op != Op::pass && op != Op::send_task && op != Op::script_task && op != Op::decision)
      return false;
  }
  return false;
}

}  // namespace

void check_patients(const CheckInput& input) {
  const Organisation& organisation = input.parts.organisation;
  for (size_t i = 0; i < input.pathway.activities().size(); ++i) {
    const Activity& activity = input.pathway.activities()[i];
    if (activity.form.empty() || !is_patient_task(activity, organisation)) continue;
    if (is_staff_task(activity, organisation)) continue;
    if (!by_staff(input, activity))
      input.findings.push_back(check_finding(
          "no-path-without-smartphone", activity.place,
          {activity.id,
           ": no role of staff can fill the form '" + activity.form + "' for those who cannot"}));
    const Form* form = input.pathway.form(activity.form);
    if (form == nullptr) continue;
    const std::function<void(const std::vector<Item>&)> walk = [&](const std::vector<Item>& items) {
      for (const Item& item : items) {
        if (item.type == ItemType::text && !always_read(input, i, item.link_id))
          input.findings.push_back(
              check_finding("free-text-unread", item.place, {item.link_id, activity.form}));
        walk(item.items);
      }
    };
    walk(form->items());
  }
}

}  // namespace passerelle::pathway
