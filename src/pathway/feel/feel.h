// FEEL expressions: compiled once against the names they may use, then evaluated as often as one
// likes, by any number of threads, without a clock, a random number or an allocation on the common
// path. Nothing that an expression does is an error of the program: what cannot be computed is
// null, and the Evaluation's notes say why.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/feel/type.h"
#include "pathway/feel/value.h"

namespace passerelle::feel {

class Program;
struct Evaluation;

// The variables an expression may use, in slot order: evaluate() gets their values in this order.
// Names may hold spaces and signs ("first symptom day"). The type may be null (unknown).
struct Names {
  struct Name {
    std::string name;
    TypeRef type;
  };
  std::vector<Name> list;

  Names() = default;
  Names(std::initializer_list<std::string_view> names);
  // The slot; an existing name keeps its slot.
  uint16_t add(std::string_view name, TypeRef type = nullptr);
  int find(std::string_view name) const;  // -1 when missing
};

// A function that the program around FEEL gives to its expressions, e.g. `on duty("nurse", now())`.
struct HostFunction {
  std::string name;
  std::vector<std::string> parameters;  // their names, for calls with named arguments
  // `context` is Evaluation::host. Pure in what it returns, since `step` is.
  Value (*call)(std::span<const Value> arguments, void* context, Evaluation& evaluation);
};
using HostFunctions = std::vector<HostFunction>;

// Why something became null.
struct Note {
  std::string text;     // "the text \"38,5\" is not a number"
  std::string source;   // the expression it happened in, as written (shortened)
  uint32_t offset = 0;  // byte in the source
};

// What an evaluation did, for those who ask why: kept when one is wanted, by programs compiled for
// it. Tables and decisions are identities that dmn::Model resolves.
struct Trace {
  struct Span {  // of entries
    uint32_t first = 0, end = 0;
  };
  struct Met {  // what a rule asked about
    uint32_t input = 0;
    Value value;
    Span computed;  // what happened on the way to the value
  };
  // A rule that fired, or a decision whose value was read. Rules come behind what their tables
  // read.
  struct Entry {
    const void* table = nullptr;
    const void* decision = nullptr;
    uint32_t rule = 0;   // from 0
    uint32_t depth = 0;  // in how many tables
    std::vector<Met> met;
    std::vector<Span> outputs;  // what happened on the way to its outputs
  };
  struct Decision {  // a required one, evaluated before those that require it
    const void* decision = nullptr;
    Value value;
    Span computed;
  };
  static constexpr size_t most = 100'000;  // entries; what comes later is not kept
  std::vector<Entry> entries;
  std::vector<Decision> decisions;
  uint32_t depth = 0;
};

struct Limits {
  uint64_t steps = 20'000'000;    // of evaluation, list items and text bytes included
  unsigned depth = 1'500;         // of nested evaluation (recursive functions)
  size_t list_items = 5'000'000;  // of one list or range
  size_t text_bytes = 16u << 20;  // of one text
};

// One evaluation, or many one after the other: reuse it to reuse its memory. It belongs to one
// thread. now() and today() are `now` seen in `zone`.
struct Evaluation {
  Evaluation();
  ~Evaluation();
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  Instant now{};
  const Zone* zone = nullptr;  // null: UTC
  void* host = nullptr;        // handed to host functions
  Limits limits;

  bool keep_notes = true;
  std::vector<Note> notes;  // at most 50
  Trace* trace = nullptr;

  void note(std::string text);  // for host functions
  void clear();                 // notes and counters, before the next evaluation
  // From now on contexts and lists that are made of the same values again are the same ones, where
  // no notes are kept. All programs that are evaluated from now on must outlive the Evaluation.
  void remember();

  // The evaluator's own.
  struct Stack;
  std::unique_ptr<Stack> stack;
  uint64_t steps = 0;
  unsigned depth = 0;
  const Program* program = nullptr;  // in which a note arises
  uint32_t offset = 0;
};

class Expression {
 public:
  Expression() = default;  // evaluates to null

  // `slots` in the order of the Names it was compiled against; missing ones count as null.
  Value evaluate(std::span<const Value> slots, Evaluation& evaluation) const;
  // The same into a null value, if it is so little that no Evaluation is needed; else false.
  bool at_once(std::span<const Value> slots, Value& out) const;
  bool empty() const { return program_ == nullptr; }
  const std::string& source() const;

  // The variables it reads, with the constant path behind them: "daily.temperature", "age".
  std::vector<std::string> names_used() const;
  // The inferred type, any when unknown.
  TypeRef type() const;
  // Of one that is nothing but a variable: its slot; else -1.
  int slot() const;
  // Whether the same values always give the same: neither the clock nor a host is asked.
  bool is_timeless() const;

 private:
  friend class Compiler;
  friend class Remembered;
  friend Result<Expression> compile(std::string_view, const Names&, const struct CompileOptions&);
  friend Result<Expression> compile_unary_tests(std::string_view, const Names&,
                                                const struct CompileOptions&);
  // Shared by every copy of the expression and by the function values it has made.
  std::shared_ptr<const Program> program_;
};

struct CompileOptions {
  const HostFunctions* functions = nullptr;  // copied; may be null
  unsigned nesting = 200;                    // deeper ones are refused
  size_t bytes = 1u << 20;                   // longer texts are refused
  TypeRef input;                             // of `?` in unary tests
};

// Error.where is "line:column" in the text; unknown names and syntax errors say what was expected.
Result<Expression> compile(std::string_view text, const Names& names,
                           const CompileOptions& options = {});
// A cell of a decision table: the tested value is the last slot (index names.list.size()), `?` in
// the text. It evaluates to true, false or null.
Result<Expression> compile_unary_tests(std::string_view text, const Names& names,
                                       const CompileOptions& options = {});

// The built-in functions' names and parameters, for editors and docs: "substring(string, start
// position, length?)".
std::vector<std::string> built_in_signatures();

}  // namespace passerelle::feel
