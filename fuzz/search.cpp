// Any bytes as the query of a search: parse_query() must come back with a query or with an error
// that says which parameter is wrong; what it accepts, the store must be able to run, and a cursor
// of any bytes must be refused or followed.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "store/search/query.h"
#include "store/store.h"

namespace {

using namespace passerelle;
using namespace passerelle::store;

// A few resources, so that conditions have something to be true of.
std::unique_ptr<Store> small_store() {
  auto store = open_temporary();
  CHECK(store.ok(), "a temporary store opens");
  Transaction transaction;
  for (int n = 0; n < 5; ++n) {
    Write write;
    write.type = "Observation";
    write.id = std::to_string(n);
    write.body = "{\"resourceType\":\"Observation\",\"id\":\"" + write.id + "\"}";
    write.values = {
        {.parameter = "code", .type = SearchType::token, .text = "a", .system = "s"},
        {.parameter = "subject", .type = SearchType::reference, .text = "1", .system = "Patient"},
        {.parameter = "date", .type = SearchType::date, .first = n, .last = 86'400'000 * n},
        {.parameter = "value-quantity",
         .type = SearchType::quantity,
         .text = "kg",
         .low = 1.5,
         .high = 1.5},
        {.parameter = "value-string", .type = SearchType::string, .text = "Text"}};
    transaction.writes.push_back(std::move(write));
  }
  CHECK((*store)->commit(std::move(transaction)).ok(), "a temporary store can be written");
  return std::move(*store);
}

// "type?name=value&...#cursor"
struct Input {
  std::string type, cursor;
  Parameters parameters;
};
Input read_input(std::string_view text) {
  Input input;
  if (const size_t hash = text.find('#'); hash != std::string_view::npos) {
    input.cursor = std::string(text.substr(hash + 1));
    text = text.substr(0, hash);
  }
  if (const size_t mark = text.find('?'); mark != std::string_view::npos) {
    input.type = std::string(text.substr(0, mark));
    text = text.substr(mark + 1);
  }
  for (const std::string_view part : split(text, '&')) {
    const size_t equals = part.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    auto decoded = percent_decode(value, true);
    input.parameters.emplace_back(part.substr(0, equals), decoded ? *decoded : std::string(value));
  }
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<Store> store = small_store();
  const Input input = read_input({reinterpret_cast<const char*>(data), size});
  for (const bool lenient : {false, true}) {
    auto query = parse_query(fhir_catalogue(), input.type, input.parameters, lenient);
    if (!query) {
      CHECK(!query.error().message.empty(), "an error says what is wrong");
      continue;
    }
    if (!input.cursor.empty() && !query->after(input.cursor).ok()) continue;
    const auto page = store->search(*query);
    CHECK(page.ok() || page.error().code == ErrorCode::too_large, "what is accepted can be run");
    if (page && !page->next.empty())
      CHECK(query->after(page->next).ok(), "a page's own cursor is taken");
  }
  return 0;
}
