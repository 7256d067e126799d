// A DMN file as written: its elements, their logic as a tree, and the place of every text. Read
// once by read_source(); nothing in it is compiled. For the files of dmn/ only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pathway/bpmn/xml.h"
#include "pathway/dmn/dmn.h"

namespace passerelle::dmn {

// A text with the bytes it was read from, so that an error inside it gets its own line and column.
struct Written {
  std::string text;
  const char* raw = nullptr;  // in the Xml's buffer; null when the text was put together
  Place place;
  bool blank() const;
};

struct Boxed;

// A context entry, a binding, a parameter, or an iterator.
struct Named {
  std::string name;
  std::string type;
  Place place;
  std::unique_ptr<Boxed> value;  // may be null
};

// One boxed expression of any form.
struct Boxed {
  enum class Form {
    literal,      // text
    table,        // table
    context,      // entries; an entry without a name is the result
    relation,     // columns, children row by row
    list,         // children
    invocation,   // children[0] is called with entries
    function,     // entries are parameters, children[0] the body
    conditional,  // children: if, then, else
    filter,       // children: in, match
    iteration,    // entries[0]: variable and list; children[0]: return
    some,
    every,        // children[0]: satisfies
    unsupported,  // text says why
  };
  Form form = Form::literal;
  std::string type;  // typeRef as written
  std::string label;
  Written text;
  std::string language;  // of a literal; empty is FEEL
  std::string kind;      // of a function: FEEL, Java, PMML
  std::vector<Named> entries;
  std::vector<Named> columns;
  std::vector<std::unique_ptr<Boxed>> children;
  size_t table = 0;  // index into Source::tables and table_texts
  Place place;
};

// The raw texts of a table beside its public form, in the same order.
struct TableTexts {
  struct Column {
    Written expression, values, fallback;
  };
  std::vector<Column> inputs, outputs;
  std::vector<std::vector<Written>> input_cells, output_cells;  // by rule
};

struct TypeDefinition {
  std::string name;
  std::string base;  // typeRef, empty for a structure
  bool collection = false;
  bool function = false;  // functionItem: components are parameters, base is the result
  Written allowed;        // of the value, or of each item of a collection
  Written constraint;     // typeConstraint: of the value as a whole
  std::vector<TypeDefinition> components;
  Place place;
};

struct Reference {
  std::string href;
  Place place;
};

struct Element {
  enum class Kind { input, decision, knowledge, service };
  Kind kind = Kind::input;
  Item item;
  std::string variable;                                 // the name others use
  std::string type;                                     // of the variable
  std::vector<Reference> inputs, decisions, knowledge;  // requirements
  std::vector<Reference> outputs, encapsulated;         // of a service
  std::unique_ptr<Boxed> logic;                         // function form for knowledge
};

struct Import {
  std::string name, name_space, location, type;
  Place place;
};

struct Source {
  std::string file, name, name_space;
  std::vector<Import> imports;
  std::vector<TypeDefinition> types;
  std::vector<Element> elements;
  std::vector<Table> tables;
  std::vector<TableTexts> table_texts;
  std::vector<Error> problems;              // what is written against the standard
  std::shared_ptr<const pathway::Xml> xml;  // shared by the models that point into it
};

Result<Source> read_source(std::string_view xml, std::string file);

}  // namespace passerelle::dmn
