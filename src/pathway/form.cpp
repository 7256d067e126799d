#include "pathway/form.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

constexpr std::string_view translation_url = "http://hl7.org/fhir/StructureDefinition/translation";
constexpr std::string_view ordinal_url = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
constexpr std::string_view unit_url = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit";
constexpr std::string_view min_url = "http://hl7.org/fhir/StructureDefinition/minValue";
constexpr std::string_view max_url = "http://hl7.org/fhir/StructureDefinition/maxValue";
constexpr unsigned nesting_limit = 20;

struct TypeName {
  std::string_view name;
  ItemType type;
};
// What FHIR offers beyond these (quantity, reference, attachment, open-choice, url, time) no page
// of ours can ask yet: refused, not ignored.
constexpr std::array type_names = {
    TypeName{"group", ItemType::group},        TypeName{"display", ItemType::display},
    TypeName{"boolean", ItemType::boolean},    TypeName{"decimal", ItemType::decimal},
    TypeName{"integer", ItemType::integer},    TypeName{"date", ItemType::date},
    TypeName{"dateTime", ItemType::date_time}, TypeName{"string", ItemType::string},
    TypeName{"text", ItemType::text},          TypeName{"choice", ItemType::choice},
};
constexpr std::array<std::string_view, 7> operators = {"exists", "=", "!=", ">", "<", ">=", "<="};

json::Value extension(json::Value of, std::string_view url) {
  for (const json::Value each : of["extension"].items())
    if (each["url"].string() == url) return each;
  return {};
}

// The text in the document's language and its translations (FHIR R4, StructureDefinition
// translation, on the underscore member of a primitive).
Texts read_texts(json::Value holder, std::string_view member, std::string_view language) {
  Texts texts;
  if (holder[member].is_string())
    texts[std::string(language)] = std::string(holder[member].string());
  for (const json::Value each : holder["_" + std::string(member)]["extension"].items()) {
    if (each["url"].string() != translation_url) continue;
    const auto lang = extension(each, "lang")["valueCode"].string();
    const auto content = extension(each, "content")["valueString"].string();
    if (!lang.empty()) texts[std::string(lang)] = std::string(content);
  }
  return texts;
}

// Line and column of the item with this linkId: the JSON tree keeps none, and a name stands once.
Place place_of(std::string_view text, std::string_view link_id, const std::string& file) {
  const std::string wanted = json::quote(link_id);
  for (size_t at = text.find("\"linkId\""); at != std::string_view::npos;
       at = text.find("\"linkId\"", at + 1)) {
    size_t value = text.find_first_not_of(" \t\r\n:", at + 8);
    if (value == std::string_view::npos || text.substr(value, wanted.size()) != wanted) continue;
    Place place{file, 1, 1};
    for (size_t i = 0; i < at; ++i) {
      place.column = text[i] == '\n' ? 1 : place.column + 1;
      place.line += text[i] == '\n' ? 1 : 0;
    }
    return place;
  }
  return {file, 0, 0};
}

struct FormReader {
  std::string_view text;
  const std::string& file;
  std::string language;
  std::map<std::string, Place> seen;

  Error wrong(std::string message, const Place& place, std::string help = {}) const {
    return {ErrorCode::invalid, std::move(message), to_text(place), std::move(help)};
  }

  Result<std::vector<Item>> items(json::Value list, unsigned depth) {
    std::vector<Item> out;
    if (depth > nesting_limit)
      return wrong("groups are nested deeper than 20 levels", {file, 0, 0});
    for (const json::Value each : list.items()) {
      TRY(Item item, read(each, depth));
      out.push_back(std::move(item));
    }
    return out;
  }

  Result<Item> read(json::Value node, unsigned depth) {
    Item item;
    item.link_id = std::string(node["linkId"].string());
    item.place = place_of(text, item.link_id, file);
    if (item.link_id.empty())
      return wrong("an item has no linkId", {file, 0, 0}, "give every item a name");
    if (!seen.emplace(item.link_id, item.place).second)
      return wrong("two items are called '" + item.link_id + "'", item.place,
                   "a linkId is the answer's name in rules: give each its own");
    const std::string_view type = node["type"].string();
    const auto* found = std::find_if(type_names.begin(), type_names.end(),
                                     [&](const TypeName& t) { return t.name == type; });
    if (found == type_names.end())
      return wrong("item '" + item.link_id + "' has the type '" + std::string(type) +
                       "', which no page can ask",
                   item.place,
                   "use boolean, decimal, integer, date, dateTime, string, text, "
                   "choice, group or display");
    item.type = found->type;
    if (node["repeats"].boolean())
      return wrong("item '" + item.link_id + "' repeats; answers are single", item.place,
                   "ask one question for each");
    item.text = read_texts(node, "text", language);
    item.required = node["required"].boolean();
    item.unit = std::string(extension(node, unit_url)["valueCoding"]["code"].string());
    limits(node, item);
    TRY_VOID(options(node, item));
    TRY_VOID(conditions(node, item));
    TRY(item.items, items(node["item"], depth + 1));
    if (!item.items.empty() && item.type != ItemType::group)
      return wrong("item '" + item.link_id + "' has items of its own but is no group", item.place,
                   "put them beside it");
    return item;
  }

  static void limits(json::Value node, Item& item) {
    const auto bound = [&](std::string_view url) -> std::optional<double> {
      const json::Value at = extension(node, url);
      for (const char* name : {"valueDecimal", "valueInteger"})
        if (at[name].is_number()) return at[name].real();
      return std::nullopt;
    };
    item.min = bound(min_url);
    item.max = bound(max_url);
  }

  Result<void> options(json::Value node, Item& item) {
    for (const json::Value each : node["answerOption"].items()) {
      const json::Value coding = each["valueCoding"];
      Option option;
      option.code = std::string(coding["code"].string());
      option.text = read_texts(coding, "display", language);
      for (const json::Value holder : {coding, each}) {
        const json::Value grade = extension(holder, ordinal_url)["valueDecimal"];
        if (!grade.is_number()) continue;
        const auto whole = grade.integer();
        if (!whole)
          return wrong("the grade of option '" + option.code + "' of '" + item.link_id +
                           "' is no whole number",
                       item.place);
        option.grade = static_cast<int>(*whole);
      }
      if (option.code.empty())
        return wrong("an option of '" + item.link_id + "' has no valueCoding with a code",
                     item.place, "options are codings");
      item.options.push_back(std::move(option));
    }
    if (item.type == ItemType::choice && item.options.empty())
      return wrong("the choice '" + item.link_id + "' has no answerOption", item.place,
                   "list the options in the form");
    return {};
  }

  Result<void> conditions(json::Value node, Item& item) {
    item.enable_all = node["enableBehavior"].string() != "any";
    for (const json::Value each : node["enableWhen"].items()) {
      Condition condition;
      condition.question = std::string(each["question"].string());
      condition.op = std::string(each["operator"].string());
      if (std::find(operators.begin(), operators.end(), condition.op) == operators.end())
        return wrong("enableWhen of '" + item.link_id + "' has the operator '" + condition.op + "'",
                     item.place, "use exists, =, !=, >, <, >= or <=");
      for (const json::Member& member : each.members())
        if (member.name.starts_with("answer")) condition.answer = member.value;
      if (!condition.answer)
        return wrong("enableWhen of '" + item.link_id + "' has no answer to compare with",
                     item.place);
      item.enable_when.push_back(std::move(condition));
    }
    return {};
  }
};

void walk(std::vector<Item>& items, const std::function<void(Item&)>& visit) {
  for (Item& item : items) {
    visit(item);
    walk(item.items, visit);
  }
}

const Item* find_in(const std::vector<Item>& items, std::string_view link_id) {
  for (const Item& item : items) {
    if (item.link_id == link_id) return &item;
    if (const Item* inside = find_in(item.items, link_id)) return inside;
  }
  return nullptr;
}

std::string answer_text(json::Value answer) {
  switch (answer.kind()) {
    case json::Kind::object:
      return std::string(answer["code"].string());
    case json::Kind::boolean:
      return answer.boolean() ? "true" : "false";
    case json::Kind::number:
      return std::string(answer.number());
    case json::Kind::string:
      return std::string(answer.string());
    case json::Kind::absent:
    case json::Kind::null:
    case json::Kind::array:
      break;
  }
  return {};
}

}  // namespace

Result<Form> Form::parse(std::string_view questionnaire, std::string file) {
  auto parsed = json::Document::parse(questionnaire);
  if (!parsed) {
    Error error = std::move(parsed.error());
    error.where = file + (error.where.empty() ? "" : ":" + error.where);
    return error;
  }
  Form form;
  form.document_ = std::move(*parsed);
  const json::Value root = form.document_.root();
  const Place top{file, 0, 0};
  if (root["resourceType"].string() != "Questionnaire")
    return Error{ErrorCode::invalid, "this is not a FHIR Questionnaire", to_text(top),
                 "its first member must be \"resourceType\": \"Questionnaire\""};
  form.id_ = std::string(root["id"].string());
  if (form.id_.empty())
    return Error{ErrorCode::invalid, "the Questionnaire has no id", to_text(top),
                 "give it the name by which the process calls it (p:form)"};
  FormReader reader{questionnaire, file, std::string(root["language"].string()), {}};
  if (reader.language.empty()) reader.language = "fr";
  form.title_ = read_texts(root, "title", reader.language);
  TRY(form.items_, reader.items(root["item"], 0));
  if (form.items_.empty())
    return Error{ErrorCode::invalid, "the form asks nothing", to_text(top), "add items"};
  walk(form.items_, [&](Item& item) {
    for (Condition& condition : item.enable_when) {
      const Item* asked = find_in(form.items_, condition.question);
      if (asked == nullptr) {
        form.problems_.push_back({item.place, "'" + item.link_id + "' is shown depending on '" +
                                                  condition.question +
                                                  "', which the form does not ask"});
        continue;
      }
      if (condition.op == "exists") continue;
      const auto value = parse_answer(*asked, answer_text(condition.answer));
      if (value) {
        condition.expected = feel::immortal(*value);
      } else {
        form.problems_.push_back(
            {item.place, "'" + item.link_id + "' is shown when '" + condition.question + "' is '" +
                             answer_text(condition.answer) + "', which can never be answered"});
      }
    }
  });
  return form;
}

const Item* Form::find(std::string_view link_id) const { return find_in(items_, link_id); }

std::vector<std::string> Form::item_names() const {
  std::vector<std::string> names;
  const std::function<void(const std::vector<Item>&)> collect = [&](const std::vector<Item>& list) {
    for (const Item& item : list) {
      if (item.type != ItemType::group && item.type != ItemType::display)
        names.push_back(item.link_id);
      collect(item.items);
    }
  };
  collect(items_);
  return names;
}

}  // namespace passerelle::pathway
