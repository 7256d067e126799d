#include "fhir/path_value.h"

#include <array>

#include "fhir/primitive.h"

namespace passerelle::fhir::path {
namespace {

Item with_box(Kind kind, Box box) {
  Item item;
  item.kind = kind;
  item.box = std::make_shared<const Box>(std::move(box));
  return item;
}

struct SystemForm {
  Primitive primitive;
  Kind kind;
};
// All others are strings.
constexpr std::array system_forms = {
    SystemForm{Primitive::boolean, Kind::boolean},
    SystemForm{Primitive::integer, Kind::integer},
    SystemForm{Primitive::positive_int, Kind::integer},
    SystemForm{Primitive::unsigned_int, Kind::integer},
    SystemForm{Primitive::decimal, Kind::decimal},
    SystemForm{Primitive::date, Kind::date},
    SystemForm{Primitive::date_time, Kind::date_time},
    SystemForm{Primitive::instant, Kind::date_time},
    SystemForm{Primitive::time, Kind::time},
};

Kind system_kind(TypeIndex type) {
  if (type == none) return Kind::string;
  const Primitive primitive = definitions().type(type).primitive;
  for (const SystemForm& form : system_forms) {
    if (form.primitive == primitive) return form.kind;
  }
  return Kind::string;
}

TypeIndex quantity_type() {
  static const TypeIndex type = definitions().find_type("Quantity");
  return type;
}

Item quantity_of(const Item& node) {
  const json::Value value = node.value["value"];
  const std::optional<Decimal> number =
      value.is_number() ? Decimal::parse(value.number()) : std::nullopt;
  // With a comparator it is a range, not a value.
  if (!number || node.value["comparator"].exists()) return node;
  const bool ucum = node.value["system"].string() == "http://unitsofmeasure.org";
  const json::Value code = node.value["code"];
  const json::Value unit = node.value["unit"];
  std::string_view text = ucum && code.exists() ? code.string() : unit.string();
  if (text.empty()) text = "1";
  return make_quantity(*number, std::string(text), false);
}

Item moment_of(Kind kind, std::string_view text, const Item& node) {
  const std::optional<Moment> moment = kind == Kind::date        ? parse_date(text)
                                       : kind == Kind::date_time ? parse_date_time(text)
                                                                 : parse_time(text);
  return moment ? make_moment(kind, *moment) : node;
}

}  // namespace

Item make_boolean(bool value) {
  Item item;
  item.kind = Kind::boolean;
  item.boolean = value;
  return item;
}

Item make_integer(int64_t value) {
  Item item;
  item.kind = Kind::integer;
  item.integer = value;
  return item;
}

Item make_decimal(const Decimal& value) {
  Box box;
  box.decimal = value;
  return with_box(Kind::decimal, std::move(box));
}

Collection one(Item item) {
  Collection items;
  items.push_back(std::move(item));
  return items;
}

bool is_moment(Kind kind) {
  return kind == Kind::date || kind == Kind::date_time || kind == Kind::time;
}

Item make_string(std::string text) {
  Box box;
  box.text = std::move(text);
  return with_box(Kind::string, std::move(box));
}

Item make_moment(Kind kind, const Moment& moment) {
  Box box;
  box.moment = moment;
  return with_box(kind, std::move(box));
}

Item make_quantity(const Decimal& value, std::string unit, bool calendar) {
  Box box;
  box.decimal = value;
  box.text = std::move(unit);
  box.calendar = calendar;
  return with_box(Kind::quantity, std::move(box));
}

Item to_system(const Item& item) {
  if (item.kind != Kind::node) return item;
  if (item.value.is_object()) {
    const bool quantity = item.type != none && definitions().is_a(item.type, quantity_type());
    return quantity ? quantity_of(item) : item;
  }
  switch (system_kind(item.type)) {
    case Kind::boolean:
      return item.value.is_boolean() ? make_boolean(item.value.boolean()) : item;
    case Kind::integer: {
      const Result<int64_t> whole = item.value.integer();
      return whole ? make_integer(*whole) : item;
    }
    case Kind::decimal: {
      const std::optional<Decimal> decimal = Decimal::parse(item.value.number());
      return decimal ? make_decimal(*decimal) : item;
    }
    case Kind::date:
      return moment_of(Kind::date, item.value.string(), item);
    case Kind::date_time:
      return moment_of(Kind::date_time, item.value.string(), item);
    case Kind::time:
      return moment_of(Kind::time, item.value.string(), item);
    case Kind::string:
    case Kind::node:
    case Kind::quantity:
      break;
  }
  return item.value.is_string() ? make_string(std::string(item.value.string())) : item;
}

std::string to_text(const Item& item) {
  switch (item.kind) {
    case Kind::node:
      if (item.value.is_string()) return std::string(item.value.string());
      return item.value.exists() ? json::write(item.value) : "";
    case Kind::boolean:
      return item.boolean ? "true" : "false";
    case Kind::integer:
      return std::to_string(item.integer);
    case Kind::decimal:
      return item.box->decimal.text();
    case Kind::string:
      return item.box->text;
    case Kind::date:
    case Kind::date_time:
    case Kind::time:
      return write_moment(item.kind, item.box->moment);
    case Kind::quantity: {
      const std::string number = item.box->decimal.text();
      return item.box->calendar ? number + " " + item.box->text
                                : number + " '" + item.box->text + "'";
    }
  }
  return "";
}

std::string type_name(const Item& item) {
  constexpr std::array<std::string_view, 9> names = {
      "Any", "Boolean", "Integer", "Decimal", "String", "Date", "DateTime", "Time", "Quantity"};
  if (item.kind == Kind::node && item.type != none) {
    return "FHIR." + std::string(definitions().type(item.type).name);
  }
  return "System." + std::string(names[static_cast<size_t>(item.kind)]);
}

json::Value to_json(const Item& item, json::Document& document) {
  switch (item.kind) {
    case Kind::node:
      return document.copy(item.value);
    case Kind::boolean:
      return document.boolean(item.boolean);
    case Kind::integer:
      return document.integer(item.integer);
    case Kind::decimal:
      return document.number(item.box->decimal.text());
    case Kind::string:
    case Kind::date:
    case Kind::date_time:
    case Kind::time:
      return document.string(to_text(item));
    case Kind::quantity:
      return document.object({{"value", document.number(item.box->decimal.text())},
                              {"unit", document.string(item.box->text)}});
  }
  return document.null();
}

}  // namespace passerelle::fhir::path
