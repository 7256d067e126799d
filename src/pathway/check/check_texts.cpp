// Every word that somebody reads is there in every language of the package.
#include <algorithm>
#include <functional>
#include <set>

#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"

namespace passerelle::pathway {
namespace {

// Text keys that decisions give as results: texts in quotes that begin like a known group of keys.
void keys_of_decisions(const CheckInput& input,
                       const std::function<void(std::string, Place, std::string)>& use) {
  std::set<std::string> groups;
  for (const auto& [key, texts] : input.parts.texts) groups.insert(key.substr(0, key.find('.')));
  for (const auto& [file, content] : input.parts.files) {
    if (!file.ends_with(".dmn") && file != "pathway.bpmn") continue;
    for (size_t at = content.find('"'); at != std::string::npos; at = content.find('"', at + 1)) {
      const size_t end = content.find('"', at + 1);
      if (end == std::string::npos || end - at > 100) continue;
      const std::string key = content.substr(at + 1, end - at - 1);
      const size_t dot = key.find('.');
      const bool plain =
          key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos;
      if (dot == std::string::npos || !plain || !groups.contains(key.substr(0, dot))) continue;
      use(key, find_text(input.parts.files, file, "\"" + key + "\""), file);
    }
  }
}

// Languages whose file was read. Of the others the file is what is wrong, and not each of its
// words.
std::vector<std::string> languages_read(const CheckInput& input) {
  std::vector<std::string> out = input.parts.organisation.languages;
  std::erase_if(out, [&](const std::string& language) {
    const std::string file = "texts/" + language + ".yaml";
    return std::any_of(input.findings.begin(), input.findings.end(), [&](const Finding& finding) {
      return finding.place.file == file &&
             (finding.id == "unreadable-file" || finding.id == "missing-file");
    });
  });
  return out;
}

// What a message's text leaves open is filled by its send task, in every language.
void check_placeholders(const CheckInput& input, uint16_t index,
                        const std::vector<std::string>& languages) {
  const Activity& activity = input.pathway.activities()[index];
  const auto texts = input.parts.texts.find(activity.message);
  if (texts == input.parts.texts.end()) return;
  std::vector<std::string> filled = input.pathway.shown_fields(index);
  if (!activity.link.empty()) filled.emplace_back("link");
  for (const std::string& language : languages) {
    const auto found = texts->second.find(language);
    if (found == texts->second.end()) continue;
    const std::string_view text = found->second;
    const Place place =
        find_text(input.parts.files, "texts/" + language + ".yaml", activity.message + ":");
    bool has_link = false;
    for (size_t open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
      const size_t close = text.find('}', open);
      if (close == text.npos) break;
      const std::string name(text.substr(open + 1, close - open - 1));
      has_link = has_link || name == "link";
      if (std::find(filled.begin(), filled.end(), name) == filled.end())
        input.findings.push_back(
            check_finding("text-placeholder", place,
                          {activity.message, language, "{" + name + "}", "'" + activity.id + "'"}));
    }
    if (!activity.link.empty() && !has_link)
      input.findings.push_back(check_finding(
          "text-without-link", place, {activity.message, language, "'" + activity.id + "'"}));
  }
}

// A title or a message of a called package, which the caller's texts must not replace.
void check_said_alike(const CheckInput& input, const Activity& activity) {
  const std::string folder = activity.place.file.substr(0, activity.place.file.find('/', 3) + 1);
  for (const std::string& key : {activity.title, activity.message}) {
    const auto texts = input.parts.texts.find(key);
    if (key.empty() || texts == input.parts.texts.end()) continue;
    for (const auto& [language, text] : texts->second) {
      const auto theirs = input.parts.yaml.find(folder + "texts/" + language + ".yaml");
      const yaml::Node* said =
          theirs == input.parts.yaml.end() ? nullptr : theirs->second.find(key);
      if (said == nullptr || said->scalar == text) continue;
      input.findings.push_back(
          check_finding("name-in-two-packages", said->place, {"text", key, "says"}));
    }
  }
}

}  // namespace

void check_texts(const CheckInput& input) {
  const PackageParts& parts = input.parts;
  const std::vector<std::string> languages = languages_read(input);
  if (languages.empty() && !parts.organisation.languages.empty()) return;
  for (const auto& [key, texts] : parts.texts) {
    for (const std::string& language : languages) {
      const auto text = texts.find(language);
      if (text != texts.end() && !text->second.empty()) continue;
      const auto place = parts.text_places.find(key);
      input.findings.push_back(check_finding(
          "text-missing-language", place == parts.text_places.end() ? Place{} : place->second,
          {key, language}));
    }
  }
  std::set<std::string> told;
  const auto use = [&](const std::string& key, const Place& place, const std::string& user) {
    if (key.empty() || parts.texts.contains(key) || !told.insert(key).second) return;
    input.findings.push_back(check_finding("text-unknown", place, {key, user}));
  };
  use("package.title", {"texts", 0, 0}, "every list of packages");
  for (size_t i = 0; i < input.pathway.activities().size(); ++i) {
    const Activity& activity = input.pathway.activities()[i];
    use(activity.title, activity.place, "'" + activity.id + "'");
    if (is_of_called(activity.place.file)) check_said_alike(input, activity);
    if (activity.kind != ActivityKind::send_task) continue;
    use(activity.message, activity.place, "'" + activity.id + "'");
    check_placeholders(input, static_cast<uint16_t>(i), languages);
  }
  for (const Role& role : parts.organisation.roles)
    use(role.name_key, role.place, "role '" + role.id + "'");
  for (const ChannelInfo& channel : parts.organisation.channels)
    use(channel.name_key, channel.place, "channel '" + channel.id + "'");
  keys_of_decisions(input, use);
  for (const Scenario& scenario : parts.scenarios) {
    for (const std::string& language : parts.organisation.languages)
      if (!scenario.name.contains(language) || !scenario.question.contains(language))
        input.findings.push_back(check_finding("text-missing-language",
                                               {"scenarios/" + scenario.id + ".yaml", 0, 0},
                                               {"scenario " + scenario.id, language}));
  }
}

void check_forms(const PackageParts& parts, std::vector<Finding>& findings) {
  for (size_t f = 0; f < parts.forms.size(); ++f) {
    const Form& form = parts.forms[f];
    const auto missing = [&](const Texts& texts, const std::string& what, const Place& place) {
      for (const std::string& language : parts.organisation.languages) {
        const auto text = texts.find(language);
        if (text == texts.end() || text->second.empty())
          findings.push_back(
              check_finding("form-text-missing", place, {what, form.id(), language}));
      }
    };
    missing(form.title(), "the title", {parts.form_files[f], 0, 0});
    const std::function<void(const std::vector<Item>&)> walk = [&](const std::vector<Item>& items) {
      for (const Item& item : items) {
        missing(item.text, "item '" + item.link_id + "'", item.place);
        for (const Option& option : item.options)
          missing(option.text, "option '" + option.code + "' of item '" + item.link_id + "'",
                  item.place);
        walk(item.items);
      }
    };
    walk(form.items());
  }
}

}  // namespace passerelle::pathway
