#include "store/search/filter.h"

#include <algorithm>
#include <iterator>

#include "store/search/full_text.h"

namespace passerelle::store {
namespace {

// What an operator is in a search: a modifier of the parameter, a prefix of the value.
struct FilterOperator {
  std::string_view name, modifier, prefix;
};
constexpr FilterOperator filter_operators[] = {
    {"eq", "", ""},       {"ne", "", ""},       {"co", ":contains", ""}, {"sw", "", ""},
    {"gt", "", "gt"},     {"lt", "", "lt"},     {"ge", "", "ge"},        {"le", "", "le"},
    {"ap", "", "ap"},     {"sa", "", "sa"},     {"eb", "", "eb"},        {"pr", ":missing", ""},
    {"ss", ":above", ""}, {"sb", ":below", ""}, {"in", ":in", ""},       {"re", "", ""},
};

Condition either_of(std::vector<Condition> conditions) {
  if (conditions.size() == 1) return std::move(conditions[0]);
  Condition either;
  either.kind = Condition::Kind::either;
  either.inner = std::move(conditions);
  return either;
}

Condition all_of(std::vector<Condition> conditions) {
  if (conditions.size() == 1) return std::move(conditions[0]);
  Condition both;
  both.kind = Condition::Kind::both;
  both.inner = std::move(conditions);
  Condition either;
  either.kind = Condition::Kind::either;
  either.inner.push_back(std::move(both));
  return either;
}

Condition none_of(Condition condition) {
  Condition either;
  either.kind = Condition::Kind::either;
  either.inner.push_back(std::move(condition));
  either.negate = true;
  return either;
}

class FilterParser {
 public:
  FilterParser(const Parser& parser, std::string_view type, std::string_view text)
      : parser_(parser), type_(type), text_(text) {}

  Result<Condition> parse() {
    TRY(Condition whole, alternatives(0));
    if (at_ < text_.size()) return error("the filter goes on after its end");
    return whole;
  }

 private:
  static constexpr int nesting_limit = 20;

  Error error(std::string message) const {
    return Error{ErrorCode::invalid, message + ", at column " + std::to_string(at_ + 1), "_filter",
                 "write it like: name co \"pet\" and (birthdate ge 1970 or active eq true)"};
  }

  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  // What stands up to the next space or bracket; "" at a bracket or the end.
  std::string_view peek_word() {
    skip_spaces();
    const size_t end = std::min(text_.find_first_of(" ()", at_), text_.size());
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    if (peek_word() != word) return false;
    at_ += word.size();
    return true;
  }
  bool take(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<Condition> alternatives(int depth) {
    std::vector<Condition> conditions;
    do {
      TRY(Condition one, conjunction(depth));
      conditions.push_back(std::move(one));
    } while (take_word("or"));
    return either_of(std::move(conditions));
  }

  Result<Condition> conjunction(int depth) {
    std::vector<Condition> conditions;
    do {
      TRY(Condition one, operand(depth));
      conditions.push_back(std::move(one));
    } while (take_word("and"));
    return all_of(std::move(conditions));
  }

  Result<Condition> operand(int depth) {
    if (depth > nesting_limit) return error("the filter is nested too deeply");
    const bool negated = take_word("not");
    if (!take('(')) {
      if (negated) return error("after 'not' stands '('");
      return comparison();
    }
    TRY(Condition inner, alternatives(depth + 1));
    if (!take(')')) return error("')' is missing");
    return negated ? none_of(std::move(inner)) : std::move(inner);
  }

  Result<Condition> comparison() {
    const std::string path(peek_word());
    if (path.empty()) return error("a search parameter is missing");
    if (path.find('[') != path.npos)
      return Error{ErrorCode::unsupported, "conditions in [ ] are not offered", "_filter"};
    at_ += path.size();
    const std::string name(peek_word());
    const auto op = std::find_if(std::begin(filter_operators), std::end(filter_operators),
                                 [&](const FilterOperator& one) { return one.name == name; });
    if (op == std::end(filter_operators)) {
      const bool known = name == "ew" || name == "po";
      Error bad = error("'" + name + "' is no operator");
      if (known) bad.code = ErrorCode::unsupported;
      return bad;
    }
    at_ += name.size();
    TRY(std::string value, operand_value());
    if (op->name == "pr") {
      if (value != "true" && value != "false") return error("'pr' takes true or false");
      value = value == "true" ? "false" : "true";  // present is not missing
    }
    if (op->name != "eq" && op->name != "ne")
      return parser_.condition(type_, path + std::string(op->modifier),
                               std::string(op->prefix) + value, 1);
    // Equal: of texts the whole, else what the parameter alone means.
    auto equal = parser_.condition(type_, path + ":exact", value, 1);
    if (!equal) equal = parser_.condition(type_, path, value, 1);
    if (!equal) return equal.error();
    return op->name == "eq" ? std::move(*equal) : none_of(std::move(*equal));
  }

  // As a search would have it: what separates there is escaped.
  Result<std::string> operand_value() {
    skip_spaces();
    std::string value;
    if (!take('"')) {
      for (const char c : peek_word()) {
        if (c == ',') value += '\\';
        value += c;
      }
      at_ += peek_word().size();
      if (value.empty()) return error("a value is missing");
      return value;
    }
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      const char c = text_[at_++];
      if (c == ',' || c == '|' || c == '$' || c == '\\') value += '\\';
      value += c;
    }
    if (!take('"')) return error("the text has no end");
    return value;
  }

  const Parser& parser_;
  const std::string_view type_, text_;
  size_t at_ = 0;
};

}  // namespace

Result<Condition> parse_filter(const Parser& parser, std::string_view type, std::string_view text) {
  return FilterParser(parser, type, text).parse();
}

Result<Condition> text_condition(std::string_view type, std::string_view name,
                                 std::string_view value) {
  Condition condition;
  condition.kind = Condition::Kind::text;
  condition.type = std::string(type);
  TRY(const std::string query, full_text_query(value, name == "_text"));
  condition.any.emplace_back().text = query;
  return condition;
}

}  // namespace passerelle::store
