// FEEL in the file, each with its place.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

constexpr size_t expression_limit = 60'000;

}  // namespace

uint16_t Builder::expression(const char* text, std::string_view what, const Place& place) {
  if (made_->expressions.size() >= expression_limit) return nothing;
  const auto index = static_cast<uint16_t>(made_->expressions.size());
  made_->expressions.emplace_back();
  const char* start = text;
  while (*start == ' ' || *start == '\n' || *start == '\t' || *start == '\r') ++start;
  if (*start == '=') ++start;
  const std::string_view source(start);
  if (trim(source).empty()) {
    add(kinds::missing, place, std::string(what) + " is empty", "write a FEEL expression");
    return index;
  }
  feel::CompileOptions options;
  options.functions = &pathway_functions();
  Result<feel::Expression> compiled = feel::compile(source, made_->variables, options);
  if (!compiled) {
    const Place inside = parse_place(":" + compiled.error().where);  // line:column in the text
    size_t offset = static_cast<size_t>(start - text);
    for (int line = 1; line < inside.line; ++line) {
      const size_t next = source.find('\n', offset - static_cast<size_t>(start - text));
      if (next == source.npos) break;
      offset = static_cast<size_t>(start - text) + next + 1;
    }
    offset += static_cast<size_t>(std::max(inside.column - 1, 0));
    add(kinds::expression, xml_.place_in(text, offset),
        std::string(what) + ": " + compiled.error().message, compiled.error().help);
    return index;
  }
  check_paths(*compiled, text);
  check_visible(*compiled, text);
  check_on_duty(source, start);
  made_->expressions.back() = std::move(*compiled);
  return index;
}

// "daily.temprature": the form that fills `daily` has no such item.
void Builder::check_paths(const feel::Expression& expression, const char* text) {
  for (const std::string& path : expression.names_used()) {
    for (const auto& [name, type] : made_->variables.list) {
      if (type == nullptr || type->kind != feel::Type::Kind::context || type->fields.empty()) {
        continue;
      }
      if (path.size() <= name.size() || path.compare(0, name.size(), name) != 0 ||
          path[name.size()] != '.') {
        continue;
      }
      const std::string rest = path.substr(name.size() + 1);
      std::vector<std::string> known;
      bool found = false;
      for (const auto& [field, field_type] : type->fields) {
        known.push_back(field);
        found = found || rest == field || rest.compare(0, field.size() + 1, field + ".") == 0;
      }
      if (found) continue;
      add(kinds::unknown_item, xml_.place_in(text, 0),
          quoted(path) + ": " + quoted(name) + " has no " + quoted(rest),
          did_you_mean(rest, known));
    }
  }
}

// on duty("nurse"): the role must exist where it is written as a text.
void Builder::check_on_duty(std::string_view text, const char* start) {
  constexpr std::string_view call = "on duty(\"";
  for (size_t at = text.find(call); at != text.npos; at = text.find(call, at + 1)) {
    const size_t begin = at + call.size();
    const size_t end = text.find('"', begin);
    if (end == text.npos) return;
    const std::string role(text.substr(begin, end - begin));
    if (source_.organisation.role(role) != nullptr) continue;
    std::vector<std::string> known;
    for (const Role& declared : source_.organisation.roles) known.push_back(declared.id);
    add(kinds::unknown_role, xml_.place_in(start, begin),
        "the organisation has no role " + quoted(role), did_you_mean(role, known));
  }
}

uint16_t Builder::attribute_expression(const Xnode& xml, std::string_view name) {
  const Xattribute attribute = our_attribute(xml, name);
  return attribute ? expression(attribute.value(), attribute.name(), xml_.place(attribute))
                   : nothing;
}

Fields Builder::fields(const std::vector<Xnode>& elements, uint16_t index) {
  Fields result;
  std::vector<std::string_view> keys;
  for (const Xnode& element : elements) {
    const std::string_view name = element.attribute("name").value();
    if (name.empty()) {
      add(kinds::missing, xml_.place(element),
          "<" + std::string(element.name()) + "> of " + drafts_[index].label + " has no name");
    } else if (std::find(keys.begin(), keys.end(), name) != keys.end()) {
      add(kinds::attribute, xml_.place(element),
          drafts_[index].label + " names " + quoted(name) + " twice");
    } else {
      keys.push_back(name);
      const uint16_t made = expression(element.child_value(), quoted(name), xml_.place(element));
      if (keys.size() == 1) result.first = made;
    }
  }
  if (!keys.empty()) result.shape = feel::shape_of(keys.data(), keys.size(), true);
  return result;
}

void Builder::check_language(const Xnode& condition) {
  const std::string language = lower(condition.attribute("language").value());
  if (language.empty() || language.find("feel") != language.npos) return;
  add(kinds::unsupported, xml_.place(condition),
      "conditions are written in FEEL, not in " + quoted(condition.attribute("language").value()));
}

void Builder::bind_conditions() {
  for (size_t i = 0; i < flows_.size(); ++i) {
    bound_level_ = made_->nodes[flows_[i].source].level;
    for (const Xnode& child : flows_[i].xml) {
      if (Xml::local(child.name()) != "conditionExpression") continue;
      check_language(child);
      made_->flows[i].condition = expression(
          child.child_value(), "the condition of " + quoted(flows_[i].xml.attribute("id").value()),
          xml_.place(child));
    }
  }
}

}  // namespace passerelle::pathway
