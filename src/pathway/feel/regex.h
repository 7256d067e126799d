// Regular expressions as XPath 2.0 and XML Schema write them (F&O 7.6): what FEEL's matches(),
// replace() and split() take. A backtracking matcher over code points with a budget of steps, so
// that no pattern can hang the program.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace passerelle::feel {

class Regex {
 public:
  // Flags: s m i x q, as in F&O 7.6.1.1.
  static Result<Regex> compile(std::string_view pattern, std::string_view flags = {});
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // Byte positions of the whole match and of its groups; npos where a group took no part.
  struct Match {
    std::vector<std::pair<size_t, size_t>> groups;
    size_t begin() const { return groups[0].first; }
    size_t end() const { return groups[0].second; }
  };
  static constexpr size_t npos = static_cast<size_t>(-1);

  // The first match at or behind `from`; not_found when there is none, too_large when the budget
  // of steps is spent.
  Result<Match> find(std::string_view text, size_t from, uint64_t& budget) const;
  size_t groups() const;

  struct Code;  // the compiled form, known to regex.cpp only

 private:
  Regex();
  std::unique_ptr<Code> code_;
};

}  // namespace passerelle::feel
