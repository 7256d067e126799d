// A YAML file as a tree in which every node knows its place, so that `check` can point at it.
// Aliases and custom tags are refused (a package must be readable by people), duplicate keys too.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/place.h"
#include "base/result.h"

namespace passerelle::yaml {

enum class Kind { null, scalar, sequence, mapping };

class Node {
 public:
  // In yaml.cpp: `members` holds pairs of a class that is complete only after its last line, and
  // clang 14 looks at them as soon as a special member is made here.
  Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  Kind kind = Kind::null;
  Place place;
  std::string scalar;                                 // text as written, without quotes
  bool quoted = false;                                // "09:00" in quotes is text
  std::vector<Node> items;                            // of a sequence
  std::vector<std::pair<std::string, Node>> members;  // of a mapping, in written order
  std::vector<Place> member_places;                   // of the keys, same order

  const Node* find(std::string_view key) const;  // null when missing
  bool is_null() const { return kind == Kind::null; }

  // Conversions; the error names the place, what was expected and what stands there.
  Result<std::string> text() const;
  Result<double> number() const;
  Result<int64_t> integer() const;
  Result<bool> boolean() const;
};

// `file` is what places will say.
Result<Node> parse(std::string_view content, std::string file);

}  // namespace passerelle::yaml
