// Builds a Program: scopes, symbols and nodes. The parser drives it for texts, dmn/ for boxed
// expressions, so that both resolve names alike.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/feel/built_in.h"
#include "pathway/feel/program.h"

namespace passerelle::feel {

// A compiled part: its node, what is known of its type (may be null), and the path it reads when it
// is nothing but a variable with a path.
struct Part {
  NodeId node = no_node;
  TypeRef type;
  std::string path = {};
};

struct Symbol {
  enum class Kind : uint8_t { slot, local, constant, function, host, item_scope };
  std::string name;
  std::vector<std::string> words;  // the name in tokens, to match it whatever the spaces
  Kind kind = Kind::local;
  uint32_t index = 0;
  unsigned frame = 0;
  TypeRef type;
  uint32_t partial_reads = 0;  // of `partial`
  std::string path = {};       // what reading it counts as, in names_used(); empty = nothing
  uint32_t decision = 0;       // 1 + which of `decided` it is the value of; 0 = none
};

// "first name-x" -> first, name, -, x
std::vector<std::string> name_words(std::string_view name);
// One space between words, none around signs.
std::string normal_name(std::string_view name);

class Compiler {
 public:
  explicit Compiler(const HostFunctions* hosts = nullptr);

  // ---- scopes ----
  size_t mark() const { return symbols_.size(); }
  void restore(size_t mark) { symbols_.resize(mark); }
  uint32_t local_mark() const { return frames_.back().next; }
  void restore_locals(uint32_t mark);
  uint32_t new_local();
  void declare_slot(std::string_view name, uint32_t slot, TypeRef type);
  void declare_local(std::string_view name, uint32_t local, TypeRef type,
                     std::string_view path = {});
  // A decision whose value is known.
  void declare_constant(std::string_view name, uint32_t constant, TypeRef type);
  void declare_function(std::string_view name, uint32_t function, TypeRef type);
  void declare_item_scope(uint32_t local, TypeRef element);
  using TypeNames = std::map<std::string, TypeRef, std::less<>>;
  void use_types(TypeNames names) { type_names_ = std::move(names); }
  TypeRef find_type(std::string_view name) const;
  void hint_member(std::string_view name);
  const std::vector<Symbol>& symbols() const { return symbols_; }
  std::vector<Symbol>& symbols() { return symbols_; }
  const std::vector<std::vector<std::string>>& hints() const { return hints_; }
  const TypeNames& type_names() const { return type_names_; }

  // ---- functions ----
  // Opens a frame; its parameters are its first locals.
  uint32_t begin_function(std::string name, std::vector<std::string> parameters,
                          std::vector<TypeRef> types, TypeRef result);
  // A function declared before its body is known (recursion among knowledge models).
  uint32_t reserve_function(std::string name, std::vector<std::string> parameters,
                            std::vector<TypeRef> types, TypeRef result);
  void reopen_function(uint32_t function);
  void end_function(NodeId body, unsigned nesting);
  unsigned frame_depth() const { return static_cast<unsigned>(frames_.size() - 1); }

  // ---- nodes ----
  NodeId emit(Op op, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0, uint8_t flag = 0);
  uint32_t add_constant(const Value& value);
  NodeId constant(const Value& value);
  const Value* constant_of(NodeId node) const;  // null when the node is no constant
  uint32_t extra(const std::vector<uint32_t>& words);
  uint32_t key(std::string_view name);
  uint32_t shape(const std::vector<std::string>& keys);
  uint32_t type(TypeRef type);
  Part read(const Symbol& symbol);  // with captures through the frames between
  NodeId failed(std::string_view problem);
  NodeId range(NodeId low, bool low_closed, NodeId high, bool high_closed, uint8_t form);
  NodeId list(const std::vector<NodeId>& items);
  NodeId coerced(NodeId node, TypeRef type, std::string_view what);
  void used(const std::string& path);
  void place(uint16_t text, uint32_t at) {
    text_ = text;
    at_ = at;
  }
  uint16_t add_text(std::string_view text);
  // A failing text inside dmn/ becomes a note, not the end of the program.
  struct State {
    size_t nodes, extra, symbols, frames;
    uint32_t next;
  };
  State state() const;
  void rewind(const State& state);

  // ---- texts ----
  Result<Part> expression(std::string_view text, unsigned nesting = 200);
  // Tests over the value in `local` (`?`); the node yields true, false or null.
  Result<Part> unary_tests(std::string_view text, uint32_t local, TypeRef type,
                           unsigned nesting = 200);
  unsigned nesting_seen = 0;

  std::shared_ptr<Program> program;
  std::shared_ptr<const Program> finish(NodeId body, TypeRef type);

 private:
  struct Frame {
    uint32_t function = 0;  // index, meaningless for the outermost
    uint32_t next = 0;
    uint32_t most = 0;
    uint32_t floor = 0;  // locals below belong to captures and stay
    std::vector<Capture> captures;
  };
  uint32_t capture(unsigned frame, bool slot, uint32_t from, bool self);

  std::vector<Symbol> symbols_;
  std::vector<Frame> frames_;
  TypeNames type_names_;
  std::vector<std::vector<std::string>> hints_;
  uint16_t text_ = 0;
  uint32_t at_ = 0;
};

}  // namespace passerelle::feel
