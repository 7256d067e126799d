// What every command shares: how it ends, how it says what went wrong, and how it looks.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"

namespace passerelle::cli {

// What a command ends with. Scripts rely on it; `passerelle --help` lists it.
enum ExitCode : int {
  exit_ok = 0,
  exit_findings = 1,   // the input was read and found wanting
  exit_usage = 2,      // the command line makes no sense
  exit_cannot = 3,     // a file, a port or the disk is not there to be used
  exit_stopped = 130,  // by Ctrl-C: 128 + SIGINT, as shells have it
};

// Whether the input is at fault, or the world around it.
ExitCode exit_code(const Error& error);
// Tells it on standard error and returns the exit code.
int fail(const Error& error);
int fail_usage(std::string_view message, std::string_view example);

// To standard output; all of it or the command fails.
void print(std::string_view text);
// To standard error: progress and remarks, so that output can be piped.
void remark(std::string_view text);

// Escape sequences when standard output is a terminal that wants them, else "".
struct Colours {
  std::string_view red, yellow, green, bold, reset;
};
const Colours& colours();

// "1 error", "2 errors".
std::string count_of(size_t count, std::string_view one, std::string_view many);

// "pathways/covid-home/" -> "covid-home"; "." -> the folder's own name.
std::string package_id(const std::string& folder);

Instant system_now();

}  // namespace passerelle::cli
