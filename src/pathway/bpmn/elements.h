// Which elements of BPMN are understood, which attributes and children each may have, and which are
// documentation only. Whatever stands in no row of these tables is an error, never ignored.
#pragma once

#include <span>
#include <string_view>

#include "pathway/bpmn/compiled.h"

namespace passerelle::pathway {

enum class Tag : uint8_t {
  flow_node,
  sequence_flow,
  lane_set,
  documentation,  // read by people only
  extension,      // extensionElements
};

// A flow node or another child of a process or sub-process. Texts are lists with spaces.
struct Element {
  std::string_view name;
  Tag tag = Tag::documentation;
  ActivityKind kind = ActivityKind::start_event;  // before its event definition is known
  Op op = Op::pass;
  std::string_view attributes;      // BPMN's, beside id and name
  std::string_view our_attributes;  // in our namespace
  std::string_view our_children;
};

const Element* find_element(std::string_view name);
bool is_listed(std::string_view list, std::string_view word);
// Attributes of BPMN that may stand there with this value only, since another would mean something
// that is not supported; "" = any value, it is documentation.
struct FixedAttribute {
  std::string_view name;
  std::string_view value;
};
std::span<const FixedAttribute> fixed_attributes();

// Elements next to the processes of a file that are documentation or only referred to.
bool is_root_documentation(std::string_view name);

inline constexpr std::string_view our_process_children = "variable";

}  // namespace passerelle::pathway
