// Rules that fired, in words for those who read them: what was asked, and what was met.
//
//     Temperature, °C: from 39 to below 40 (39.2)
//     Température, °C : de 39 à moins de 40 (39,2)
//
// In French and in English; readers of another language of a package get English sentences around
// their own labels. What cannot be put into words is shown as it is written.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/dmn/dmn.h"
#include "pathway/dmn/unary_tests.h"

namespace passerelle::dmn {

// What is known around the models in the reader's language; by itself it knows nothing.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;
  // The text of a key, such as "reason.fever" or one of those below.
  virtual std::optional<std::string> text(std::string_view /*key*/) const { return std::nullopt; }
  // The question whose answer a path reads: "daily.temperature".
  virtual std::optional<std::string> question(std::string_view /*path*/) const {
    return std::nullopt;
  }
  // What an answer is called there: "severe" for 3.
  virtual std::optional<std::string> answer(std::string_view /*path*/,
                                            const feel::Value& /*value*/) const {
    return std::nullopt;
  }
};

// Keys of the words of a table: "rules.TABLE.INPUT" is a column's label, "rules.TABLE.RULE" a
// rule's annotation; ids, or the name of the owner and numbers from 1 where there are none.
std::string label_key(const Table& table, size_t input);
std::string annotation_key(const Table& table, size_t rule);
// A rule's description and annotations as written.
std::string annotation_of(const Table::Rule& rule);

// "daily.temperature": the whole expression is the answer to one question.
bool is_answer(std::string_view expression);

struct Told {
  const Table* table = nullptr;
  size_t rule = 0;
  std::string says;              // its outputs
  std::vector<std::string> met;  // one an input that it asks about, where the rules below say less
  std::string note;              // its annotation
  std::vector<Told> below;       // rules that it rests on
};

struct Telling {
  std::vector<Told> rules;
  size_t silent = 0;  // rules below that only say "nothing" (null, false, 0): left out
};

// [{"rule": "t_temperature/r_t_fever", "decision": "Temperature level", "says": "simple",
//   "met": ["Temperature, °C: …"], "note": "", "below": […]}, …]
std::string to_json_text(std::span<const Told> rules);

// The models and the vocabulary must outlive it. Belongs to one thread.
class Teller {
 public:
  Teller(std::span<const Model> models, const Vocabulary& vocabulary, std::string_view language)
      : models_(models), vocabulary_(vocabulary), french_(language == "fr") {}

  // `decision` is the one that was asked for: its own rules are always told.
  Telling tell(std::span<const Reason> reasons, std::string_view decision) const;

  // "39.2", "39,2", "yes", "26/03/2020"; a text in quotes unless somebody knows a word for it.
  // `path` is what it is the answer to, or "".
  std::string value(const feel::Value& value, std::string_view path) const;
  // A cell of a table. Nothing when it is more than lists and intervals of what `bounds` knows.
  std::optional<std::string> condition(std::string_view test, const Endpoint& bounds,
                                       std::string_view path) const;

 private:
  struct Asked;  // one input of one reason
  Told tell_rule(std::span<const Reason> reasons, size_t at, std::string_view decision,
                 size_t& silent) const;
  Asked asked(std::span<const Reason> reasons, size_t at, size_t input) const;
  std::string argument(std::span<const Reason> reasons, size_t at, std::string_view name) const;
  std::string clause(const Asked& asked, const feel::Value& met) const;
  std::string simple(const SimpleTest& test, std::string_view path) const;
  std::string bound(const feel::Value& value, std::string_view path) const;
  std::string list(const std::vector<std::string>& items, std::string_view last) const;
  std::string outputs(const Table& table, size_t rule) const;
  const Model& model_of(const Table& table) const;
  Endpoint bounds_of(const Reason& reason) const;
  std::string quote(std::string_view text) const;
  std::string_view word(std::string_view key) const;
  std::string phrase(std::string_view key, std::string_view a, std::string_view b = {}) const;
  std::string duration(const feel::Value& value) const;

  std::span<const Model> models_;
  const Vocabulary& vocabulary_;
  bool french_;
};

}  // namespace passerelle::dmn
