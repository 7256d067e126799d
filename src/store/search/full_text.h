// Full text (R4: _text and _content): what of a resource is indexed, and how a search for it reads.
// The index is made when somebody first searches by it, from the record's own versions, and brought
// up to date by every such search; who never does pays nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace passerelle::store {

struct FullText {
  std::string narrative;  // without its tags
  std::string content;    // all other texts, one after the other
};
FullText full_text(std::string_view body);

// "liver and (bone or lung)", "\"left arm\"", "metasta*": in FTS5's form. Words that only stand
// side by side must all be there, in any order.
Result<std::string> full_text_query(std::string_view text, bool narrative_only);

}  // namespace passerelle::store
