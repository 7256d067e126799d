// A DMN file with what it imports and the types it defines: what the builder compiles from.
// Immutable once it is loaded. For the files of dmn/ only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pathway/dmn/source.h"
#include "pathway/feel/compiler.h"

namespace passerelle::dmn {

struct Loaded {
  struct Imported {
    std::string name;  // the prefix of its elements; empty: they stand beside one's own
    // Shared by all models that import the same file.
    std::shared_ptr<const Loaded> model;
  };
  Source source;
  std::vector<Imported> imports;
  std::map<std::string, const Element*, std::less<>> by_id;
  feel::Compiler::TypeNames types;   // its own, and imported ones with their prefix
  std::vector<std::string> members;  // names that may stand behind a dot

  // A typeRef as written; null when there is no such type. Empty is any.
  feel::TypeRef find_type(std::string_view name) const;
};

// Where an element is and under which prefix the model that is compiled knows it: "", "b.".
struct Target {
  const Loaded* model = nullptr;
  const Element* element = nullptr;
  std::string prefix;
  bool operator<(const Target& other) const {
    return std::pair(element, std::string_view(prefix)) <
           std::pair(other.element, std::string_view(other.prefix));
  }
  // Its name among the inputs of the model that is compiled: "b.Person name".
  std::string name() const { return prefix + element->variable; }
};

// What an href of `from` means; the element is null when it means nothing. `near` becomes the
// prefix that the model of `from` itself writes before the name.
Target resolve(const Target& from, std::string_view href, std::string* near = nullptr);

Result<std::shared_ptr<Loaded>> load_model(std::string_view xml, std::string file,
                                           const ParseOptions& options);

// Builds loaded.types from the item definitions; what is wrong with them is added to the problems.
void define_types(Loaded& loaded);

// The error with the place inside the file that its "line:column" inside the text means.
Error placed(const Loaded& model, const Written& text, Error error);

}  // namespace passerelle::dmn
