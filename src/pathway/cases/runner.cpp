#include "pathway/cases/runner.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "pathway/cases/player.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {
namespace {

using Answers = std::map<std::string, std::string>;

std::optional<int> number(std::string_view text) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// "09:30"
std::optional<std::chrono::minutes> time_of_day(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2) return std::nullopt;
  const auto hour = number(parts[0]), minute = number(parts[1]);
  if (!hour || !minute || *hour > 23 || *minute > 59 || *hour < 0 || *minute < 0)
    return std::nullopt;
  return std::chrono::minutes(*hour * 60 + *minute);
}

std::string list_text(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : ", ") + each;
  return "[" + out + "]";
}

class Runner {
 public:
  Runner(const Pathway& pathway, CasesResult& result)
      : pathway_(pathway), result_(result), read_(result.findings) {}

  void play(const yaml::Node& root) {
    if (!read_.mapping(root, {"defaults", "answers", "cases"})) return;
    if (const auto* answers = root.find("answers"))
      if (read_.any_mapping(*answers)) named_answers_ = answers;
    defaults_ = root.find("defaults");
    const auto* cases = read_.member(root, "cases", true);
    if (cases == nullptr || !read_.sequence(*cases)) return;
    if (cases->items.empty())
      result_.findings.push_back(check_finding("no-cases", cases->place, {}));
    for (const yaml::Node& each : cases->items) play_case(each);
  }

 private:
  void play_case(const yaml::Node& node) {
    if (!read_.mapping(node, {"name", "given", "when", "then"})) return;
    name_ = read_.text(node, "name", true);
    const yaml::Node* given = node.find("given");
    const auto start = start_of(given);
    if (!start) {
      impossible(node, "no `at:` says when the case is opened, like \"2020-03-26 10:00\"");
      return;
    }
    ++result_.played;
    Player player(pathway_, *start);
    start_day_ =
        std::chrono::floor<std::chrono::days>(pathway_.organisation().zone.to_local(*start));
    if (!open(player, given)) return;
    if (const auto* when = node.find("when")) {
      if (!read_.sequence(*when)) return;
      for (const yaml::Node& action : when->items)
        if (!act(player, action)) return;
    }
    if (const auto* then = read_.member(node, "then", true)) expect(player, *then);
  }

  std::optional<Instant> start_of(const yaml::Node* given) {
    for (const yaml::Node* node : {given, defaults_}) {
      const yaml::Node* at = node == nullptr ? nullptr : node->find("at");
      if (at == nullptr) continue;
      const auto parts = split(at->scalar, ' ');
      if (parts.size() != 2) return std::nullopt;
      const auto day = parse_calendar_day(parts[0]);
      const auto time = time_of_day(parts[1]);
      if (!day || !time) return std::nullopt;
      return pathway_.organisation().zone.to_instant(LocalTime(*day) + *time);
    }
    return std::nullopt;
  }

  // Work that is done at once when the case is opened (the enrolment), by activity.
  bool open(Player& player, const yaml::Node* given) {
    std::vector<std::string> activities;
    std::map<std::string, Answers> answers;
    for (const yaml::Node* node : {defaults_, given}) {
      if (node == nullptr || !read_.any_mapping(*node)) continue;
      for (const auto& [activity, value] : node->members) {
        if (activity == "at") continue;
        if (!answers.contains(activity)) activities.push_back(activity);
        if (!fill(value, answers[activity])) return false;
      }
    }
    for (const std::string& activity : activities) {
      const auto done = player.complete(activity, answers[activity]);
      if (!done) return impossible(given != nullptr ? *given : *defaults_, done.error().message);
    }
    return true;
  }

  // {use: well, temperature: 39}: a named set of answers, then what differs.
  bool fill(const yaml::Node& node, Answers& answers) {
    if (node.kind == yaml::Kind::scalar) return use(node, answers);
    if (!read_.any_mapping(node)) return false;
    if (const auto* base = node.find("use"))
      if (!use(*base, answers)) return false;
    for (const auto& [item, value] : node.members) {
      if (item == "use") continue;
      if (value.is_null()) {
        answers.erase(item);
      } else {
        answers[item] = value.scalar;
      }
    }
    return true;
  }

  bool use(const yaml::Node& name, Answers& answers) {
    const yaml::Node* set = named_answers_ ? named_answers_->find(name.scalar) : nullptr;
    if (set == nullptr) return impossible(name, "no answers are called '" + name.scalar + "'");
    return fill(*set, answers);
  }

  // "d1 09:30": day 1 after the opening, local time.
  std::optional<Instant> instant(const yaml::Node& node) {
    const auto parts = split(node.scalar, ' ');
    const auto day =
        parts.size() == 2 && parts[0].starts_with("d") ? number(parts[0].substr(1)) : std::nullopt;
    const auto time = parts.size() == 2 ? time_of_day(parts[1]) : std::nullopt;
    if (!day || !time) {
      impossible(node, "'" + node.scalar + "' is no time; write \"d1 09:30\" (day 1, local time)");
      return std::nullopt;
    }
    return pathway_.organisation().zone.to_instant(LocalTime(start_day_ + std::chrono::days(*day)) +
                                                   *time);
  }

  bool act(Player& player, const yaml::Node& action) {
    if (!read_.mapping(action, {"at", "do", "answers", "message", "with", "then"})) return false;
    if (const auto* at = action.find("at")) {
      const auto to = instant(*at);
      if (!to) return false;
      if (*to < player.now()) return impossible(*at, "time runs backwards here");
      // News are what happens from here on, timers on the way included.
      player.clear_news();
      const auto moved = player.advance(*to);
      if (!moved) return impossible(*at, moved.error().message);
    }
    if (const auto* work = action.find("do")) {
      Answers answers;
      if (const auto* given = action.find("answers"))
        if (!fill(*given, answers)) return false;
      const auto done = player.complete(work->scalar, answers);
      if (!done) return impossible(*work, done.error().message + open_text(player));
    }
    if (const auto* message = action.find("message")) {
      Answers payload;
      if (const auto* with = action.find("with"))
        for (const auto& [key, value] : with->members)
          if (!value.is_null()) payload.emplace(key, value.scalar);
      const auto told = player.tell(message->scalar, payload);
      if (!told) return impossible(*message, told.error().message);
    }
    if (const auto* then = action.find("then")) expect(player, *then);
    return true;
  }

  void expect(Player& player, const yaml::Node& then) {
    if (!read_.mapping(
            then, {"open", "due", "priority", "sent", "recorded", "ended", "events", "no_events"}))
      return;
    const auto open = player.open();
    if (const auto* node = then.find("open")) {
      std::vector<std::string> seen;
      for (const auto& [activity, work] : open) seen.push_back(activity);
      compare(*node, "open work", read_.texts(then, "open"), seen);
    }
    if (const auto* node = then.find("sent")) {
      std::vector<std::string> seen;
      for (const Player::Sent& sent : player.sent()) seen.push_back(sent.message);
      compare(*node, "messages", read_.texts(then, "sent"), seen);
    }
    if (const auto* due = then.find("due"))
      for (const auto& [activity, value] : due->members) expect_due(open, activity, value);
    if (const auto* priority = then.find("priority"))
      for (const auto& [activity, value] : priority->members) {
        const auto found = open.find(activity);
        const std::string seen =
            found == open.end() ? "not open" : std::to_string(found->second.priority);
        if (seen != value.scalar)
          failed(value, "priority " + value.scalar + " of '" + activity + "'", seen);
      }
    if (const auto* recorded = then.find("recorded"))
      for (const auto& [field, value] : recorded->members) expect_recorded(player, field, value);
    if (const auto* node = then.find("ended"))
      if (read_.boolean(then, "ended", false) != player.ended())
        failed(*node, node->scalar == "true" ? "an ended case" : "a case that goes on",
               player.ended() ? "it has ended" : "it goes on" + open_text(player));
    for (const bool wanted : {true, false}) {
      const auto* node = then.find(wanted ? "events" : "no_events");
      if (node == nullptr || !read_.sequence(*node)) continue;
      for (const yaml::Node& each : node->items) {
        const std::string never = never_recorded(each.scalar);
        if (!never.empty()) {
          impossible(each, never);
          continue;
        }
        const auto& all = player.happened();
        if ((std::find(all.begin(), all.end(), each.scalar) != all.end()) != wanted)
          failed(each, (wanted ? "" : "no ") + ("'" + each.scalar) + "'", list_text(all));
      }
    }
  }

  // Why no event of this id can ever be seen, or "": then an expectation would mean nothing.
  std::string never_recorded(const std::string& id) const {
    if (id == "case") return "";
    const auto found = pathway_.find_activity(id);
    if (!found) {
      std::vector<std::string> known;
      for (const Activity& activity : pathway_.activities())
        if (!activity.part) known.push_back(activity.id);
      const std::string near = closest(id, known);
      return "the pathway has no element '" + id + "'" +
             (near.empty() ? "" : "; did you mean '" + near + "'?");
    }
    switch (pathway_.activities()[*found].kind) {
      case ActivityKind::exclusive_gateway:
      case ActivityKind::parallel_gateway:
      case ActivityKind::event_gateway:
      case ActivityKind::inclusive_gateway:
      case ActivityKind::complex_gateway:
        return "'" + id +
               "' is a gateway, and gateways are not recorded: name a task or an event behind it";
      default:
        return "";
    }
  }

  void expect_due(const std::multimap<std::string, OpenWork>& open, const std::string& activity,
                  const yaml::Node& value) {
    const auto wanted = instant(value);
    if (!wanted) return;
    const auto found = open.find(activity);
    if (found == open.end()) {
      failed(value, "'" + activity + "' due " + value.scalar, "it is not open");
    } else if (found->second.due != wanted) {
      failed(value, "'" + activity + "' due " + value.scalar,
             found->second.due ? moment(*found->second.due) : std::string("no deadline"));
    }
  }

  std::string moment(Instant at) const {
    const LocalTime local = pathway_.organisation().zone.to_local(at);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto of_day = std::chrono::floor<std::chrono::minutes>(local - day).count();
    const auto two = [](int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return "d" + std::to_string((day - start_day_).count()) + " " + two(of_day / 60) + ":" +
           two(of_day % 60);
  }

  void expect_recorded(const Player& player, const std::string& field, const yaml::Node& value) {
    const feel::Value seen = player.recorded(field);
    if (value.kind == yaml::Kind::sequence) {
      std::vector<std::string> wanted, there;
      for (const yaml::Node& each : value.items) wanted.push_back(each.scalar);
      for (const feel::Value& each : seen.items()) there.push_back(feel::to_text(each));
      compare(value, "'" + field + "' recorded as", wanted, there);
      return;
    }
    const std::string text = feel::to_text(seen);
    if (text != (value.is_null() ? "null" : value.scalar))
      failed(value, "'" + field + "' recorded as " + value.scalar, text);
  }

  void compare(const yaml::Node& node, const std::string& what, std::vector<std::string> wanted,
               std::vector<std::string> seen) {
    std::sort(wanted.begin(), wanted.end());
    std::sort(seen.begin(), seen.end());
    if (wanted != seen) failed(node, what + " " + list_text(wanted), list_text(seen));
  }

  static std::string open_text(const Player& player) {
    std::vector<std::string> list;
    for (const auto& [activity, work] : player.open()) list.push_back(activity);
    return "; open: " + list_text(list);
  }

  void failed(const yaml::Node& at, const std::string& wanted, const std::string& seen) {
    result_.findings.push_back(check_finding("case-failed", at.place, {name_, wanted, seen}));
  }
  bool impossible(const yaml::Node& at, const std::string& why) {
    result_.findings.push_back(check_finding("case-impossible", at.place, {name_, why}));
    return false;
  }

  const Pathway& pathway_;
  CasesResult& result_;
  YamlReader read_;
  const yaml::Node* named_answers_ = nullptr;
  const yaml::Node* defaults_ = nullptr;
  std::string name_;
  std::chrono::local_days start_day_{};
};

}  // namespace

CasesResult play_cases(const yaml::Node& root, const Pathway& pathway) {
  CasesResult result;
  Runner(pathway, result).play(root);
  return result;
}

void check_cases(const CheckInput& input) {
  const auto cases = input.parts.yaml.find("cases.yaml");
  if (cases == input.parts.yaml.end()) {
    if (!input.parts.files.contains("cases.yaml"))
      input.findings.push_back(check_finding("no-cases", {"cases.yaml", 0, 0}, {}));
    return;
  }
  CasesResult result = play_cases(cases->second, input.pathway);
  for (Finding& finding : result.findings) input.findings.push_back(std::move(finding));
}

}  // namespace passerelle::pathway
