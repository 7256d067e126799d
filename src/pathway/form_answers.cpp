// Reading and writing answers. Everybody who answers (a page, a nurse on the phone, another system)
// comes through Form::build, so that one rule decides what is shown, required and in range.
#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include "base/text.h"
#include "pathway/form.h"

namespace passerelle::pathway {
namespace {

constexpr size_t text_limit = 5'000;  // characters of a free text, in bytes

enum class Wrong { missing, no_number, no_whole_number, no_date, no_option, no_boolean, too_long };
struct Words {
  Wrong wrong;
  std::string_view fr, en;
};
constexpr std::array words = {
    Words{Wrong::missing, "Cette réponse est nécessaire.", "This answer is needed."},
    Words{Wrong::no_number, "Écrivez un nombre, par exemple 38,5.",
          "Write a number, for example 38.5."},
    Words{Wrong::no_whole_number, "Écrivez un nombre sans virgule.", "Write a whole number."},
    Words{Wrong::no_date, "Écrivez une date, par exemple 2020-03-26.",
          "Write a date, for example 2020-03-26."},
    Words{Wrong::no_option, "Choisissez une des réponses.", "Choose one of the answers."},
    Words{Wrong::no_boolean, "Répondez par oui ou par non.", "Answer yes or no."},
    Words{Wrong::too_long, "Le texte est trop long.", "The text is too long."},
};

std::string say(Wrong wrong, std::string_view language) {
  for (const Words& row : words)
    if (row.wrong == wrong) return std::string(language == "fr" ? row.fr : row.en);
  return {};
}

std::string tidy(double number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return std::string(buffer.data(), end);
}

std::string say_range(const Item& item, std::string_view language) {
  const bool fr = language == "fr";
  if (item.min && item.max)
    return fr ? "Écrivez un nombre entre " + tidy(*item.min) + " et " + tidy(*item.max) + "."
              : "Write a number between " + tidy(*item.min) + " and " + tidy(*item.max) + ".";
  if (item.min)
    return (fr ? "Écrivez un nombre d’au moins " : "Write a number of at least ") +
           tidy(*item.min) + ".";
  return (fr ? "Écrivez un nombre d’au plus " : "Write a number of at most ") + tidy(*item.max) +
         ".";
}

Wrong wrong_for(ItemType type) {
  switch (type) {
    case ItemType::decimal:
      return Wrong::no_number;
    case ItemType::integer:
      return Wrong::no_whole_number;
    case ItemType::date:
    case ItemType::date_time:
      return Wrong::no_date;
    case ItemType::choice:
      return Wrong::no_option;
    case ItemType::boolean:
      return Wrong::no_boolean;
    case ItemType::group:
    case ItemType::display:
    case ItemType::string:
    case ItemType::text:
      break;
  }
  return Wrong::too_long;
}

bool is_question(const Item& item) {
  return item.type != ItemType::group && item.type != ItemType::display;
}

std::optional<feel::Value> parse_date(std::string_view text) {
  int year = 0, month = 0, day = 0;
  const auto number = [&](size_t at, size_t length, int& out) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + length, out);
    return error == std::errc() && end == text.data() + at + length;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day)) return std::nullopt;
  if (month < 1 || day < 1) return std::nullopt;
  return feel::Value::date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

bool holds(const Condition& condition, const feel::Value& answer) {
  if (condition.op == "exists") return answer.is_null() != condition.answer.boolean();
  if (answer.is_null() || condition.expected.is_null()) return false;
  if (condition.op == "=") return answer == condition.expected;
  if (condition.op == "!=") return !(answer == condition.expected);
  const auto order = feel::compare(answer, condition.expected);
  if (!order) return false;
  if (condition.op == ">") return *order > 0;
  if (condition.op == "<") return *order < 0;
  return condition.op == ">=" ? *order >= 0 : *order <= 0;
}

}  // namespace

std::optional<feel::Value> Form::parse_answer(const Item& item, std::string_view written) {
  const std::string_view text = trim(written);
  switch (item.type) {
    case ItemType::boolean:
      if (text != "true" && text != "false") return std::nullopt;
      return feel::Value::boolean(text == "true");
    case ItemType::decimal:
    case ItemType::integer: {
      // A comma is how French writes decimals.
      std::string number(text);
      std::replace(number.begin(), number.end(), ',', '.');
      if (number.size() > 30 || number.find_first_of("eE") != std::string::npos)
        return std::nullopt;
      auto value = feel::Value::number(number);
      if (value && item.type == ItemType::integer && !value->integer()) return std::nullopt;
      return value;
    }
    case ItemType::date:
      return parse_date(text);
    case ItemType::date_time: {
      const auto instant = parse_instant(text);
      if (!instant) return std::nullopt;
      return feel::Value::date_time(*instant, Zone::utc());
    }
    case ItemType::choice:
      for (const Option& option : item.options) {
        if (option.code != text) continue;
        if (option.grade) return feel::Value::integer(*option.grade);
        return feel::Value::string(option.code);
      }
      return std::nullopt;
    case ItemType::string:
    case ItemType::text:
      if (written.size() > text_limit || !is_utf8(written)) return std::nullopt;
      return feel::Value::string(text);
    case ItemType::group:
    case ItemType::display:
      break;
  }
  return std::nullopt;
}

bool Form::enabled(const Item& item, const feel::Value& answers) const {
  if (item.enable_when.empty()) return true;
  const auto test = [&](const Condition& c) { return holds(c, answers[c.question]); };
  return item.enable_all ? std::all_of(item.enable_when.begin(), item.enable_when.end(), test)
                         : std::any_of(item.enable_when.begin(), item.enable_when.end(), test);
}

feel::Value Form::build(const std::map<std::string, std::string>& answers,
                        std::string_view language, std::vector<Refusal>& refusals) const {
  // A question may depend on another that is itself hidden: shown or not is settled in rounds; no
  // more are needed than questions depend on each other.
  std::map<std::string, feel::Value> values;
  std::map<std::string, bool> shown;
  const auto context = [&] {
    feel::ContextBuilder builder;
    for (const std::string& name : item_names()) builder.set(name, values[name]);
    return builder.build();
  };
  feel::Value current;
  for (unsigned round = 0; round < 12; ++round) {
    current = context();
    bool changed = round == 0;
    const std::function<void(const std::vector<Item>&, bool)> settle =
        [&](const std::vector<Item>& list, bool visible) {
          for (const Item& item : list) {
            const bool now = visible && enabled(item, current);
            const auto written = answers.find(item.link_id);
            feel::Value value;
            if (now && is_question(item) && written != answers.end() &&
                !trim(written->second).empty())
              value = parse_answer(item, written->second).value_or(feel::Value());
            if (round == 0 || shown[item.link_id] != now || !(values[item.link_id] == value))
              changed = true;
            shown[item.link_id] = now;
            values[item.link_id] = value;
            settle(item.items, now);
          }
        };
    settle(items_, true);
    if (!changed) break;
  }
  const std::function<void(const std::vector<Item>&)> judge = [&](const std::vector<Item>& list) {
    for (const Item& item : list) {
      if (!shown[item.link_id]) continue;
      judge(item.items);
      if (!is_question(item)) continue;
      const auto written = answers.find(item.link_id);
      const bool given = written != answers.end() && !trim(written->second).empty();
      feel::Value& value = values[item.link_id];
      if (!given && item.required) {
        refusals.push_back({item.link_id, say(Wrong::missing, language)});
      } else if (given && value.is_null()) {
        refusals.push_back({item.link_id, say(wrong_for(item.type), language)});
      } else if (value.is_number() && item.type != ItemType::choice &&
                 ((item.min && value.real() < *item.min) ||
                  (item.max && value.real() > *item.max))) {
        refusals.push_back({item.link_id, say_range(item, language)});
        value = {};
      }
    }
  };
  judge(items_);
  return context();
}

feel::Value Form::read(const std::map<std::string, std::string>& answers, std::string_view language,
                       std::vector<Refusal>& refusals) const {
  return build(answers, language, refusals);
}

feel::Value Form::read_response(json::Value response, std::string_view language,
                                std::vector<Refusal>& refusals) const {
  std::map<std::string, std::string> answers;
  const std::function<void(json::Value, unsigned)> collect = [&](json::Value list, unsigned depth) {
    if (depth > 20) return;
    for (const json::Value item : list.items()) {
      const std::string link_id(item["linkId"].string());
      if (find(link_id) == nullptr) {
        refusals.push_back({link_id, language == "fr" ? "Le formulaire n’a pas cette question."
                                                      : "The form has no such question."});
        continue;
      }
      const json::Value answer = item["answer"];
      if (answer.size() > 1)
        refusals.push_back({link_id, language == "fr" ? "Une seule réponse est possible."
                                                      : "Only one answer is possible."});
      for (const json::Member& member : answer[size_t{0}].members()) {
        const json::Value value = member.value;
        if (member.name == "valueCoding") {
          answers[link_id] = std::string(value["code"].string());
        } else if (value.is_boolean()) {
          answers[link_id] = value.boolean() ? "true" : "false";
        } else if (value.is_number()) {
          answers[link_id] = std::string(value.number());
        } else if (value.is_string()) {
          answers[link_id] = std::string(value.string());
        }
      }
      collect(item["item"], depth + 1);
    }
  };
  collect(response["item"], 0);
  return build(answers, language, refusals);
}

namespace {

struct Writer {
  const Form& form;
  const feel::Value& answers;
  json::Document& document;

  json::Value answer(const Item& item, const feel::Value& value) const {
    json::Document& d = document;
    switch (item.type) {
      case ItemType::boolean:
        return d.object({{"valueBoolean", d.boolean(value.is_true())}});
      case ItemType::decimal:
        return d.object({{"valueDecimal", feel::to_json(value, d)}});
      case ItemType::integer:
        return d.object({{"valueInteger", feel::to_json(value, d)}});
      case ItemType::date:
        return d.object({{"valueDate", d.string(feel::to_text(value))}});
      case ItemType::date_time:
        return d.object({{"valueDateTime", d.string(feel::to_text(value))}});
      case ItemType::choice:
        return d.object({{"valueCoding", coding(item, value)}});
      case ItemType::string:
      case ItemType::text:
      case ItemType::group:
      case ItemType::display:
        break;
    }
    return d.object({{"valueString", d.string(value.text())}});
  }

  // The coding as the form offers it, without its extensions.
  json::Value coding(const Item& item, const feel::Value& value) const {
    for (const Option& option : item.options) {
      const bool same =
          option.grade ? value == feel::Value::integer(*option.grade) : value.text() == option.code;
      if (!same) continue;
      const std::string system = system_of(form.questionnaire()["item"], item.link_id, option.code);
      std::vector<json::Member> members;
      if (!system.empty()) members.push_back({"system", document.string(system)});
      members.push_back({"code", document.string(option.code)});
      if (!option.text.empty())
        members.push_back({"display", document.string(option.text.begin()->second)});
      return document.object(members);
    }
    return document.object({});
  }

  static std::string system_of(json::Value items, std::string_view link_id, std::string_view code) {
    for (const json::Value item : items.items()) {
      if (item["linkId"].string() == link_id)
        for (const json::Value option : item["answerOption"].items())
          if (option["valueCoding"]["code"].string() == code)
            return std::string(option["valueCoding"]["system"].string());
      std::string inside = system_of(item["item"], link_id, code);
      if (!inside.empty()) return inside;
    }
    return {};
  }

  json::Value items(const std::vector<Item>& list) const {
    std::vector<json::Value> out;
    for (const Item& item : list) {
      const feel::Value& value = answers[item.link_id];
      if (item.type == ItemType::group) {
        const json::Value inside = items(item.items);
        if (inside.size() > 0)
          out.push_back(
              document.object({{"linkId", document.string(item.link_id)}, {"item", inside}}));
      } else if (!value.is_null()) {
        const std::array<json::Value, 1> one = {answer(item, value)};
        out.push_back(document.object(
            {{"linkId", document.string(item.link_id)}, {"answer", document.array(one)}}));
      }
    }
    return document.array(out);
  }
};

}  // namespace

json::Value Form::to_response(const feel::Value& answers, json::Document& document) const {
  std::vector<json::Member> members = {{"resourceType", document.string("QuestionnaireResponse")}};
  const json::Value url = questionnaire()["url"];
  if (url.is_string()) members.push_back({"questionnaire", document.string(url.string())});
  members.push_back({"status", document.string("completed")});
  const json::Value items = Writer{*this, answers, document}.items(items_);
  if (items.size() > 0) members.push_back({"item", items});
  return document.object(members);
}

}  // namespace passerelle::pathway
