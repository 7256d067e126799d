// The flat form of compiled FEEL: an array of nodes that refer to each other by index, their
// constants, functions and decision tables. Immutable once it is built; nothing of it is looked up
// by name while it runs. For the files of feel/ and dmn/ only.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pathway/feel/built_in.h"
#include "pathway/feel/feel.h"
#include "pathway/feel/function.h"
#include "pathway/feel/heap.h"
#include "pathway/feel/temporal.h"
#include "pathway/feel/type.h"

namespace passerelle::feel {

// The name and its hash, to find it in many shapes.
struct KeyName {
  std::string name;
  uint32_t hash = 0;
  TemporalProperty property = TemporalProperty::none;
};

using NodeId = uint32_t;
inline constexpr NodeId no_node = 0xffffffffu;

enum class Op : uint8_t {
  constant,  // a: constant; flag: 1 the value of a decision, not written where it is read
  slot,      // a: slot
  local,     // a: local of the frame; b: 0, or 1 + which of `decided` it holds the value of
  list,      // a: extra (nodes), b: count
  context,   // a: shape, b: extra (nodes), c: first local (entries see earlier ones), flag: 0, or
             // 1 + which of `made_alike` it is
  range,     // a: low or none, b: high or none, c: form (0 or the operator), flag: 1 low, 2 high
  negate,    // a
  add,
  subtract,
  multiply,
  divide,
  power,  // a, b
  equal,
  unequal,
  less,
  less_equal,
  greater,
  greater_equal,  // a, b
  between,        // a between b and c
  both,
  either,  // a, b: three-valued and, or
  choose,  // if a then b else c
  let,     // local a = b; in c
  each,    // for: a: extra (iterators), b: count, c: body; flag: `partial` is read, extra behind
  some,
  every,           // a: extra (iterators), b: count, c: body
  filter,          // a: list, b: predicate, c: local of the item; flag: the predicate is a number
  path,            // a: value, b: key, c: its place in `places`
  item_name,       // a: local of the item, b: key, c: fallback or none
  now,             // now(), which a step asks for a dozen times
  today,           // date(now())
  hour,            // now().hour
  date_of,         // date(a); c: extra (row, given mask, nodes)
  date_time,       // date and time(a, b); c: extra (row, given mask, nodes)
  call_built_in,   // a: built-in row, b: extra (given mask, nodes), c: count
  call_host,       // a: host function, b: extra (nodes), c: count
  call_function,   // a: function of the program, b: extra (nodes), c: count
  call_value,      // a: function value, b: extra (count, nodes, [keys]), c: count, flag: named
  make_function,   // a: function of the program
  built_in_value,  // a: first built-in row of the name
  host_value,      // a: host function
  instance_of,     // a, b: type
  coerce,          // a, b: type, c: key (what is checked, for the note)
  test_compare,    // a: tested value, b: bound, flag: Op of the comparison
  test_value,      // a: tested value, b: expression; flag: 1 the expression reads `?`
  test_any,        // a: extra (tests), b: count
  test_not,        // a: test
  table,           // a: table
  read_decision,   // local of a decision, in a program that tells what it does
  decide,          // let of a decision, likewise
  failed,          // a: constant (text of the problem)
};

struct Node {
  Op op = Op::constant;
  uint8_t flag = 0;
  uint16_t text = 0;  // which source text
  uint32_t at = 0;    // byte in it
  uint32_t a = 0, b = 0, c = 0;
};

// One iterator of for, some or every, as five words in `extra`.
struct Iterator {
  uint32_t local = 0;
  NodeId domain = no_node;
  NodeId to = no_node;  // `x in a..b`
};

struct Capture {
  bool slot = false;  // else a local of the frame outside
  bool self = false;  // the function itself: recursion by name
  uint32_t from = 0;
  uint32_t local = 0;  // where it goes
};

struct FunctionCode {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<TypeRef> types;  // null: unchecked
  TypeRef result;              // null: unchecked
  TypeRef inferred;            // of the body; null: unknown
  std::vector<Capture> captures;
  uint32_t frame = 0;    // locals, parameters first
  uint32_t nesting = 0;  // of its body, for the depth limit
  NodeId body = no_node;
  // Filled by remember_answers(): index + 1 of the constant that it gives for plain arguments, at
  // first + remembered_plain * second; 0 = computed. Empty: nothing is known beforehand.
  std::vector<uint32_t> answers;
};

// A cell of a decision table: the common tests without a program.
struct Cell {
  enum class Form : uint8_t {
    any,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    interval,
    one_of,
    node
  };
  Form form = Form::any;
  uint8_t closed = 0;     // of an interval: 1 low, 2 high
  uint32_t a = 0;         // constant: the bound, of an interval the lower one, of one_of a list
  uint32_t b = 0;         // constant: the upper bound
  NodeId test = no_node;  // the whole test as a program
};

enum class TableHit : uint8_t { unique, first, priority, any, collect, rule_order, output_order };
enum class TableAggregate : uint8_t { none, sum, count, min, max };

// What forms are full of, null, yes, no and small whole numbers, as a number below 64, so that what
// a table makes of it is known beforehand. 64: another value.
inline constexpr unsigned plain_count = 64;
inline unsigned plain_of(const Value& value) {
  // Of a small whole number, or a boolean, the kind is all that the first word says.
  const uint64_t head = value.head();
  const auto whole = static_cast<uint64_t>(value.whole());
  if (head == static_cast<uint64_t>(Kind::number))
    return whole <= 60 ? 3 + static_cast<unsigned>(whole) : plain_count;
  if (head == static_cast<uint64_t>(Kind::boolean)) return 1 + static_cast<unsigned>(whole);
  return value.is_null() ? 0 : plain_count;
}

inline Value plain_value(unsigned plain) {
  if (plain == 0) return {};
  return plain < 3 ? Value::boolean(plain == 2) : Value::integer(plain - 3);
}

// Which rules admit a number: the bounds that they name cut all numbers into pieces, below the
// first, it, between it and the next, ...
struct NumberIndex {
  std::vector<Value> bounds;    // ascending
  std::vector<int64_t> scaled;  // the same * 10^scale; empty when one does not fit
  unsigned scale = 0;
  std::vector<uint64_t> pieces;  // rules as bits, 2 * bounds + 1
  uint64_t admitting(const Value& number) const;
};

// Which rules admit a text. `known` is false where a rule asks for an order of texts.
struct TextIndex {
  bool known = false;
  bool only_ones = false;                         // there is no other of any text that rules name
  std::vector<std::pair<Value, uint64_t>> named;  // texts that rules name
  uint64_t others = 0;
  uint64_t admitting(const Value& text) const;
};

// A variable, or an entry of the context that a variable holds.
struct VariableAtHand {
  bool slot = false;  // else a local of the frame
  uint32_t index = 0;
  bool operator==(const VariableAtHand&) const = default;
};
struct OperandAtHand {
  bool given = false;
  bool entry = false;  // of the context in the variable
  uint8_t owner = 0;   // of an entry: in TableCode::owners
  VariableAtHand variable;
  uint32_t place = 0;  // of the entry, in `places`
};

// Of an input whose expression reads one or two operands and depends on nothing else: the rules
// that fit for every pair of plain operands, found when the program is compiled. Those of a table
// lie close together: most of the time of a table with many inputs is that of reading them.
struct InputAnswers {
  OperandAtHand first, second;
  bool is_operand =
      false;           // the input is the first one itself, perhaps of a type that is asked for
  uint32_t plain = 0;  // operands below this number are known; 0: none
  uint32_t codes = 0;  // in TableCode::codes: where those of this input begin
};

// The same once it is known how the contexts look that the variables hold: where each operand
// stands.
struct InputsAtHand {
  // From where operands are counted: the entries of an owner (TableCode::owners), the variables,
  // the locals, nulls.
  static constexpr uint8_t most_owners = 4;
  static constexpr uint8_t of_slots = most_owners, of_frame = 5, of_nulls = 6, bases = 7;
  static constexpr uint8_t not_given = 0xFF;
  struct Input {
    uint32_t codes = 0;
    uint16_t plain = 0;  // as InputAnswers
    uint8_t base = of_nulls, second_base = not_given;
    uint16_t place = 0, second_place = 0;
  };
  std::array<const Shape*, most_owners> shapes{};  // of the owners
  size_t slots = 0;                                // so many variables are read
  std::vector<Input> inputs;
};

// Found by the first evaluation that knows enough, since many threads run one program. A copy of a
// program finds its own.
class FoundInputs {
 public:
  FoundInputs() = default;
  FoundInputs(const FoundInputs&) {}
  FoundInputs(FoundInputs&& other) noexcept : found_(other.found_.exchange(nullptr)) {}
  FoundInputs& operator=(const FoundInputs&) = delete;
  ~FoundInputs() { delete found_.load(std::memory_order_relaxed); }
  const InputsAtHand* get() const { return found_.load(std::memory_order_acquire); }
  void keep(std::unique_ptr<const InputsAtHand> inputs) const {
    const InputsAtHand* none = nullptr;
    if (found_.compare_exchange_strong(none, inputs.get(), std::memory_order_acq_rel))
      (void)inputs.release();
  }

 private:
  mutable std::atomic<const InputsAtHand*> found_ = nullptr;
};

struct TableCode {
  const void* origin = nullptr;  // told to the trace
  TableHit hit = TableHit::unique;
  TableAggregate aggregate = TableAggregate::none;
  struct Input {
    NodeId value = no_node;
    Cell allowed;        // any: no allowed values
    uint32_t local = 0;  // where the value goes
    // Filled by index_table(): which plain values are allowed, and rules as bits: those that ask
    // something of this input, and those that admit a plain value, a number, a text.
    uint64_t allowed_plain = 0;
    uint64_t asking = 0;
    std::vector<uint64_t> admitting;
    NumberIndex numbers;
    TextIndex texts;
  };
  struct Output {
    uint32_t key = 0;
    NodeId fallback = no_node;  // default output entry, or none
    uint32_t type = 0;          // index + 1 into types, 0 = unchecked
    std::vector<Value> order;   // output values, best first
    NodeId allowed = no_node;   // a test over allowed_local, or none
    uint32_t allowed_local = 0;
  };
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  // What a rule asks of an input; tests that always hold are left out, as most of a table is '-'.
  struct Test {
    uint32_t input = 0;
    Cell cell;
  };
  std::vector<Test> tests;      // rule by rule
  std::vector<uint32_t> ends;   // rule by rule: behind its last test
  std::vector<NodeId> results;  // rule by rule
  Shape* shape = nullptr;       // of the result, when there are several outputs
  uint32_t rules = 0;
  bool indexed = false;  // all tests are constants, and the rules fit 64 bits
  // Filled by remember_inputs(): by input; at first + plain * second which of the `answered` sets
  // of rules, as bits, fits; 0 = has to be computed, with its notes.
  std::vector<InputAnswers> answers;
  std::vector<uint8_t> codes;
  std::vector<uint64_t> answered;
  // The variables whose entries `answers` read: what holds for all entries is looked at once.
  static constexpr size_t most_owners = InputsAtHand::most_owners;
  std::vector<VariableAtHand> owners;
  FoundInputs found;
  // Rule by rule: index + 1 of the constant that is the rule's whole result, 0 = computed.
  std::vector<uint32_t> constant_results;
  bool lists_constants = false;  // it collects such results, in the order of the rules
};

// To be called when the tests of the table are complete.
void index_table(TableCode& table, const std::vector<Value>& constants);

// Of functions that are one decision table over their parameters: what they give for one or two
// plain arguments below this number is found when they are compiled. To be called when the program
// is complete.
inline constexpr unsigned remembered_plain = 16;
void remember_answers(const std::shared_ptr<Program>& program);
// The same for the inputs of tables; behind remember_answers().
void remember_inputs(const std::shared_ptr<Program>& program);
// Constants against a value: true, or anything else.
bool cell_matches(const Cell& cell, const Value& value, const std::vector<Value>& constants);

// Where a path found its key the first time: the shape and the place in it, in one word, since many
// threads run one program. 0 = nowhere yet. A hint: another shape is looked up as ever.
class PlaceInShape {
 public:
  // The place of the key, if the hint is about this shape; else -1.
  int find(const Shape* shape) const {
    const uint64_t known = word_.load(std::memory_order_relaxed);
    return known >> 16 == reinterpret_cast<uintptr_t>(shape) ? static_cast<int>(known & 0xffff)
                                                             : -1;
  }
  // The first shape stays: threads that see different ones do not take the word from each other.
  // Only shapes that live for ever: the address of another may come to mean something else.
  void remember(const Shape* shape, int place) {
    const uint64_t address = reinterpret_cast<uintptr_t>(shape);
    if ((shape->count & Heap::immortal) == 0 || place > 0xffff || address >> 48 != 0) return;
    if (word_.load(std::memory_order_relaxed) == 0)
      word_.store(address << 16 | static_cast<uint64_t>(place), std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> word_ = 0;
};

// One hint a path. A copy of a program finds its own.
class Places {
 public:
  Places() = default;
  explicit Places(uint32_t count) : hints_(new PlaceInShape[count]), count_(count) {}
  Places(const Places& other) : Places(other.count_) {}
  Places(Places&&) noexcept = default;
  Places& operator=(Places&&) noexcept = default;
  PlaceInShape& operator[](uint32_t path) const { return hints_[path]; }

 private:
  std::unique_ptr<PlaceInShape[]> hints_;
  uint32_t count_ = 0;
};

// What a part of a program depends on (feel/reads.h).
struct Read {
  // entry: of a slot, or of a local; day: of the date and time in a slot
  enum class Kind : uint8_t { slot, local, entry, day, hour, today } kind = Kind::slot;
  uint32_t of = 0;  // slot, local, or the node of the entry's path
  bool operator==(const Read&) const = default;
};

// A let that computes a required decision.
struct Decided {
  NodeId let = no_node;
  const void* decision = nullptr;  // told to the trace
};

// What every evaluation reads of it lies in one line of the cache: a pathway has hundreds of them.
class alignas(64) Program {
 public:
  NodeId body = no_node;
  uint32_t frame = 0;
  uint32_t nesting = 0;
  Node root;  // a copy of the body's node
  std::vector<Node> nodes;
  std::vector<Value> constants;
  std::vector<uint32_t> extra;
  std::vector<KeyName> keys;
  std::vector<Shape*> shapes;  // immortal
  std::vector<TypeRef> types;
  std::vector<FunctionCode> functions;
  std::vector<TableCode> tables;
  HostFunctions hosts;
  std::vector<std::string> texts;
  std::vector<std::string> used;  // names and constant paths that are read
  std::vector<std::string> slot_names;
  TypeRef type;
  Places places;                              // by path node
  std::vector<Decided> decided;               // the decisions that it computes
  std::vector<std::vector<Read>> made_alike;  // what contexts read that depend on little
  std::span<const BuiltIn> built_ins;
};

// Finds the contexts that depend on so little that they may be remembered; when the program is
// complete.
void find_made_alike(Program& program);

// The same program, which fills the trace of its Evaluation: slower, and of the same results.
std::shared_ptr<const Program> telling(const Program& program);

// The entry of a variable that a path reads, in the place where it was found before; else null.
const Value* member_at_hand(const Program& program, const Node& path, std::span<const Value> slots);

// What needs no evaluation: a variable, a constant, an entry of a variable, and sums and
// comparisons of two of them whose values are small. False: run it.
bool at_once(const Program& program, std::span<const Value> slots, Value& out);

Value run(const std::shared_ptr<const Program>& program, std::span<const Value> slots,
          Evaluation& evaluation);

}  // namespace passerelle::feel
