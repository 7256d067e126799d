// compile(): parsing, and with a context type the names that the definitions do not have.
#include "fhir/path_check.h"

namespace passerelle::fhir::path {

Result<Expression> compile(std::string_view text, std::string_view context_type) {
  TRY(Program program, parse(text));
  if (!context_type.empty()) TRY_VOID(check_names(program, context_type));
  Expression expression;
  expression.program_ = std::make_shared<const Program>(std::move(program));
  return expression;
}

}  // namespace passerelle::fhir::path
