// The pages of staff, built from web/ and carried in the binary.
#pragma once

#include <span>
#include <string_view>

namespace passerelle::server {

struct PageFile {
  std::string_view path;  // "/index.html", "/assets/index-1a2b.js"
  std::string_view type;
  std::string_view content;
};

// Empty when the pages were not built.
std::span<const PageFile> embedded_pages();

}  // namespace passerelle::server
