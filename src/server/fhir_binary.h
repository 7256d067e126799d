// Binary: a resource that also travels as what it holds, with its own content type (R4, "Binary").
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "server/fhir_interaction.h"
#include "server/http.h"

namespace passerelle::server {

// Whether a read of a Binary asks for the content itself: unless it asks for FHIR.
bool wants_content(const Request& request);
// The content of a Binary that was read. What a browser must not run is sent as a download.
Result<Response> content_response(const Done& done);

// Whether the body is a content and no resource.
bool is_content(const Request& request);
// A Binary of the request's body; X-Security-Context becomes its securityContext. `id` "" = none.
Result<json::Document> read_content(const Request& request, std::string_view id);

}  // namespace passerelle::server
