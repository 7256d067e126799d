#include "run/why.h"

#include <algorithm>

#include "base/text.h"

namespace passerelle::run {
namespace {

// The texts of rules in what work shows: keys of the package's texts, however deep.
void collect_keys(json::Value value, const pathway::Package& package,
                  std::vector<std::string>& keys) {
  if (value.is_string()) {
    std::string key(value.string());
    const bool known = std::find(keys.begin(), keys.end(), key) != keys.end();
    if (!known && package.texts.contains(key)) keys.push_back(std::move(key));
  }
  if (value.is_array())
    for (const json::Value item : value.items()) collect_keys(item, package, keys);
  if (value.is_object())
    for (const auto& member : value.members()) collect_keys(member.value, package, keys);
}

// The rule that says the text, or one below it that does.
const dmn::Told* rule_saying(const std::vector<dmn::Told>& rules, const std::string& written) {
  for (const dmn::Told& told : rules) {
    for (const dmn::Text& output : told.table->rules[told.rule].outputs)
      if (trim(output.text) == written) return &told;
    if (const dmn::Told* below = rule_saying(told.below, written)) return below;
  }
  return nullptr;
}

}  // namespace

dmn::Telling Explainer::telling(const pathway::Package& package, std::string_view activity,
                                json::Value data) {
  const json::Value fired = data[pathway::fired_field];
  if (!fired.is_array()) return {};
  if (package_ != &package) words_.emplace(package, language_);
  package_ = &package;
  return pathway::tell_event(package, *words_, language_, activity, feel::from_json(fired));
}

std::string Explainer::why_json(const pathway::Package& package, std::string_view activity,
                                json::Value data) {
  const dmn::Telling told = telling(package, activity, data);
  return told.rules.empty() ? std::string() : dmn::to_json_text(told.rules);
}

std::string write_without_fired(json::Value data) {
  if (!data[pathway::fired_field].is_array()) return json::write(data);
  std::vector<json::Member> members;
  json::Document document;
  for (const auto& member : data.members())
    if (member.name != pathway::fired_field)
      members.push_back({member.name, document.copy(member.value)});
  return json::write(document.object(members));
}

std::vector<Why> why_shown(const WorkItem& work, const std::vector<store::EventRecord>& events,
                           const std::vector<PackagePointer>& packages, std::string_view language) {
  std::vector<std::string> keys;
  const auto shown = json::Document::parse(work.show);
  if (shown && !packages.empty()) collect_keys(shown->root(), *packages.back(), keys);
  std::vector<Why> found(keys.size());
  Explainer explainer(language);
  for (size_t i = keys.empty() ? 0 : events.size(); i-- > 0;) {
    const store::EventRecord& event = events[i];
    if (event.at > work.opened || event.bytes.find(pathway::fired_field) == std::string::npos)
      continue;
    const auto document = json::Document::parse(event.bytes);
    if (!document) continue;
    const dmn::Telling telling =
        explainer.telling(*packages[i], event.activity, document->root()["data"]);
    for (size_t k = 0; k < keys.size(); ++k) {
      const dmn::Told* told = rule_saying(telling.rules, json::quote(keys[k]));
      if (told == nullptr || !found[k].rules.empty()) continue;
      found[k] = {packages.back()->text(keys[k], language), event.at,
                  dmn::to_json_text(std::span(told, 1))};
    }
  }
  std::erase_if(found, [](const Why& why) { return why.rules.empty(); });
  return found;
}

}  // namespace passerelle::run
