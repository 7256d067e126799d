// OperationOutcome: how FHIR says what went wrong.
#pragma once

#include <span>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "fhir/validate.h"

namespace passerelle::fhir {

// The issue-type code of an ErrorCode: not_found -> "not-found".
std::string_view issue_code(ErrorCode code);
// Error::where becomes the expression when it looks like one ("Patient.name"), else a part of the
// message; Error::help ends the message.
Issue to_issue(const Error& error);

// A value in `document`. With no issues: one of severity information that says that all is well.
json::Value make_outcome(json::Document& document, std::span<const Issue> issues);
json::Value make_outcome(json::Document& document, const Error& error);

// The first error of a validation as an Error, for those who return a Result.
Error to_error(std::span<const Issue> issues);

}  // namespace passerelle::fhir
