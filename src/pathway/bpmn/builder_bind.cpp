// Binds names: variables to slots, expressions to programs, tasks to roles, forms and decisions.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"
#include "pathway/feel/temporal.h"

namespace passerelle::pathway {
namespace {

constexpr size_t expression_limit = 60'000;

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// "file:12:5" -> its parts; the whole text as the file when it has no numbers.
Place parse_place(std::string_view where) {
  std::vector<int> numbers;  // the last one first
  while (numbers.size() < 2) {
    const size_t colon = where.rfind(':');
    if (colon == where.npos || colon + 1 == where.size()) break;
    const std::string digits(where.substr(colon + 1));
    if (digits.size() > 8 || digits.find_first_not_of("0123456789") != digits.npos) break;
    numbers.push_back(std::stoi(digits));
    where = where.substr(0, colon);
  }
  Place place{std::string(where), 0, 0};
  if (!numbers.empty()) place.line = numbers.back();
  if (numbers.size() == 2) place.column = numbers.front();
  return place;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string near = closest(name, candidates);
  return near.empty() ? std::string() : "did you mean " + quoted(near) + "?";
}

feel::TypeRef type_of(ItemType type) {
  using Kind = feel::Type::Kind;
  switch (type) {
    case ItemType::boolean:
      return feel::Type::of(Kind::boolean);
    case ItemType::decimal:
    case ItemType::integer:
      return feel::Type::of(Kind::number);
    case ItemType::date:
      return feel::Type::of(Kind::date);
    case ItemType::date_time:
      return feel::Type::of(Kind::date_time);
    case ItemType::string:
    case ItemType::text:
      return feel::Type::of(Kind::string);
    case ItemType::group:
    case ItemType::display:
    case ItemType::choice:  // a number when its options are graded
      break;
  }
  return feel::Type::any();
}

}  // namespace

bool Builder::declares_role(std::string_view id) const {
  return id == "patient" || id == "caregiver" || source_.organisation.role(id) != nullptr;
}

// ---- names ----

void Builder::declare_names() {
  NameTable& names = made_->names;
  made_->case_name = names.intern(case_activity);
  for (const Role& role : source_.organisation.roles) names.intern(role.id);
  for (const ChannelInfo& channel : source_.organisation.channels) names.intern(channel.id);
  for (size_t i = 0; i < drafts_.size(); ++i) {
    made_->nodes[i].name = made_->activities[i].event_name = names.intern(made_->activities[i].id);
  }
  std::string coordinator = source_.organisation.coordinator;
  if (coordinator.empty() && source_.organisation.role("coordinator") != nullptr) {
    coordinator = "coordinator";
  }
  if (coordinator.empty()) {
    for (const Role& role : source_.organisation.roles) {
      if (role.staff && coordinator.empty()) coordinator = role.id;
    }
    if (!coordinator.empty()) {
      add(kinds::no_coordinator, xml_.place(process_),
          "nobody is named for cases that have stopped; " + quoted(coordinator) + " gets them");
    }
  }
  made_->coordinator = names.intern(coordinator);
}

void Builder::write_variable(const std::string& name, const Form* form, bool other) {
  if (name.empty()) return;
  Writer& writer = writers_[name];
  if (form != nullptr) writer.forms.push_back(form);
  writer.other = writer.other || other;
  made_->variables.add(name);
}

// Variables are declared by use: by p:variable, by p:result, by p:set.
void Builder::declare_variables() {
  write_variable("case start", nullptr, true);
  write_variable("patient", nullptr, true);
  for (const Xnode& variable : ours(process_, "variable")) {
    const std::string name(trim(variable.attribute("name").value()));
    if (name.empty()) add(kinds::missing, xml_.place(variable), "<p:variable> has no name");
    write_variable(name, nullptr, true);
  }
  for (size_t i = 0; i < drafts_.size(); ++i) {
    const Xnode xml = drafts_[i].xml;
    const std::string form_id = our_text(xml, "form");
    const auto form = std::find_if(made_->forms.begin(), made_->forms.end(),
                                   [&](const Form& f) { return f.id() == form_id; });
    const bool decides = made_->nodes[i].op == Op::decision;
    const std::string result = our_text(xml, "result");
    write_variable(result, form == made_->forms.end() ? nullptr : &*form,
                   form == made_->forms.end() && !decides);
    if (decides && !result.empty()) {
      Writer& writer = writers_[result];
      writer.other = writer.other || writer.decision >= 0;
      writer.decision = static_cast<int>(i);
    }
    for (const Xnode& set : ours(xml, "set")) {
      const std::string name(trim(set.attribute("variable").value()));
      if (name == "case start") {
        add(kinds::attribute, xml_.place(set), "'case start' cannot be set");
      }
      if (name.empty()) add(kinds::missing, xml_.place(set), "<p:set> names no variable");
      write_variable(name, nullptr, true);
    }
  }
  for (auto& name : made_->variables.list) {
    made_->variable_names.push_back(name.name);
    const Writer& writer = writers_[name.name];
    if (writer.other || writer.decision >= 0 || writer.forms.empty()) continue;
    std::vector<std::pair<std::string, feel::TypeRef>> items;
    for (const Form* form : writer.forms) {
      for (const std::string& item : form->item_names()) {
        const auto same = [&](const auto& known) { return known.first == item; };
        const auto known = std::find_if(items.begin(), items.end(), same);
        const feel::TypeRef type = type_of(form->find(item)->type);
        if (known == items.end()) {
          items.emplace_back(item, type);
        } else if (known->second != type) {
          known->second = feel::Type::any();
        }
      }
    }
    name.type = feel::Type::context_of(std::move(items));
  }
  if (made_->variable_names.size() > 5'000) {
    add(kinds::unsupported, xml_.place(process_), "the process has more than 5,000 variables");
  }
}

// ---- decisions ----

void Builder::load_decisions() {
  dmn::ParseOptions options;
  options.functions = &pathway_functions();
  options.imports = [&](std::string_view,
                        std::string_view location) -> Result<std::pair<std::string, std::string>> {
    for (const auto& [file, content] : source_.dmn) {
      if (file == location) return std::pair(content, file);
    }
    return Error{ErrorCode::not_found, "the package has no file " + quoted(location)};
  };
  for (const auto& [file, content] : source_.dmn) {
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
  for (const dmn::Model& model : made_->models) {
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
        "no DMN file holds a decision " + quoted(name), suggestion(name, known));
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

// ---- expressions ----

uint16_t Builder::expression(const char* text, std::string_view what) {
  if (made_->expressions.size() >= expression_limit) return nothing;
  const auto index = static_cast<uint16_t>(made_->expressions.size());
  made_->expressions.emplace_back();
  const char* start = text;
  while (*start == ' ' || *start == '\n' || *start == '\t' || *start == '\r') ++start;
  if (*start == '=') ++start;
  const std::string_view source(start);
  if (trim(source).empty()) {
    add(kinds::missing, xml_.place_in(text, 0), std::string(what) + " is empty",
        "write a FEEL expression");
    return index;
  }
  feel::CompileOptions options;
  options.functions = &pathway_functions();
  Result<feel::Expression> compiled = feel::compile(source, made_->variables, options);
  if (!compiled) {
    const Place inside = parse_place(":" + compiled.error().where);  // line:column in the text
    size_t offset = static_cast<size_t>(start - text);
    for (int line = 1; line < inside.line; ++line) {
      const size_t next = source.find('\n', offset - static_cast<size_t>(start - text));
      if (next == source.npos) break;
      offset = static_cast<size_t>(start - text) + next + 1;
    }
    offset += static_cast<size_t>(std::max(inside.column - 1, 0));
    add(kinds::expression, xml_.place_in(text, offset),
        std::string(what) + ": " + compiled.error().message, compiled.error().help);
    return index;
  }
  check_paths(*compiled, text);
  check_on_duty(source, start);
  made_->expressions.back() = std::move(*compiled);
  return index;
}

// "daily.temprature": the form that fills `daily` has no such item.
void Builder::check_paths(const feel::Expression& expression, const char* text) {
  for (const std::string& path : expression.names_used()) {
    for (const auto& [name, type] : made_->variables.list) {
      if (type == nullptr || type->kind != feel::Type::Kind::context || type->fields.empty()) {
        continue;
      }
      if (path.size() <= name.size() || path.compare(0, name.size(), name) != 0 ||
          path[name.size()] != '.') {
        continue;
      }
      const std::string rest = path.substr(name.size() + 1);
      std::vector<std::string> known;
      bool found = false;
      for (const auto& [field, field_type] : type->fields) {
        known.push_back(field);
        found = found || rest == field || rest.compare(0, field.size() + 1, field + ".") == 0;
      }
      if (found) continue;
      add(kinds::unknown_item, xml_.place_in(text, 0),
          quoted(path) + ": " + quoted(name) + " has no " + quoted(rest), suggestion(rest, known));
    }
  }
}

// on duty("nurse"): the role must exist where it is written as a text.
void Builder::check_on_duty(std::string_view text, const char* start) {
  constexpr std::string_view call = "on duty(\"";
  for (size_t at = text.find(call); at != text.npos; at = text.find(call, at + 1)) {
    const size_t begin = at + call.size();
    const size_t end = text.find('"', begin);
    if (end == text.npos) return;
    const std::string role(text.substr(begin, end - begin));
    if (source_.organisation.role(role) != nullptr) continue;
    std::vector<std::string> known;
    for (const Role& declared : source_.organisation.roles) known.push_back(declared.id);
    add(kinds::unknown_role, xml_.place_in(start, begin),
        "the organisation has no role " + quoted(role), suggestion(role, known));
  }
}

uint16_t Builder::attribute_expression(const Xnode& xml, std::string_view name) {
  const Xattribute attribute = our_attribute(xml, name);
  return attribute ? expression(attribute.value(), attribute.name()) : nothing;
}

Fields Builder::fields(const std::vector<Xnode>& elements, uint16_t index) {
  Fields result;
  std::vector<std::string_view> keys;
  for (const Xnode& element : elements) {
    const std::string_view name = element.attribute("name").value();
    if (name.empty()) {
      add(kinds::missing, xml_.place(element),
          "<" + std::string(element.name()) + "> of " + drafts_[index].label + " has no name");
    } else if (std::find(keys.begin(), keys.end(), name) != keys.end()) {
      add(kinds::attribute, xml_.place(element),
          drafts_[index].label + " names " + quoted(name) + " twice");
    } else {
      keys.push_back(name);
      const uint16_t made = expression(element.child_value(), quoted(name));
      if (keys.size() == 1) result.first = made;
    }
  }
  if (!keys.empty()) result.shape = feel::shape_of(keys.data(), keys.size(), true);
  return result;
}

// ---- nodes ----

void Builder::bind(uint16_t index) {
  Node& node = made_->nodes[index];
  Activity& activity = made_->activities[index];
  const Xnode xml = drafts_[index].xml;
  activity.result = our_text(xml, "result");
  if (!activity.result.empty()) {
    node.result = static_cast<uint16_t>(made_->variables.find(activity.result));
  }
  if (!activity.result.empty() && drafts_[index].row->name.ends_with("Event") &&
      node.trigger != Trigger::message) {
    add(kinds::attribute, xml_.place(our_attribute(xml, "result")),
        drafts_[index].label + " brings nothing that could be kept");
  }
  node.trouble_role = made_->coordinator;
  bind_roles(index);
  if (node.op == Op::user_task) bind_form(index);
  if (node.op == Op::send_task) bind_send(index);
  if (node.op == Op::decision) bind_decision(index);
  if (node.op == Op::script_task) bind_script(index);
  if (node.trigger == Trigger::timer) bind_timer(index);
  node.due = attribute_expression(xml, "due");
  node.priority = attribute_expression(xml, "priority");
  node.channel = attribute_expression(xml, "channel");
  bind_fields(index);
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
          suggestion(role, known));
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
  activity.form = our_text(xml, "form");
  activity.title = our_text(xml, "title");
  if (activity.form.empty()) return;
  std::vector<std::string> known;
  for (const Form& form : made_->forms) known.push_back(form.id());
  if (std::find(known.begin(), known.end(), activity.form) == known.end()) {
    add(kinds::unknown_form, xml_.place(our_attribute(xml, "form")),
        "the package has no form " + quoted(activity.form), suggestion(activity.form, known));
  }
  if (activity.result.empty()) {
    add(kinds::answers_lost, place(index),
        "the answers to form " + quoted(activity.form) + " of " + drafts_[index].label +
            " go nowhere");
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
  const auto target = by_id_.find(activity.link);
  if (target == by_id_.end() || made_->nodes[target->second].op != Op::user_task) {
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
    made_->nodes[index].script = expression(script.child_value(), "the script");
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
    if (name == "timeDuration" || name == "timeDate") time = child;
  }
  if (!time) {
    add(kinds::missing, place(index), drafts_[index].label + " says no time",
        "add <timeDuration>PT4H</timeDuration>, or <timeDate>");
    return;
  }
  const std::string text(trim(time.child_value()));
  const bool duration = feel::parse_duration_value(text).has_value();
  const bool date = !duration && feel::parse_date_time(text).has_value();
  if (!duration && !date) {
    made_->nodes[index].timer = expression(time.child_value(), time.name());
    return;
  }
  const std::string constant =
      duration ? "duration(\"" + text + "\")" : "date and time(\"" + text + "\")";
  made_->nodes[index].timer = static_cast<uint16_t>(made_->expressions.size());
  made_->expressions.push_back(std::move(*feel::compile(constant, made_->variables)));
}

void Builder::bind_fields(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  Node& node = made_->nodes[index];
  node.sets.first = static_cast<uint32_t>(made_->assignments.size());
  for (const Xnode& set : ours(xml, "set")) {
    const int slot = made_->variables.find(trim(set.attribute("variable").value()));
    if (slot <= variable_case_start) continue;
    const uint16_t value = expression(set.child_value(), set.attribute("variable").value());
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

void Builder::bind_conditions() {
  for (size_t i = 0; i < flows_.size(); ++i) {
    for (const Xnode& child : flows_[i].xml) {
      if (Xml::local(child.name()) != "conditionExpression") continue;
      const std::string language = lower(child.attribute("language").value());
      if (!language.empty() && language.find("feel") == language.npos) {
        add(kinds::unsupported, xml_.place(child),
            "conditions are written in FEEL, not in " +
                quoted(child.attribute("language").value()));
      }
      made_->flows[i].condition = expression(
          child.child_value(), "the condition of " + quoted(flows_[i].xml.attribute("id").value()));
    }
  }
}

}  // namespace passerelle::pathway
