#include "store/search/query.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "fhir/definitions.h"
#include "store/search/tree.h"
#include "store/sqlite/index_rows.h"

namespace passerelle::store {
namespace {

// Six hexadecimal digits that tell searches with different orders apart.
std::string order_digits(const QueryTree& tree) {
  std::string order;
  for (const SortKey& key : tree.sort) order += (key.descending ? "-" : "+") + key.parameter;
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06x", static_cast<unsigned>(text_hash(order) & 0xffffff));
  return digits;
}

constexpr std::string_view hex = "0123456789abcdef";

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool from_hex(std::string_view text, std::string& bytes) {
  if (text.size() % 2 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 2) {
    const size_t high = hex.find(text[i]), low = hex.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes += static_cast<char>(high << 4 | low);
  }
  return true;
}

}  // namespace

std::string make_cursor(const QueryTree& tree, std::string_view key, int64_t row) {
  std::string bytes;
  for (int shift = 40; shift >= 0; shift -= 8) bytes += static_cast<char>(row >> shift);
  bytes += key;
  return order_digits(tree) + to_hex(bytes);
}

Query::Query() : tree_(std::make_unique<QueryTree>()) {}
Query::Query(QueryTree tree) : tree_(std::make_unique<QueryTree>(std::move(tree))) {}
Query::Query(const Query& other) : tree_(std::make_unique<QueryTree>(*other.tree_)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(const Query& other) {
  tree_ = std::make_unique<QueryTree>(*other.tree_);
  return *this;
}
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

const std::vector<std::string>& Query::ignored() const { return tree_->ignored; }
const std::vector<std::string>& Query::incomplete() const { return tree_->incomplete; }
const Parameters& Query::applied() const { return tree_->applied; }
size_t Query::count() const { return tree_->count; }
void Query::set_count(size_t count) { tree_->count = count; }
void Query::want_total() { tree_->total = true; }
bool Query::asks_nothing() const { return tree_->conditions.empty(); }

namespace {

Condition every(std::string_view type) {
  Condition condition;
  condition.kind = Condition::Kind::every;
  condition.type = std::string(type);
  return condition;
}

Condition refers_to(std::string_view from, std::string_view parameter, const CompartmentOf& of) {
  Condition condition;
  condition.type = std::string(from);
  condition.parameter = std::string(parameter);
  condition.parameter_type = ParameterType::reference;
  if (of.ids.empty()) {
    condition.kind = Condition::Kind::chain;
    condition.inner = {every(of.type)};
  }
  for (const std::string& id : of.ids) {
    Operand& operand = condition.any.emplace_back();
    operand.type = SearchType::reference;
    operand.rule = SystemRule::given;
    operand.system = of.type;
    operand.text = id;
  }
  return condition;
}

bool is_open(const CareDates& dates) { return dates.first == INT64_MIN && dates.last == INT64_MAX; }

// What refers to the resource, and happened between the dates when its type tells of a date.
Condition refers_between(Condition refers, const CareDates& dates) {
  const ParameterInfo* date = fhir_catalogue().find(refers.type, "date");
  if (is_open(dates) || date == nullptr || date->type != ParameterType::date) return refers;
  Condition both;
  both.kind = Condition::Kind::both;
  both.type = refers.type;
  const auto bound = [&](Prefix prefix, int64_t at) {
    Condition condition;
    condition.type = both.type;
    condition.parameter = "date";
    condition.parameter_type = ParameterType::date;
    Operand& operand = condition.any.emplace_back();
    operand.type = SearchType::date;
    operand.prefix = prefix;
    operand.first = operand.last = at;
    return condition;
  };
  both.inner.push_back(std::move(refers));
  if (dates.first != INT64_MIN) both.inner.push_back(bound(Prefix::ge, dates.first));
  if (dates.last != INT64_MAX) both.inner.push_back(bound(Prefix::le, dates.last));
  return both;
}

Condition is_itself(std::string_view type, const CompartmentOf& of) {
  if (of.ids.empty()) return every(type);
  Condition condition;
  condition.kind = Condition::Kind::id;
  condition.type = std::string(type);
  for (const std::string& id : of.ids) condition.any.emplace_back().text = id;
  return condition;
}

}  // namespace

Result<void> Query::within(const CompartmentOf& of) {
  const fhir::Definitions& d = fhir::definitions();
  const fhir::Compartment* compartment = d.find_compartment(d.find_resource(of.type));
  if (compartment == nullptr)
    return Error{ErrorCode::not_found, "there is no compartment of a " + of.type, "",
                 "compartments are those of Patient, Encounter, Practitioner, RelatedPerson and "
                 "Device"};
  const std::vector<std::string> asked = std::exchange(tree_->types, {});
  Condition inside;
  inside.kind = Condition::Kind::either;
  for (const fhir::CompartmentMember& member : compartment->members) {
    const std::string name(d.type(member.type).name);
    if (!asked.empty() && std::find(asked.begin(), asked.end(), name) == asked.end()) continue;
    for (const fhir::ParameterIndex parameter : member.parameters)
      inside.inner.push_back(
          refers_between(refers_to(name, d.parameter(parameter).code, of), of.dates));
    const bool self = member.self || member.type == compartment->type;
    if (self) inside.inner.push_back(is_itself(name, of));
    if (!self && member.parameters.empty()) continue;
    tree_->types.push_back(name);
  }
  if (tree_->types.empty())
    return Error{ErrorCode::invalid,
                 "the compartment of a " + of.type + " never holds a " +
                     (asked.empty() ? "resource" : asked.front()),
                 "", "search the type by itself"};
  tree_->conditions.push_back(std::move(inside));
  return {};
}

bool Query::without(std::string_view type) {
  if (tree_->types.empty()) tree_->types = fhir::definitions().resource_names();
  std::vector<std::string> others = tree_->types;
  std::erase(others, type);
  if (others.empty()) return false;
  tree_->types = std::move(others);
  return true;
}

void Query::any_of(const std::vector<Query>& queries) {
  Condition either;
  either.kind = Condition::Kind::either;
  for (const Query& query : queries) {
    Condition& both = either.inner.emplace_back();
    both.kind = Condition::Kind::both;
    both.inner = query.tree().conditions;
  }
  tree_->conditions.push_back(std::move(either));
}

Result<void> Query::after(std::string_view cursor) {
  const Error bad{ErrorCode::invalid, "the cursor does not belong to this search", "",
                  "follow the links of the page before as they are"};
  std::string bytes;
  if (cursor.size() < 18 || cursor.substr(0, 6) != order_digits(*tree_) ||
      !from_hex(cursor.substr(6), bytes))
    return bad;
  int64_t row = 0;
  for (size_t i = 0; i < 6; ++i) row = row << 8 | static_cast<unsigned char>(bytes[i]);
  if (row <= 0) return bad;
  tree_->cursor_row = row;
  tree_->cursor_key = bytes.substr(6);
  return {};
}

}  // namespace passerelle::store
