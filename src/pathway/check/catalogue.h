// The catalogue of findings: one row for each kind of thing that `check` can say. Messages are
// templates; {0}, {1}, ... are the names concerned. docs/messages.md is made from the same rows.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/finding.h"

namespace passerelle::pathway {

struct CheckKind {
  std::string_view id;
  Severity severity;
  std::string_view message;  // with {0}, {1}, ...
  std::string_view why;
  std::string_view help;
};

std::span<const CheckKind> check_kinds();
const CheckKind* find_check_kind(std::string_view id);

// A finding of a kind that stands in the table (CHECKed).
Finding check_finding(std::string_view id, Place place,
                      std::initializer_list<std::string_view> arguments = {});

// An example for a kind of finding, of this table or of another room's: examples.cpp.
struct CheckExample {
  std::string_view id;
  std::string_view text;
};
std::span<const CheckExample> check_examples();

// Everything that `check` can say, whichever table it stands in, in the order of the page.
struct KindPage {
  std::string_view id;
  Severity severity;
  std::string_view message;  // empty where the message is made at the place
  std::string_view why;
  std::string_view help;
  std::string_view example;
  int chapter = 0;  // of the page
};
std::vector<KindPage> all_kinds();

// The page docs/messages.md.
std::string catalogue_page();

}  // namespace passerelle::pathway
