// The links between the pages of a search: self, next, first, previous (R4, "Paging"). A page is
// known by the cursor that it begins after, so a link is right whatever is written meanwhile; the
// way back is the cursors of the pages before, carried in the links themselves: the server keeps
// nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/http.h"

namespace passerelle::server {

class SearchLinks {
 public:
  // Takes a parameter that the links brought along; false when it is another.
  bool take(std::string_view name, std::string_view value);
  const std::string& cursor() const { return cursor_; }  // "" = the first page

  // ,"link":[...] of this page; `parameters`: what all links repeat; `next`: "" = it is the last.
  std::string write(const std::string& path, const Pairs& parameters,
                    const std::string& next) const;

 private:
  std::string cursor_;
  std::vector<std::string> back_;  // of the pages before this one, "" = the first
};

}  // namespace passerelle::server
