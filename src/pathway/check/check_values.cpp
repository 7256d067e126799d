// Rules against the forms whose answers they read: a comparison that no answer can meet is a
// mistake, and so is one in another unit. Only variables that nothing but forms writes are looked
// at: what else they could hold is not known here.
#include <algorithm>
#include <functional>
#include <map>
#include <pugixml.hpp>
#include <set>

#include "base/text.h"
#include "pathway/bpmn/compiled.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/check/comparisons.h"

namespace passerelle::pathway {
namespace {

struct Answer {
  const Form* form = nullptr;
  const Item* item = nullptr;
};

bool graded(const Item& item) {
  return !item.options.empty() && std::all_of(item.options.begin(), item.options.end(),
                                              [](const Option& o) { return o.grade.has_value(); });
}
bool coded(const Item& item) {
  return !item.options.empty() && std::none_of(item.options.begin(), item.options.end(),
                                               [](const Option& o) { return o.grade.has_value(); });
}

// How rules see the answers to an item; "" when that is not certain.
std::string kind_of_answers(const Item& item) {
  switch (item.type) {
    case ItemType::boolean:
      return "true or false";
    case ItemType::decimal:
    case ItemType::integer:
      return "a number";
    case ItemType::date:
      return "a date";
    case ItemType::string:
    case ItemType::text:
      return "a text";
    case ItemType::choice:
      return graded(item) ? "a grade (a number)" : coded(item) ? "a code (a text)" : "";
    case ItemType::date_time:
    case ItemType::group:
    case ItemType::display:
      return "";
  }
  return "";
}

bool fits_kind(const feel::Value& value, const Item& item) {
  switch (item.type) {
    case ItemType::boolean:
      return value.is_boolean();
    case ItemType::decimal:
    case ItemType::integer:
      return value.is_number();
    case ItemType::date:
      return value.kind() == feel::Kind::date;
    case ItemType::string:
    case ItemType::text:
      return value.is_string();
    case ItemType::choice:
      return graded(item) ? value.is_number() : coded(item) ? value.is_string() : true;
    case ItemType::date_time:
    case ItemType::group:
    case ItemType::display:
      return true;
  }
  return true;
}

feel::Value option_value(const Option& option) {
  return option.grade ? feel::Value::integer(*option.grade) : feel::Value::string(option.code);
}

bool fits_option(const feel::Value& value, const Item& item) {
  if (item.type != ItemType::choice || item.options.empty()) return true;
  return std::any_of(item.options.begin(), item.options.end(),
                     [&](const Option& option) { return option_value(option) == value; });
}

// As a rule writes it.
std::string constant_text(const feel::Value& value) {
  return value.is_string() ? "\"" + feel::to_text(value) + "\"" : feel::to_text(value);
}

std::string options_text(const Item& item) {
  std::string out;
  for (const Option& option : item.options)
    out += (out.empty() ? "" : ", ") + constant_text(option_value(option));
  return out;
}

// What an item can be answered with, not answering included; nothing when it is not bounded.
std::optional<ParsedTests> possible(const Item& item) {
  using Form = SimpleTest::Form;
  ParsedTests out;
  out.tests.push_back({Form::null, {}, {}, false, false});
  if (item.type == ItemType::boolean) {
    for (const bool truth : {true, false})
      out.tests.push_back({Form::equal, feel::Value::boolean(truth), {}, false, false});
  } else if (item.type == ItemType::choice && (graded(item) || coded(item))) {
    for (const Option& option : item.options)
      out.tests.push_back({Form::equal, option_value(option), {}, false, false});
  } else if ((item.type == ItemType::decimal || item.type == ItemType::integer) &&
             (item.min || item.max)) {
    SimpleTest range{Form::interval, {}, {}, true, true};
    if (item.min) range.low = feel::Value::real(*item.min);
    if (item.max) range.high = feel::Value::real(*item.max);
    out.tests.push_back(range);
  } else {
    return std::nullopt;
  }
  return out;
}

// "/min" of "{beats}/min" and of "1/min": UCUM's annotations in braces do not change a unit.
std::string plain_unit(std::string_view unit) {
  std::string out;
  bool inside = false;
  for (const char c : unit) {
    if (c == '{') inside = true;
    if (!inside) out += c;
    if (c == '}') inside = false;
  }
  return out.starts_with("1/") ? out.substr(1) : out;
}

class ValueCheck {
 public:
  ValueCheck(const CheckInput& input, const std::vector<DecisionFile>& decisions)
      : input_(input), decisions_(decisions) {
    collect_writers();
    for (const DecisionFile& each : decisions) collect_units(each.file);
  }

  void check() {
    for (const DecisionFile& each : decisions_) {
      for (const dmn::Table& table : each.model.tables()) check_columns(each, table);
      check_texts_of(each.file, false);
    }
    check_texts_of("pathway.bpmn", true);
  }

 private:
  // Variable -> forms, unless something else writes it, too.
  void collect_writers() {
    const Pathway& pathway = input_.pathway;
    std::set<std::string> others;
    for (const Activity& activity : pathway.activities()) {
      if (activity.result.empty()) continue;
      const Form* form = !activity.form.empty() ? pathway.form(activity.form)
                                                : pathway.message_form(activity.message);
      if (form != nullptr) {
        writers_[activity.result].insert(form);
      } else {
        others.insert(activity.result);
      }
    }
    for (const Assignment& each : pathway.compiled().assignments)
      others.insert(pathway.compiled().variable_names[each.variable]);
    for (const std::string& name : input_.parts.cohort.opening) others.insert(name);
    for (const std::string& name : others) writers_.erase(name);
    // "my daily.x" in a text would be taken for "daily.x".
    for (const std::string& name : pathway.variables())
      if (const size_t space = name.rfind(' '); space != std::string::npos)
        writers_.erase(name.substr(space + 1));
  }

  // The items that a path may be; empty when something is uncertain.
  std::vector<Answer> answers_of(std::string_view path) const {
    const size_t dot = path.find('.');
    if (dot == std::string_view::npos || path.find('.', dot + 1) != std::string_view::npos)
      return {};
    const auto forms = writers_.find(std::string(path.substr(0, dot)));
    if (forms == writers_.end()) return {};
    std::vector<Answer> out;
    for (const Form* form : forms->second)
      if (const Item* item = form->find(path.substr(dot + 1))) out.push_back({form, item});
    return out;  // an item that is missing everywhere is told by check_decisions
  }

  // p:unit of decisions and of the columns of tables; the reader of DMN passes it over.
  void collect_units(const std::string& file) {
    pugi::xml_document document;
    const std::string& xml = input_.parts.files.at(file);
    if (!document.load_buffer(xml.data(), xml.size())) return;
    for (const pugi::xpath_node& found :
         document.select_nodes("//*[@*[local-name()='unit' and name()!='unit']]")) {
      const pugi::xml_node node = found.node();
      const auto unit = std::find_if(node.attributes_begin(), node.attributes_end(),
                                     [](const pugi::xml_attribute& each) {
                                       return std::string_view(each.name()).ends_with(":unit");
                                     });
      if (unit == node.attributes_end()) continue;
      if (const auto name = node.attribute("name")) decision_units_[name.value()] = unit->value();
      if (std::string_view(node.name()).ends_with("input"))
        column_units_[node.attribute("id").value()] = unit->value();
    }
    for (const pugi::xpath_node& found :
         document.select_nodes("//*[local-name()='decisionTable']")) {
      std::vector<std::string>& columns = columns_[found.node().attribute("id").value()];
      for (const pugi::xml_node child : found.node().children())
        if (std::string_view(child.name()).ends_with("input"))
          columns.emplace_back(child.attribute("id").value());
    }
  }

  void check_unit(const std::vector<Answer>& answers, const std::string& path,
                  const std::string& whose, const std::string& unit, const Place& place) {
    const bool all_differ =
        !answers.empty() && std::all_of(answers.begin(), answers.end(), [&](const Answer& each) {
          return !each.item->unit.empty() && plain_unit(each.item->unit) != plain_unit(unit);
        });
    if (all_differ)
      input_.findings.push_back(check_finding(
          "threshold-unit", place,
          {path, answers.front().item->unit, answers.front().form->id(), whose, unit}));
  }

  // Whether the constant is fine; else it is told.
  bool check_constant(const std::vector<Answer>& answers, const std::string& path,
                      const feel::Value& value, bool equal, const Place& place) {
    if (answers.empty() || value.is_null()) return true;
    const Answer& first = answers.front();
    const auto fits = [&](const auto& test) {
      return std::any_of(answers.begin(), answers.end(),
                         [&](const Answer& each) { return test(value, *each.item); });
    };
    if (!fits(fits_kind)) {
      input_.findings.push_back(check_finding(
          "rule-type-misfit", place,
          {path, constant_text(value), first.form->id(), kind_of_answers(*first.item)}));
      return false;
    }
    if (equal && !fits(fits_option)) {
      input_.findings.push_back(
          check_finding("rule-unknown-option", place,
                        {path, constant_text(value), first.form->id(), options_text(*first.item)}));
      return false;
    }
    return true;
  }

  void check_columns(const DecisionFile& loaded, const dmn::Table& table) {
    std::set<size_t> told;  // rules
    for (size_t i = 0; i < table.inputs.size(); ++i) {
      const std::string path(trim(table.inputs[i].expression.text));
      const std::vector<Answer> answers = answers_of(path);
      const auto columns = columns_.find(table.id);
      if (columns != columns_.end() && i < columns->second.size())
        if (const auto unit = column_units_.find(columns->second[i]); unit != column_units_.end())
          check_unit(answers, path, "the column", unit->second, table.inputs[i].expression.place);
      check_column(loaded, table, i, answers, told);
    }
  }

  void check_column(const DecisionFile& loaded, const dmn::Table& table, size_t column,
                    const std::vector<Answer>& answers, std::set<size_t>& told) {
    const std::string path(trim(table.inputs[column].expression.text));
    std::vector<std::string> decisions;  // literal ones, in the cell that is being read
    const Endpoint plain = dmn::constants_of(loaded.model);
    const Endpoint endpoint = [&](std::string_view text) {
      if (loaded.model.decision(text) != nullptr) decisions.emplace_back(text);
      return plain(text);
    };
    std::vector<std::optional<ParsedTests>> cells;
    for (size_t r = 0; r < table.rules.size(); ++r) {
      const dmn::Text& cell = table.rules[r].inputs[column];
      decisions.clear();
      cells.push_back(parse_tests(cell.text, endpoint));
      for (const std::string& name : decisions)
        if (const auto unit = decision_units_.find(name); unit != decision_units_.end())
          check_unit(answers, path, "the decision '" + name + "'", unit->second, cell.place);
      if (!cells.back()) continue;
      for (const SimpleTest& test : cells.back()->tests)
        for (const auto& bound : {test.low, test.high})
          if (bound && !check_constant(answers, path, *bound, test.form == SimpleTest::Form::equal,
                                       cell.place))
            told.insert(r);
    }
    check_fires(loaded, table, column, answers, cells, told);
  }

  // A cell that holds for nothing that the column can be.
  void check_fires(const DecisionFile& loaded, const dmn::Table& table, size_t column,
                   const std::vector<Answer>& answers,
                   const std::vector<std::optional<ParsedTests>>& cells, std::set<size_t>& told) {
    std::vector<const ParsedTests*> readable;
    for (const auto& cell : cells)
      if (cell) readable.push_back(&*cell);
    std::vector<Piece> pieces = pieces_of(readable, nullptr);
    std::string what;
    const auto restrict_to = [&](const std::optional<ParsedTests>& allowed, std::string reason) {
      if (!allowed) return;
      std::vector<const ParsedTests*> with = readable;
      with.push_back(&*allowed);
      pieces = pieces_of(with, &*allowed);
      what = std::move(reason);
    };
    const std::string path(trim(table.inputs[column].expression.text));
    if (answers.size() == 1) {
      restrict_to(possible(*answers.front().item), "'" + path + "' is never answered so in form '" +
                                                       answers.front().form->id() + "'");
    } else if (const auto results = results_of(loaded.model, path)) {
      restrict_to(results, "the decision '" + path + "' never gives this");
    } else if (!trim(table.inputs[column].values.text).empty()) {
      restrict_to(parse_tests(table.inputs[column].values.text, dmn::constants_of(loaded.model)),
                  "its column allows no such value");
    }
    for (size_t r = 0; r < cells.size(); ++r) {
      if (!cells[r] || told.contains(r)) continue;
      const bool can = std::any_of(pieces.begin(), pieces.end(),
                                   [&](const Piece& piece) { return matches(*cells[r], piece); });
      if (can) continue;
      told.insert(r);
      input_.findings.push_back(check_finding(
          "rule-never-fires", table.rules[r].inputs[column].place,
          {std::to_string(r + 1), table.owner,
           what.empty() ? "no value is '" + table.rules[r].inputs[column].text + "'" : what}));
    }
  }

  // The results of another decision's table, or no result.
  std::optional<ParsedTests> results_of(const dmn::Model& model,
                                        const std::string& decision) const {
    using dmn::HitPolicy;
    const dmn::Item* item = model.decision(decision);
    if (item == nullptr) return std::nullopt;
    for (const dmn::Table& table : model.tables()) {
      if (table.owner != decision || table.outputs.size() != 1) continue;
      if (table.hit_policy == HitPolicy::collect || table.hit_policy == HitPolicy::rule_order ||
          table.hit_policy == HitPolicy::output_order)
        return std::nullopt;
      std::vector<std::string_view> texts = {table.outputs.front().default_entry.text};
      for (const dmn::Table::Rule& rule : table.rules) texts.push_back(rule.outputs.front().text);
      ParsedTests out;
      out.tests.push_back({SimpleTest::Form::null, {}, {}, false, false});
      const Endpoint endpoint = dmn::constants_of(model);
      for (const std::string_view text : texts) {
        if (trim(text).empty()) continue;
        const auto value = endpoint(trim(text));
        if (!value) return std::nullopt;
        out.tests.push_back({SimpleTest::Form::equal, value, {}, false, false});
      }
      return out;
    }
    return std::nullopt;
  }

  // Comparisons in expressions: all texts of a DMN file, and expressions of the process.
  void check_texts_of(const std::string& file, bool bpmn) {
    const auto found = input_.parts.files.find(file);
    pugi::xml_document document;
    if (found == input_.parts.files.end() ||
        !document.load_buffer(found->second.data(), found->second.size()))
      return;
    const std::function<void(const pugi::xml_node&)> walk = [&](const pugi::xml_node& node) {
      for (const pugi::xml_node child : node.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
          std::string_view text = trim(child.value());
          if (text.starts_with("=")) text.remove_prefix(1);
          const std::string_view name = node.name();
          const bool prose = name.ends_with("documentation") || name.ends_with("description") ||
                             name.ends_with("question");
          if (!prose) check_expression(text, *found, child.offset_debug());
        }
        walk(child);
      }
      if (!bpmn) return;
      for (const pugi::xml_attribute& attribute : node.attributes()) {
        const std::string_view name = attribute.name();
        if (name.ends_with(":due") || name.ends_with(":priority") || name.ends_with(":channel"))
          check_expression(attribute.value(), *found, node.offset_debug());
      }
    };
    walk(document);
  }

  void check_expression(std::string_view text, const PackageFiles::value_type& file,
                        ptrdiff_t offset) {
    for (const Comparison& each : comparisons_of(text)) {
      const std::vector<Answer> answers = answers_of(each.path);
      if (answers.empty()) continue;
      const Place place = place_at(file.first, file.second, static_cast<size_t>(offset));
      if (const auto unit = decision_units_.find(each.name); unit != decision_units_.end())
        check_unit(answers, each.path, "the decision '" + each.name + "'", unit->second, place);
      if (each.constant.empty()) continue;
      const auto constant = feel::compile(each.constant, feel::Names());
      if (!constant) continue;
      feel::Evaluation evaluation;
      check_constant(answers, each.path, constant->evaluate({}, evaluation),
                     each.op == "=" || each.op == "!=", place);
    }
  }

  const CheckInput& input_;
  const std::vector<DecisionFile>& decisions_;
  std::map<std::string, std::set<const Form*>> writers_;
  std::map<std::string, std::string> decision_units_;        // by name
  std::map<std::string, std::string> column_units_;          // by the input's id
  std::map<std::string, std::vector<std::string>> columns_;  // table -> ids of its inputs
};

}  // namespace

void check_values(const CheckInput& input, const std::vector<DecisionFile>& decisions) {
  ValueCheck(input, decisions).check();
}

}  // namespace passerelle::pathway
