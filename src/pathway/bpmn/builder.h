// Makes a Compiled of a BPMN file and what belongs to it, finding by finding. For compile.cpp and
// the builder_*.cpp files only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/bpmn/compiled.h"
#include "pathway/bpmn/elements.h"
#include "pathway/bpmn/finding_kinds.h"
#include "pathway/bpmn/xml.h"

namespace passerelle::pathway {

class Builder {
 public:
  // `xml`: of the source itself, then of each of PathwaySource::called, in that order.
  Builder(PathwaySource& source, const XmlFiles& xml, std::vector<Finding>& findings);
  std::unique_ptr<Pathway::Compiled> build();

 private:
  using Xnode = pugi::xml_node;
  using Xattribute = pugi::xml_attribute;

  // A flow node with what is needed until everything is bound.
  struct Draft {
    Xnode xml;
    const Element* row = nullptr;
    Xnode definition;     // its event definition
    std::string label;    // "userTask 'call'", for messages
    std::string prefix;   // of ids, inside a called process
    size_t file = 0;      // of xml_: 0, or that of a called package
    bool part = false;    // of another draft: no flow of the file ends or begins at it
    bool fields = true;   // whether it sets and records
    bool waited = false;  // of an event with several triggers: one of what is waited for
  };
  // An event with several definitions, as nodes.
  struct Multiple {
    enum class Kind : uint8_t { any, all, in_turn, beside };
    Kind kind = Kind::any;
    uint16_t whole = nothing;                 // the element's own node
    std::vector<uint16_t> parts;              // one for each definition
    uint16_t join = nothing, last = nothing;  // of `all`
    bool together = false;                    // `beside`, and all of them are waited for
  };
  struct DraftFlow {
    Xnode xml;
    uint16_t level = 0;
    uint16_t source = nothing, target = nothing;
    std::string prefix;
  };
  struct FlowEnd {  // of a message flow; no element: the process as a whole
    Xnode element, process;
  };
  struct Post {  // a message that one process gives another
    Xnode flow;
    uint16_t sender = nothing;
    uint16_t level = nothing;         // of the process that receives it
    std::vector<uint16_t> receivers;  // in it; empty: whatever waits for it
  };
  struct Writer {  // of a variable: what gives it its shape
    std::vector<const Form*> forms;
    bool other = false;
    int decision = -1;
  };

  // builder_collect.cpp: the tree
  Xnode find_process();
  void check_process_element(const Xnode& process);
  void collect(const Xnode& scope, uint16_t level, int depth);
  void collect_lanes(const Xnode& lane_set, const std::string& roles);
  void add_node(const Xnode& xml, const Element& row, uint16_t level, int depth);
  uint16_t add_draft(const Xnode& xml, const Element& row, uint16_t level, ActivityKind kind,
                     Op op);
  void read_activity(uint16_t index, int depth);
  void read_event(uint16_t index);
  void read_triggers(uint16_t index, const std::vector<Xnode>& definitions);
  void read_trigger(uint16_t index);
  void read_definition(uint16_t index, std::string_view trigger);
  void read_message(uint16_t index, const Xnode& element);
  void read_sub_process(uint16_t index, int depth);
  void read_called(uint16_t index, int depth);
  Xnode called_process(uint16_t index, size_t& file);
  size_t called_package(uint16_t index);
  void check_given(uint16_t index);
  bool read_flag(const Xnode& xml, const char* name, bool otherwise);
  uint16_t code_number(std::string_view prefix, std::string_view code);
  bool resolve_trigger(uint16_t index, std::string_view trigger);
  void check_attributes(const Xnode& xml, std::string_view known, std::string_view ours);
  void refuse_calculations(const Xnode& data);
  void check_children(const Xnode& xml, std::string_view known, std::string_view our_children);
  std::vector<Xnode> ours(const Xnode& xml, std::string_view name) const;
  Xattribute our_attribute(const Xnode& xml, std::string_view name) const;
  std::string our_text(const Xnode& xml, std::string_view name) const;
  // A child of the definitions that `from` stands in, by its id.
  static Xnode referred(const Xnode& from, std::string_view reference, std::string_view element);
  static Xnode root_of(const Xnode& xml);

  // builder_repeat.cpp: what is repeated, called, offered or taken back
  uint16_t read_repetition(const Xnode& xml, const Element& row, uint16_t level, int depth);
  void declare_locals();
  void declare_local(uint16_t level, const std::string& name);
  uint16_t call_level(uint16_t level) const;
  void bind_repetition(uint16_t index);
  void bind_mappings(uint16_t index);
  void bind_condition(uint16_t index);
  void link_compensation();
  void link_taking_back(uint16_t start);
  void link_together();
  void link_offers();
  bool is_handler(uint16_t index) const;   // takes something back
  bool opens_cases(uint16_t index) const;  // by a message, without a start event
  void rewire_multiples();
  void share_flows();

  // builder_pools.cpp: processes that are executed together
  std::vector<Xnode> message_flow_elements() const;
  FlowEnd flow_end(const Xnode& flow, const char* attribute) const;
  bool join_pools(const std::vector<Xnode>& executed);
  void collect_pools();
  uint16_t pool_level(const Xnode& process) const;
  bool is_inside(uint16_t index, uint16_t level) const;
  std::string message_name(const Xnode& element) const;
  std::vector<uint16_t> drafts_of(const Xnode& element, bool throws) const;
  void link_message_flows();
  void bind_post(uint16_t index);
  void bind_key(uint16_t index);
  void link_receivers();
  void check_keys(uint16_t sender, uint16_t receiver, const Post& post);

  // builder_link.cpp: how it hangs together
  void link_flows();
  void link_boundaries();
  void link_levels();
  void check_flow_ends(const DraftFlow& flow);
  void check_ways_out(uint16_t index);
  void check_thrown(uint16_t index);
  std::string reach_of(uint16_t index, const std::string& what) const;
  void order_catchers();
  void list_messages();
  void compute_reach();
  void compute_dictionary();

  // builder_bind.cpp: names and expressions
  void declare_names();
  void declare_variables();
  void write_variable(const std::string& name, const Form* form, bool other);
  using DmnFiles = std::vector<std::pair<std::string, std::string>>;  // name, content
  void load_decisions();
  void load_decisions(const DmnFiles& files, size_t of_file, const std::string& folder);
  void bind(uint16_t index);
  void bind_roles(uint16_t index);
  void bind_form(uint16_t index);
  void bind_send(uint16_t index);
  void bind_decision(uint16_t index);
  void bind_script(uint16_t index);
  void bind_timer(uint16_t index);
  void bind_cycle(uint16_t index, const Xnode& time);
  void bind_first(uint16_t index, const std::string& text, const Xnode& time);
  void bind_fields(uint16_t index);
  void check_idle_attributes(uint16_t index);
  void check_language(const Xnode& condition);
  void check_inputs(const dmn::Model& model, const std::string& decision, const Place& place);
  void check_settable(const std::string& name, const Place& place, bool local);
  Fields fields(const std::vector<Xnode>& elements, uint16_t index);
  uint16_t attribute_expression(const Xnode& xml, std::string_view name);
  // The text of an element or of an attribute, which stands at `place` even when it is empty.
  uint16_t expression(const char* text, std::string_view what, const Place& place);
  void check_paths(const feel::Expression& expression, const char* text);
  void check_visible(const feel::Expression& expression, const char* text);
  void check_on_duty(std::string_view text, const char* start);
  void bind_conditions();

  void add(const FindingKind& kind, const Place& place, std::string message, std::string help = {});
  bool declares_role(std::string_view id) const;
  Place place(uint16_t index) const { return xml_.place(drafts_[index].xml); }

  PathwaySource& source_;
  const XmlFiles& xml_;
  std::vector<Finding>& findings_;
  std::unique_ptr<Pathway::Compiled> made_;
  Xnode process_;
  std::vector<Draft> drafts_;
  std::vector<DraftFlow> flows_;
  std::map<std::string, uint16_t, std::less<>> by_id_;
  std::set<std::string, std::less<>> flow_ids_;
  std::map<std::string, std::string, std::less<>> lanes_;  // flow node id -> roles
  std::vector<Multiple> multiples_;
  std::vector<Xnode> pools_;    // of several processes that are executed; where cases begin first
  uint16_t opening_level_ = 0;  // whose start events open cases
  std::map<std::string, Xnode, std::less<>> elements_by_id_;  // of such a file
  std::vector<Post> posts_;
  std::set<uint16_t> outside_;  // events that receive messages from what is not executed
  std::map<uint16_t, std::set<std::string>> locals_;  // by level
  std::map<uint16_t, Xnode> called_;                  // by level: the process that it is
  std::string prefix_;                                // of the process that is being read
  // Processes that are being read, outermost first, and the files that they stand in.
  std::vector<Xnode> calls_;
  std::vector<size_t> files_;
  std::vector<size_t> model_files_;  // of each of Compiled::models
  bool too_many_ = false;            // elements; told once
  uint16_t bound_level_ = 0;         // where the expression that is compiled stands
  std::map<std::string, Writer, std::less<>> writers_;
  std::vector<std::vector<uint16_t>> handlers_;  // by level
  std::vector<std::vector<uint16_t>> attached_;  // by node
};

}  // namespace passerelle::pathway
