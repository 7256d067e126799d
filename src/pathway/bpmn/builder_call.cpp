// Call activities: the process that is called, of this file or of another package, becomes a scope
// of who calls it, with variables of its own.
#include <algorithm>

#include "base/text.h"
#include "pathway/bpmn/builder.h"

namespace passerelle::pathway {
namespace {

constexpr int call_depth_limit = 50;

// The process of a package's file that says that it is executed, when no other is named.
pugi::xml_node main_process(const pugi::xml_node& root) {
  for (const pugi::xml_node& child : root) {
    const bool runs = std::string_view(child.attribute("isExecutable").value()) == "true";
    if (Xml::local(child.name()) == "process" && Xml::in_bpmn(child) && runs) return child;
  }
  return {};
}

}  // namespace

// The file of the package that p:package names; `nothing` when there is none, or not that version.
size_t Builder::called_package(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  const std::string name = our_text(xml, "package"), version = our_text(xml, "version");
  const Place where = xml_.place(our_attribute(xml, "package"));
  const std::string& label = drafts_[index].label;
  std::vector<std::string> known;
  for (const CalledPackage& each : source_.called) known.push_back(each.id);
  const auto found = std::find(known.begin(), known.end(), name);
  const auto file = static_cast<size_t>(found - known.begin()) + 1;
  const bool under_way =
      name == source_.id || std::find(files_.begin(), files_.end(), file) != files_.end();
  if (under_way) {
    add(kinds::unsupported, where,
        label + " calls package " + quoted(name) + ", which is under way: it would call itself",
        "call a process of the same file without p:package, or repeat what is inside by a loop");
    return nothing;
  }
  if (found == known.end()) {
    add(kinds::dangling, where,
        label + " calls package " + quoted(name) + ", whose folder does not lie beside this one",
        "put it there, or correct its name");
    return nothing;
  }
  const std::string& there = source_.called[file - 1].version;
  if (version.empty()) {
    add(kinds::missing, where,
        label + " does not say which version of " + quoted(name) + " it was written for",
        "add p:version=" + quoted(there) + ", the version of its organisation.yaml");
  } else if (version != there) {
    add(kinds::call_version, xml_.place(our_attribute(xml, "version")),
        label + " was written for version " + version + " of " + quoted(name) + ", and version " +
            there + " lies there");
  }
  return file;
}

// And the file that it stands in; no node when it was told why there is none.
Builder::Xnode Builder::called_process(uint16_t index, size_t& file) {
  const Xnode xml = drafts_[index].xml;
  const Xattribute reference = xml.attribute("calledElement");
  const bool other = static_cast<bool>(our_attribute(xml, "package"));
  if (!other && our_attribute(xml, "version")) {
    add(kinds::attribute, xml_.place(our_attribute(xml, "version")),
        drafts_[index].label + " names a version and no package",
        "add p:package, or remove p:version");
  }
  file = other ? called_package(index) : drafts_[index].file;
  if (file == nothing) return {};
  const Xnode root = xml_.at(file).root();
  const Xnode process =
      other && !reference ? main_process(root) : referred(root, reference.value(), "process");
  if (!process) {
    const std::string where =
        other ? "package " + quoted(our_text(xml, "package")) : std::string("the file");
    add(kinds::dangling, reference ? xml_.place(reference) : xml_.place(xml),
        drafts_[index].label + " calls " + quoted(reference.value()) + ", which is no process of " +
            where,
        other ? "correct its id" : "add the process to the file, or correct its id");
  }
  return process;
}

void Builder::read_called(uint16_t index, int depth) {
  const Xnode xml = drafts_[index].xml;
  size_t file = 0;
  const Xnode process = called_process(index, file);
  if (!process) return;
  if (std::find(calls_.begin(), calls_.end(), process) != calls_.end() || process == process_) {
    add(kinds::unsupported, xml_.place(xml.attribute("calledElement")),
        drafts_[index].label + " calls a process that is under way: " +
            quoted(process.attribute("id").value()) + " would call itself without end",
        "repeat what is inside by a loop");
    return;
  }
  if (depth >= call_depth_limit) {
    add(kinds::unsupported, xml_.place(xml), "processes are called more than 50 deep");
    return;
  }
  check_process_element(process);
  Level level;
  level.node = index;
  level.parent = made_->nodes[index].level;
  level.depth = static_cast<uint16_t>(depth + 1);
  level.call = true;
  const auto inner = static_cast<uint16_t>(made_->levels.size());
  made_->nodes[index].inner = inner;
  made_->levels.push_back(level);
  handlers_.emplace_back();
  called_[inner] = process;
  if (file != drafts_[index].file) check_given(index);
  calls_.push_back(process);
  files_.push_back(file);
  const std::string outside = std::exchange(prefix_, made_->activities[index].id + "/");
  collect(process, inner, depth + 1);
  prefix_ = outside;
  files_.pop_back();
  calls_.pop_back();
}

// What another package is given must be something that it asks for.
void Builder::check_given(uint16_t index) {
  const Xnode xml = drafts_[index].xml;
  std::vector<std::string> known;
  for (const Xnode& variable : ours(called_[made_->nodes[index].inner], "variable")) {
    known.emplace_back(trim(variable.attribute("name").value()));
  }
  for (const Xnode& in : ours(xml, "in")) {
    const std::string name(trim(in.attribute("variable").value()));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    add(kinds::attribute, xml_.place(in),
        drafts_[index].label + " gives " + quoted(name) + ", which package " +
            quoted(our_text(xml, "package")) + " does not declare by <p:variable>",
        did_you_mean(name, known));
  }
}

}  // namespace passerelle::pathway
