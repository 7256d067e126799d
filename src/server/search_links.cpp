#include "server/search_links.h"

#include "base/json.h"
#include "base/text.h"

namespace passerelle::server {
namespace {

constexpr std::string_view cursor_name = "_cursor";
constexpr std::string_view back_name = "_back";
// Of the way back; further back than that leads only the link to the first page.
constexpr size_t longest_way = 4000;

std::string address(const std::string& path, const Pairs& parameters, std::string_view cursor,
                    const std::vector<std::string>& back) {
  std::string out = path;
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    out += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  };
  for (const auto& [name, value] : parameters) add(name, value);
  if (!cursor.empty()) add(cursor_name, cursor);
  if (back.empty()) return out;
  std::string way;
  for (size_t i = 0; i < back.size(); ++i) way += (i == 0 ? "" : ",") + back[i];
  add(back_name, way);
  return out;
}

// Without what is furthest back, if it is too long.
std::vector<std::string> shortened(std::vector<std::string> back) {
  size_t length = 0, kept = 0;
  while (kept < back.size()) {
    length += back[back.size() - 1 - kept].size() + 1;
    if (length > longest_way) break;
    ++kept;
  }
  back.erase(back.begin(), back.end() - static_cast<std::ptrdiff_t>(kept));
  return back;
}

}  // namespace

bool SearchLinks::take(std::string_view name, std::string_view value) {
  if (name == cursor_name) {
    cursor_ = std::string(value);
    return true;
  }
  if (name != back_name) return false;
  back_.clear();
  for (const std::string_view cursor : split(value, ',')) back_.emplace_back(cursor);
  return true;
}

std::string SearchLinks::write(const std::string& path, const Pairs& parameters,
                               const std::string& next) const {
  std::string out = ",\"link\":[";
  const auto add = [&](std::string_view relation, const std::string& url) {
    if (!out.ends_with('[')) out += ',';
    out += "{\"relation\":\"" + std::string(relation) + "\",\"url\":" + json::quote(url) + "}";
  };
  add("self", address(path, parameters, cursor_, back_));
  if (!next.empty()) {
    std::vector<std::string> back = back_;
    back.push_back(cursor_);
    add("next", address(path, parameters, next, shortened(std::move(back))));
  }
  if (!cursor_.empty()) add("first", address(path, parameters, "", {}));
  if (!cursor_.empty() && !back_.empty()) {
    std::vector<std::string> before = back_;
    before.pop_back();
    add("previous", address(path, parameters, back_.back(), before));
  }
  return out + "]";
}

}  // namespace passerelle::server
