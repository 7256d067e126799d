// A FHIR search, parsed and checked against the search parameters there are: what Store::search
// takes. Unknown or misspelt parameters are errors with a hint, never silently ignored, unless the
// caller asked for lenient handling; then they are named in ignored().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "store/index_value.h"

namespace passerelle::fhir {
class AddedParameters;
}

namespace passerelle::store {

// What the store must know of the search parameters: those of the specification (fhir_catalogue()),
// or others, by hand.
enum class ParameterType : uint8_t {
  string,
  token,
  reference,
  date,
  number,
  quantity,
  uri,
  composite,
  special
};
struct ParameterInfo {
  std::string code;
  ParameterType type = ParameterType::token;
  std::vector<std::string> targets;       // of a reference: types; empty = any
  std::vector<ParameterInfo> components;  // of a composite, in order
  // Why not all resources are found by it yet, such as how far its index has come; "" = they are.
  std::string unready = {};
};
class SearchCatalogue {
 public:
  virtual ~SearchCatalogue() = default;
  virtual bool has_type(std::string_view type) const = 0;
  virtual std::vector<std::string> types() const = 0;
  // null when there is none; _id, _lastUpdated and the like need not be known to it.
  virtual const ParameterInfo* find(std::string_view type, std::string_view code) const = 0;
  virtual std::vector<std::string> codes(std::string_view type) const = 0;
};

// The search parameters of FHIR R4, from fhir's definitions.
const SearchCatalogue& fhir_catalogue();
// Those and the ones that were added at run time; `unready` says of some, by their resource's id,
// why not all resources are found by them yet.
std::unique_ptr<SearchCatalogue> extended_catalogue(
    std::shared_ptr<const fhir::AddedParameters> added,
    const std::map<std::string, std::string>& unready);

struct QueryTree;  // store/search/tree.h

// Milliseconds since 1970 UTC, both included.
struct CareDates {
  int64_t first = INT64_MIN, last = INT64_MAX;
};
// The compartments of these resources; of all of the type when `ids` is empty.
struct CompartmentOf {
  std::string type;
  std::vector<std::string> ids = {};
  // Of types with a search parameter "date", only what happened between.
  CareDates dates = {};
};

class Query {
 public:
  Query();
  explicit Query(QueryTree tree);
  Query(const Query&);
  Query(Query&&) noexcept;
  Query& operator=(const Query&);
  Query& operator=(Query&&) noexcept;
  ~Query();

  // Parameters that were not understood (lenient), and those that are the server's business
  // (_elements, _summary, _format, _pretty).
  const std::vector<std::string>& ignored() const;
  // What is searched by although not all resources are found by it yet (lenient), with the reason.
  const std::vector<std::string>& incomplete() const;
  // The parameters understood, for the self link, in order.
  const std::vector<std::pair<std::string, std::string>>& applied() const;
  size_t count() const;
  void set_count(size_t count);  // matches on a page; 0 = none, only the total
  void want_total();
  // Whether it matches everything: what says how a page looks (_count, _format, ...) is no
  // condition.
  bool asks_nothing() const;
  // Only what is in compartments: what refers to a resource by the parameters that the
  // specification names for its type (R4, "Compartments"). A query without types is one for all
  // types that the compartment can hold. Error: there is no such compartment, or it never holds
  // resources of the query's type.
  Result<void> within(const CompartmentOf& compartment);
  // Leaves resources of a type out, also of the total; false when the query is for no other.
  [[nodiscard]] bool without(std::string_view type);
  // Only what one of these finds; their types, orders and counts do not matter.
  void any_of(const std::vector<Query>& queries);
  // Goes on after a page: SearchPage::next. Error when it is not of a search with the same order.
  Result<void> after(std::string_view cursor);

  const QueryTree& tree() const { return *tree_; }

 private:
  std::unique_ptr<QueryTree> tree_;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct SearchCode {
  std::string system, code;
};
// What a search asks of resources other than those it looks for: terminology, lists.
class SearchHelper {
 public:
  virtual ~SearchHelper() = default;
  // Of a value set by its canonical, or as "ValueSet/id".
  virtual Result<std::vector<SearchCode>> codes_in(std::string_view value_set) = 0;
  // The code itself and all below, or above, it.
  virtual Result<std::vector<SearchCode>> codes_below(const SearchCode& code) = 0;
  virtual Result<std::vector<SearchCode>> codes_above(const SearchCode& code) = 0;
  // What a List holds: types and ids.
  virtual Result<std::vector<std::pair<std::string, std::string>>> list(std::string_view id) = 0;
};

struct ParseOptions {
  bool lenient = false;
  Zone zone = Zone::utc();
  SearchHelper* helper = nullptr;  // without: what needs it is `unsupported`
  // Of this server: a reference searched for by "<base_url>/Patient/1" is to Patient/1.
  std::string base_url = {};
};
Result<Query> parse_query(const SearchCatalogue& catalogue, std::string_view type,
                          const Parameters& parameters, const ParseOptions& options);

// `type` "" = all types (or those of _type). Parameters are percent-decoded. Dates without an
// offset are days of `zone`. Error.where is the parameter's name.
Result<Query> parse_query(const SearchCatalogue& catalogue, std::string_view type,
                          const Parameters& parameters, bool lenient = false,
                          const Zone& zone = Zone::utc());

}  // namespace passerelle::store
