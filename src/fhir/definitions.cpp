#include "fhir/definitions.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"
#include "fhir/definitions_table.h"

namespace passerelle::fhir {
namespace {

constexpr std::array<std::string_view, 9> search_type_names = {
    "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"};

struct PrimitiveName {
  std::string_view name;
  Primitive primitive;
};
constexpr std::array primitive_names = {
    PrimitiveName{"base64Binary", Primitive::base64_binary},
    PrimitiveName{"boolean", Primitive::boolean},
    PrimitiveName{"canonical", Primitive::canonical},
    PrimitiveName{"code", Primitive::code},
    PrimitiveName{"date", Primitive::date},
    PrimitiveName{"dateTime", Primitive::date_time},
    PrimitiveName{"decimal", Primitive::decimal},
    PrimitiveName{"id", Primitive::id},
    PrimitiveName{"instant", Primitive::instant},
    PrimitiveName{"integer", Primitive::integer},
    PrimitiveName{"markdown", Primitive::markdown},
    PrimitiveName{"oid", Primitive::oid},
    PrimitiveName{"positiveInt", Primitive::positive_int},
    PrimitiveName{"string", Primitive::string},
    PrimitiveName{"time", Primitive::time},
    PrimitiveName{"unsignedInt", Primitive::unsigned_int},
    PrimitiveName{"uri", Primitive::uri},
    PrimitiveName{"url", Primitive::url},
    PrimitiveName{"uuid", Primitive::uuid},
    PrimitiveName{"xhtml", Primitive::xhtml},
};

Primitive primitive_named(std::string_view name) {
  for (const PrimitiveName& entry : primitive_names) {
    if (entry.name == name) return entry.primitive;
  }
  CHECK(false, "a primitive type of the table that the program does not know");
  return Primitive::no;
}

// FNV-1a: short names, no seed wanted.
uint32_t hash_of(std::string_view text) {
  uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

// A span whose start is not known before the vector it points into is complete.
struct Range {
  size_t first = 0;
  size_t count = 0;
  template <class T>
  std::span<const T> in(const std::vector<T>& all) const {
    return std::span<const T>(all).subspan(first, count);
  }
};

// The numbers and texts of the table, in the order in which the tool wrote them. The table is ours
// and is tested as built, so that a malformed one is a bug.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {
    CHECK(bytes_.substr(0, 4) == "PFD1", "not a table of definitions");
    at_ = 4;
    std::vector<size_t> lengths(number());
    for (size_t& length : lengths) length = number();
    texts_.reserve(lengths.size());
    for (const size_t length : lengths) {
      texts_.push_back(bytes_.substr(at_, length));
      at_ += length;
    }
  }

  size_t number() {
    size_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      CHECK(at_ < bytes_.size() && shift < 35, "the table of definitions is cut off");
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  uint16_t small() { return static_cast<uint16_t>(number()); }
  uint16_t optional() { return static_cast<uint16_t>(number() - 1); }  // 0 -> none
  bool flag() { return number() != 0; }
  std::string_view text() { return texts_[number()]; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  std::vector<std::string_view> texts_;
};

}  // namespace

class DefinitionsReader {
 public:
  explicit DefinitionsReader(std::string_view table) : input_(table) {}

  Definitions read() {
    read_types();
    read_constraints();
    read_value_sets();
    read_structures();
    read_elements();
    read_parameters();
    read_compartments();
    CHECK(input_.at_end(), "the table of definitions is longer than the program knows");
    link();
    make_fields();
    index_fields();
    index_types();
    return std::move(out_);
  }

 private:
  Range indices() {
    const Range range{out_.indices_.size(), input_.number()};
    for (size_t i = 0; i < range.count; ++i) out_.indices_.push_back(input_.small());
    return range;
  }

  void read_types() {
    out_.types_.resize(input_.number());
    for (Type& type : out_.types_) {
      type.name = input_.text();
      type.kind = static_cast<TypeKind>(input_.number());
      type.abstract = input_.flag();
      if (type.kind == TypeKind::primitive) type.primitive = primitive_named(type.name);
      type.base = input_.optional();
      type.structure = input_.optional();
      type_parameters_.push_back(indices());
    }
  }

  void read_constraints() {
    out_.constraints_.resize(input_.number());
    for (Constraint& constraint : out_.constraints_) {
      constraint.key = input_.text();
      constraint.human = input_.text();
      constraint.expression = input_.text();
      constraint.error = input_.flag();
    }
  }

  void read_value_sets() {
    out_.value_sets_.resize(input_.number());
    for (ValueSet& set : out_.value_sets_) {
      set.url = input_.text();
      set.open = input_.flag();
      const Range codes{out_.codes_.size(), input_.number()};
      for (size_t i = 0; i < codes.count; ++i) {
        Code code;
        code.system = input_.text();
        code.code = input_.text();
        if (i == 0) set.only_system = code.system;
        if (set.only_system != code.system) set.only_system = {};
        out_.codes_.push_back(code);
      }
      set_codes_.push_back(codes);
    }
  }

  void read_structures() {
    out_.structures_.resize(input_.number());
    for (Structure& structure : out_.structures_) {
      structure.path = input_.text();
      structure.type = input_.small();
      structure.first = input_.small();
      structure.count = input_.small();
      structure_constraints_.push_back(indices());
    }
  }

  void read_elements() {
    out_.elements_.resize(input_.number());
    for (Element& element : out_.elements_) {
      element.name = input_.text();
      element.min = input_.small();
      element.max = input_.optional();
      element.choice = input_.flag();
      element.summary = input_.flag();
      element.modifier = input_.flag();
      element.xml_attribute = input_.flag();
      const Range types{out_.choices_.size(), input_.number()};
      for (size_t i = 0; i < types.count; ++i) {
        TypeChoice choice;
        choice.type = input_.small();
        out_.choices_.push_back(choice);
        choice_targets_.push_back(indices());
      }
      element_types_.push_back(types);
      element.structure = input_.optional();
      element.parent = input_.small();
      element.binding = static_cast<Binding>(input_.number());
      element.value_set = input_.optional();
      element_constraints_.push_back(indices());
    }
  }

  void read_parameters() {
    out_.parameters_.resize(input_.number());
    for (SearchParameter& parameter : out_.parameters_) {
      parameter.id = input_.text();
      parameter.code = input_.text();
      parameter.type = static_cast<SearchType>(input_.number());
      parameter.expression = input_.text();
      parameter_bases_.push_back(indices());
      parameter_targets_.push_back(indices());
      const Range components{out_.components_.size(), input_.number()};
      for (size_t i = 0; i < components.count; ++i) {
        SearchComponent component;
        component.parameter = input_.small();
        component.expression = input_.text();
        out_.components_.push_back(component);
      }
      parameter_components_.push_back(components);
      parameter.multiple_or = input_.flag();
      parameter.multiple_and = input_.flag();
    }
  }

  void read_compartments() {
    out_.compartments_.resize(input_.number());
    for (Compartment& compartment : out_.compartments_) {
      compartment.type = input_.small();
      const Range members{out_.members_.size(), input_.number()};
      for (size_t i = 0; i < members.count; ++i) {
        CompartmentMember member;
        member.type = input_.small();
        member.self = input_.flag();
        out_.members_.push_back(member);
        member_parameters_.push_back(indices());
      }
      compartment_members_.push_back(members);
    }
  }

  // The vectors do not grow any more: their spans can be taken.
  void link() {
    const auto& indices = out_.indices_;
    for (size_t i = 0; i < out_.types_.size(); ++i) {
      out_.types_[i].parameters = type_parameters_[i].in(indices);
    }
    for (size_t i = 0; i < out_.value_sets_.size(); ++i) {
      out_.value_sets_[i].codes = set_codes_[i].in(out_.codes_);
    }
    for (size_t i = 0; i < out_.structures_.size(); ++i) {
      out_.structures_[i].constraints = structure_constraints_[i].in(indices);
    }
    for (size_t i = 0; i < out_.choices_.size(); ++i) {
      out_.choices_[i].targets = choice_targets_[i].in(indices);
    }
    for (size_t i = 0; i < out_.elements_.size(); ++i) {
      out_.elements_[i].types = element_types_[i].in(out_.choices_);
      out_.elements_[i].constraints = element_constraints_[i].in(indices);
    }
    for (size_t i = 0; i < out_.parameters_.size(); ++i) {
      SearchParameter& parameter = out_.parameters_[i];
      parameter.bases = parameter_bases_[i].in(indices);
      parameter.targets = parameter_targets_[i].in(indices);
      parameter.components = parameter_components_[i].in(out_.components_);
    }
    for (size_t i = 0; i < out_.members_.size(); ++i) {
      out_.members_[i].parameters = member_parameters_[i].in(indices);
    }
    for (size_t i = 0; i < out_.compartments_.size(); ++i) {
      out_.compartments_[i].members = compartment_members_[i].in(out_.members_);
    }
  }

  // "value" + "Quantity" of choices, one text each, shared by all structures.
  std::string_view choice_name(const Element& element, TypeIndex type) {
    std::string name(element.name);
    const std::string_view type_name = out_.types_[type].name;
    name += static_cast<char>(type_name[0] & ~0x20);
    name += type_name.substr(1);
    const auto [at, added] = choice_names_.try_emplace(name, out_.field_texts_.size());
    if (added) out_.field_texts_.push_back(std::move(name));
    return out_.field_texts_[at->second];
  }

  void make_fields() {
    std::vector<Range> ranges;
    for (const Structure& structure : out_.structures_) {
      Range range{out_.fields_.size(), 0};
      for (uint16_t i = 0; i < structure.count; ++i) {
        const auto index = static_cast<ElementIndex>(structure.first + i);
        const Element& element = out_.elements_[index];
        const size_t choices = element.choice ? element.types.size() : 1;
        for (size_t c = 0; c < choices; ++c) {
          Field field;
          field.element = index;
          field.choice = static_cast<uint8_t>(c);
          field.type = element.types[c].type;
          field.name = element.choice ? choice_name(element, field.type) : element.name;
          out_.fields_.push_back(field);
        }
      }
      range.count = out_.fields_.size() - range.first;
      ranges.push_back(range);
    }
    for (size_t i = 0; i < ranges.size(); ++i) {
      out_.structures_[i].fields = ranges[i].in(out_.fields_);
    }
  }

  void index_fields() {
    for (const Structure& structure : out_.structures_) {
      uint32_t size = 4;
      while (size < 2 * structure.fields.size()) size *= 2;
      const Definitions::SlotRange range{static_cast<uint32_t>(out_.slots_.size()), size - 1};
      out_.slots_.resize(out_.slots_.size() + size);
      for (uint16_t i = 0; i < structure.fields.size(); ++i) {
        const uint32_t hash = hash_of(structure.fields[i].name);
        uint32_t at = hash & range.mask;
        while (out_.slots_[range.first + at].index != none) at = (at + 1) & range.mask;
        out_.slots_[range.first + at] = {hash, i};
      }
      out_.slot_ranges_.push_back(range);
    }
  }

  void index_types() {
    for (size_t i = 0; i < out_.types_.size(); ++i) {
      out_.types_by_name_.push_back(static_cast<TypeIndex>(i));
    }
    std::sort(out_.types_by_name_.begin(), out_.types_by_name_.end(),
              [&](TypeIndex a, TypeIndex b) { return out_.types_[a].name < out_.types_[b].name; });
  }

  Input input_;
  Definitions out_;
  std::vector<Range> type_parameters_, set_codes_, structure_constraints_, choice_targets_;
  std::vector<Range> element_types_, element_constraints_, parameter_bases_, parameter_targets_;
  std::vector<Range> parameter_components_, compartment_members_, member_parameters_;
  std::map<std::string, size_t, std::less<>> choice_names_;
};

std::string_view name_of(SearchType type) { return search_type_names[static_cast<size_t>(type)]; }

bool ValueSet::contains(std::string_view code) const {
  if (open) return true;
  const auto at = std::lower_bound(codes.begin(), codes.end(), code,
                                   [](const Code& a, std::string_view b) { return a.code < b; });
  return at != codes.end() && at->code == code;
}

std::string SearchParameter::url() const {
  return "http://hl7.org/fhir/SearchParameter/" + std::string(id);
}

TypeIndex Definitions::find_type(std::string_view name) const {
  const auto at =
      std::lower_bound(types_by_name_.begin(), types_by_name_.end(), name,
                       [&](TypeIndex a, std::string_view b) { return types_[a].name < b; });
  return at != types_by_name_.end() && types_[*at].name == name ? *at : none;
}

TypeIndex Definitions::find_resource(std::string_view name) const {
  const TypeIndex index = find_type(name);
  const bool concrete =
      index != none && types_[index].kind == TypeKind::resource && !types_[index].abstract;
  return concrete ? index : none;
}

const Field* Definitions::find_field(StructureIndex structure, std::string_view name) const {
  const SlotRange range = slot_ranges_[structure];
  const uint32_t hash = hash_of(name);
  for (uint32_t at = hash & range.mask;; at = (at + 1) & range.mask) {
    const Slot slot = slots_[range.first + at];
    if (slot.index == none) return nullptr;
    const Field& field = structures_[structure].fields[slot.index];
    if (slot.hash == hash && field.name == name) return &field;
  }
}

ElementIndex Definitions::find_element(StructureIndex structure, std::string_view name) const {
  const Structure& in = structures_[structure];
  for (uint16_t i = 0; i < in.count; ++i) {
    if (elements_[in.first + i].name == name) return static_cast<ElementIndex>(in.first + i);
  }
  return none;
}

ParameterIndex Definitions::find_parameter(TypeIndex resource, std::string_view code) const {
  const auto& all = types_[resource].parameters;
  const auto at = std::lower_bound(
      all.begin(), all.end(), code,
      [&](ParameterIndex a, std::string_view b) { return parameters_[a].code < b; });
  return at != all.end() && parameters_[*at].code == code ? *at : none;
}

ValueSetIndex Definitions::find_value_set(std::string_view url) const {
  for (size_t i = 0; i < value_sets_.size(); ++i) {
    if (value_sets_[i].url == url) return static_cast<ValueSetIndex>(i);
  }
  return none;
}

const Compartment* Definitions::find_compartment(TypeIndex type) const {
  for (const Compartment& compartment : compartments_) {
    if (compartment.type == type) return &compartment;
  }
  return nullptr;
}

bool Definitions::is_a(TypeIndex type, TypeIndex base) const {
  for (; type != none; type = types_[type].base) {
    if (type == base) return true;
  }
  return false;
}

std::vector<std::string> Definitions::resource_names() const {
  std::vector<std::string> names;
  for (const TypeIndex index : types_by_name_) {
    const Type& type = types_[index];
    if (type.kind == TypeKind::resource && !type.abstract) names.emplace_back(type.name);
  }
  return names;
}

std::vector<std::string> Definitions::field_names(StructureIndex structure) const {
  std::vector<std::string> names;
  for (const Field& field : structures_[structure].fields) names.emplace_back(field.name);
  return names;
}

std::vector<std::string> Definitions::parameter_codes(TypeIndex resource) const {
  std::vector<std::string> codes;
  for (const ParameterIndex i : types_[resource].parameters) {
    codes.emplace_back(parameters_[i].code);
  }
  return codes;
}

const Definitions& definitions() {
  static const Definitions all = DefinitionsReader(definitions_table()).read();
  return all;
}

}  // namespace passerelle::fhir
