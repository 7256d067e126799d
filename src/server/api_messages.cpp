// Messages: those that wait or failed, and the demo's stand-in for patients' phones.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "gateway/gateway.h"
#include "server/api_json.h"
#include "server/patient_page.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

constexpr size_t most_messages = 500;

std::string_view state_of(store::MessageStatus status) {
  switch (status) {
    case store::MessageStatus::pending:
      return "waiting";
    case store::MessageStatus::delivered:
      return "delivered";
    case store::MessageStatus::failed:
      return "failed";
  }
  return "";
}

Result<Response> outbox(Context& context) {
  const auto may = abilities(context.services, *context.account);
  if (std::find(may.begin(), may.end(), "messages") == may.end())
    return say(context, ErrorCode::forbidden, "messages are the coordinator's business",
               "les messages reviennent au coordinateur");
  TRY(const auto items, context.services.engine.outbox(most_messages));
  const std::string messages = json_list(items, [](const run::OutboxItem& item) {
    const store::Message& message = item.message;
    JsonObject out;
    out.text("id", message.id)
        .raw("case", message.case_number == 0 ? std::string("null")
                                              : json::quote(std::to_string(message.case_number)))
        .text("pathway", item.pathway)
        .text("activity", item.activity)
        .text("channel", message.channel)
        .text("to", item.to)
        .number("attempts", message.attempts)
        .text("state", state_of(message.status))
        .text("detail", message.detail);
    if (message.status == store::MessageStatus::pending)
      out.instant("not_before", message.not_before);
    return out.done();
  });
  return json_response(JsonObject().raw("messages", messages).done());
}

// ---- phones ----

struct PhoneMessage {
  timespec at{};
  std::string id, to, text, language, channel;
};

// The newest first.
std::vector<PhoneMessage> read_phones(const std::string& folder, std::string_view number) {
  std::vector<PhoneMessage> out;
  DIR* entries = opendir(folder.c_str());
  if (entries == nullptr) return out;
  std::vector<std::pair<timespec, std::string>> files;
  while (const dirent* entry = readdir(entries)) {
    const std::string path = folder + "/" + entry->d_name;
    struct stat info {};
    if (path.ends_with(".json") && stat(path.c_str(), &info) == 0)
      files.emplace_back(info.st_mtim, path);
  }
  closedir(entries);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::tuple(b.first.tv_sec, b.first.tv_nsec, b.second) <
           std::tuple(a.first.tv_sec, a.first.tv_nsec, a.second);
  });
  for (const auto& [at, path] : files) {
    const auto content = read_file(path);
    if (!content) continue;
    const auto document = json::Document::parse(*content);
    if (!document) continue;
    const json::Value root = document->root();
    if (!number.empty() && root["to"].string() != number) continue;
    out.push_back({at, std::string(root["id"].string()), std::string(root["to"].string()),
                   std::string(root["text"].string()), std::string(root["language"].string()),
                   std::string(root["channel"].string())});
    if (out.size() == most_messages) break;
  }
  return out;
}

// Not through a proxy on this machine, which stands for anybody.
bool at_this_machine(const Request& request) {
  for (const std::string_view forwarded : {"forwarded", "x-forwarded-for", "x-real-ip", "via"})
    if (!request.header(forwarded).empty()) return false;
  const std::string& peer = request.peer;
  return peer == "::1" || peer.starts_with("127.") || peer.starts_with("::ffff:127.");
}

// The messages hold links that open patients' forms: for whoever sits at the machine or is logged
// in, and only where no real phone is reached.
Result<std::string> phone_folder(const Context& context) {
  const gateway::Gateways& gateways = context.services.gateways;
  if (!gateways.has_folder())
    return say(context, ErrorCode::not_found, "messages go to real phones here",
               "ici les messages vont à de vrais téléphones");
  if (!at_this_machine(context.request) && context.account == nullptr)
    return say(context, ErrorCode::unauthenticated, "log in first", "connectez-vous d'abord");
  return gateways.folder();
}

Result<Response> list_phone(Context& context) {
  TRY(const std::string folder, phone_folder(context));
  const auto messages = read_phones(folder, context.request.parameter("number"));
  return json_response(JsonObject()
                           .raw("messages", json_list(messages,
                                                      [](const PhoneMessage& message) {
                                                        return JsonObject()
                                                            .text("id", message.id)
                                                            .text("to", message.to)
                                                            .text("channel", message.channel)
                                                            .text("language", message.language)
                                                            .text("text", message.text)
                                                            .done();
                                                      }))
                           .done());
}

// The text with its link to click; the link's own host is dropped, so that it opens on this server
// whatever name the browser knows it by.
std::string linked(const std::string& text) {
  const size_t door = text.find("/f/");
  const size_t from = door == std::string::npos ? door : text.rfind("http", door);
  if (from == std::string::npos) return escape_html(text);
  const size_t end = std::min(text.find(' ', from), text.size());
  const std::string path = text.substr(door, end - door);
  return escape_html(text.substr(0, from)) + "<a href=\"" + escape_html(path) + "\">" +
         escape_html(text.substr(from, end - from)) + "</a>" + escape_html(text.substr(end));
}

Result<Response> show_phone(Context& context) {
  TRY(const std::string folder, phone_folder(context));
  const bool english = context.language() == "en";
  std::string content;
  for (const PhoneMessage& message : read_phones(folder, context.request.parameter("number")))
    content += "<div class=q><p><a href=\"/phone?number=" + percent_encode(message.to) + "\">" +
               escape_html(message.to) + "</a></p><div>" + linked(message.text) + "</div></div>";
  if (content.empty())
    content = english ? "<p>No message has come yet.</p>" : "<p>Aucun message pour l'instant.</p>";
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = render_page(english ? "Patients' phones" : "Les téléphones des patients",
                              english ? "en" : "fr", content);
  response.headers.emplace_back("Content-Security-Policy", patient_policy());
  return response;
}

constexpr Route message_table[] = {
    {"GET", "/api/outbox", Who::staff, outbox},
    {"GET", "/api/phone", Who::anyone, list_phone},
    {"GET", "/phone", Who::anyone, show_phone},
};

}  // namespace

std::span<const Route> message_routes() { return message_table; }

}  // namespace passerelle::server
