// FHIRPath (2.0, with the R4 additions) as a compiled evaluator: compile() once, evaluate() often,
// by any thread. Aware of the FHIR model: choices are reached by their plain name, types are
// known, "is" and "ofType" follow the specification's hierarchy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "fhir/definitions.h"

namespace passerelle::fhir::path {

// What an item of a collection is. `node` is an element of a resource; the others are values of
// FHIRPath's System types.
enum class Kind : uint8_t {
  node,
  boolean,
  integer,
  decimal,
  string,
  date,
  date_time,
  time,
  quantity
};

struct Box;

struct Item {
  Kind kind = Kind::node;
  TypeIndex type = none;            // of a node
  StructureIndex structure = none;  // of a node: where its children are defined
  ElementIndex element = none;      // of a node: how it was reached; none for a resource's root
  bool boolean = false;
  json::Value value = {};  // of a node
  json::Value extra = {};  // of a primitive node: the object of "_name", or absent
  // Of a node that is not the root: where it stands in its Document, so that a patch finds it
  // there; of a primitive without a value, where its extra stands.
  const json::Value* place = nullptr;
  int64_t integer = 0;
  std::shared_ptr<const Box> box = {};  // of the others; shared by copies, immutable
};

using Collection = std::vector<Item>;

// "true", "42", "1.10", "abc", "2020-03-26", "T14:30" without T, "4.5 'mg'"; of a node its value.
std::string to_text(const Item& item);
std::string type_name(const Item& item);  // "FHIR.Patient", "System.Integer"
// A JSON value in `document`, for those who answer over HTTP.
json::Value to_json(const Item& item, json::Document& document);

struct Program;
struct Context;

class Expression {
 public:
  Expression() = default;
  const std::string& text() const;

 private:
  friend struct Program;
  friend Result<Expression> compile(std::string_view, std::string_view);
  friend Result<Collection> evaluate(const Expression&, json::Value, const Context&);
  std::shared_ptr<const Program> program_;  // shared by copies of the expression; immutable
};

// Error.where is the column. With a type ("Patient"), names that it cannot have are errors too.
Result<Expression> compile(std::string_view text, std::string_view context_type = {});

struct Context {
  json::Value root = {};  // %resource and %rootResource when the focus is a part of it
  Instant now{};          // of now(), today(), timeOfDay()
  Zone zone = Zone::utc();
  // resolve(): the resource of a reference that is not contained, or absent.
  std::function<json::Value(std::string_view reference)> resolve = {};
  // Whether a resource conforms to a profile that the definitions do not know; error when unknown.
  std::function<Result<bool>(json::Value resource, std::string_view profile)> conforms = {};
  // Whether a value set that the definitions do not know has a code, of whichever system when none
  // is given; error when it is unknown.
  std::function<Result<bool>(std::string_view value_set, std::optional<std::string_view> system,
                             std::string_view code)>
      has_code = {};
  std::vector<std::pair<std::string, Collection>> variables = {};  // %name
  std::function<void(std::string_view name, const Collection&)> trace = {};
  uint64_t max_steps = 10'000'000;  // work allowed, so that no expression runs for ever
};

// `focus` is a resource.
Result<Collection> evaluate(const Expression& expression, json::Value focus,
                            const Context& context = {});
// As a condition: empty is false; one boolean itself; one other item true; more is an error.
Result<bool> holds(const Expression& expression, json::Value focus, const Context& context = {});

}  // namespace passerelle::fhir::path
