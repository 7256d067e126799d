// What a part of a program reads: variables, entries and days of variables, the date, the hour. As
// long as that is alike, it gives the same.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "pathway/feel/program.h"

namespace passerelle::feel {

// `most` of them at most; nothing when it depends on more, or on anything else. What it defines
// inside is no read.
std::optional<std::vector<Read>> reads_of(const Program& program, NodeId node, size_t most);

}  // namespace passerelle::feel
