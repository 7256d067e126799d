// The values of TCK test files, as FEEL values, and how close a result must come to them. For the
// files of dmn/ only.
#pragma once

#include <pugixml.hpp>

#include "pathway/feel/value.h"

namespace passerelle::dmn {

// Of an inputNode, a component, an item or an expected: its <value>, <list> or <component>s.
feel::Value tck_value(const pugi::xml_node& holder);

// Numbers within 1e-8; everything else as FEEL's `=` has it, null equal to null.
bool tck_matches(const feel::Value& expected, const feel::Value& found);

}  // namespace passerelle::dmn
