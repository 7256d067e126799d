// Randomness of the operating system, hashes of tokens and of passwords.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace passerelle::server {

std::string random_token();               // 256 bits, base64url: fits in addresses and headers
std::string random_uuid(int64_t millis);  // version 7 (RFC 9562): new ones sort last
std::string hash_token(std::string_view text);  // SHA-256 in hexadecimal

// argon2id in its own text form, with a random salt.
Result<std::string> hash_password(std::string_view password, uint32_t memory_kib, uint32_t passes);
bool password_fits(std::string_view encoded, std::string_view password);

}  // namespace passerelle::server
