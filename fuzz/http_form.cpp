// Any bytes as a query or a posted form: parse_query() must come back with pairs of UTF-8 or an
// error, and what it read, written again, reads the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "server/http.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace passerelle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool plus_is_space : {true, false}) {
    const auto pairs = server::parse_query(text, plus_is_space);
    if (!pairs) continue;
    std::string written;
    for (const auto& [name, value] : *pairs) {
      CHECK(is_utf8(name) && is_utf8(value), "what is read is UTF-8");
      written += (written.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
    }
    const auto again = server::parse_query(written, plus_is_space);
    CHECK(again.ok(), "what was written is read");
    CHECK(*again == *pairs, "and reads the same");
  }
  return 0;
}
