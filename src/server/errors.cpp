#include "server/errors.h"

#include <array>

#include "base/text.h"
#include "fhir/outcome.h"
#include "server/fhir_exchange.h"
#include "server/routes.h"

namespace passerelle::server {
namespace {

struct Entry {
  ErrorCode code;
  int status;
  std::string_view name;
};
constexpr std::array error_table = {
    Entry{ErrorCode::invalid, 400, "invalid"},
    Entry{ErrorCode::not_found, 404, "not_found"},
    Entry{ErrorCode::gone, 410, "gone"},
    Entry{ErrorCode::conflict, 409, "conflict"},
    Entry{ErrorCode::precondition, 412, "precondition"},
    Entry{ErrorCode::unauthenticated, 401, "unauthenticated"},
    Entry{ErrorCode::forbidden, 403, "forbidden"},
    Entry{ErrorCode::too_large, 413, "too_large"},
    Entry{ErrorCode::too_costly, 413, "too_costly"},
    Entry{ErrorCode::unsupported, 501, "unsupported"},
    Entry{ErrorCode::unavailable, 503, "unavailable"},
};

const Entry& entry_of(ErrorCode code) {
  for (const Entry& entry : error_table)
    if (entry.code == code) return entry;
  CHECK(false, "every error code has its line in the table");
}

// Somebody typed an address into a browser.
Response page_error(const Context& context, const Error& error) {
  Response response;
  response.status = status_of(error.code);
  response.content_type = "text/html; charset=utf-8";
  response.body = "<!doctype html><html lang=\"" + std::string(context.language()) +
                  "\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
                  "content=\"width=device-width\"><title>Passerelle</title><main><h1>" +
                  escape_html(error.message) + "</h1><p>" + escape_html(error.help) +
                  "</p></main></html>";
  return response;
}

}  // namespace

int status_of(ErrorCode code) { return entry_of(code).status; }
std::string_view name_of(ErrorCode code) { return entry_of(code).name; }

Error say(const Context& context, ErrorCode code, std::string_view english, std::string_view french,
          std::string_view english_help, std::string_view french_help) {
  const bool is_french = context.language() == "fr";
  return Error{code, std::string(is_french ? french : english), "",
               std::string(is_french ? french_help : english_help)};
}

Response error_response(const Context& context, const Error& error) {
  const std::string_view path = context.request.path;
  Response response;
  if (path == "/fhir" || path.starts_with("/fhir/")) {
    response = outcome_response(context.request, error);
  } else if (path.starts_with("/api/") || path == "/health") {
    response.status = status_of(error.code);
    std::string message = error.where.empty() ? error.message : error.where + ": " + error.message;
    response.body = "{\"error\":{\"code\":" + json::quote(name_of(error.code)) +
                    ",\"message\":" + json::quote(message) +
                    ",\"help\":" + json::quote(error.help) + "}}";
  } else {
    response = page_error(context, error);
  }
  if (error.code == ErrorCode::unauthenticated)
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"passerelle\"");
  if (error.code == ErrorCode::unavailable) response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace passerelle::server
