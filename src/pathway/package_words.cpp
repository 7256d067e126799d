#include "pathway/package_words.h"

#include <algorithm>

#include "pathway/dmn/reasons.h"

namespace passerelle::pathway {
namespace {

// "daily.temperature" -> {daily, temperature}
std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
  const size_t dot = path.find('.');
  if (dot == path.npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

}  // namespace

PackageWords::PackageWords(const Package& package, std::string_view language)
    : package_(package), language_(language) {
  const auto add = [](std::vector<const Form*>& forms, const Form* form) {
    if (form != nullptr && std::find(forms.begin(), forms.end(), form) == forms.end())
      forms.push_back(form);
  };
  for (const Activity& activity : package.pathway.activities()) {
    const bool message = activity.kind == ActivityKind::message_event ||
                         activity.kind == ActivityKind::boundary_message;
    const Form* form = message ? package.pathway.message_form(activity.message)
                               : package.pathway.form(activity.form);
    add(all_, form);
    if (!activity.result.empty()) add(forms_[activity.result], form);
  }
}

std::optional<std::string> PackageWords::text(std::string_view key) const {
  if (!package_.texts.contains(std::string(key))) return std::nullopt;
  return package_.text(key, language_);
}

std::optional<std::string> PackageWords::in_language(const Texts& texts) const {
  const auto exact = texts.find(language_);
  if (exact != texts.end() && !exact->second.empty()) return exact->second;
  for (const std::string& language : package_.languages) {
    const auto other = texts.find(language);
    if (other != texts.end() && !other->second.empty()) return other->second;
  }
  return std::nullopt;
}

const Item* PackageWords::item(std::string_view path) const {
  const auto [variable, name] = split_path(path);
  const auto forms = forms_.find(variable);
  if (forms == forms_.end()) return nullptr;
  for (const Form* form : forms->second) {
    if (const Item* found = form->find(name)) return found;
  }
  return nullptr;
}

std::optional<std::string> PackageWords::question(std::string_view path) const {
  const Item* asked = item(path);
  return asked == nullptr ? std::nullopt : in_language(asked->text);
}

std::optional<std::string> PackageWords::name_of(const Item& asked,
                                                 const feel::Value& value) const {
  for (const Option& option : asked.options) {
    const bool same = option.grade ? value == feel::Value::integer(*option.grade)
                                   : value.is_string() && value.text() == option.code;
    if (same) return in_language(option.text);
  }
  return std::nullopt;
}

std::optional<std::string> PackageWords::answer(std::string_view path,
                                                const feel::Value& value) const {
  if (const Item* asked = item(path)) return name_of(*asked, value);
  const auto [variable, name] = split_path(path);
  std::optional<std::string> only;
  for (const Form* form : all_) {
    const Item* found = name.empty() ? nullptr : form->find(name);
    if (found == nullptr || found->options.empty()) continue;
    const auto words = name_of(*found, value);
    if (!words || (only && *only != *words)) return std::nullopt;
    only = words;
  }
  return only;
}

dmn::Telling tell_event(const Package& package, const dmn::Vocabulary& words,
                        std::string_view language, std::string_view activity,
                        const feel::Value& fired) {
  const auto index = package.pathway.find_activity(activity);
  const auto models = package.pathway.models();
  if (!index || models.empty() || fired.is_null()) return {};
  const std::string& decision = package.pathway.activities()[*index].decision;
  return dmn::Teller(models, words, language)
      .tell(dmn::reasons_from(fired, models, decision), decision);
}

}  // namespace passerelle::pathway
