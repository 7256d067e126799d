# cmake -DDIST=web/dist -DOUT=file.cpp -P embed_pages.cmake
#
# Writes a C++ source that carries every file of the built pages, so that the server is one binary.
# Runs at every build and leaves the source alone when nothing changed.
cmake_policy(SET CMP0057 NEW)
set(types
  "html=text/html" "js=text/javascript" "css=text/css" "svg=image/svg+xml" "png=image/png" "ico=image/x-icon"
  "json=application/json" "txt=text/plain" "woff2=font/woff2" "woff=font/woff")

set(files)
if(EXISTS ${DIST}/index.html)
  file(GLOB_RECURSE files RELATIVE ${DIST} ${DIST}/*)
  list(SORT files)
else()
  message(STATUS "${DIST} is missing: this server has no pages (./dev build makes them first)")
endif()

set(blobs "")
set(rows "")
set(number 0)
foreach(file ${files})
  # A copy by its sum: the compiler cache notices another content, and pages that are built anew
  # while the compiler runs do not pull the file from under it.
  file(SHA256 ${DIST}/${file} sum)
  if(NOT EXISTS ${OUT}.files/${sum})
    configure_file(${DIST}/${file} ${OUT}.files/${sum} COPYONLY)
  endif()
  set(type "application/octet-stream")
  foreach(entry ${types})
    string(REGEX MATCH "^([a-z0-9]+)=(.*)$" matched "${entry}")
    if(file MATCHES "\\.${CMAKE_MATCH_1}$")
      string(REGEX REPLACE "^[a-z0-9]+=" "" type "${entry}")
    endif()
  endforeach()
  if(type MATCHES "^text/")
    string(APPEND type "; charset=utf-8")
  endif()
  string(APPEND blobs "PASSERELLE_BLOB(${number}, \"${OUT}.files/${sum}\")\n")
  string(APPEND rows "    {\"/${file}\", \"${type}\", PASSERELLE_VIEW(${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()

set(text "// Made by cmake/embed_pages.cmake.
#include \"server/pages.h\"

#define PASSERELLE_BLOB(n, path)                                        \\
  __asm__(\".pushsection .rodata\\n\"                                     \\
          \".hidden passerelle_page_\" #n \"\\n.globl passerelle_page_\" #n \"\\n\" \\
          \"passerelle_page_\" #n \":\\n.incbin \\\"\" path \"\\\"\\n\"          \\
          \".hidden passerelle_page_end_\" #n \"\\n.globl passerelle_page_end_\" #n \"\\n\" \\
          \"passerelle_page_end_\" #n \":\\n.byte 0\\n.popsection\\n\");      \\
  extern \"C\" const char passerelle_page_##n[];                          \\
  extern \"C\" const char passerelle_page_end_##n[];
#define PASSERELLE_VIEW(n) \\
  {passerelle_page_##n, static_cast<size_t>(passerelle_page_end_##n - passerelle_page_##n)}

${blobs}
namespace passerelle::server {

std::span<const PageFile> embedded_pages() {
")
if(rows)
  string(APPEND text "  static const PageFile files[] = {\n${rows}  };\n  return files;\n")
else()
  string(APPEND text "  return {};\n")
endif()
string(APPEND text "}\n\n}  // namespace passerelle::server\n")

set(old "")
if(EXISTS ${OUT})
  file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUT} "${text}")
endif()
