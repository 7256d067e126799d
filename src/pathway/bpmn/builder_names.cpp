// Which names there are: roles, channels, variables and what they hold.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

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
    if (made_->nodes[i].op == Op::loop) continue;  // the activity inside writes
    const Xnode xml = drafts_[i].xml;
    // A message's payload may come without its form, from another system: nothing is known of it.
    const std::string form_id =
        made_->nodes[i].op == Op::user_task ? our_text(xml, "form") : std::string();
    const auto form = std::find_if(made_->forms.begin(), made_->forms.end(),
                                   [&](const Form& f) { return f.id() == form_id; });
    const bool decides = made_->nodes[i].op == Op::decision;
    const std::string result = our_text(xml, "result");
    check_settable(result, xml_.place(xml), false);
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
  declare_locals();
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

}  // namespace passerelle::pathway
