#include "server/secret.h"

#include <argon2.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

namespace passerelle::server {
namespace {

template <size_t N>
std::array<unsigned char, N> random_bytes() {
  std::array<unsigned char, N> bytes;
  CHECK(RAND_bytes(bytes.data(), static_cast<int>(N)) == 1, "the system has randomness");
  return bytes;
}

constexpr char hex_digits[] = "0123456789abcdef";

std::string to_hex(const unsigned char* bytes, size_t size) {
  std::string text;
  text.reserve(2 * size);
  for (size_t i = 0; i < size; ++i) {
    text += hex_digits[bytes[i] >> 4];
    text += hex_digits[bytes[i] & 15];
  }
  return text;
}

// A password costs 19 MiB to check: two at a time, so that a flood of log-ins does not take all
// memory from those who work.
class Turnstile {
 public:
  static std::mutex& pass() {
    static std::array<std::mutex, 2> doors;
    static std::atomic<unsigned> next = 0;
    return doors[next++ % doors.size()];
  }
};

}  // namespace

std::string random_token() {
  static constexpr char letters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto bytes = random_bytes<43>();  // of each six bits are used: 258 bits
  std::string token;
  for (const unsigned char byte : bytes) token += letters[byte & 63];
  return token;
}

std::string random_uuid(int64_t millis) {
  auto bytes = random_bytes<16>();
  for (int i = 0; i < 6; ++i)
    bytes[static_cast<size_t>(i)] = static_cast<unsigned char>(millis >> (8 * (5 - i)));
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = to_hex(bytes.data(), bytes.size());
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string hash_token(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  // Looked up once: OpenSSL 3 searches its providers each time otherwise, and every request asks.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, sha256, nullptr) == 1,
        "SHA-256 is there");
  return to_hex(digest.data(), size);
}

Result<std::string> hash_password(std::string_view password, uint32_t memory_kib, uint32_t passes) {
  const auto salt = random_bytes<16>();
  constexpr size_t hash_size = 32;
  std::vector<char> encoded(
      argon2_encodedlen(passes, memory_kib, 1, salt.size(), hash_size, Argon2_id));
  const std::lock_guard lock(Turnstile::pass());
  const int status =
      argon2id_hash_encoded(passes, memory_kib, 1, password.data(), password.size(), salt.data(),
                            salt.size(), hash_size, encoded.data(), encoded.size());
  if (status != ARGON2_OK)
    return Error{ErrorCode::unavailable,
                 std::string("cannot hash the password: ") + argon2_error_message(status)};
  return std::string(encoded.data());
}

bool password_fits(std::string_view encoded, std::string_view password) {
  const std::lock_guard lock(Turnstile::pass());
  return argon2id_verify(std::string(encoded).c_str(), password.data(), password.size()) ==
         ARGON2_OK;
}

}  // namespace passerelle::server
