/* The system's clock of one program, moved by the eight bytes of a file: milliseconds to add. Loaded
   before the C library by LD_PRELOAD; the steady clock, which no one can set, stays as it is. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t none = 0;
static volatile int64_t* offset_millis = &none;

__attribute__((constructor)) static void find_offset(void) {
  const char* path = getenv("CLOCK_OFFSET");
  if (path == NULL) return;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) abort();
  void* memory = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) abort();
  offset_millis = memory;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  const int done = (int)syscall(SYS_clock_gettime, clock, time);
  if (done != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return done;
  const int64_t billion = 1000000000;
  int64_t seconds = time->tv_sec + *offset_millis / 1000;
  int64_t nanos = time->tv_nsec + *offset_millis % 1000 * 1000000;
  if (nanos < 0) { nanos += billion; --seconds; }
  if (nanos >= billion) { nanos -= billion; ++seconds; }
  time->tv_sec = seconds;
  time->tv_nsec = nanos;
  return 0;
}

int gettimeofday(struct timeval* restrict time, void* restrict zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* where) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (where != NULL) *where = now.tv_sec;
  return now.tv_sec;
}
