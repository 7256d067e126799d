// The one file that speaks MPI: a library that the binary loads only when mpirun has started it, so
// that nobody else pays for MPI's own start. Plain C at its border; ranks.cpp calls it.
#include <mpi.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {
// MPI counts in int.
constexpr uint64_t most_at_once = 256u << 20;
}  // namespace

extern "C" {

// 0: all is well.
int passerelle_mpi_begin(int* rank, int* count) {
  // Errors end the job with MPI's own message: its handler is left as it is.
  // Threads play replications; only the one that has begun speaks to others.
  int threads = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &threads) != MPI_SUCCESS ||
      threads < MPI_THREAD_FUNNELED)
    return 1;
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  MPI_Comm_size(MPI_COMM_WORLD, count);
  return 0;
}

// Everybody's message to everybody. `sizes` has room for one number a rank; `*all` is what they
// said one after the other, and is given back with free(). 0: all is well.
int passerelle_mpi_exchange(const char* mine, uint64_t size, char** all, uint64_t* sizes) {
  int rank = 0, count = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  MPI_Allgather(&size, 1, MPI_UINT64_T, sizes, 1, MPI_UINT64_T, MPI_COMM_WORLD);
  uint64_t whole = 0;
  for (int i = 0; i < count; ++i) whole += sizes[i];
  *all = static_cast<char*>(std::malloc(std::max<uint64_t>(whole, 1)));
  if (*all == nullptr) return 1;
  char* at = *all;
  for (int from = 0; from < count; ++from) {
    if (from == rank) std::copy(mine, mine + size, at);
    for (uint64_t done = 0; done < sizes[from];) {
      const uint64_t part = std::min(most_at_once, sizes[from] - done);
      MPI_Bcast(at + done, static_cast<int>(part), MPI_BYTE, from, MPI_COMM_WORLD);
      done += part;
    }
    at += sizes[from];
  }
  return 0;
}

void passerelle_mpi_end() { MPI_Finalize(); }
}
