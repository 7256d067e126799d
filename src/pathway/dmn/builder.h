// Compiles a decision with all it requires into one feel::Program: required decisions become
// locals, knowledge models and decision services functions. For the files of dmn/ only.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/dmn/loaded.h"
#include "pathway/feel/compiler.h"

namespace passerelle::dmn {

// A decision ready to run. Keeps what its tables and places point to.
struct Plan {
  std::shared_ptr<const feel::Program> program;
  // Shared with the Model and with every other decision compiled from it.
  std::shared_ptr<const Loaded> model;

  Plan() = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() { delete telling_.load(); }

  // Its twin that fills traces, made when somebody first asks why. Two threads that ask at once may
  // both make it; the first one's stays.
  const std::shared_ptr<const feel::Program>& telling() const {
    const Twin* known = telling_.load(std::memory_order_acquire);
    if (known == nullptr) {
      auto made = std::make_unique<const Twin>(feel::telling(*program));
      if (telling_.compare_exchange_strong(known, made.get())) known = made.release();
    }
    return *known;
  }

 private:
  using Twin = std::shared_ptr<const feel::Program>;  // as `program`: runs share it
  mutable std::atomic<const Twin*> telling_ = nullptr;
};

class Builder {
 public:
  struct Settings {
    const feel::HostFunctions* functions = nullptr;
    const feel::Names* names = nullptr;
    bool missing_is_null = false;
  };
  Builder(const Loaded& main, const Settings& settings);

  Result<std::shared_ptr<const feel::Program>> decision(const Element& element);
  // A decision service or a knowledge model called with the settings' names as its parameters.
  Result<std::shared_ptr<const feel::Program>> call(const Element& element);
  // Compiles everything once, for what is wrong with it and for the types of its tables.
  void check_all();

  // What is wrong with the logic of what was compiled.
  std::vector<Error> problems;
  // The inferred types of table inputs, by table.
  std::map<const Table*, std::vector<feel::TypeRef>> inferred;

  // The names and types of what a decision service or a knowledge model takes.
  static std::vector<std::pair<std::string, feel::TypeRef>> parameters(const Target& target);

 private:
  // Something that logic may use: under which name, and where its value is.
  struct Binding {
    enum class Kind { slot, local, constant, function, nothing } kind = Kind::nothing;
    uint32_t index = 0;
    feel::TypeRef type;
    std::string path;       // for names_used()
    uint32_t decision = 0;  // 1 + its place in Program::decided; 0 = none
  };
  struct Let {
    uint32_t local = 0;
    feel::NodeId value = feel::no_node;
    uint32_t decision = 0;  // as in Binding
  };
  // One frame: the program's own, or a decision service's.
  struct Room {
    std::map<Target, Binding> known;
    std::vector<Let> lets;
    std::set<Target> open;
    bool service = false;
  };
  struct Use {
    std::string name;
    Binding binding;
  };

  // ---- builder.cpp: requirements ----
  Binding require(const Target& target, Room& room);
  Binding input(const Target& target, Room& room);
  Binding function(const Target& target);
  void fill_knowledge(const Target& target, uint32_t function);
  void fill_service(const Target& target, uint32_t function);
  std::vector<Use> uses(const Target& target, Room* room);
  void enter(const Target& target, const std::vector<Use>& uses);
  feel::NodeId close(Room& room, feel::NodeId result);
  feel::Part service_result(const Target& target, Room& room);
  static feel::TypeRef type_of(const Target& target);
  Result<std::shared_ptr<const feel::Program>> finish(feel::Part part);

  // ---- boxed.cpp ----
  feel::Part boxed(const Boxed* boxed, std::string_view what);
  feel::Part literal(const Boxed& boxed);
  feel::Part context(const Boxed& boxed);
  feel::Part relation(const Boxed& boxed);
  feel::Part list(const Boxed& boxed);
  feel::Part invocation(const Boxed& boxed);
  feel::Part invoked_by_text(const Boxed& boxed, const std::vector<feel::Part>& arguments);
  feel::Part conditional(const Boxed& boxed);
  feel::Part filter(const Boxed& boxed);
  feel::Part loop(const Boxed& boxed);
  feel::Part closure(const Boxed& boxed);
  feel::Part text(const Written& text);  // a FEEL text; a problem when it is wrong
  feel::TypeRef type(std::string_view name, const Place& place);
  feel::Part typed(feel::Part part, feel::TypeRef type, std::string_view what);
  feel::Part problem(const Place& place, std::string message, std::string help = {});

  // ---- table.cpp ----
  feel::Part table(const Boxed& boxed);
  void table_inputs(const Table& table, const TableTexts& texts, feel::TableCode& code,
                    std::vector<feel::TypeRef>& types);
  void table_outputs(const Table& table, const TableTexts& texts, feel::TableCode& code);
  void table_rules(const Table& table, const TableTexts& texts, feel::TableCode& code,
                   const std::vector<feel::TypeRef>& types);
  uint32_t constant_result(const Table& table, const feel::TableCode& code, size_t rule);
  feel::TypeRef table_type(const Table& table, const std::vector<feel::TypeRef>& columns) const;
  feel::NodeId tests(const Written& text, uint32_t local, const feel::TypeRef& type);
  feel::Cell cell(feel::NodeId node);
  void one_of(const feel::Node& any, feel::Cell& cell);
  const feel::Value* equal_to(feel::NodeId test) const;
  std::vector<feel::Value> order_of(const Written& values, const feel::TypeRef& type);

  const Loaded& main_;
  Settings settings_;
  feel::Compiler compiler_;
  size_t base_ = 0;  // symbols that all logic sees
  Target here_;      // whose logic is being compiled
  std::map<Target, uint32_t> functions_;
  std::vector<Error> missing_;  // inputs that the names lack
  unsigned depth_ = 0;
};

}  // namespace passerelle::dmn
