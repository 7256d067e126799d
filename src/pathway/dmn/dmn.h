// DMN 1.3 to 1.5 models: parsed with the place of everything, compiled once into flat programs,
// evaluated with FEEL. Every decision can tell which rules fired. What the model gets wrong is an
// error with file, line and column at parse or compile; what an evaluation cannot compute is null
// with a reason in the Evaluation's notes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/place.h"
#include "base/result.h"
#include "pathway/feel/feel.h"
#include "pathway/feel/type.h"
#include "pathway/feel/value.h"

namespace passerelle::dmn {

enum class HitPolicy : uint8_t {
  unique,
  first,
  priority,
  any,
  collect,
  rule_order,
  output_order,
};
enum class Aggregator : uint8_t { none, sum, count, min, max };

// A text of the model with its place: an input entry, an expression, a name.
struct Text {
  std::string text;
  Place place;
};

// A decision table as written, for those who look into it (gaps, overlaps, explanations).
struct Table {
  struct Input {
    Text expression;
    std::string label;
    std::string type;        // typeRef as written, may be empty
    Text values;             // allowed input values, may be empty
    feel::TypeRef inferred;  // any when unknown
    std::string id;
  };
  struct Output {
    std::string name;  // empty when there is one output only
    std::string label;
    std::string type;
    Text values;         // allowed output values; their order is the priority
    Text default_entry;  // may be empty
  };
  struct Rule {
    std::string id;
    std::vector<Text> inputs;  // unary tests, one an input
    std::vector<Text> outputs;
    std::vector<std::string> annotations;
    std::string description;
    Place place;
  };
  std::string id;
  std::string owner;  // the decision or knowledge model it belongs to
  HitPolicy hit_policy = HitPolicy::unique;
  Aggregator aggregator = Aggregator::none;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<std::string> annotation_names;
  std::vector<Rule> rules;
  Place place;
};

// An input datum or a decision as others see it.
struct Item {
  std::string id;
  std::string name;
  std::string label;
  std::string question;
  std::string description;
  feel::TypeRef type;  // any when not declared
  Place place;
  std::vector<std::string> required_inputs;  // names: of what a decision needs directly
  std::vector<std::string> required_decisions;
  std::vector<std::string> parameters;  // of a knowledge model or a decision service
};

// A rule that fired: what it says for the reader.
struct Fired {
  const Table* table = nullptr;
  size_t rule = 0;  // index into table->rules
};

// Why a decision came out as it did: a rule that fired, with what it met. The rules that the result
// rests on, and no others: those of a decision that was evaluated and not read are missing, and
// those behind an input that the rule does not ask about.
struct Reason {
  const Table* table = nullptr;
  size_t rule = 0;
  std::vector<feel::Value> met;  // by the inputs that the rule asks about: asked_inputs()
  // Computed decisions that its tests name, by name. Constant ones are the model's to know.
  std::vector<std::pair<std::string, feel::Value>> named;
  int of = -1;     // the reason that asked; -1: the decision itself
  int input = -1;  // by which input of its table; -1: by none
};

struct Outcome {
  feel::Value value;
  std::vector<Fired> fired;  // in the order in which they fired
  // Those of the decision first, each followed by those that it rests on.
  std::vector<Reason> why;
};

class Model;

// A decision compiled against the caller's variables: the hot path. Immutable, shared by threads;
// keeps its model alive.
class CompiledDecision {
 public:
  CompiledDecision() = default;

  // `slots` in the order of the Names it was compiled against. Without a trace in the Evaluation
  // nothing is allocated on the common path.
  feel::Value evaluate(std::span<const feel::Value> slots, feel::Evaluation& evaluation) const;
  // The same, with the rules that fired and why.
  Outcome explain(std::span<const feel::Value> slots, feel::Evaluation& evaluation) const;

  // Which of the Names it reads: "daily.temperature", "age".
  std::vector<std::string> names_used() const;
  feel::TypeRef type() const;
  bool empty() const { return plan_ == nullptr; }

 private:
  friend class Model;
  std::shared_ptr<const struct Plan> plan_;  // shared by copies and by function values made of it
};

// Where the XML of an imported model comes from: by namespace and, when given, by location.
using ImportLoader = std::function<Result<std::pair<std::string, std::string>>(
    std::string_view name_space, std::string_view location)>;  // -> {xml, file}

struct ParseOptions {
  ImportLoader imports;                            // missing: an import is an error
  const feel::HostFunctions* functions = nullptr;  // copied
  unsigned import_depth = 16;
};

class Model {
 public:
  // Error.where is "file:line:column". Errors in one decision's logic do not hide the others: they
  // stand in problems(), and the decision evaluates to null with that reason.
  static Result<Model> parse(std::string_view xml, std::string file, const ParseOptions& = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const std::string& name() const;
  const std::string& name_space() const;
  std::span<const Error> problems() const;

  std::span<const Item> inputs() const;
  std::span<const Item> decisions() const;
  std::span<const Item> knowledge_models() const;
  std::span<const Item> services() const;  // decision services
  std::span<const Table> tables() const;
  const Item* decision(std::string_view name) const;  // null when missing
  const Item* input(std::string_view name) const;

  // Inputs of the decision (and of what it requires) are found in `names` by their name; an input
  // that is missing there is an error, unless `missing_is_null`.
  Result<CompiledDecision> compile(std::string_view decision, const feel::Names& names,
                                   bool missing_is_null = false) const;
  // A decision service is called with its inputs as slots, in the order of inputs then decisions.
  Result<CompiledDecision> compile_service(std::string_view service,
                                           const feel::Names& names) const;

  // The comfortable way: `inputs` is a context by input name. Slower than a CompiledDecision.
  Result<Outcome> evaluate(std::string_view decision, const feel::Value& inputs,
                           feel::Evaluation& evaluation) const;
  // Calls a decision, a decision service or a knowledge model by name with named arguments.
  Result<Outcome> invoke(std::string_view name, const feel::Value& arguments,
                         feel::Evaluation& evaluation) const;

 private:
  Model();
  struct Body;
  std::shared_ptr<const Body> body_;  // shared with the compiled decisions
};

}  // namespace passerelle::dmn
