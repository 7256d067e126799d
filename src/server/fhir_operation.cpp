#include "server/fhir_operation.h"

#include <algorithm>

#include "base/text.h"

namespace passerelle::server {
namespace {

constexpr std::string_view known_to_all[] = {"_format", "_pretty"};

Result<void> check_name(std::string_view name, std::initializer_list<std::string_view> offered) {
  if (std::find(std::begin(known_to_all), std::end(known_to_all), name) != std::end(known_to_all) ||
      std::find(offered.begin(), offered.end(), name) != offered.end())
    return {};
  std::string list;
  for (const std::string_view one : offered) list += (list.empty() ? "" : ", ") + std::string(one);
  return Error{ErrorCode::invalid, "this operation has no parameter " + quoted(name),
               std::string(name), list.empty() ? "it takes none" : "offered are: " + list};
}

}  // namespace

Result<OperationInput> OperationInput::read(const Context& context,
                                            std::initializer_list<std::string_view> offered) {
  const Request& request = context.request;
  OperationInput input;
  input.query_ = request.query;
  for (const auto& [name, value] : input.query_) TRY_VOID(check_name(name, offered));
  if (request.method == "GET" || request.method == "HEAD" || trim(request.body).empty())
    return input;
  TRY(input.document_, read_resource(request));
  if (input.body().exists()) return input;
  for (const json::Value one : input.document_.root()["parameter"].items())
    TRY_VOID(check_name(one["name"].string(), offered));
  return input;
}

json::Value OperationInput::parameter(std::string_view name) const {
  if (document_.root()["resourceType"].string() != "Parameters") return {};
  for (const json::Value one : document_.root()["parameter"].items())
    if (one["name"].string() == name) return one;
  return {};
}

json::Value OperationInput::value(std::string_view name) const {
  for (const json::Member& member : parameter(name).members())
    if (member.name.starts_with("value")) return member.value;
  return {};
}

std::string OperationInput::text(std::string_view name) const {
  const json::Value given = value(name);
  if (given.is_string()) return std::string(given.string());
  if (given.is_number()) return std::string(given.number());
  if (given.is_boolean()) return given.boolean() ? "true" : "false";
  for (const auto& [key, written] : query_)
    if (key == name) return written;
  return {};
}

json::Value OperationInput::resource(std::string_view name) const {
  return parameter(name)["resource"];
}

json::Value OperationInput::body() const {
  const json::Value root = document_.root();
  return root["resourceType"].string() == "Parameters" ? json::Value() : root;
}

void OperationOutput::add(std::string_view name, std::string_view member, std::string_view value) {
  items_ += (items_.empty() ? "" : ",") + std::string("{\"name\":") + json::quote(name) + ",\"" +
            std::string(member) + "\":" + std::string(value) + "}";
}

OperationOutput& OperationOutput::text(std::string_view name, std::string_view type,
                                       std::string_view value) {
  if (!value.empty()) add(name, "value" + std::string(type), json::quote(value));
  return *this;
}
OperationOutput& OperationOutput::flag(std::string_view name, bool value) {
  add(name, "valueBoolean", value ? "true" : "false");
  return *this;
}
OperationOutput& OperationOutput::json(std::string_view name, std::string_view type,
                                       std::string_view value) {
  add(name, "value" + std::string(type), value);
  return *this;
}
OperationOutput& OperationOutput::parts(std::string_view name, const OperationOutput& inner) {
  add(name, "part", "[" + inner.items_ + "]");
  return *this;
}

OperationOutput& OperationOutput::append(const OperationOutput& more) {
  if (!more.items_.empty()) items_ += (items_.empty() ? "" : ",") + more.items_;
  return *this;
}

Done OperationOutput::done() const {
  Done done;
  done.body = "{\"resourceType\":\"Parameters\"" +
              (items_.empty() ? std::string() : ",\"parameter\":[" + items_ + "]") + "}";
  return done;
}

}  // namespace passerelle::server
