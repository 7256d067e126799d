#include "server/pages.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

Result<Response> serve(const Context& context, std::string_view path) {
  for (const PageFile& file : embedded_pages()) {
    if (file.path != path) continue;
    Response response;
    response.content_type = std::string(file.type);
    response.body = std::string(file.content);
    // Their names carry a hash of their content.
    if (path.starts_with("/assets/"))
      response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    return response;
  }
  if (path == "/index.html")
    return say(context, ErrorCode::not_found, "this server was built without its pages",
               "ce serveur a été construit sans ses pages",
               "build it with ./dev build; /fhir and /api work",
               "le construire avec ./dev build ; /fhir et /api fonctionnent");
  return say(context, ErrorCode::not_found, "there is nothing at this address",
             "il n'y a rien à cette adresse");
}

Result<Response> index(Context& context) { return serve(context, "/index.html"); }
Result<Response> file(Context& context) { return serve(context, context.request.path); }

constexpr Route page_table[] = {
    {"GET", "/", Who::anyone, index, true},
    {"GET", "/{file}", Who::anyone, file, true},
    {"GET", "/assets/{file}", Who::anyone, file, true},
};

}  // namespace

std::span<const Route> page_routes() { return page_table; }

}  // namespace passerelle::server
