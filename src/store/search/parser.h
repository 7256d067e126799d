// The parser of searches: one object for one request.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/search/query.h"
#include "store/search/tree.h"

namespace passerelle::store {

class Parser {
 public:
  Parser(const SearchCatalogue& catalogue, const ParseOptions& options)
      : catalogue_(catalogue),
        zone_(options.zone),
        helper_(options.helper),
        base_url_(options.base_url),
        lenient_(options.lenient) {}

  Result<void> parse(const std::string& name, const std::string& value);

  QueryTree tree;
  // Whether the last error was about a parameter that is not known or not offered, which lenient
  // handling passes over; a known parameter with a wrong value is an error in any case.
  mutable bool unknown_parameter = false;
  // What was searched by although its index is still being made.
  mutable std::vector<std::string> incomplete;

  // Public for FilterParser.
  Result<Condition> condition(std::string_view type, std::string_view name, std::string_view value,
                              int depth) const;

 private:
  Result<const ParameterInfo*> find(std::string_view type, std::string_view code) const;
  Result<Condition> chain(std::string_view type, std::string_view head, std::string_view rest,
                          std::string_view value, int depth) const;
  Result<Condition> has(std::string_view of, std::string_view name, std::string_view value,
                        int depth) const;
  Result<Condition> of_parameter(std::string_view type, const ParameterInfo& info,
                                 std::string_view modifier, std::string_view value) const;
  Result<std::vector<Operand>> codes(Modifier modifier, std::string_view text) const;
  Result<Condition> in_list(std::string_view value) const;
  Result<Condition> near(std::string_view type, std::string_view value) const;
  std::string own_address(std::string_view text) const;
  Result<Operand> composite(const ParameterInfo& info, std::string_view text) const;
  Result<void> sort(std::string_view value);
  Result<void> include(std::string_view name, std::string_view value);
  Result<void> select_types(std::string_view value);
  Error unknown(std::string_view type, std::string_view code) const;
  Result<void> check_ready(std::string_view type, const ParameterInfo& info) const;

  const SearchCatalogue& catalogue_;
  const Zone& zone_;
  SearchHelper* const helper_;
  const std::string& base_url_;
  const bool lenient_;
  mutable int conditions_ = 0;  // made so far, also those that were given up
};

}  // namespace passerelle::store
