// libcurl behind a small face: one transfer, and what is known of it afterwards.
#pragma once

#include <string>
#include <vector>

#include "gateway/gateway.h"

namespace passerelle::gateway {

struct Transfer {
  std::string url;
  std::string method;  // HTTP only; "" = GET
  std::vector<std::string> headers;
  std::string body;
  bool has_body = false;
  int timeout_seconds = 20;
  // SMTP only
  std::string mail_from, mail_to, user, password;
  bool require_tls = false;
};

struct TransferResult {
  bool reached = false;  // the peer answered; `status` is its last reply
  bool sent = false;     // the request may have reached it, even without an answer
  long status = 0;
  std::string detail;
};

TransferResult transfer(const Transfer& what);

}  // namespace passerelle::gateway
