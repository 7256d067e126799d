// FHIRPath's grammar (FHIRPath 2.0, appendix B) by precedence climbing.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "fhir/path_functions.h"
#include "fhir/path_lexer.h"
#include "fhir/path_program.h"
#include "fhir/path_value.h"

namespace passerelle::fhir::path {
namespace {

struct Binary {
  std::string_view sign;
  int binding;  // higher binds closer
  Op op;
};
constexpr int type_binding = 8;
constexpr std::array binaries = {
    Binary{"implies", 1, Op::implies},
    Binary{"or", 2, Op::logical_or},
    Binary{"xor", 2, Op::logical_xor},
    Binary{"and", 3, Op::logical_and},
    Binary{"in", 4, Op::in},
    Binary{"contains", 4, Op::contains},
    Binary{"=", 5, Op::equal},
    Binary{"!=", 5, Op::not_equal},
    Binary{"~", 5, Op::equivalent},
    Binary{"!~", 5, Op::not_equivalent},
    Binary{"<", 6, Op::less},
    Binary{"<=", 6, Op::less_equal},
    Binary{">", 6, Op::greater},
    Binary{">=", 6, Op::greater_equal},
    Binary{"|", 7, Op::merge},
    Binary{"is", type_binding, Op::is_type},
    Binary{"as", type_binding, Op::as_type},
    Binary{"+", 9, Op::add},
    Binary{"-", 9, Op::subtract},
    Binary{"&", 9, Op::concatenate},
    Binary{"*", 10, Op::multiply},
    Binary{"/", 10, Op::divide},
    Binary{"div", 10, Op::whole_divide},
    Binary{"mod", 10, Op::modulo},
};
constexpr int unary_binding = 11;

constexpr std::array<std::string_view, 16> calendar_words = {
    "year", "years", "month",  "months",  "week",   "weeks",   "day",         "days",
    "hour", "hours", "minute", "minutes", "second", "seconds", "millisecond", "milliseconds"};

struct SystemName {
  std::string_view name;
  Kind kind;
};
constexpr std::array system_names = {
    SystemName{"Boolean", Kind::boolean}, SystemName{"Integer", Kind::integer},
    SystemName{"Decimal", Kind::decimal}, SystemName{"String", Kind::string},
    SystemName{"Date", Kind::date},       SystemName{"DateTime", Kind::date_time},
    SystemName{"Time", Kind::time},       SystemName{"Quantity", Kind::quantity},
};

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> words) : words_(std::move(words)) {
    program_.text = text;
  }

  Result<Program> parse_all() {
    TRY(program_.root, expression(0));
    if (peek().word != Word::end) return unexpected("the end of the expression");
    // Evaluating goes down into a.b.c from its end.
    if (height_ > max_height) {
      return error_at(
          0, "this expression has more than " + std::to_string(max_height) + " steps in one chain");
    }
    return std::move(program_);
  }

 private:
  static constexpr int max_depth = 200;
  static constexpr uint32_t max_height = 400;

  const Token& peek(size_t ahead = 0) const {
    return words_[std::min(at_ + ahead, words_.size() - 1)];
  }
  bool is_sign(std::string_view sign, size_t ahead = 0) const {
    return peek(ahead).word == Word::sign && peek(ahead).text == sign;
  }
  bool skip_sign(std::string_view sign) {
    if (!is_sign(sign)) return false;
    ++at_;
    return true;
  }
  Error error_at(size_t at, std::string message) const {
    return Error{ErrorCode::invalid, std::move(message), line_and_column(program_.text, at)};
  }
  Error unexpected(std::string_view expected) const {
    const Token& token = peek();
    const std::string found = token.word == Word::end ? "the end" : "'" + token.text + "'";
    return error_at(token.at, "expected " + std::string(expected) + ", found " + found);
  }

  uint32_t add(Node node, size_t at) {
    node.column = static_cast<uint32_t>(at);
    program_.nodes.push_back(node);
    uint32_t below = 0;
    const auto look = [&](uint32_t child) {
      if (child != no_node) below = std::max(below, heights_[child]);
    };
    look(node.left);
    look(node.right);
    for (uint32_t i = 0; i < node.argument_count; ++i) {
      look(program_.arguments[node.first_argument + i]);
    }
    heights_.push_back(below + 1);
    height_ = std::max(height_, below + 1);
    return static_cast<uint32_t>(program_.nodes.size() - 1);
  }
  uint32_t add_name(const std::string& text) {
    for (size_t i = 0; i < program_.names.size(); ++i) {
      if (program_.names[i].text == text) return static_cast<uint32_t>(i);
    }
    program_.names.push_back({text, "_" + text, definitions().find_type(text)});
    return static_cast<uint32_t>(program_.names.size() - 1);
  }
  uint32_t add_literal(Item item, size_t at) {
    program_.literals.push_back(std::move(item));
    Node node{Op::literal};
    node.value = static_cast<uint32_t>(program_.literals.size() - 1);
    return add(node, at);
  }

  const Binary* binary_here() const {
    const Token& token = peek();
    const bool word = token.word == Word::name && !token.delimited;
    if (!word && token.word != Word::sign) return nullptr;
    for (const Binary& binary : binaries) {
      if (binary.sign == token.text) return &binary;
    }
    return nullptr;
  }

  Result<uint32_t> expression(int binding) {
    if (++depth_ > max_depth) return error_at(peek().at, "this expression is nested too deeply");
    TRY(uint32_t left, unary());
    for (const Binary* binary = binary_here(); binary != nullptr && binary->binding > binding;
         binary = binary_here()) {
      const size_t at = peek().at;
      ++at_;
      Node node{binary->op};
      node.left = left;
      if (binary->binding == type_binding) {
        TRY(node.value, type_specifier());
      } else {
        TRY(node.right, expression(binary->binding));
      }
      left = add(node, at);
    }
    --depth_;
    return left;
  }

  Result<uint32_t> unary() {
    const size_t at = peek().at;
    if (is_sign("-") || is_sign("+")) {
      const bool negative = peek().text == "-";
      ++at_;
      TRY(const uint32_t inner, expression(unary_binding - 1));
      Node node{Op::negate};
      node.left = inner;
      node.value = negative ? 1 : 0;
      return add(node, at);
    }
    TRY(uint32_t left, term());
    for (;;) {
      const size_t here = peek().at;
      if (skip_sign(".")) {
        TRY(left, invocation(left));
      } else if (skip_sign("[")) {
        Node node{Op::indexer};
        node.left = left;
        TRY(node.right, expression(0));
        if (!skip_sign("]")) return unexpected("']'");
        left = add(node, here);
      } else {
        return left;
      }
    }
  }

  Result<uint32_t> invocation(uint32_t left) {
    const Token token = peek();
    if (token.word == Word::special) return special(token);
    if (token.word != Word::name) return unexpected("a name after '.'");
    ++at_;
    if (is_sign("(") && !token.delimited) return call(token, left);
    Node node{Op::member};
    node.left = left;
    node.value = add_name(token.text);
    return add(node, token.at);
  }

  Result<uint32_t> special(const Token& token) {
    ++at_;
    Node node{token.text == "this" ? Op::focus : token.text == "index" ? Op::index : Op::total};
    return add(node, token.at);
  }

  Result<uint32_t> call(const Token& name, uint32_t left) {
    const int index = find_function(name.text);
    if (index < 0) {
      std::vector<std::string> names;
      for (const Function& function : functions()) names.emplace_back(function.name);
      const std::string hint = closest(name.text, names);
      return error_at(name.at, "there is no function '" + name.text + "'" +
                                   (hint.empty() ? "" : "; did you mean '" + hint + "'?"));
    }
    const Function& function = functions()[static_cast<size_t>(index)];
    skip_sign("(");
    Node node{Op::call};
    node.function = static_cast<uint8_t>(index);
    node.left = left;
    std::vector<uint32_t> arguments;
    if (function.takes_type) {
      TRY(node.value, type_specifier());
    } else if (!is_sign(")")) {
      do {
        TRY(uint32_t argument, expression(0));
        if (name.text == "sort") argument = sort_key(argument);
        arguments.push_back(argument);
      } while (skip_sign(","));
    }
    if (!skip_sign(")")) return unexpected("')' or ','");
    if (!function.takes_type &&
        (arguments.size() < function.min_arguments || arguments.size() > function.max_arguments)) {
      return error_at(name.at, name.text + "() takes " + count_text(function) + ", found " +
                                   std::to_string(arguments.size()));
    }
    node.first_argument = static_cast<uint32_t>(program_.arguments.size());
    node.argument_count = static_cast<uint16_t>(arguments.size());
    program_.arguments.insert(program_.arguments.end(), arguments.begin(), arguments.end());
    return add(node, name.at);
  }

  // sort($this desc): a key with a word after it.
  uint32_t sort_key(uint32_t key) {
    if (peek().word != Word::name || (peek().text != "asc" && peek().text != "desc")) return key;
    const Token token = peek();
    ++at_;
    if (token.text == "asc") return key;
    Node node{Op::negate};
    node.left = key;
    node.value = 1;
    return add(node, token.at);
  }

  static std::string count_text(const Function& function) {
    if (function.max_arguments == 0) return "no arguments";
    if (function.min_arguments == function.max_arguments) {
      return std::to_string(function.min_arguments) + " argument(s)";
    }
    return std::to_string(function.min_arguments) + " to " +
           (function.max_arguments == 0xff ? "many" : std::to_string(function.max_arguments)) +
           " arguments";
  }

  Result<uint32_t> term() {
    const Token token = peek();
    switch (token.word) {
      case Word::sign:
        if (skip_sign("(")) {
          TRY(const uint32_t inner, expression(0));
          if (!skip_sign(")")) return unexpected("')'");
          return inner;
        }
        if (skip_sign("{")) {
          if (!skip_sign("}")) return unexpected("'}'");
          return add(Node{Op::empty}, token.at);
        }
        return unexpected("a value or a name");
      case Word::special:
        return special(token);
      case Word::variable: {
        ++at_;
        Node node{Op::variable};
        node.value = add_name(token.text);
        return add(node, token.at);
      }
      case Word::name:
        if (!token.delimited && (token.text == "true" || token.text == "false")) {
          ++at_;
          return add_literal(make_boolean(token.text == "true"), token.at);
        }
        return invocation(no_node);
      case Word::text:
        ++at_;
        return add_literal(make_string(token.text), token.at);
      case Word::number:
        return number(token);
      case Word::date:
      case Word::date_time:
      case Word::time:
        return moment(token);
      case Word::end:
        break;
    }
    return unexpected("a value or a name");
  }

  Result<uint32_t> number(const Token& token) {
    ++at_;
    const std::optional<Decimal> value = Decimal::parse(token.text);
    if (!value) return error_at(token.at, "the number " + token.text + " is too long");
    if (peek().word == Word::text) {
      Item item = make_quantity(*value, peek().text, false);
      ++at_;
      return add_literal(std::move(item), token.at);
    }
    if (peek().word == Word::name && !peek().delimited) {
      for (const std::string_view word : calendar_words) {
        if (word != peek().text) continue;
        ++at_;
        return add_literal(make_quantity(*value, std::string(word), true), token.at);
      }
    }
    if (token.text.find('.') == token.text.npos) {
      const std::optional<int64_t> whole = value->whole();
      if (!whole) return error_at(token.at, "the number " + token.text + " is too long");
      return add_literal(make_integer(*whole), token.at);
    }
    return add_literal(make_decimal(*value), token.at);
  }

  Result<uint32_t> moment(const Token& token) {
    ++at_;
    const Kind kind = token.word == Word::date        ? Kind::date
                      : token.word == Word::date_time ? Kind::date_time
                                                      : Kind::time;
    const std::optional<Moment> value = kind == Kind::date        ? parse_date(token.text)
                                        : kind == Kind::date_time ? parse_date_time(token.text)
                                                                  : parse_time(token.text);
    if (!value) return error_at(token.at, "'@" + token.text + "' is not a date or time");
    return add_literal(make_moment(kind, *value), token.at);
  }

  Result<uint32_t> type_specifier() {
    const Token first = peek();
    // as('Patient') is met in old expressions.
    if (first.word != Word::name && first.word != Word::text) return unexpected("a type");
    ++at_;
    std::string name = first.text;
    if (is_sign(".") && (name == "FHIR" || name == "System") && peek(1).word == Word::name) {
      name += "." + peek(1).text;
      at_ += 2;
    }
    const TypeName type = find_type_name(name);
    // System.Patient is no mistake of spelling: nothing is of that type.
    const bool foreign = name.starts_with("System.");
    if (type.fhir == none && type.system == Kind::node && !type.any_system && !foreign) {
      return error_at(first.at, "'" + name + "' is not a type of FHIR R4 or of FHIRPath");
    }
    program_.types.push_back(type);
    return static_cast<uint32_t>(program_.types.size() - 1);
  }

  std::vector<Token> words_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<uint32_t> heights_;  // of each node: how many lie in a chain below it
  uint32_t height_ = 0;            // the greatest
  Program program_;
};

}  // namespace

TypeName find_type_name(std::string_view qualified) {
  TypeName type;
  const size_t dot = qualified.find('.');
  const std::string_view space = dot == qualified.npos ? "" : qualified.substr(0, dot);
  const std::string_view name = dot == qualified.npos ? qualified : qualified.substr(dot + 1);
  if (space != "System") type.fhir = definitions().find_type(name);
  if (space != "FHIR") {
    for (const SystemName& entry : system_names) {
      if (entry.name == name) type.system = entry.kind;
    }
    type.any_system = name == "Any";
  }
  return type;
}

Result<Program> parse(std::string_view text) {
  TRY(std::vector<Token> words, read_words(text));
  return Parser(text, std::move(words)).parse_all();
}

}  // namespace passerelle::fhir::path
