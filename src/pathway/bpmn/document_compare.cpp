// Two documents side by side. What is insignificant follows the schemas of BPMN 2.0.2: which
// elements hold text, which values are references (xsd:QName), numbers or truth values.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/text.h"
#include "pathway/bpmn/document.h"

namespace passerelle::pathway {
namespace {

constexpr std::string_view instance_namespace = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view xml_namespace = "http://www.w3.org/XML/1998/namespace";

template <size_t size>
bool among(const std::string_view (&names)[size], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Elements whose text counts character by character: tBaseElementWithMixedContent and its like.
constexpr std::string_view text_elements[] = {"documentation",
                                              "text",
                                              "script",
                                              "expression",
                                              "formalExpression",
                                              "conditionExpression",
                                              "condition",
                                              "timeDate",
                                              "timeCycle",
                                              "timeDuration",
                                              "completionCondition",
                                              "loopCondition",
                                              "loopCardinality",
                                              "activationCondition",
                                              "transformation",
                                              "from",
                                              "to",
                                              "dataPath",
                                              "messagePath",
                                              "correlationPropertyRetrievalExpression",
                                              "resourceAssignmentExpression",
                                              "value"};

// Attributes of BPMN and BPMNDI of the type xsd:QName.
constexpr std::string_view reference_attributes[] = {"messageRef",
                                                     "signalRef",
                                                     "errorRef",
                                                     "escalationRef",
                                                     "itemSubjectRef",
                                                     "structureRef",
                                                     "operationRef",
                                                     "processRef",
                                                     "calledElement",
                                                     "dataStoreRef",
                                                     "partitionElementRef",
                                                     "sourceRef",
                                                     "targetRef",
                                                     "categoryValueRef",
                                                     "attachedToRef",
                                                     "activityRef",
                                                     "evaluatesToTypeRef",
                                                     "itemRef",
                                                     "implementationRef",
                                                     "parameterRef",
                                                     "correlationKeyRef",
                                                     "correlationPropertyRef",
                                                     "choreographyRef",
                                                     "calledChoreographyRef",
                                                     "calledCollaborationRef",
                                                     "initiatingParticipantRef",
                                                     "definitionalCollaborationRef",
                                                     "bpmnElement",
                                                     "labelStyle",
                                                     "sourceElement",
                                                     "targetElement",
                                                     "choreographyActivityShape",
                                                     "dataObjectRef",
                                                     "messageFlowRef"};

constexpr std::string_view truth_attributes[] = {
    "isExecutable", "isClosed",         "isImmediate",      "isInterrupting", "isForCompensation",
    "isCollection", "isUnlimited",      "isSequential",     "isReference",    "isHorizontal",
    "isExpanded",   "isMarkerVisible",  "isMessageVisible", "cancelActivity", "parallelMultiple",
    "instantiate",  "triggeredByEvent", "testBefore",       "mustUnderstand", "waitForCompletion"};

constexpr std::string_view number_attributes[] = {"x",      "y",          "width",
                                                  "height", "resolution", "size"};

bool in_bpmn_schema(std::string_view space) {
  return space == bpmn_namespace || space == bpmndi_namespace || space == dc_namespace ||
         space == di_namespace;
}

struct Named {
  std::string_view space, name, value;
  pugi::xml_attribute attribute;
};

class Comparison {
 public:
  Comparison(const BpmnDocument& first, const BpmnDocument& second)
      : first_(first), second_(second) {}

  std::optional<Difference> run() {
    compare(first_.root(), second_.root(), "", false);
    return std::move(found_);
  }

 private:
  void differ(std::string path, std::string what, std::string_view a, std::string_view b,
              Place first, Place second) {
    found_ = Difference{std::move(path), std::move(what),  std::string(a),
                        std::string(b),  std::move(first), std::move(second)};
  }

  static std::string step(const pugi::xml_node& node) {
    std::string text = "/" + std::string(Xml::local(node.name()));
    if (const auto id = node.attribute("id")) return text + "[@id='" + id.value() + "']";
    if (const auto id = node.attribute("bpmnElement"))
      return text + "[@bpmnElement='" + id.value() + "']";
    size_t number = 1, same = 0;
    for (const pugi::xml_node& sibling : node.parent().children(node.name())) {
      ++same;
      if (sibling == node) number = same;
    }
    return same > 1 ? text + "[" + std::to_string(number) + "]" : text;
  }

  // A reference as the namespace and the id that it means. Without a prefix it names something of
  // this file, whatever the default namespace is: so every editor writes and reads it.
  static std::pair<std::string_view, std::string_view> meaning(const pugi::xml_node& at,
                                                               std::string_view value) {
    value = trim(value);
    const std::string_view prefix = Xml::prefix(value);
    if (prefix.empty()) return {"", value};
    const std::string_view space = Xml::resolve(at, prefix);
    if (space.empty()) return {"", value};
    pugi::xml_node root = at;
    while (root.parent().type() == pugi::node_element) root = root.parent();
    const std::string_view own = root.attribute("targetNamespace").value();
    return {space == own ? std::string_view() : space, Xml::local(value)};
  }

  static bool same_number(std::string_view a, std::string_view b) {
    double x = 0, y = 0;
    a = trim(a);
    b = trim(b);
    const auto read_a = std::from_chars(a.data(), a.data() + a.size(), x);
    const auto read_b = std::from_chars(b.data(), b.data() + b.size(), y);
    return read_a.ec == std::errc() && read_b.ec == std::errc() &&
           read_a.ptr == a.data() + a.size() && read_b.ptr == b.data() + b.size() && x == y;
  }

  static std::string_view truth(std::string_view value) {
    value = trim(value);
    return value == "1" ? "true" : value == "0" ? "false" : value;
  }

  static bool same_value(const pugi::xml_node& a, const pugi::xml_node& b, const Named& x,
                         const Named& y) {
    if (x.value == y.value && x.value.find(':') == x.value.npos) return true;
    if (x.space == instance_namespace && x.name == "type") {
      const auto type = [](const pugi::xml_node& at, std::string_view value) {
        value = trim(value);
        return std::pair(Xml::resolve(at, Xml::prefix(value)), Xml::local(value));
      };
      return type(a, x.value) == type(b, y.value);
    }
    if (x.space.empty() && in_bpmn_schema(Xml::name_space(a))) {
      if (among(reference_attributes, x.name)) return meaning(a, x.value) == meaning(b, y.value);
      if (among(truth_attributes, x.name)) return truth(x.value) == truth(y.value);
      if (among(number_attributes, x.name) && same_number(x.value, y.value)) return true;
    }
    return x.value == y.value;
  }

  static std::vector<Named> attributes_of(const pugi::xml_node& node) {
    std::vector<Named> list;
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      if (Xml::is_declaration(attribute)) continue;
      list.push_back({Xml::name_space(node, attribute), Xml::local(attribute.name()),
                      attribute.value(), attribute});
    }
    std::sort(list.begin(), list.end(), [](const Named& a, const Named& b) {
      return std::tie(a.space, a.name) < std::tie(b.space, b.name);
    });
    return list;
  }

  void compare_attributes(const pugi::xml_node& a, const pugi::xml_node& b,
                          const std::string& path) {
    const auto first = attributes_of(a);
    const auto second = attributes_of(b);
    for (size_t i = 0, j = 0; i < first.size() || j < second.size();) {
      const auto key = [](const Named& n) { return std::pair(n.space, n.name); };
      if (j == second.size() || (i < first.size() && key(first[i]) < key(second[j])))
        return differ(path + "/@" + std::string(first[i].name), "only the first has this attribute",
                      first[i].value, "", first_.xml().place(first[i].attribute),
                      second_.xml().place(b));
      if (i == first.size() || key(second[j]) < key(first[i]))
        return differ(path + "/@" + std::string(second[j].name),
                      "only the second has this attribute", "", second[j].value,
                      first_.xml().place(a), second_.xml().place(second[j].attribute));
      if (!same_value(a, b, first[i], second[j]))
        return differ(path + "/@" + std::string(first[i].name), "the attribute differs",
                      first[i].value, second[j].value, first_.xml().place(first[i].attribute),
                      second_.xml().place(second[j].attribute));
      ++i;
      ++j;
    }
  }

  // The content: elements, and texts between them where texts count.
  struct Part {
    pugi::xml_node element;  // or none: a text
    std::string text;
  };
  static std::vector<Part> content_of(const pugi::xml_node& node, bool exact) {
    std::vector<Part> parts;
    bool elements = false;
    for (const pugi::xml_node& child : node) {
      if (child.type() == pugi::node_element) {
        parts.push_back({child, ""});
        elements = true;
      } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        if (parts.empty() || parts.back().element) parts.push_back({});
        parts.back().text += child.value();
      }
    }
    const bool strict = in_bpmn_schema(Xml::name_space(node));
    for (Part& part : parts) {
      if (exact || part.element) continue;
      // Of foreign elements nobody knows: white space alone counts where nothing else is.
      if (strict) part.text = std::string(trim(part.text));
      if (elements && trim(part.text).empty()) part.text.clear();
    }
    std::erase_if(parts, [](const Part& part) { return !part.element && part.text.empty(); });
    return parts;
  }

  static bool counts_exactly(const pugi::xml_node& node, bool inherited) {
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      if (Xml::local(attribute.name()) == "space" &&
          Xml::name_space(node, attribute) == xml_namespace)
        return std::string_view(attribute.value()) == "preserve";
    }
    const std::string_view name = Xml::local(node.name());
    // What other vendors put here is theirs; it begins anew.
    if (Xml::in_bpmn(node) && name == "extensionElements") return false;
    return inherited || (Xml::in_bpmn(node) && among(text_elements, name));
  }

  static bool same_text(const pugi::xml_node& a, const pugi::xml_node& b, const std::string& x,
                        const std::string& y, bool exact) {
    if (x == y) return true;
    return !exact && Xml::in_bpmn(a) && meaning(a, x) == meaning(b, y);
  }

  void compare(const pugi::xml_node& a, const pugi::xml_node& b, const std::string& above,
               bool inherited) {
    const std::string path = above + step(a);
    const Place here = first_.xml().place(a), there = second_.xml().place(b);
    if (Xml::local(a.name()) != Xml::local(b.name()) || Xml::name_space(a) != Xml::name_space(b))
      return differ(path, "another element stands here", a.name(), b.name(), here, there);
    compare_attributes(a, b, path);
    if (found_) return;
    const bool exact = counts_exactly(a, inherited);
    const auto first = content_of(a, exact);
    const auto second = content_of(b, exact);
    for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
      const auto told = [](const Part& part) {
        return part.element ? "<" + std::string(part.element.name()) + ">" : part.text;
      };
      const auto where = [](const BpmnDocument& document, const Part& part, const Place& parent) {
        return part.element ? document.xml().place(part.element) : parent;
      };
      if (i == second.size())
        return differ(path + (first[i].element ? step(first[i].element) : "/text()"),
                      "only the first has this", told(first[i]), "", where(first_, first[i], here),
                      there);
      if (i == first.size())
        return differ(path + (second[i].element ? step(second[i].element) : "/text()"),
                      "only the second has this", "", told(second[i]), here,
                      where(second_, second[i], there));
      if (first[i].element && second[i].element) {
        compare(first[i].element, second[i].element, path, exact);
        if (found_) return;
      } else if (first[i].element || second[i].element ||
                 !same_text(a, b, first[i].text, second[i].text, exact)) {
        return differ(path + "/text()", "the text differs", told(first[i]), told(second[i]),
                      where(first_, first[i], here), where(second_, second[i], there));
      }
    }
  }

  const BpmnDocument& first_;
  const BpmnDocument& second_;
  std::optional<Difference> found_;
};

std::string shortened(std::string_view text) {
  constexpr size_t limit = 120;
  if (text.size() <= limit) return quoted(text);
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return quoted(std::string(text.substr(0, end)) + "…");
}

}  // namespace

std::optional<Difference> first_difference(const BpmnDocument& first, const BpmnDocument& second) {
  return Comparison(first, second).run();
}

std::string to_text(const Difference& difference) {
  return to_text(difference.first_place) + ": " + difference.path + ": " + difference.what +
         "\n  first:  " + shortened(difference.first) +
         "\n  second: " + shortened(difference.second) + " (" + to_text(difference.second_place) +
         ")";
}

}  // namespace passerelle::pathway
