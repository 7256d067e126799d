#include "base/philox.h"

#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace passerelle {
namespace {

constexpr uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
constexpr uint32_t weyl_0 = 0x9E3779B9u, weyl_1 = 0xBB67AE85u;

// ---- single words ----

// One round after the other, they stay in registers.
std::array<uint32_t, 4> block_of_words(const PhiloxCounter& counter, const PhiloxKey& key) {
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

void write_words(const PhiloxCounter& counter, const PhiloxCounter& step, const PhiloxKey& key,
                 uint64_t* out) {
  PhiloxCounter at = counter;
  for (size_t i = 0; i < philox_blocks; ++i) {
    const auto block = block_of_words(at, key);
    *out++ = static_cast<uint64_t>(block[0]) << 32 | block[1];
    *out++ = static_cast<uint64_t>(block[2]) << 32 | block[3];
    for (size_t word = 0; word < at.size(); ++word) at[word] += step[word];
  }
}

#if defined(__x86_64__)
// ---- pairs of words, which every such machine can ----

// Words 0 and 2 in the lower halves of the two lanes of one register, 1 and 3 in those of another;
// the upper halves hold what is left over, which products do not look at.
std::array<uint32_t, 4> block_of_pairs(const PhiloxCounter& counter, const PhiloxKey& key) {
  const __m128i multipliers = _mm_set_epi64x(multiplier_1, multiplier_0);
  const __m128i weyl = _mm_set_epi64x(weyl_1, weyl_0);
  __m128i even = _mm_set_epi64x(counter[2], counter[0]);
  __m128i odd = _mm_set_epi64x(counter[3], counter[1]);
  __m128i keys = _mm_set_epi64x(key[1], key[0]);
  const auto round = [&] {
    const __m128i products = _mm_mul_epu32(even, multipliers);
    const __m128i upper = _mm_shuffle_epi32(products, _MM_SHUFFLE(1, 1, 3, 3));
    // The products are what is waited for: the key meets what is there already.
    even = _mm_xor_si128(upper, _mm_xor_si128(odd, keys));
    odd = _mm_shuffle_epi32(products, _MM_SHUFFLE(1, 0, 3, 2));
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

// Two blocks: each word in the lower half of a lane; the upper halves hold what is left over, which
// products do not look at.
struct TwoBlocks {
  __m128i x0, x1, x2, x3;

  void round(__m128i key_0, __m128i key_1) {
    const __m128i a = _mm_mul_epu32(x0, _mm_set1_epi64x(multiplier_0));
    const __m128i b = _mm_mul_epu32(x2, _mm_set1_epi64x(multiplier_1));
    x0 = _mm_xor_si128(_mm_srli_epi64(b, 32), _mm_xor_si128(x1, key_0));
    x1 = b;
    x2 = _mm_xor_si128(_mm_srli_epi64(a, 32), _mm_xor_si128(x3, key_1));
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

void write_pairs(const PhiloxCounter& counter, const PhiloxCounter& step, const PhiloxKey& key,
                 uint64_t* out) {
  const auto two = [&](size_t word, uint32_t from) {
    return _mm_set_epi64x(counter[word] + (from + 1) * step[word],
                          counter[word] + from * step[word]);
  };
  TwoBlocks low{two(0, 0), two(1, 0), two(2, 0), two(3, 0)};
  TwoBlocks high{two(0, 2), two(1, 2), two(2, 2), two(3, 2)};
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

// ---- four words at once ----

[[gnu::target("avx2")]] void write_fours(const PhiloxCounter& counter, const PhiloxCounter& step,
                                         const PhiloxKey& key, uint64_t* out) {
  const __m256i times_0 = _mm256_set1_epi64x(multiplier_0);
  const __m256i times_1 = _mm256_set1_epi64x(multiplier_1);
  // Words in the lower halves of the lanes: products do not look at the upper ones.
  const __m256i places = _mm256_set_epi64x(3, 2, 1, 0);
  __m256i x0 = _mm256_add_epi64(_mm256_set1_epi64x(counter[0]),
                                _mm256_mul_epu32(places, _mm256_set1_epi64x(step[0])));
  __m256i x1 = _mm256_add_epi64(_mm256_set1_epi64x(counter[1]),
                                _mm256_mul_epu32(places, _mm256_set1_epi64x(step[1])));
  __m256i x2 = _mm256_add_epi64(_mm256_set1_epi64x(counter[2]),
                                _mm256_mul_epu32(places, _mm256_set1_epi64x(step[2])));
  __m256i x3 = _mm256_add_epi64(_mm256_set1_epi64x(counter[3]),
                                _mm256_mul_epu32(places, _mm256_set1_epi64x(step[3])));
  __m256i key_0 = _mm256_set1_epi64x(key[0]), key_1 = _mm256_set1_epi64x(key[1]);
  for (int number = 0; number < 10; ++number) {
    const __m256i a = _mm256_mul_epu32(x0, times_0), b = _mm256_mul_epu32(x2, times_1);
    x0 = _mm256_xor_si256(_mm256_srli_epi64(b, 32), _mm256_xor_si256(x1, key_0));
    x1 = b;
    x2 = _mm256_xor_si256(_mm256_srli_epi64(a, 32), _mm256_xor_si256(x3, key_1));
    x3 = a;
    key_0 = _mm256_add_epi32(key_0, _mm256_set1_epi64x(weyl_0));
    key_1 = _mm256_add_epi32(key_1, _mm256_set1_epi64x(weyl_1));
  }
  const __m256i lower = _mm256_set1_epi64x(0xFFFFFFFF);
  const __m256i first = _mm256_or_si256(_mm256_slli_epi64(x0, 32), _mm256_and_si256(x1, lower));
  const __m256i second = _mm256_or_si256(_mm256_slli_epi64(x2, 32), _mm256_and_si256(x3, lower));
  // Blocks 0 and 2, 1 and 3.
  const __m256i even = _mm256_unpacklo_epi64(first, second);
  const __m256i odd = _mm256_unpackhi_epi64(first, second);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permute2x128_si256(even, odd, 0x20));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 4),
                      _mm256_permute2x128_si256(even, odd, 0x31));
}

constexpr PhiloxWay ways[] = {{"fours", block_of_pairs, write_fours},
                              {"pairs", block_of_pairs, write_pairs},
                              {"words", block_of_words, write_words}};
#else
constexpr PhiloxWay ways[] = {{"words", block_of_words, write_words}};
#endif

}  // namespace

std::span<const PhiloxWay> philox_ways() {
#if defined(__x86_64__)
  static const bool fours = __builtin_cpu_supports("avx2") != 0;
  return std::span(ways).subspan(fours ? 0 : 1);
#else
  return ways;
#endif
}

std::array<uint32_t, 4> philox_block(const PhiloxCounter& counter, const PhiloxKey& key) {
#if defined(__x86_64__)
  return block_of_pairs(counter, key);
#else
  return block_of_words(counter, key);
#endif
}

}  // namespace passerelle
