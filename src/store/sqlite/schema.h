// The tables, and how an older file is brought up to date: forward only, one step a version, each
// in a transaction of its own, what takes long before it in pieces. What a released step leaves is
// never edited; a change is a new step.
#pragma once

#include "store/sqlite/database.h"

namespace passerelle::store {

// Creates the tables in an empty file or migrates an older one. `unsupported` when the file is
// newer than this program, `invalid` when it belongs to another one.
Result<void> migrate(Database& database, const std::string& path);
int newest_schema();

// A resource's row id says its type: (type << type_shift) + n, n from 1. So a range of row ids is a
// type, and index rows need no type of their own. Types are below 2^9, resources of one below 2^38:
// 47 bits, which SQLite stores in 6 bytes.
inline constexpr int type_shift = 38;
constexpr int64_t first_row(int64_t type) { return type << type_shift; }
constexpr int64_t last_row(int64_t type) { return ((type + 1) << type_shift) - 1; }
constexpr int64_t type_of_row(int64_t row) { return row >> type_shift; }

}  // namespace passerelle::store
