// What a function value is made of, for the files of this folder only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pathway/feel/heap.h"

namespace passerelle::feel {

class Program;

struct Function : Heap {
  enum class Form : uint8_t { closure, built_in, host };
  Form form = Form::closure;
  uint32_t index = 0;  // of the program's function, of the built-in's name, of the host function
  // Shared with the expressions of the program, which may go before the function value does.
  std::shared_ptr<const Program> program;
  std::vector<Value> captured;
};

}  // namespace passerelle::feel
