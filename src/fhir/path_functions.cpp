#include "fhir/path_functions.h"

namespace passerelle::fhir::path {

std::span<const Function> functions() {
  static const std::vector<Function> all = [] {
    std::vector<Function> list;
    for (const std::span<const Function> part :
         {collection_functions(), filter_functions(), conversion_functions(), string_functions(),
          number_functions(), fhir_functions()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    CHECK(list.size() < 256, "Node::function is a byte");
    return list;
  }();
  return all;
}

int find_function(std::string_view name) {
  const std::span<const Function> all = functions();
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace passerelle::fhir::path
