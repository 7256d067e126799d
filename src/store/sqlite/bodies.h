// The bodies of versions as they lie in the file: packed by zstd with a dictionary that was trained
// on the file's own resources, or plain when there is no dictionary yet or packing saves nothing.
// A plain body has its version and instant in it (stamp.h). A packed one leaves out all that stands
// before the end of meta's stamp, since the row's columns say it; so it can be packed by the thread
// of the caller, before the writer knows the version.
//
// Dictionaries are numbered from 1 and kept in the file; version.encoding is the number of the one
// that a body was packed with, 0 = plain. Several live side by side: what an older one packed is
// never rewritten but by compact_sqlite().
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/stamp.h"

namespace passerelle::store {

class Database;

struct PackedBody {
  int64_t encoding = 0;
  std::string bytes;    // when encoding > 0
  StampableBody plain;  // when encoding = 0
};

// Of a version, as its columns say: what a packed body leaves out.
struct BodyOf {
  std::string_view type, id;
  int64_t version = 0;
  Instant updated{};
};

inline constexpr int64_t most_dictionaries = 255;
// Its number is the lowest that is free; `made`, the newest version's, is its age.
inline constexpr const char* insert_dictionary =
    "INSERT INTO dictionary(id, made, bytes) VALUES((SELECT min(n) FROM (SELECT 1 AS n UNION ALL "
    "SELECT id + 1 FROM dictionary) WHERE n NOT IN (SELECT id FROM dictionary)), "
    "(SELECT coalesce(max(seq), 0) FROM version), ?)";

// Shared by all threads; reading takes no lock.
class Bodies {
 public:
  Bodies();
  ~Bodies();
  Bodies(const Bodies&) = delete;

  // The dictionaries of the file; at opening.
  Result<void> load(Database& database);
  // From now on bodies are packed with this one, which must be safe in the file.
  void use(int64_t number, std::string_view dictionary);
  int64_t newest() const { return newest_; }  // 0 = none

  PackedBody pack(StampableBody body) const;
  // What unstamped() gave; "" when there is no dictionary or it saves too little.
  std::string pack_rest(std::string_view rest, int64_t dictionary) const;
  // The whole text. Error: `unavailable` when the bytes are damaged.
  Result<std::string> unpack(int64_t encoding, std::string_view stored, const BodyOf& of) const;

 private:
  struct Dictionary;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const Dictionary>> owned_;
  std::array<std::atomic<const Dictionary*>, most_dictionaries + 1> dictionaries_{};
  std::atomic<int64_t> newest_{0};
};

// What follows the stamp in a whole text: what is packed.
std::string_view unstamped(std::string_view text, const BodyOf& of);

// A dictionary trained on samples (what unstamped() gives). Error: `invalid` when they are too few
// or too much alike.
Result<std::string> train_dictionary(const std::vector<std::string>& samples);
// Up to `count` of the file's bodies, evenly over all that was written.
Result<std::vector<std::string>> sample_bodies(Database& database, const Bodies& bodies,
                                               int64_t count);
// How long such bodies are, and how long what is stored of them.
struct BodySizes {
  int64_t whole = 0, stored = 0;
};
Result<BodySizes> body_sizes(Database& database, const Bodies& bodies, int64_t count);

}  // namespace passerelle::store
