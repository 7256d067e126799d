#include "cli/ranks.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/text.h"

namespace passerelle::cli {
namespace {

constexpr const char* library_name = "passerelle_mpi.so";

// mpirun of Open MPI tells whom it starts how many they are.
int started_by_mpirun() {
  const char* count = std::getenv("OMPI_COMM_WORLD_SIZE");
  return count == nullptr ? 1 : std::atoi(count);
}

using Begin = int (*)(int* rank, int* count);
using Exchange = int (*)(const char* mine, uint64_t size, char** all, uint64_t* sizes);
using End = void (*)();

class MpiRanks : public rehearse::Ranks {
 public:
  MpiRanks(int rank, int count, Exchange speak, End end)
      : rank_(rank), count_(count), exchange_(speak), end_(end) {}
  ~MpiRanks() override { end_(); }

  int rank() const override { return rank_; }
  int count() const override { return count_; }
  Result<std::vector<std::string>> exchange(const std::string& mine) const override {
    std::vector<uint64_t> sizes(static_cast<size_t>(count_));
    char* all = nullptr;
    if (exchange_(mine.data(), mine.size(), &all, sizes.data()) != 0)
      return Error{ErrorCode::unavailable, "there is no memory for what the others have found", "",
                   "start fewer at a time on one machine"};
    std::vector<std::string> out;
    const char* at = all;
    for (const uint64_t size : sizes) {
      out.emplace_back(at, size);
      at += size;
    }
    std::free(all);
    return out;
  }

 private:
  int rank_, count_;
  Exchange exchange_;
  End end_;
};

// Beside the binary, wherever that lies.
std::string library_path() {
  std::string path(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return library_name;
  path.resize(static_cast<size_t>(size));
  return path.substr(0, path.rfind('/') + 1) + library_name;
}

}  // namespace

Result<std::unique_ptr<rehearse::Ranks>> join_ranks() {
  const int started = started_by_mpirun();
  if (started <= 1) return std::unique_ptr<rehearse::Ranks>();
  // Open MPI loads parts of its own that look for the names of this one.
  void* library = dlopen(library_path().c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr)
    return Error{ErrorCode::unavailable,
                 "mpirun has started this program " + std::to_string(started) +
                     " times, but it was built without MPI: each would do the whole work alone",
                 library_path(),
                 "build with -DPASSERELLE_MPI=ON (Debian: libopenmpi-dev), or start it once"};
  const auto begin = reinterpret_cast<Begin>(dlsym(library, "passerelle_mpi_begin"));
  const auto exchange = reinterpret_cast<Exchange>(dlsym(library, "passerelle_mpi_exchange"));
  const auto end = reinterpret_cast<End>(dlsym(library, "passerelle_mpi_end"));
  int rank = 0, count = 1;
  if (begin == nullptr || exchange == nullptr || end == nullptr || begin(&rank, &count) != 0)
    return Error{ErrorCode::unavailable, "MPI does not begin", library_path(),
                 "build this program anew, and look at what mpirun says"};
  return std::unique_ptr<rehearse::Ranks>(std::make_unique<MpiRanks>(rank, count, exchange, end));
}

Result<void> all_ready(const rehearse::Ranks& ranks, const Result<void>& ready,
                       const std::string& given) {
  TRY(const auto problems, ranks.exchange(ready ? std::string() : to_text(ready.error())));
  TRY(const auto all, ranks.exchange(given));
  if (!ready) return ready.error();
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string who = "program " + std::to_string(i);
    if (!problems[i].empty()) return Error{ErrorCode::unavailable, problems[i], who};
    if (all[i] != all[0])
      return Error{
          ErrorCode::invalid, "it was given another package, or other options, than program 0", who,
          "give all of them the same folder, on a disk that they share or in equal copies"};
  }
  return {};
}

}  // namespace passerelle::cli
