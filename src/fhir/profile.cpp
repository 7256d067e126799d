#include "fhir/profile.h"

#include <algorithm>

namespace passerelle::fhir {
namespace {

template <class Nodes>
auto find_in(Nodes& nodes, std::string_view text, std::string ProfileNode::*part)
    -> decltype(nodes.begin()->get()) {
  for (auto& node : nodes)
    if ((*node).*part == text) return node.get();
  return nullptr;
}

}  // namespace

const ProfileNode* ProfileNode::find_child(std::string_view child) const {
  return find_in(children, child, &ProfileNode::name);
}
ProfileNode* ProfileNode::find_child(std::string_view child) {
  return find_in(children, child, &ProfileNode::name);
}
ProfileNode* ProfileNode::find_slice(std::string_view named) {
  return find_in(slices, named, &ProfileNode::slice);
}

CodeList::CodeList(std::vector<std::string> pairs, std::vector<std::string> codes)
    : pairs_(std::move(pairs)), codes_(std::move(codes)) {
  std::sort(pairs_.begin(), pairs_.end());
  std::sort(codes_.begin(), codes_.end());
}

bool CodeList::has(std::string_view system, std::string_view code) const {
  return std::binary_search(pairs_.begin(), pairs_.end(),
                            std::string(system) + "|" + std::string(code));
}

bool CodeList::has_code(std::string_view code) const {
  return std::binary_search(codes_.begin(), codes_.end(), code);
}

}  // namespace passerelle::fhir
