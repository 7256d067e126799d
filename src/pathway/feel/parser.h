// The grammar of FEEL (DMN 1.5, 10.3.1.2) as a recursive descent that emits nodes as it goes. Names
// may hold spaces and signs, so they are matched against what is in scope, the longest first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pathway/feel/compiler.h"

namespace passerelle::feel {

// Bytes of white space (Unicode too) or comment at a place; 0 when there is none.
size_t space_at(std::string_view text, size_t at);
// Letters, digits, _ and all beyond ASCII.
bool is_word_byte(char c);

class Parser {
 public:
  Parser(Compiler& compiler, std::string_view text, uint16_t text_index, unsigned nesting)
      : compiler_(compiler), text_(text), text_index_(text_index), most_nesting_(nesting) {}

  Part whole_expression();
  Part whole_unary_tests();

  bool failed() const { return failed_; }
  const std::string& error() const { return error_; }
  const std::string& help() const { return help_; }
  size_t error_at() const { return error_at_; }
  unsigned deepest() const { return deepest_; }

 private:
  struct Nested;  // counts nesting while it lives
  struct Saved {
    size_t at;
    Compiler::State state;
    bool reads_input;
  };

  // ---- lexical (parser_names.cpp) ----
  void skip();
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(std::string_view sign);
  bool at_keyword(std::string_view word);
  bool take_keyword(std::string_view word);
  bool expect(std::string_view sign, std::string_view where);
  bool expect_keyword(std::string_view word, std::string_view where);
  Part fail(std::string message, std::string help = {});
  Part fail_at(size_t at, std::string message, std::string help = {});
  Saved save() const;
  void restore(const Saved& saved);
  void mark_place(size_t at) { compiler_.place(text_index_, static_cast<uint32_t>(at)); }
  size_t match_words(const std::vector<std::string>& words) const;  // bytes, 0 = no match
  std::string greedy_name();  // adjacent words up to a keyword
  size_t greedy_end(size_t at) const;
  std::string variable_name(std::string_view keyword);  // up to the keyword (in)
  std::string parameter_name();                         // up to , : or )
  bool named_argument_ahead(std::string& name, size_t& end) const;
  std::string string_literal();

  // ---- names ----
  Part name_or_call();
  Part through_item_scopes(size_t symbol_index, Part part, const std::string& name);
  Part unknown_name(size_t start);
  std::string member_name(const TypeRef& type, size_t& end);
  TypeRef type_expression();

  // ---- expressions (parser.cpp) ----
  Part expression();
  Part disjunction();
  Part conjunction();
  Part comparison();
  Part additive();
  Part multiplicative();
  Part power();
  Part unary();
  Part postfix();
  Part in_tests(const Part& value);
  Part between(const Part& value);
  Part instance_of(const Part& value);
  Part positive_test(uint32_t local);
  Part test_list(uint32_t local, std::string_view end);
  bool comparison_ahead(Op& op, size_t& length) const;

  // ---- primaries (parser_primary.cpp) ----
  Part primary();
  Part number_literal();
  Part at_literal();
  Part parenthesis();
  Part bracket();
  Part range_rest(const Part& low, bool low_closed);
  Part operator_range();
  Part context_literal();
  Part if_expression();
  Part for_expression();
  Part quantified(Op op);
  Part function_definition();
  Part filter(const Part& list);
  Part member(const Part& value);
  Part call(const Part& function);
  Part call_built_in(uint32_t first, uint32_t rows, std::string_view name);
  Part call_symbol(const Symbol& symbol);
  Part call_with_names(const Part& function, const std::vector<std::string>& parameters, Op op,
                       uint32_t target, const TypeRef& result);
  struct Arguments {
    std::vector<NodeId> nodes;
    std::vector<TypeRef> types;
    std::vector<std::string> names;  // empty, or one an argument
  };
  Arguments arguments();
  bool iterators(std::vector<uint32_t>& words, uint32_t& count);

  Compiler& compiler_;
  std::string_view text_;
  uint16_t text_index_;
  unsigned most_nesting_;
  size_t at_ = 0;
  unsigned nesting_ = 0;
  unsigned deepest_ = 0;
  unsigned work_ = 0;  // backtracking is bounded
  bool reads_input_ = false;
  bool in_range_ = false;  // reading the upper bound of a range
  bool failed_ = false;
  std::string error_, help_;
  size_t error_at_ = 0;
};

struct Parser::Nested {
  explicit Nested(Parser& of) : parser(of) {
    ++parser.nesting_;
    parser.deepest_ = std::max(parser.deepest_, parser.nesting_);
    if (parser.nesting_ > parser.most_nesting_) {
      parser.fail("the expression is nested more than " + std::to_string(parser.most_nesting_) +
                      " levels deep",
                  "split it into several decisions or variables");
    }
  }
  ~Nested() { --parser.nesting_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  Parser& parser;
};

TypeRef type_of(const Value& value);      // of what is neither null nor nested; null = unknown
TypeRef element_of(const TypeRef& type);  // of a list; the type itself otherwise; null = unknown

}  // namespace passerelle::feel
