// Runs a program. Inside fhir/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/path_program.h"
#include "fhir/path_value.h"

namespace passerelle::fhir::path {

class Evaluator {
 public:
  Evaluator(const Program& program, const Context& context, Item root)
      : program_(program), context_(context), root_(std::move(root)) {}

  Result<Collection> run() {
    Frame frame;
    frame.focus = &root_;
    return evaluate(program_.root, frame);
  }
  Result<Collection> run_on(const Item& focus) {
    Frame frame;
    frame.focus = &focus;
    return evaluate(program_.root, frame);
  }

  // What the functions need.
  const Program& program() const { return program_; }
  const Context& context() const { return context_; }
  const Item& root() const { return root_; }
  Error error(const Node& node, std::string message) const;
  // An argument evaluated for each item ($this, $index), or once on what $this is outside.
  Result<Collection> argument_on(const Node& node, size_t index, const Item& focus, size_t position,
                                 const Collection* total = nullptr);
  // A key of sort(): what stands behind its "-", if it has one.
  Result<Collection> key_on(const Node& node, size_t index, const Item& focus, size_t position);
  // The same inside the $index and $total of what is outside.
  Result<Collection> argument_of(const Node& node, size_t index, const Item& focus);
  Result<Collection> argument(const Node& node, size_t index);
  // The one item of an argument; none when it is empty; error when there are more.
  Result<std::optional<Item>> single_argument(const Node& node, size_t index);
  Result<std::optional<std::string>> string_argument(const Node& node, size_t index);
  Result<std::optional<int64_t>> integer_argument(const Node& node, size_t index);
  // True, false or empty, of a condition; one item that is no boolean is true.
  Result<std::optional<bool>> condition(const Node& node, const Collection& items) const;
  // Counts work, so that nothing runs for ever.
  Result<void> step(const Node& node, size_t work = 1);
  // Error when a text that is about to be made is too long.
  Result<void> check_length(const Node& node, size_t bytes) const;
  Result<void> define_variable(const Node& node, const std::string& name, Collection value);

 private:
  struct Frame {
    const Item* focus = nullptr;
    size_t index = 0;
    const Collection* total = nullptr;
  };

  Result<Collection> evaluate(uint32_t index, const Frame& frame);
  Result<Collection> dispatch(const Node& node, const Frame& frame);
  Result<Collection> evaluate_on(uint32_t index, const Item& focus, size_t position,
                                 const Collection* total);
  Result<Collection> member(const Node& node, const Frame& frame);
  Result<Collection> call(const Node& node, const Frame& frame);
  Result<Collection> indexer(const Node& node, const Frame& frame);
  Result<Collection> variable(const Node& node) const;
  Result<Collection> negate(const Node& node, const Frame& frame);
  Result<Collection> binary(const Node& node, const Frame& frame);
  Result<Collection> logical(const Node& node, const Frame& frame);
  Result<Collection> type_test(const Node& node, const Frame& frame);

  const Program& program_;
  const Context& context_;
  Item root_;
  const Frame* frame_ = nullptr;  // of the expression being evaluated, for arguments
  uint64_t steps_ = 0;
  int depth_ = 0;
  std::vector<std::pair<std::string, Collection>> variables_;
};

// ---- nodes ----

Item root_item(json::Value resource);
void append_children(Collection& out, const Item& item, const Name& name);
void append_all_children(Collection& out, const Item& item);
bool has_value(const Item& item);  // a primitive with a value

// ---- comparing ----

// None when it cannot be said (FHIRPath: empty).
std::optional<bool> equal_items(const Item& a, const Item& b);
std::optional<bool> equal_collections(const Collection& a, const Collection& b);
bool equivalent_items(const Item& a, const Item& b);
bool equivalent_collections(const Collection& a, const Collection& b);
bool contains_item(const Collection& items, const Item& item);
Collection distinct_items(Collection items);
// Error when the types cannot be ordered.
Result<std::optional<int>> compare_items(const Item& a, const Item& b);

bool is_of_type(const Item& item, const TypeName& type, bool exactly);

// +, -, *, /, div, mod, & of two single items; none = empty.
Result<std::optional<Item>> calculate(Op op, const Item& a, const Item& b);
bool is_number(const Item& item);
std::optional<Decimal> decimal_of(const Item& item);  // of an integer, decimal or quantity

}  // namespace passerelle::fhir::path
