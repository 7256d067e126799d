#include <zlib.h>

#include <cstdlib>

#include "base/check.h"
#include "base/text.h"
#include "server/pages.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

std::string gzip(std::string_view content) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  CHECK(deflateInit2(&stream, 9, Z_DEFLATED, gzip_window, 9, Z_DEFAULT_STRATEGY) == Z_OK,
        "memory for packing a page");
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "the bound holds all");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Each of the pages packed, in their order: once, since they never change while the program runs.
const std::vector<std::string>& packed_pages() {
  static const std::vector<std::string> packed = [] {
    std::vector<std::string> out;
    for (const PageFile& file : embedded_pages()) out.push_back(gzip(file.content));
    return out;
  }();
  return packed;
}

bool takes_gzip(const Request& request) {
  for (std::string_view coding : split(request.header("accept-encoding"), ',')) {
    coding = trim(coding);
    if (!coding.starts_with("gzip")) continue;
    const size_t quality = coding.find("q=");
    if (quality == coding.npos) return true;
    return std::strtod(std::string(coding.substr(quality + 2)).c_str(), nullptr) > 0;
  }
  return false;
}

Result<Response> serve(const Context& context, std::string_view path) {
  const auto files = embedded_pages();
  for (size_t i = 0; i < files.size(); ++i) {
    const PageFile& file = files[i];
    if (file.path != path) continue;
    Response response;
    response.content_type = std::string(file.type);
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (takes_gzip(context.request) && packed_pages()[i].size() < file.content.size()) {
      response.headers.emplace_back("Content-Encoding", "gzip");
      response.body = packed_pages()[i];
    } else {
      response.body = std::string(file.content);
    }
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
    {"GET", "/", Who::anyone, index, Lane::here},
    {"GET", "/{file}", Who::anyone, file, Lane::here},
    {"GET", "/assets/{file}", Who::anyone, file, Lane::here},
};

}  // namespace

std::span<const Route> page_routes() { return page_table; }

}  // namespace passerelle::server
