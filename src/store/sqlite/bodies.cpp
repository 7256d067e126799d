#include "store/sqlite/bodies.h"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>

#include "base/check.h"
#include "store/sqlite/database.h"
#include "store/sqlite/resources.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {
namespace {

// Of 26,000 simulated records level 1 packs 6.8× at 2.1 µs each, level 3 7.2× at 3.1 µs.
constexpr int zstd_level = 1;
constexpr size_t dictionary_bytes = 112 << 10;
// A packed body must be so much smaller, else it stays plain and is read without unpacking.
constexpr size_t least_saving = 16;
constexpr size_t sample_bytes = 16 << 10;  // of one body, at most
constexpr size_t samples_bytes = 8 << 20;  // of all
constexpr size_t fewest_samples = 200;

template <auto function>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};
using Packing = std::unique_ptr<ZSTD_CDict, Freed<ZSTD_freeCDict>>;
using Unpacking = std::unique_ptr<ZSTD_DDict, Freed<ZSTD_freeDDict>>;

ZSTD_CCtx* packer() {
  thread_local const std::unique_ptr<ZSTD_CCtx, Freed<ZSTD_freeCCtx>> made(ZSTD_createCCtx());
  return made.get();
}
ZSTD_DCtx* unpacker() {
  thread_local const std::unique_ptr<ZSTD_DCtx, Freed<ZSTD_freeDCtx>> made(ZSTD_createDCtx());
  return made.get();
}

Error damaged(const BodyOf& of) {
  return Error{
      ErrorCode::unavailable, "the data file is damaged: a body cannot be unpacked",
      std::string(of.type) + "/" + std::string(of.id) + "/_history/" + std::to_string(of.version),
      "stop the program and restore the last backup"};
}

}  // namespace

struct Bodies::Dictionary {
  Packing packing;
  Unpacking unpacking;
};

Bodies::Bodies() = default;
Bodies::~Bodies() = default;

Result<void> Bodies::load(Database& database) {
  TRY(Statement select, database.prepare("SELECT id, bytes FROM dictionary ORDER BY made, id"));
  for (;;) {
    TRY(const bool found, select.step());
    if (!found) return {};
    use(select.integer(0), select.text(1));
  }
}

void Bodies::use(int64_t number, std::string_view dictionary) {
  CHECK(number > 0 && number <= most_dictionaries, "dictionaries are numbered from 1");
  auto made = std::make_unique<Dictionary>();
  made->packing.reset(ZSTD_createCDict(dictionary.data(), dictionary.size(), zstd_level));
  made->unpacking.reset(ZSTD_createDDict(dictionary.data(), dictionary.size()));
  CHECK(made->packing && made->unpacking, "a dictionary of zstd is read again");
  const std::lock_guard lock(mutex_);
  dictionaries_[static_cast<size_t>(number)] = made.get();
  owned_.push_back(std::move(made));
  newest_ = number;
}

std::string Bodies::pack_rest(std::string_view rest, int64_t dictionary) const {
  if (dictionary == 0) return {};
  const Dictionary* with = dictionaries_[static_cast<size_t>(dictionary)];
  std::string packed(ZSTD_compressBound(rest.size()), '\0');
  const size_t size = ZSTD_compress_usingCDict(packer(), packed.data(), packed.size(), rest.data(),
                                               rest.size(), with->packing.get());
  CHECK(!ZSTD_isError(size), "zstd packs what fits into memory");
  if (size + least_saving >= rest.size()) return {};
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

PackedBody Bodies::pack(StampableBody body) const {
  PackedBody packed;
  packed.encoding = newest_;
  // The comma that may stand between the stamp and the rest belongs to the rest.
  if (packed.encoding != 0 && body.comma) {
    packed.bytes = pack_rest("," + body.text.substr(body.at), packed.encoding);
  } else if (packed.encoding != 0) {
    packed.bytes = pack_rest(std::string_view(body.text).substr(body.at), packed.encoding);
  }
  if (!packed.bytes.empty()) return packed;
  packed.encoding = 0;
  packed.plain = std::move(body);
  return packed;
}

Result<std::string> Bodies::unpack(int64_t encoding, std::string_view stored,
                                   const BodyOf& of) const {
  if (encoding == 0) return std::string(stored);
  const Dictionary* dictionary = encoding > 0 && encoding <= most_dictionaries
                                     ? dictionaries_[static_cast<size_t>(encoding)].load()
                                     : nullptr;
  if (dictionary == nullptr) return damaged(of);
  const unsigned long long size = ZSTD_getFrameContentSize(stored.data(), stored.size());
  constexpr unsigned long long most = 2ull << 30;
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most)
    return damaged(of);
  std::string text = stamped_head(of.type, of.id, of.version, of.updated);
  const size_t head = text.size();
  text.resize(head + size);
  const size_t got = ZSTD_decompress_usingDDict(unpacker(), text.data() + head, size, stored.data(),
                                                stored.size(), dictionary->unpacking.get());
  if (ZSTD_isError(got) || got != size) return damaged(of);
  return text;
}

std::string_view unstamped(std::string_view text, const BodyOf& of) {
  const std::string head = stamped_head(of.type, of.id, of.version, of.updated);
  if (text.starts_with(head)) text.remove_prefix(head.size());
  return text;
}

Result<std::string> train_dictionary(const std::vector<std::string>& samples) {
  const Error too_few{ErrorCode::invalid, "there are too few resources to train a dictionary on"};
  if (samples.size() < fewest_samples) return too_few;
  std::string all;
  std::vector<size_t> sizes;
  for (const std::string& sample : samples) {
    const size_t size = std::min(sample.size(), sample_bytes);
    if (all.size() + size > samples_bytes) break;
    all.append(sample, 0, size);
    sizes.push_back(size);
  }
  std::string dictionary(dictionary_bytes, '\0');
  const size_t size = ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), all.data(),
                                            sizes.data(), static_cast<unsigned>(sizes.size()));
  if (ZDICT_isError(size)) return too_few;
  dictionary.resize(size);
  return dictionary;
}

namespace {

// Calls visit(version, stored bytes) for up to `count` bodies until it returns false.
template <class Visit>
Result<void> visit_sample(Database& database, const Bodies& bodies, int64_t count, Visit visit) {
  Names names(database);
  TRY(Statement newest, database.prepare("SELECT coalesce(max(seq), 0) FROM version"));
  TRY(const bool there, newest.step());
  const int64_t last = there ? newest.integer(0) : 0;
  TRY(Statement select,
      database.prepare("SELECT r.id, v.version, v.updated, v.method, v.encoding, v.body, v.row "
                       "FROM version v JOIN resource r ON r.row = v.row WHERE v.seq=?"));
  for (int64_t i = 0; i < std::min(count, last); ++i) {
    // Steps of the golden section cover the whole file, however early the visit ends.
    const uint64_t share = static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15u >> 32;
    select.bind(last <= count
                    ? i + 1
                    : 1 + static_cast<int64_t>(share * static_cast<uint64_t>(last) >> 32));
    TRY(const bool found, select.step());
    if (found && static_cast<Method>(select.integer(3)) != Method::erase) {
      TRY(std::string type, names.type_name(type_of_row(select.integer(6))));
      TRY(const Version version, version_of(select, std::move(type), bodies));
      if (!visit(version, select.text(5).size())) return {};
    }
    select.reset();
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> sample_bodies(Database& database, const Bodies& bodies,
                                               int64_t count) {
  std::vector<std::string> samples;
  size_t bytes = 0;
  TRY_VOID(visit_sample(database, bodies, count, [&](const Version& version, size_t) {
    samples.emplace_back(
        unstamped(version.body, {version.type, version.id, version.version, version.updated}));
    bytes += std::min(samples.back().size(), sample_bytes);
    return bytes < samples_bytes;
  }));
  return samples;
}

Result<BodySizes> body_sizes(Database& database, const Bodies& bodies, int64_t count) {
  BodySizes sizes;
  TRY_VOID(visit_sample(database, bodies, count, [&](const Version& version, size_t stored) {
    sizes.whole += static_cast<int64_t>(version.body.size());
    sizes.stored += static_cast<int64_t>(stored);
    return true;
  }));
  return sizes;
}

}  // namespace passerelle::store
