#include "gateway/curl.h"

#include <curl/curl.h>

#include <cstring>
#include <memory>
#include <mutex>

namespace passerelle::gateway {
namespace {

size_t discard(char*, size_t size, size_t count, void*) { return size * count; }

struct Body {
  const std::string& text;
  size_t position = 0;
};

size_t read_body(char* buffer, size_t size, size_t count, void* user) {
  auto& body = *static_cast<Body*>(user);
  const size_t n = std::min(size * count, body.text.size() - body.position);
  std::memcpy(buffer, body.text.data() + body.position, n);
  body.position += n;
  return n;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  list.reset(curl_slist_append(list.release(), line.c_str()));
}

void set_up_mail(CURL* curl, const Transfer& what, Body& body, List& recipients) {
  append(recipients, "<" + what.mail_to + ">");
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + what.mail_from + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_body);
  curl_easy_setopt(curl, CURLOPT_READDATA, &body);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_USE_SSL,
                   static_cast<long>(what.require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!what.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, what.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, what.password.c_str());
  }
}

void set_up_http(CURL* curl, const Transfer& what) {
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, what.method.empty() ? "GET" : what.method.c_str());
  if (what.has_body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, what.body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(what.body.size()));
  }
}

}  // namespace

TransferResult transfer(const Transfer& what) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return {.detail = "libcurl could not start"};
  const bool mail = !what.mail_to.empty();
  Body body{what.body};
  List recipients, headers;
  for (const auto& header : what.headers) append(headers, header);
  CURL* handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, what.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);  // what was allowed is what is asked for
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, discard);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(what.timeout_seconds));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, mail ? "smtp,smtps" : "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  if (headers) curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  if (mail) {
    set_up_mail(handle, what, body, recipients);
  } else {
    set_up_http(handle, what);
  }
  const CURLcode code = curl_easy_perform(handle);
  TransferResult result;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &result.status);
  long request_bytes = 0;
  curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &request_bytes);
  result.reached = result.status != 0 && (code == CURLE_OK || result.status >= 400);
  // A mail is in the peer's hands at the earliest when its last byte was read from us; an HTTP
  // request as soon as any of it was written.
  result.sent = mail ? body.position == body.text.size() && !body.text.empty() : request_bytes > 0;
  if (code != CURLE_OK) result.detail = curl_easy_strerror(code);
  return result;
}

}  // namespace passerelle::gateway
