// Reads what a rehearsal promised from its JSON.
#include "base/json.h"
#include "review/review.h"

namespace passerelle::review {
namespace {

double number(json::Value object, std::string_view name) {
  const json::Value found = object[name];
  return found.is_number() ? found.real() : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Result<Promise> parse_promise(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  const json::Value root = document.root();
  const json::Value indicators = root["indicators"];
  if (!indicators.is_array())
    return Error{ErrorCode::invalid,
                 "holds no indicators, so it is no rehearsal",
                 {},
                 "give the file that 'passerelle rehearse DIR --json FILE' has written"};
  Promise out;
  out.pathway = root["pathway"].string();
  out.scenario = root["scenario"].string();
  for (const json::Value each : indicators.items()) {
    Promise::Value value;
    value.value = number(each, "value");
    if (!each["value"].is_number()) value.value = number(each, "mean");
    value.low = number(each, "low");
    value.high = number(each, "high");
    if (each["id"].is_string()) out.indicators.emplace(each["id"].string(), value);
  }
  return out;
}

}  // namespace passerelle::review
