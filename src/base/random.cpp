#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/check.h"

namespace passerelle {
namespace {

constexpr uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
constexpr uint32_t weyl_0 = 0x9E3779B9u, weyl_1 = 0xBB67AE85u;

// Philox4x32 with ten rounds.
#if defined(__SSE2__)
// Words 0 and 2 in the lower halves of the two lanes of one register, 1 and 3 in those of another;
// the upper halves hold what is left over, which products do not look at.
std::array<uint32_t, 4> philox(const std::array<uint32_t, 4>& counter,
                               const std::array<uint32_t, 2>& key) {
  const __m128i multipliers = _mm_set_epi64x(multiplier_1, multiplier_0);
  const __m128i weyl = _mm_set_epi64x(weyl_1, weyl_0);
  __m128i even = _mm_set_epi64x(counter[2], counter[0]);
  __m128i odd = _mm_set_epi64x(counter[3], counter[1]);
  __m128i keys = _mm_set_epi64x(key[1], key[0]);
  const auto round = [&] {
    const __m128i products = _mm_mul_epu32(even, multipliers);
    const __m128i crossed = _mm_shuffle_epi32(products, _MM_SHUFFLE(1, 0, 3, 2));
    even = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(crossed, 32), odd), keys);
    odd = crossed;
    keys = _mm_add_epi32(keys, weyl);
  };
  const auto rounds = [&]<int... number>(std::integer_sequence<int, number...>) {
    ((static_cast<void>(number), round()), ...);
  };
  rounds(std::make_integer_sequence<int, 10>());
  const __m128i lower = _mm_set1_epi64x(0xFFFFFFFF);
  std::array<uint32_t, 4> out;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.data()),
                   _mm_or_si128(_mm_and_si128(even, lower), _mm_slli_epi64(odd, 32)));
  return out;
}
#else
// Single words, one round after the other, stay in registers.
std::array<uint32_t, 4> philox(const std::array<uint32_t, 4>& counter,
                               const std::array<uint32_t, 2>& key) {
  uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
  const auto round = [&](uint32_t number) {
    const uint64_t a = static_cast<uint64_t>(multiplier_0) * x0;
    const uint64_t b = static_cast<uint64_t>(multiplier_1) * x2;
    x0 = static_cast<uint32_t>(b >> 32) ^ x1 ^ (key[0] + number * weyl_0);
    x1 = static_cast<uint32_t>(b);
    x2 = static_cast<uint32_t>(a >> 32) ^ x3 ^ (key[1] + number * weyl_1);
    x3 = static_cast<uint32_t>(a);
  };
  const auto rounds = [&]<uint32_t... number>(std::integer_sequence<uint32_t, number...>) {
    (round(number), ...);
  };
  rounds(std::make_integer_sequence<uint32_t, 10>());
  return {x0, x1, x2, x3};
}
#endif

constexpr size_t blocks_at_once = 4;

#if defined(__SSE2__)
// Two blocks: each word in the lower half of a lane; the upper halves hold what is left over, which
// products do not look at.
struct TwoBlocks {
  __m128i x0, x1, x2, x3;

  void round(__m128i key_0, __m128i key_1) {
    const __m128i a = _mm_mul_epu32(x0, _mm_set1_epi64x(multiplier_0));
    const __m128i b = _mm_mul_epu32(x2, _mm_set1_epi64x(multiplier_1));
    x0 = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(b, 32), x1), key_0);
    x1 = b;
    x2 = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(a, 32), x3), key_1);
    x3 = a;
  }
  void write(uint64_t* out) const {
    const __m128i lower = _mm_set1_epi64x(0xFFFFFFFF);
    const __m128i first = _mm_or_si128(_mm_slli_epi64(x0, 32), _mm_and_si128(x1, lower));
    const __m128i second = _mm_or_si128(_mm_slli_epi64(x2, 32), _mm_and_si128(x3, lower));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_unpacklo_epi64(first, second));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 2), _mm_unpackhi_epi64(first, second));
  }
};

// What next_u64() gives of four blocks, from this counter on.
void write_blocks(const std::array<uint32_t, 4>& counter, const std::array<uint32_t, 2>& key,
                  uint64_t* out) {
  const __m128i x1 = _mm_set1_epi64x(counter[1]), x2 = _mm_set1_epi64x(counter[2]);
  const __m128i x3 = _mm_set1_epi64x(counter[3]);
  TwoBlocks low{_mm_set_epi64x(counter[0] + 1, counter[0]), x1, x2, x3};
  TwoBlocks high{_mm_set_epi64x(counter[0] + 3, counter[0] + 2), x1, x2, x3};
  __m128i key_0 = _mm_set1_epi64x(key[0]), key_1 = _mm_set1_epi64x(key[1]);
  for (int number = 0; number < 10; ++number) {
    low.round(key_0, key_1);
    high.round(key_0, key_1);
    key_0 = _mm_add_epi32(key_0, _mm_set1_epi64x(weyl_0));
    key_1 = _mm_add_epi32(key_1, _mm_set1_epi64x(weyl_1));
  }
  low.write(out);
  high.write(out + 4);
}
#else
void write_blocks(const std::array<uint32_t, 4>& counter, const std::array<uint32_t, 2>& key,
                  uint64_t* out) {
  auto at = counter;
  for (size_t i = 0; i < blocks_at_once; ++i, ++at[0]) {
    const auto block = philox(at, key);
    *out++ = static_cast<uint64_t>(block[0]) << 32 | block[1];
    *out++ = static_cast<uint64_t>(block[2]) << 32 | block[3];
  }
}
#endif

}  // namespace

void Random::refill() {
  block_ = philox(counter_, key_);
  ++counter_[0];
  used_ = 0;
}

void Random::fill(std::span<uint64_t> numbers) {
  constexpr size_t at_once = 2 * blocks_at_once;
  size_t i = 0;
  // What is left of a block is used up first.
  for (; i < numbers.size() && used_ != 4; ++i) numbers[i] = next_u64();
  for (; i + at_once <= numbers.size(); i += at_once) {
    write_blocks(counter_, key_, &numbers[i]);
    counter_[0] += blocks_at_once;
  }
  for (; i < numbers.size(); ++i) numbers[i] = next_u64();
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
