#include "server/exposition.h"

#include <fmt/format.h>

namespace passerelle::server {
namespace {

std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = std::string(name);
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name, type);
}

void Exposition::sample(double value, Labels labels) { line("", labels, "", value); }

void Exposition::one(std::string_view name, std::string_view type, std::string_view help,
                     double value) {
  family(name, type, help);
  sample(value);
}

void Exposition::bucket(double bound, int64_t count, Labels labels) {
  line("_bucket", labels, fmt::format("{}", bound), static_cast<double>(count));
}

void Exposition::end(int64_t count, double sum, Labels labels) {
  line("_bucket", labels, "+Inf", static_cast<double>(count));
  line("_sum", labels, "", sum);
  line("_count", labels, "", static_cast<double>(count));
}

void Exposition::line(std::string_view suffix, Labels labels, std::string_view bound,
                      double value) {
  text_ += name_;
  text_ += suffix;
  std::string inside;
  for (const auto& [label, content] : labels)
    inside += fmt::format("{}{}=\"{}\"", inside.empty() ? "" : ",", label, escaped(content, true));
  if (!bound.empty()) inside += fmt::format("{}le=\"{}\"", inside.empty() ? "" : ",", bound);
  if (!inside.empty()) text_ += "{" + inside + "}";
  text_ += fmt::format(" {}\n", value);
}

}  // namespace passerelle::server
