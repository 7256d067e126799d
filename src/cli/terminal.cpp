#include "cli/terminal.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace passerelle::cli {

ExitCode exit_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid:
    case ErrorCode::too_large:
    case ErrorCode::too_costly:
    case ErrorCode::unsupported:
    case ErrorCode::gone:
    case ErrorCode::precondition:
      return exit_findings;
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
    case ErrorCode::unavailable:
      return exit_cannot;
  }
  return exit_cannot;
}

int fail(const Error& error) {
  remark("passerelle: " + to_text(error) + "\n");
  return exit_code(error);
}

int fail_usage(std::string_view message, std::string_view example) {
  remark("passerelle: " + std::string(message) + "\n  for example: " + std::string(example) + "\n");
  return exit_usage;
}

void print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return;
  // Nobody reads on (a closed pipe), or the disk behind a redirection is full.
  std::perror("passerelle: standard output");
  std::_Exit(exit_cannot);
}

void remark(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

const Colours& colours() {
  static const Colours chosen = [] {
    const char* terminal = std::getenv("TERM");
    const bool plain = !isatty(STDOUT_FILENO) || std::getenv("NO_COLOR") != nullptr ||
                       terminal == nullptr || std::string_view(terminal) == "dumb";
    if (plain) return Colours{};
    return Colours{"\033[31m", "\033[33m", "\033[32m", "\033[1m", "\033[0m"};
  }();
  return chosen;
}

std::string count_of(size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string package_id(const std::string& folder) {
  std::error_code problem;
  std::filesystem::path path = std::filesystem::absolute(folder, problem).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

Instant system_now() {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

}  // namespace passerelle::cli
