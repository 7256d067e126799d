// FHIR's operations ("$expand"): what they are given and what they give back. Each is a route of
// its own in a table; what the CapabilityStatement says of them stands in operations().
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "server/fhir_interaction.h"

namespace passerelle::server {

struct OperationInfo {
  std::string_view name;        // "expand"
  std::string_view type;        // "" = of the server, "*" = of every type
  std::string_view definition;  // its canonical
};
// Of all operations there are.
std::span<const OperationInfo> operations();

// For addresses that look like an operation ("$expnad").
Error no_such_operation(std::string_view name);

// The parameters of one call: of a GET its query, of a POST a Parameters resource (or its query and
// the one resource that it is about).
class OperationInput {
 public:
  // Errors: the body is no resource; a parameter that is not one of `offered` (those that only say
  // how the answer is written are known to all).
  static Result<OperationInput> read(const Context& context,
                                     std::initializer_list<std::string_view> offered);

  // A primitive value as text, "" when it is not given.
  std::string text(std::string_view name) const;
  bool flag(std::string_view name) const { return text(name) == "true"; }
  // A value of a complex type, absent when it is not given.
  json::Value value(std::string_view name) const;
  json::Value resource(std::string_view name) const;
  // The body when it is no Parameters, else absent.
  json::Value body() const;
  json::Document& document() { return document_; }

 private:
  json::Value parameter(std::string_view name) const;

  Pairs query_;
  json::Document document_;
};

// A Parameters resource, written one parameter at a time.
class OperationOutput {
 public:
  OperationOutput& text(std::string_view name, std::string_view type, std::string_view value);
  OperationOutput& flag(std::string_view name, bool value);
  // `value` is the JSON of a complex type or a number.
  OperationOutput& json(std::string_view name, std::string_view type, std::string_view value);
  // A parameter with parts.
  OperationOutput& parts(std::string_view name, const OperationOutput& inner);
  OperationOutput& append(const OperationOutput& more);
  Done done() const;

 private:
  void add(std::string_view name, std::string_view member, std::string_view value);
  std::string items_;
};

}  // namespace passerelle::server
