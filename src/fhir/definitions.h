// The FHIR R4 specification (4.0.1) as data: types, elements, value sets of required bindings,
// search parameters, compartments, invariants. One immutable table in the binary, made at build by
// tools/fhir-definitions from the official definitions; read once, in a few milliseconds, at the
// first call of definitions(). Everything here lives as long as the program and may be read by any
// thread. There is no code per resource type anywhere: what the table says is what holds.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace passerelle::fhir {

using TypeIndex = uint16_t;               // into Definitions::types()
using StructureIndex = uint16_t;          // into Definitions::structures()
using ElementIndex = uint16_t;            // into Definitions::elements()
using ValueSetIndex = uint16_t;           // into Definitions::value_sets()
using ParameterIndex = uint16_t;          // into Definitions::parameters()
inline constexpr uint16_t none = 0xffff;  // no such thing
inline constexpr uint16_t many = 0xffff;  // Element::max of "*"

enum class TypeKind : uint8_t { primitive, complex, resource };

enum class Primitive : uint8_t {
  no,  // not a primitive type
  base64_binary,
  boolean,
  canonical,
  code,
  date,
  date_time,
  decimal,
  id,
  instant,
  integer,
  markdown,
  oid,
  positive_int,
  string,
  time,
  unsigned_int,
  uri,
  url,
  uuid,
  xhtml,
};

struct Type {
  std::string_view name;  // "Patient", "HumanName", "date"
  TypeKind kind = TypeKind::complex;
  Primitive primitive = Primitive::no;
  bool abstract = false;
  TypeIndex base = none;                       // DomainResource, Element, Quantity (of Age), ...
  StructureIndex structure = none;             // its elements; of a primitive: id and extension
  std::span<const ParameterIndex> parameters;  // of a resource type, all that apply, by code
};

// One type that an element may have.
struct TypeChoice {
  TypeIndex type = none;
  std::span<const TypeIndex> targets;  // of Reference and canonical: resource types; empty = any
};

enum class Binding : uint8_t { no, example, preferred, extensible, required };

// An invariant of the specification, such as "ele-1".
struct Constraint {
  std::string_view key;
  std::string_view human;
  std::string_view expression;  // FHIRPath; empty when it has none
  bool error = true;            // else a warning
};

struct Element {
  std::string_view name;  // without "[x]"
  uint16_t min = 0;
  uint16_t max = 1;
  bool choice = false;    // value[x]: the JSON name carries the type
  bool summary = false;   // isSummary
  bool modifier = false;  // isModifier
  bool xml_attribute = false;
  std::span<const TypeChoice>
      types;                        // at least one; of an inline element: BackboneElement, Element
  StructureIndex structure = none;  // of an inline element or a content reference: its children
  StructureIndex parent = none;
  Binding binding = Binding::no;
  ValueSetIndex value_set = none;         // of a required binding
  std::span<const uint16_t> constraints;  // into Definitions::constraints()
};

// A JSON member name that may occur in a structure: "name", or "valueQuantity" for value[x].
struct Field {
  std::string_view name;
  ElementIndex element = none;
  uint8_t choice = 0;  // into Element::types
  TypeIndex type = none;
};

// An ordered list of elements: a type's, or an inline (backbone) element's.
struct Structure {
  std::string_view path;  // "Patient", "Patient.contact"
  TypeIndex type = none;  // the type it belongs to
  ElementIndex first = 0;
  uint16_t count = 0;
  std::span<const Field> fields;          // in the order of the specification
  std::span<const uint16_t> constraints;  // of the type itself
};

struct Code {
  std::string_view system;
  std::string_view code;
};
struct ValueSet {
  std::string_view url;  // without version
  // Sorted by code, then system. Empty with `open`: it cannot be listed (all of UCUM, all MIME
  // types), so that any code is accepted.
  std::span<const Code> codes;
  bool open = false;
  std::string_view only_system;  // the system when there is just one
  bool contains(std::string_view code) const;
};

enum class SearchType : uint8_t {
  number,
  date,
  string,
  token,
  reference,
  composite,
  quantity,
  uri,
  special,
};
std::string_view name_of(SearchType type);  // "number"

struct SearchComponent {
  ParameterIndex parameter = none;
  std::string_view expression;
};
struct SearchParameter {
  std::string_view id;    // the end of its url: "Observation-code-value-quantity"
  std::string_view code;  // "code-value-quantity"
  SearchType type = SearchType::token;
  std::string_view expression;         // FHIRPath; empty for _text, _content, _query
  std::span<const TypeIndex> bases;    // resource types, Resource or DomainResource
  std::span<const TypeIndex> targets;  // of a reference; empty = any
  std::span<const SearchComponent> components;
  bool multiple_or = true;
  bool multiple_and = true;
  std::string url() const;
};

struct CompartmentMember {
  TypeIndex type = none;
  std::span<const ParameterIndex> parameters;  // any of them puts a resource into the compartment
  bool self = false;                           // the compartment's own resource ("{def}")
};
struct Compartment {
  TypeIndex type = none;  // Patient, Encounter, Practitioner, RelatedPerson, Device
  std::span<const CompartmentMember> members;
};

class Definitions {
 public:
  Definitions() = default;
  Definitions(Definitions&&) = default;  // the spans point into vectors: moved, never copied
  Definitions(const Definitions&) = delete;

  std::span<const Type> types() const { return types_; }
  std::span<const Structure> structures() const { return structures_; }
  std::span<const Element> elements() const { return elements_; }
  std::span<const ValueSet> value_sets() const { return value_sets_; }
  std::span<const SearchParameter> parameters() const { return parameters_; }
  std::span<const Compartment> compartments() const { return compartments_; }
  std::span<const Constraint> constraints() const { return constraints_; }

  const Type& type(TypeIndex i) const { return types_[i]; }
  const Structure& structure(StructureIndex i) const { return structures_[i]; }
  const Element& element(ElementIndex i) const { return elements_[i]; }
  const ValueSet& value_set(ValueSetIndex i) const { return value_sets_[i]; }
  const SearchParameter& parameter(ParameterIndex i) const { return parameters_[i]; }
  const Constraint& constraint(uint16_t i) const { return constraints_[i]; }
  std::span<const Element> elements_of(StructureIndex i) const {
    return std::span(elements_).subspan(structures_[i].first, structures_[i].count);
  }

  // By name; `none` or null when there is no such thing.
  TypeIndex find_type(std::string_view name) const;
  TypeIndex find_resource(std::string_view name) const;  // concrete resource types only
  // `name` is a JSON member name without a leading "_".
  const Field* find_field(StructureIndex structure, std::string_view name) const;
  ElementIndex find_element(StructureIndex structure, std::string_view name) const;  // "value"
  ParameterIndex find_parameter(TypeIndex resource, std::string_view code) const;
  ValueSetIndex find_value_set(std::string_view url) const;
  const Compartment* find_compartment(TypeIndex type) const;

  // The structure that holds the children of a field's value.
  StructureIndex structure_of(const Field& field) const {
    const Element& element = elements_[field.element];
    return element.structure != none ? element.structure : types_[field.type].structure;
  }
  bool is_a(TypeIndex type, TypeIndex base) const;  // also true when they are the same

  std::vector<std::string> resource_names() const;             // concrete ones, sorted
  std::vector<std::string> field_names(StructureIndex) const;  // for hints
  std::vector<std::string> parameter_codes(TypeIndex resource) const;

 private:
  friend class DefinitionsReader;
  struct Slot {
    uint32_t hash = 0;
    uint16_t index = none;
  };
  struct SlotRange {
    uint32_t first = 0;
    uint32_t mask = 0;
  };

  std::vector<Type> types_;
  std::vector<Structure> structures_;
  std::vector<Element> elements_;
  std::vector<ValueSet> value_sets_;
  std::vector<SearchParameter> parameters_;
  std::vector<Compartment> compartments_;
  std::vector<Constraint> constraints_;
  // What the spans above point into.
  std::vector<TypeChoice> choices_;
  std::vector<Field> fields_;
  std::vector<Code> codes_;
  std::vector<SearchComponent> components_;
  std::vector<CompartmentMember> members_;
  std::vector<uint16_t> indices_;
  std::deque<std::string>
      field_texts_;          // names of choices; a deque, so that they stay where they are
  std::vector<Slot> slots_;  // open addressing, one range per structure
  std::vector<SlotRange> slot_ranges_;  // by structure
  std::vector<TypeIndex> types_by_name_;
};

const Definitions& definitions();

}  // namespace passerelle::fhir
