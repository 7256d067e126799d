// The first draw of one purpose, made for four patients at once: those who come one after the other
// need it one after the other, and four draws take little longer than one. What each gets is what
// it would draw alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace passerelle::rehearse {

class FourAtOnce {
 public:
  // `make(first)` gives those of patient `first`, a multiple of four, and of the three behind it.
  template <class Make>
  double of(uint32_t patient, const Make& make) {
    const uint32_t four = patient / 4;
    Kept& kept = kept_[four % kept_.size()];
    if (kept.four != four) kept = {four, make(four * 4)};
    return kept.values[patient % 4];
  }

 private:
  struct Kept {
    uint32_t four = ~uint32_t{0};
    std::array<double, 4> values{};
  };
  // Patients do not overtake each other by more than so many fours, as a rule.
  std::array<Kept, 16> kept_;
};

}  // namespace passerelle::rehearse
