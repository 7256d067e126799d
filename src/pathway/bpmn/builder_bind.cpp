// Binds names: variables to slots, expressions to programs, tasks to roles, forms and decisions.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"
#include "pathway/feel/temporal.h"

namespace passerelle::pathway {
bool Builder::declares_role(std::string_view id) const {
  return id == "patient" || id == "caregiver" || source_.organisation.role(id) != nullptr;
}

// ---- decisions ----

void Builder::load_decisions() {
  load_decisions(source_.dmn, 0, "");
  for (size_t i = 0; i < source_.called.size(); ++i) {
    load_decisions(source_.called[i].dmn, i + 1, source_.called[i].folder);
  }
}

// The DMN files of one package; they import each other by their names in its folder.
void Builder::load_decisions(const DmnFiles& files, size_t of_file, const std::string& folder) {
  dmn::ParseOptions options;
  options.functions = &pathway_functions();
  options.imports = [&](std::string_view,
                        std::string_view location) -> Result<std::pair<std::string, std::string>> {
    for (const auto& [file, content] : files) {
      if (file == folder + std::string(location)) return std::pair(content, file);
    }
    return Error{ErrorCode::not_found, "the package has no file " + quoted(location)};
  };
  for (const auto& [file, content] : files) {
    Result<dmn::Model> model = dmn::Model::parse(content, file, options);
    if (!model) {
      const Error& error = model.error();
      add(kinds::decision, parse_place(error.where.empty() ? file : error.where), error.message,
          error.help);
      continue;
    }
    for (const Error& problem : model->problems()) {
      add(kinds::decision, parse_place(problem.where.empty() ? file : problem.where),
          problem.message, problem.help);
    }
    made_->models.push_back(std::move(*model));
    model_files_.push_back(of_file);
  }
}

void Builder::bind_decision(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  const Xattribute attribute = our_attribute(xml, "decision");
  const std::string name = our_text(xml, "decision");
  if (name.empty()) {
    add(kinds::missing, place(index), drafts_[index].label + " names no decision",
        "add p:decision, the name of a decision of a DMN file");
    return;
  }
  made_->activities[index].decision = name;
  const dmn::Model* owner = nullptr;
  std::vector<std::string> known;
  for (size_t m = 0; m < made_->models.size(); ++m) {
    if (model_files_[m] != drafts_[index].file) continue;  // another package's
    const dmn::Model& model = made_->models[m];
    for (const dmn::Item& item : model.decisions()) known.push_back(item.name);
    if (model.decision(name) == nullptr) continue;
    if (owner != nullptr) {
      add(kinds::unknown_decision, xml_.place(attribute),
          "two DMN files hold a decision " + quoted(name), "rename one of them");
    }
    owner = &model;
  }
  if (owner == nullptr) {
    add(kinds::unknown_decision, xml_.place(attribute),
        "no DMN file holds a decision " + quoted(name), did_you_mean(name, known));
    return;
  }
  Result<dmn::CompiledDecision> compiled = owner->compile(name, made_->variables);
  if (!compiled) {
    add(kinds::unknown_decision, xml_.place(attribute),
        drafts_[index].label + ": " + compiled.error().message,
        compiled.error().help.empty() ? "give a variable of the case the name of each input"
                                      : compiled.error().help);
    return;
  }
  check_inputs(*owner, name, xml_.place(attribute));
  made_->nodes[index].decision = static_cast<uint16_t>(made_->decisions.size());
  made_->decisions.push_back(std::move(*compiled));
  if (made_->activities[index].result.empty()) {
    add(kinds::missing, place(index), drafts_[index].label + " keeps no result",
        "add p:result, the variable that gets the decision's result");
    return;
  }
  const Writer& writer = writers_[made_->activities[index].result];
  if (!writer.other && writer.forms.empty()) {
    made_->variables.list[made_->nodes[index].result].type = made_->decisions.back().type();
  }
}

// ---- nodes ----

void Builder::bind(uint16_t index) {
  Node& node = made_->nodes[index];
  Activity& activity = made_->activities[index];
  const Xnode xml = drafts_[index].xml;
  bound_level_ = node.level;
  node.trouble_role = made_->coordinator;
  if (node.op == Op::loop) {
    bind_repetition(index);
    return;
  }
  activity.result = our_text(xml, "result");
  if (!activity.result.empty()) {
    node.result = static_cast<uint16_t>(made_->variables.find(activity.result));
  }
  const bool event = drafts_[index].row->name.ends_with("Event");
  const bool brings =
      node.trigger == Trigger::message || (node.trigger == Trigger::signal && node.op != Op::pass);
  if (!activity.result.empty() && event && !brings && !drafts_[index].waited) {
    add(kinds::attribute, xml_.place(our_attribute(xml, "result")),
        drafts_[index].label + " brings nothing that could be kept");
  }
  bind_roles(index);
  if (node.op == Op::user_task) activity.form = our_text(xml, "form");
  bind_form(index);
  if (node.op == Op::send_task) bind_send(index);
  if (node.op == Op::post) bind_post(index);
  bind_key(index);
  if (node.op == Op::decision) bind_decision(index);
  if (node.op == Op::script_task) bind_script(index);
  if (node.trigger == Trigger::timer) bind_timer(index);
  bind_condition(index);
  check_idle_attributes(index);
  node.due = attribute_expression(xml, "due");
  node.priority = attribute_expression(xml, "priority");
  node.channel = attribute_expression(xml, "channel");
  bind_mappings(index);
  node.silent = !drafts_[index].fields;
  if (drafts_[index].fields) {
    bind_fields(index);
  } else if (node.op == Op::send_task) {  // one of several that are thrown: its message says it all
    node.show = fields(ours(xml, "show"), index);
  }
}

// Attributes that the element may have, but which mean nothing as it is.
void Builder::check_idle_attributes(uint16_t index) {
  const Node& node = made_->nodes[index];
  const Xnode xml = drafts_[index].xml;
  const bool event = drafts_[index].row->name.ends_with("Event");
  const bool service = drafts_[index].row->name == "serviceTask";
  if (drafts_[index].part || node.op == Op::send_task || node.op == Op::post ||
      !(event || service) || node.op == Op::user_task) {
    return;
  }
  for (const Multiple& multiple : multiples_) {  // one of its parts sends
    const bool sends =
        std::any_of(multiple.parts.begin(), multiple.parts.end(),
                    [&](uint16_t part) { return made_->nodes[part].op == Op::send_task; });
    if (multiple.whole == index && sends) return;
  }
  for (const char* name :
       {"message", "to", "channel", "link", "role", "due", "priority", "title"}) {
    const Xattribute idle = our_attribute(xml, name);
    if (!idle || (event && name == std::string_view("role"))) continue;
    add(kinds::attribute, xml_.place(idle),
        drafts_[index].label + " does nothing with " + std::string(idle.name()),
        service ? "give it p:role, so that it is the work of a system of that role"
                : "add a message definition to the event");
  }
  for (const Xnode& show : ours(xml, "show")) {
    add(kinds::attribute, xml_.place(show), drafts_[index].label + " shows nothing to anybody");
  }
}

void Builder::bind_roles(uint16_t index) {
  Activity& activity = made_->activities[index];
  const Xattribute own = our_attribute(drafts_[index].xml, "role");
  const auto lane = lanes_.find(activity.id);
  const std::string list = own                    ? std::string(own.value())
                           : lane == lanes_.end() ? std::string()
                                                  : lane->second;
  std::vector<std::string> known;
  for (const Role& declared : source_.organisation.roles) known.push_back(declared.id);
  for (const std::string_view role : split(list, ' ')) {
    if (role.empty()) continue;
    activity.roles.emplace_back(role);
    if (own && !declares_role(role)) {
      add(kinds::unknown_role, xml_.place(own), "the organisation has no role " + quoted(role),
          did_you_mean(role, known));
    }
  }
  if (!activity.roles.empty()) activity.role = made_->names.intern(activity.roles.front());
  made_->nodes[index].role = activity.role;
  const bool patient = std::any_of(activity.roles.begin(), activity.roles.end(), [](auto& role) {
    return role == "patient" || role == "caregiver";
  });
  activity.patient_facing = patient && made_->nodes[index].op == Op::user_task;
  if (activity.roles.empty() && made_->nodes[index].op == Op::user_task) {
    add(kinds::no_role, place(index), "nobody performs " + drafts_[index].label);
  }
}

void Builder::bind_form(uint16_t index) {
  Activity& activity = made_->activities[index];
  const Xnode xml = drafts_[index].xml;
  const std::string name = our_text(xml, "form");
  activity.title = our_text(xml, "title");
  if (name.empty()) return;
  std::vector<std::string> known;
  for (const Form& form : made_->forms) known.push_back(form.id());
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    add(kinds::unknown_form, xml_.place(our_attribute(xml, "form")),
        "the package has no form " + quoted(name), did_you_mean(name, known));
  }
  const Node& node = made_->nodes[index];
  if (drafts_[index].part && drafts_[index].row->name.ends_with("Event")) return;
  if (node.op != Op::user_task && node.trigger != Trigger::message &&
      node.trigger != Trigger::signal) {
    add(kinds::attribute, xml_.place(our_attribute(xml, "form")),
        drafts_[index].label + " receives no answers: a form is for tasks and message events");
  } else if (activity.result.empty()) {
    add(kinds::answers_lost, place(index),
        "the answers to form " + quoted(name) + " of " + drafts_[index].label + " go nowhere");
  }
}

void Builder::bind_send(uint16_t index) {
  Activity& activity = made_->activities[index];
  const Xnode xml = drafts_[index].xml;
  activity.message = our_text(xml, "message");
  activity.to = our_text(xml, "to");
  activity.link = our_text(xml, "link");
  if (activity.to.empty()) activity.to = "patient";
  activity.patient_facing = activity.to == "patient" || activity.to == "caregiver";
  if (activity.message.empty()) {
    add(kinds::missing, place(index), drafts_[index].label + " says nothing",
        "add p:message, a key of texts/*.yaml");
  }
  if (!declares_role(activity.to)) {
    add(kinds::unknown_role, xml_.place(our_attribute(xml, "to")),
        "the organisation has no role " + quoted(activity.to));
  }
  // Whoever performs the lane hears of what could not be delivered, when it is staff.
  for (const std::string& role : activity.roles) {
    const Role* declared = source_.organisation.role(role);
    if (declared == nullptr || !declared->staff) continue;
    made_->nodes[index].trouble_role = made_->names.intern(role);
    break;
  }
  if (activity.link.empty()) return;
  const auto target = by_id_.find(drafts_[index].prefix + activity.link);
  const Node* linked = target == by_id_.end() ? nullptr : &made_->nodes[target->second];
  if (linked != nullptr && linked->op == Op::loop) {
    linked = &made_->nodes[made_->levels[linked->inner].start];
  }
  activity.link = drafts_[index].prefix + activity.link;
  if (linked == nullptr || linked->op != Op::user_task) {
    add(kinds::dangling, xml_.place(our_attribute(xml, "link")),
        drafts_[index].label + " links to " + quoted(activity.link) + ", which is no user task");
  }
}

// <script> with p:result, or p:set alone.
void Builder::bind_script(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  const Xattribute format = xml.attribute("scriptFormat");
  const std::string written = lower(format.value());
  if (format && written != "feel" && written.find("feel") == written.npos) {
    add(kinds::unsupported, xml_.place(format),
        "scripts in " + quoted(format.value()) + " are not supported",
        "write FEEL: scriptFormat=\"feel\"");
  }
  for (const Xnode& script : xml) {
    if (Xml::local(script.name()) != "script") continue;
    made_->nodes[index].script = expression(script.child_value(), "the script", xml_.place(script));
    if (made_->activities[index].result.empty()) {
      add(kinds::missing, xml_.place(script), "the script's result is kept nowhere",
          "name a variable by p:result");
      made_->nodes[index].script = nothing;
    }
  }
}

// A duration or a date and time, as ISO 8601 or as FEEL.
void Builder::bind_timer(uint16_t index) {
  Xnode time;
  for (const Xnode& child : drafts_[index].definition) {
    const std::string_view name = Xml::local(child.name());
    if (name == "timeDuration" || name == "timeDate" || name == "timeCycle") time = child;
  }
  if (!time) {
    add(kinds::missing, place(index), drafts_[index].label + " says no time",
        "add <timeDuration>PT4H</timeDuration>, or <timeDate>");
    return;
  }
  if (Xml::local(time.name()) == "timeCycle") return bind_cycle(index, time);
  const std::string text(trim(time.child_value()));
  const bool duration = feel::parse_duration_value(text).has_value();
  const bool date = !duration && feel::parse_date_time(text).has_value();
  if (!duration && !date) {
    made_->nodes[index].timer = expression(time.child_value(), time.name(), xml_.place(time));
    return;
  }
  const std::string constant =
      duration ? "duration(\"" + text + "\")" : "date and time(\"" + text + "\")";
  made_->nodes[index].timer = static_cast<uint16_t>(made_->expressions.size());
  made_->expressions.push_back(std::move(*feel::compile(constant, made_->variables)));
}

// When a cycle that opens cases begins.
void Builder::bind_first(uint16_t index, const std::string& text, const Xnode& time) {
  const auto timed = std::find_if(made_->timed_starts.begin(), made_->timed_starts.end(),
                                  [&](const TimedStart& each) { return each.node == index; });
  if (timed == made_->timed_starts.end()) return;
  if (!feel::parse_date_time(text)) {
    add(kinds::missing, xml_.place(time), quoted(text) + " is no date and time",
        "write R/2026-01-05T08:00:00/P7D (every Monday at eight)");
    return;
  }
  timed->first = static_cast<uint16_t>(made_->expressions.size());
  made_->expressions.push_back(
      std::move(*feel::compile("date and time(\"" + text + "\")", made_->variables)));
}

// R3/PT4H: three times, four hours apart; R/P1D: every day.
void Builder::bind_cycle(uint16_t index, const Xnode& time) {
  Node& node = made_->nodes[index];
  const std::string text(trim(time.child_value()));
  const size_t slash = text.find('/');
  const bool opens = node.op == Op::pass;  // cases of its own
  std::string period = slash == text.npos ? std::string() : text.substr(slash + 1);
  if (const size_t second = period.find('/'); opens && second != period.npos) {
    bind_first(index, period.substr(0, second), time);
    period.erase(0, second + 1);
  }
  const std::string count = text.substr(0, slash).substr(std::min<size_t>(text.size(), 1));
  const bool counted = count.find_first_not_of("0123456789") == count.npos && count.size() <= 4;
  const int times = count.empty() ? endless : counted ? std::atoi(count.c_str()) : 0;
  const auto length = feel::parse_duration_value(period);
  const bool forward =
      length && period.find('-') == period.npos && period.find_first_of("123456789") != period.npos;
  if (text.empty() || text[0] != 'R' || times <= 0 || !forward) {
    add(kinds::missing, xml_.place(time), quoted(text) + " is no cycle",
        opens ? "write R/P1D (every day) or R/2026-01-05T08:00:00/P7D (every Monday at eight)"
              : "write R3/PT4H (three times, four hours apart) or R/P1D (every day)");
    return;
  }
  const bool goes_on = opens || (!node.interrupting && node.op == Op::triggered);
  if (!goes_on && times != 1) {
    add(kinds::unsupported, xml_.place(time),
        drafts_[index].label + " happens once: a cycle would never come again",
        "write <timeDuration>" + period + "</timeDuration>, or let the event not interrupt");
  }
  node.repeats = static_cast<uint16_t>(times == endless ? endless : times - 1);
  for (TimedStart& each : made_->timed_starts) each.cycle = each.cycle || each.node == index;
  node.timer = static_cast<uint16_t>(made_->expressions.size());
  made_->expressions.push_back(
      std::move(*feel::compile("duration(\"" + period + "\")", made_->variables)));
}

void Builder::bind_fields(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  Node& node = made_->nodes[index];
  node.sets.first = static_cast<uint32_t>(made_->assignments.size());
  for (const Xnode& set : ours(xml, "set")) {
    const int slot = made_->variables.find(trim(set.attribute("variable").value()));
    if (slot <= variable_case_start) continue;
    const uint16_t value =
        expression(set.child_value(), set.attribute("variable").value(), xml_.place(set));
    made_->assignments.push_back({static_cast<uint16_t>(slot), value});
    ++node.sets.count;
  }
  node.show = fields(ours(xml, "show"), index);
  std::vector<Xnode> at_schedule, at_completion;
  for (const Xnode& record : ours(xml, "record")) {
    const std::string_view on = record.attribute("on").value();
    const std::string_view of_case = record.attribute("case").value();
    const bool opens = node.op == Op::user_task || node.inner != nothing;
    if (!on.empty() && on != "complete" && !(on == "schedule" && opens)) {
      add(kinds::attribute, xml_.place(record),
          "on=\"" + std::string(on) + "\" is not known to " + drafts_[index].label,
          opens ? "write schedule or complete" : "only tasks for people and sub-processes open");
    }
    if (!of_case.empty() && of_case != "true" && of_case != "false") {
      add(kinds::attribute, xml_.place(record), "case is neither true nor false");
    }
    (on == "schedule" ? at_schedule : at_completion).push_back(record);
    const std::string name = record.attribute("name").value();
    auto& attributes = made_->case_attributes;
    if (of_case == "true" &&
        std::find(attributes.begin(), attributes.end(), name) == attributes.end()) {
      attributes.push_back(name);
    }
  }
  node.record_on_schedule = fields(at_schedule, index);
  node.record = fields(at_completion, index);
}

}  // namespace passerelle::pathway
