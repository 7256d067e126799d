#include "pathway/dmn/tck_values.h"

#include "base/text.h"
#include "pathway/bpmn/xml.h"
#include "pathway/feel/evaluator.h"
#include "pathway/feel/number.h"
#include "pathway/feel/temporal.h"

namespace passerelle::dmn {

using feel::Value;

namespace {

std::string_view local_name(const pugi::xml_node& node) { return pathway::Xml::local(node.name()); }

Value simple(const pugi::xml_node& node) {
  std::string_view type;
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    const std::string_view name = pathway::Xml::local(attribute.name());
    if (name == "nil" && attribute.as_bool()) return Value();
    if (name == "type") type = pathway::Xml::local(attribute.value());
  }
  const std::string text = node.child_value();
  const std::string bare(trim(text));
  std::optional<Value> value;
  if (type == "decimal" || type == "double" || type == "float" || type == "integer" ||
      type == "int" || type == "long" || type == "short") {
    value = Value::number(bare);
  } else if (type == "boolean") {
    value = Value::boolean(bare == "true" || bare == "1");
  } else if (type == "date") {
    value = feel::parse_date(bare);
  } else if (type == "time") {
    value = feel::parse_time(bare);
  } else if (type == "dateTime") {
    value = feel::parse_date_time(bare);
  } else if (type == "duration" || type == "dayTimeDuration" || type == "yearMonthDuration") {
    value = feel::parse_duration_value(bare);
  }
  return value ? std::move(*value) : Value::string(text);
}

}  // namespace

Value tck_value(const pugi::xml_node& holder) {
  feel::ContextBuilder context;
  bool components = false;
  for (const pugi::xml_node& node : holder.children()) {
    const std::string_view name = local_name(node);
    if (name == "value") return simple(node);
    if (name == "list") {
      for (const pugi::xml_attribute& attribute : node.attributes()) {
        if (pathway::Xml::local(attribute.name()) == "nil" && attribute.as_bool()) return Value();
      }
      std::vector<Value> items;
      for (const pugi::xml_node& item : node.children()) {
        if (local_name(item) == "item") items.push_back(tck_value(item));
      }
      return Value::list(std::move(items));
    }
    if (name == "component") {
      components = true;
      context.set(trim(node.attribute("name").value()), tck_value(node));
    }
  }
  return components ? context.build() : Value();
}

bool tck_matches(const Value& expected, const Value& found) {
  if (expected.kind() != found.kind()) return false;
  if (expected.is_null()) return true;
  if (expected.is_number()) {
    Value apart = feel::subtract_numbers(expected, found);
    if (feel::is_negative(apart)) apart = feel::negate_number(apart);
    return feel::compare_numbers(apart, Value::number(1, 8)) <= 0;
  }
  if (expected.is_list()) {
    if (expected.size() != found.size()) return false;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (!tck_matches(expected.at(i), found.at(i))) return false;
    }
    return true;
  }
  if (expected.is_context()) {
    if (expected.size() != found.size()) return false;
    for (size_t i = 0; i < expected.size(); ++i) {
      const Value* other = found.find(expected.key(i));
      if (other == nullptr || !tck_matches(expected.at(i), *other)) return false;
    }
    return true;
  }
  return expected == found || feel::equal_values(expected, found).value_or(false);
}

}  // namespace passerelle::dmn
