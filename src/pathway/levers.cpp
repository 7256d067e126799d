#include "pathway/levers.h"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

void add_people(const Organisation& organisation, std::vector<Lever>& out) {
  for (const Role& role : organisation.roles) {
    if (!role.staff) continue;
    for (const Shift& shift : role.shifts) {
      if (!shift.headcount.per_role.empty()) continue;
      Lever lever;
      lever.file = "organisation.yaml";
      lever.path = "roles." + role.id + ".shifts." + shift.name + ".people";
      lever.name = shift.name;
      lever.key = "levers." + shift.name;
      lever.role = role.id;
      lever.shift = &shift;
      for (const Headcount::Row& row : shift.headcount.rows) lever.people.push_back(row.people);
      out.push_back(std::move(lever));
    }
  }
}

std::string_view without_prefix(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// A literal decision that is a bare number.
void add_thresholds(const std::string& file, const std::string& xml, std::vector<Lever>& out) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return;
  for (const pugi::xml_node node : document.document_element().children()) {
    if (without_prefix(node.name()) != "decision") continue;
    Lever lever;
    lever.kind = Lever::Kind::threshold;
    lever.file = file;
    lever.decision = node.attribute("name").value();
    lever.name = lever.decision;
    lever.key = std::string("levers.") + node.attribute("id").value();
    for (const pugi::xml_attribute attribute : node.attributes())
      if (without_prefix(attribute.name()) == "unit") lever.unit = attribute.value();
    for (const pugi::xml_node logic : node.children()) {
      if (without_prefix(logic.name()) != "literalExpression") continue;
      for (const pugi::xml_node part : logic.children()) {
        if (without_prefix(part.name()) != "text") continue;
        const std::string_view text = trim(part.child_value());
        const auto [end, problem] =
            std::from_chars(text.data(), text.data() + text.size(), lever.value);
        if (problem == std::errc() && end == text.data() + text.size()) out.push_back(lever);
      }
    }
  }
}

void add_arrivals(const Cohort& cohort, std::vector<Lever>& out) {
  for (size_t i = 0; i < cohort.arrivals.size(); ++i) {
    const Arrivals& stream = cohort.arrivals[i];
    std::string_view key;
    switch (stream.kind) {
      case Arrivals::Kind::rate:
        key = "per_day";
        break;
      case Arrivals::Kind::cumulative:
        key = "cumulative";
        break;
      case Arrivals::Kind::gaps:
        key = "gaps";
        break;
      case Arrivals::Kind::schedule:
      case Arrivals::Kind::file:
        continue;
    }
    Lever lever;
    lever.kind = Lever::Kind::arrivals;
    lever.file = "cohort.yaml";
    lever.path = "arrivals." + std::to_string(i) + "." + std::string(key);
    lever.name = stream.name.empty() ? stream.message : stream.name;
    lever.key = "levers." + lever.name;
    lever.inverse = stream.kind == Arrivals::Kind::gaps;
    out.push_back(std::move(lever));
  }
}

// A member of a change in words; "" when it has none.
std::string said(const yaml::Node& change, std::string_view key) {
  const yaml::Node* found = change.find(key);
  if (found == nullptr) return {};
  return found->kind == yaml::Kind::scalar ? found->scalar : "…";
}

}  // namespace

std::vector<Lever> levers(const Package& package) {
  std::vector<Lever> out;
  add_people(package.pathway.organisation(), out);
  for (const auto& [path, content] : package.files)
    if (path.ends_with(".dmn") && !path.starts_with("../")) add_thresholds(path, content, out);
  add_arrivals(package.cohort, out);
  return out;
}

std::string name_of(const Lever& lever, const Package& package, std::string_view language) {
  return package.texts.contains(lever.key) ? package.text(lever.key, language) : lever.name;
}

std::vector<std::string> changes_in_words(const yaml::Node& changes, const Package& package,
                                          std::string_view language) {
  const std::vector<Lever> known = levers(package);
  std::vector<std::string> out;
  for (const yaml::Node& change : changes.items) {
    const std::string path = said(change, "path"), decision = said(change, "decision");
    std::string line = decision.empty() ? path : decision;
    std::string unit;
    for (const Lever& lever : known) {
      if (lever.kind == Lever::Kind::threshold ? lever.decision != decision : lever.path != path)
        continue;
      const std::string name = name_of(lever, package, language);
      line = name.empty() ? line : name;
      if (const Role* role = package.pathway.organisation().role(lever.role); role != nullptr)
        line = package.text(role->name_key, language) + ", " + name;
      unit = lever.unit == "Cel" ? " °C" : lever.unit.empty() ? "" : " " + lever.unit;
    }
    line += language == "fr" ? " : " : ": ";
    if (change.find("to") != nullptr) {
      line += said(change, "to") + unit;
    } else if (const std::string by = said(change, "add"); !by.empty()) {
      line += by.starts_with("-") ? "− " + by.substr(1) : "+ " + by;
    } else if (change.find("times") != nullptr) {
      line += "× " + said(change, "times");
    } else {
      line += language == "fr" ? "enlevé" : "taken away";
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace passerelle::pathway
