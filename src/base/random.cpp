#include "base/random.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/philox.h"

namespace passerelle {
namespace {

const PhiloxWay& quickest() {
  static const PhiloxWay& way = philox_ways().front();
  return way;
}

}  // namespace

void Random::refill() {
  block_ = philox_block(counter_, key_);
  ++counter_[0];
  used_ = 0;
}

void Random::fill(std::span<uint64_t> numbers) {
  constexpr size_t at_once = 2 * philox_blocks;
  const PhiloxWay& way = quickest();
  size_t i = 0;
  // What is left of a block is used up first.
  for (; i < numbers.size() && used_ != 4; ++i) numbers[i] = next_u64();
  for (; i + at_once <= numbers.size(); i += at_once) {
    way.write(counter_, {1, 0, 0, 0}, key_, &numbers[i]);
    counter_[0] += philox_blocks;
  }
  for (; i < numbers.size(); ++i) numbers[i] = next_u64();
}

std::array<uint64_t, 4> Random::first_of_four(const StreamKey& key) {
  static_assert(philox_blocks == 4);
  CHECK(key.entity % 4 == 0, "four entities share all but the last bits of their numbers");
  const Random random(key);
  std::array<uint64_t, 8> numbers;
  quickest().write(random.counter_, {0, 0, 1, 0}, random.key_, numbers.data());
  return {numbers[0], numbers[2], numbers[4], numbers[6]};
}

// Lemire's method: multiply, and reject the few values that would make it uneven.
uint32_t Random::below(uint32_t bound) {
  CHECK(bound > 0, "a draw below 0 has no value");
  uint64_t product = static_cast<uint64_t>(next_u32()) * bound;
  if (static_cast<uint32_t>(product) < bound) {
    const uint32_t threshold = -bound % bound;
    while (static_cast<uint32_t>(product) < threshold)
      product = static_cast<uint64_t>(next_u32()) * bound;
  }
  return static_cast<uint32_t>(product >> 32);
}

double Random::exponential(double mean) { return -mean * std::log(uniform_open()); }

// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
// Statistics 37 (1988): PPND16, relative error about 1e-16.
double normal_quantile(double p) {
  const auto polynomial = [](const double(&c)[8], double x) {
    double sum = c[7];
    for (int i = 6; i >= 0; --i) sum = sum * x + c[i];
    return sum;
  };
  constexpr double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                           1.9715909503065514427e+3, 1.3731693765509461125e+4,
                           4.5921953931549871457e+4, 6.7265770927008700853e+4,
                           3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double b[8] = {1.0,
                           4.2313330701600911252e+1,
                           6.8718700749205790830e+2,
                           5.3941960214247511077e+3,
                           2.1213794301586595867e+4,
                           3.9307895800092710610e+4,
                           2.8729085735721942674e+4,
                           5.2264952788528545610e+3};
  constexpr double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                           5.76949722146069140550e0,  3.64784832476320460504e0,
                           1.27045825245236838258e0,  2.41780725177450611770e-1,
                           2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[8] = {1.0,
                           2.05319162663775882187e0,
                           1.67638483018380384940e0,
                           6.89767334985100004550e-1,
                           1.48103976427480074590e-1,
                           1.51986665636164571966e-2,
                           5.47593808499534494600e-4,
                           1.05075007164441684324e-9};
  constexpr double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                           1.78482653991729133580e0,  2.96560571828504891230e-1,
                           2.65321895265761230930e-2, 1.24266094738807843860e-3,
                           2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[8] = {1.0,
                           5.99832206555887937690e-1,
                           1.36929880922735805310e-1,
                           1.48753612908506148525e-2,
                           7.86869131145613259100e-4,
                           1.84631831751005468180e-5,
                           1.42151175831644588870e-7,
                           2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  double value = 0;
  if (r <= 5) {
    r -= 1.6;
    value = polynomial(c, r) / polynomial(d, r);
  } else {
    r -= 5;
    value = polynomial(e, r) / polynomial(f, r);
  }
  return q < 0 ? -value : value;
}

double Random::normal() { return normal_quantile(uniform_open()); }

}  // namespace passerelle
