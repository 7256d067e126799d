// Resolving what the resources of a bundle call each other: urn:uuid:..., "Patient?identifier=...".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace passerelle::server {

// A new text for a reference or address, or none to leave it as it is.
using Resolver = std::function<Result<std::optional<std::string>>(std::string_view text)>;

// The resource with every Reference.reference, and every uri, url and canonical that names an entry
// (valueUri, Attachment.url, ...), given to `resolve`. Identifiers are left alone (a urn:uuid there
// is a name, not a link), and so are the urls of resources and extensions.
Result<json::Value> resolve_references(json::Document& document, json::Value value,
                                       const Resolver& resolve);

}  // namespace passerelle::server
