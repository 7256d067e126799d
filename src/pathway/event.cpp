#include "pathway/event.h"

namespace passerelle::pathway {

std::string_view to_text(Lifecycle lifecycle) {
  switch (lifecycle) {
    case Lifecycle::schedule:
      return "schedule";
    case Lifecycle::assign:
      return "assign";
    case Lifecycle::start:
      return "start";
    case Lifecycle::suspend:
      return "suspend";
    case Lifecycle::resume:
      return "resume";
    case Lifecycle::complete:
      return "complete";
    case Lifecycle::withdraw:
      return "withdraw";
    case Lifecycle::ate_abort:
      return "ate_abort";
  }
  return "complete";
}

void add_fired(feel::Value& data, feel::Value fired) {
  if (data.is_null()) data = feel::ContextBuilder().build();
  if (data.find(fired_field) == nullptr) data = data.with(fired_field, std::move(fired));
}

NameTable::NameTable() : texts_(1) { index_.emplace("", 0); }

Name NameTable::intern(std::string_view text) {
  const auto found = index_.find(text);
  if (found != index_.end()) return found->second;
  const auto name = static_cast<Name>(texts_.size());
  texts_.emplace_back(text);
  index_.emplace(texts_.back(), name);
  return name;
}

Name NameTable::find(std::string_view text) const {
  const auto found = index_.find(text);
  return found == index_.end() ? 0 : found->second;
}

const std::string& NameTable::text(Name name) const {
  CHECK(name < texts_.size(), "a name of another table");
  return texts_[name];
}

}  // namespace passerelle::pathway
