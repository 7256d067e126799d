// The table of FHIRPath's functions: to add one, write it in the file of its kind and add its line
// to that file's table. Inside fhir/ only.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "fhir/path_evaluator.h"
#include "fhir/path_program.h"

namespace passerelle::fhir::path {

struct Function {
  std::string_view name;
  uint8_t min_arguments = 0;
  uint8_t max_arguments = 0;
  bool takes_type = false;  // its argument names a type
  Result<Collection> (*run)(Evaluator& evaluator, const Node& node, Collection focus) = nullptr;
};

std::span<const Function> collection_functions();
std::span<const Function> filter_functions();
std::span<const Function> conversion_functions();
std::span<const Function> string_functions();
std::span<const Function> number_functions();
std::span<const Function> fhir_functions();

// All of them, in one order; Node::function is the place in it.
std::span<const Function> functions();
// Its place, or -1.
int find_function(std::string_view name);

}  // namespace passerelle::fhir::path
