#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {

std::unique_ptr<Pathway::Compiled> Builder::build() {
  process_ = find_process();
  if (!process_) return nullptr;
  made_->id = source_.id;
  made_->version = source_.version;
  made_->forms = std::move(source_.forms);
  made_->levels.emplace_back();
  handlers_.emplace_back();
  if (pools_.size() > 1) {
    collect_pools();
  } else {
    check_process_element(process_);
    collect(process_, 0, 0);
  }
  declare_names();
  link_flows();
  link_boundaries();
  link_levels();
  link_message_flows();
  declare_variables();
  load_decisions();
  // Decisions first: what they give has a type that other expressions are checked against.
  for (const bool decisions : {true, false}) {
    if (!decisions) bind_conditions();
    for (uint16_t index = 0; index < drafts_.size(); ++index) {
      if ((made_->nodes[index].op == Op::decision) == decisions) bind(index);
    }
  }
  for (const auto& [id, roles] : lanes_) {
    if (by_id_.count(id) != 0) continue;
    add(kinds::dangling, xml_.place(process_),
        "a lane refers to '" + id + "', which does not exist", "draw the lane again");
  }
  for (uint16_t index = 0; index < drafts_.size(); ++index) {
    check_ways_out(index);
    check_thrown(index);
  }
  for (Node& node : made_->nodes) {
    node.plain_exit = node.out.count == 1 && node.out.first != node.default_flow &&
                      made_->flows[node.out.first].condition == nothing;
    node.quick_exit = node.plain_exit && !made_->levels[node.level].ad_hoc;
    node.plain_done = node.sets.count == 0 && node.undo == nothing;
    node.plain_task = node.op == Op::user_task && node.due == nothing && node.priority == nothing &&
                      node.channel == nothing && node.attached.count == 0;
  }
  order_catchers();
  link_receivers();
  list_messages();
  compute_reach();
  compute_dictionary();
  made_->organisation = std::move(source_.organisation);
  made_->bpmn_xml = std::move(source_.bpmn);
  for (const feel::Expression& each : made_->expressions)
    made_->slot_of.push_back(each.slot() < 0 ? nothing : static_cast<uint16_t>(each.slot()));
  return std::move(made_);
}

std::span<const FindingKind> compile_finding_kinds() { return kinds::all; }

namespace {

// An error says file:line:column; a finding keeps them apart.
Place place_in_file(const std::string& where, const std::string& file) {
  Place place{file, 0, 0};
  if (where.size() <= file.size() + 1) return place;
  const std::string numbers = where.substr(file.size() + 1);
  place.line = std::atoi(numbers.c_str());
  const size_t colon = numbers.find(':');
  if (colon != numbers.npos) place.column = std::atoi(numbers.c_str() + colon + 1);
  return place;
}

}  // namespace

std::optional<Pathway> compile_pathway(PathwaySource source, std::vector<Finding>& findings) {
  std::vector<Finding> own;
  std::vector<Xml> files;  // the pathway's own, and those of packages that it calls
  const auto read = [&](const std::string& content, const std::string& file) {
    Result<Xml> xml = Xml::parse(content, file);
    if (xml) return files.push_back(std::move(*xml));
    own.push_back(make_finding(kinds::xml, place_in_file(xml.error().where, file),
                               xml.error().message, xml.error().help));
  };
  files.reserve(source.called.size() + 1);
  read(source.bpmn, source.bpmn_file);
  for (const CalledPackage& called : source.called) {
    read(called.bpmn, called.folder + source.bpmn_file);
  }
  std::unique_ptr<Pathway::Compiled> made;
  if (own.empty()) {
    XmlFiles all(files.front());
    for (size_t i = 1; i < files.size(); ++i) all.add(files[i]);
    made = Builder(source, all, own).build();
  }
  const bool usable = made != nullptr && !has_errors(own);
  findings.insert(findings.end(), std::make_move_iterator(own.begin()),
                  std::make_move_iterator(own.end()));
  if (!usable) return std::nullopt;
  return Pathway(std::move(made));
}

}  // namespace passerelle::pathway
