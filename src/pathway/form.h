// A form: a FHIR R4 Questionnaire, compiled. One reader for all who answer: the patient's page, the
// nurse on the phone, a QuestionnaireResponse over FHIR, the simulated patient.
//
// An item's linkId is its name in FEEL ("daily.temperature"). Graded answers are answerOptions with
// a valueCoding whose ordinalValue extension is the grade; in FEEL they are numbers. Texts carry
// their languages by the FHIR translation extension.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/place.h"
#include "base/result.h"
#include "pathway/feel/value.h"

namespace passerelle::pathway {

using Texts = std::map<std::string, std::string>;  // language -> text

enum class ItemType {
  group,
  display,
  boolean,
  decimal,
  integer,
  date,
  date_time,
  string,
  text,
  choice
};

struct Option {
  std::string code;
  Texts text;
  std::optional<int> grade;  // ordinalValue; in FEEL the answer is then this number, else the code
};

struct Condition {  // enableWhen
  std::string question;
  std::string op;  // exists = != > < >= <=
  json::Value answer;
  feel::Value expected;  // the answer as FEEL sees it, immortal
};

struct Item {
  std::string link_id;
  ItemType type = ItemType::display;
  Texts text;
  std::string unit;  // of a decimal or integer, e.g. "Cel"
  bool required = false;
  std::vector<Option> options;
  std::vector<Condition> enable_when;
  bool enable_all = true;  // enableBehavior: all or any
  std::optional<double> min, max;
  std::vector<Item> items;  // of a group
  Place place;
};

// Why an answer was not taken, by item, in the language asked for.
struct Refusal {
  std::string link_id;
  std::string message;
};

class Form {
 public:
  static Result<Form> parse(std::string_view questionnaire, std::string file);

  const std::string& id() const { return id_; }
  const Texts& title() const { return title_; }
  const std::vector<Item>& items() const { return items_; }
  const Item* find(std::string_view link_id) const;
  json::Value questionnaire() const { return document_.root(); }
  std::vector<std::string> item_names() const;  // linkIds of all questions, in order

  // Answers as they come from a page: linkId -> text ("" or missing = not answered). Hidden items
  // (enableWhen) are dropped. The result is a FEEL context with every question's name, null where
  // it was not answered; refusals is filled when something required is missing or out of range.
  feel::Value read(const std::map<std::string, std::string>& answers, std::string_view language,
                   std::vector<Refusal>& refusals) const;
  feel::Value read_response(json::Value questionnaire_response, std::string_view language,
                            std::vector<Refusal>& refusals) const;
  // A FHIR R4 QuestionnaireResponse (without id, subject and author), made in `document`.
  json::Value to_response(const feel::Value& answers, json::Document& document) const;
  // Whether an item is shown, given the answers so far.
  bool enabled(const Item& item, const feel::Value& answers) const;
  // An answer's text as FEEL sees it (a grade, a number, a date); nothing when it is none.
  static std::optional<feel::Value> parse_answer(const Item& item, std::string_view text);

  // Problems that do not hinder reading: languages missing, enableWhen of an unknown question.
  struct Problem {
    Place place;
    std::string message;
  };
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  feel::Value build(const std::map<std::string, std::string>& answers, std::string_view language,
                    std::vector<Refusal>& refusals) const;
  std::string id_;
  Texts title_;
  std::vector<Item> items_;
  std::vector<Problem> problems_;
  json::Document document_;
};

}  // namespace passerelle::pathway
