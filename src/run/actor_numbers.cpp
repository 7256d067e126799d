#include "run/actor_numbers.h"

#include <charconv>

namespace passerelle::run {
namespace {

constexpr std::string_view space = "actor";        // account -> number
constexpr std::string_view next_space = "actors";  // "next" -> the number that was given last
constexpr std::string_view next_key = "next";
constexpr int number_tries = 100;

pathway::Name parse(std::string_view text) {
  pathway::Name number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Result<pathway::Name> ActorNumbers::number(std::string_view account, Instant now) {
  if (account.empty()) return pathway::Name{0};
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(account);
    if (found != known_.end()) return found->second;
  }
  TRY(const pathway::Name number, give(std::string(account), now));
  const std::lock_guard lock(mutex_);
  known_.emplace(account, number);
  return number;
}

Result<pathway::Name> ActorNumbers::give(const std::string& account, Instant now) {
  for (int tries = 0; tries < number_tries; ++tries) {
    const auto known = store_.read_row(space, account);
    if (known) return parse(known->value);
    if (known.error().code != ErrorCode::not_found) return known.error();
    const auto last = store_.read_row(next_space, next_key);
    if (!last && last.error().code != ErrorCode::not_found) return last.error();
    const pathway::Name number = last ? parse(last->value) + 1 : 1;
    const std::string text = std::to_string(number);
    store::Transaction transaction;
    transaction.at = now;
    transaction.rows = {
        {std::string(space), account, text, 0},
        {std::string(next_space), std::string(next_key), text, last ? last->revision : 0}};
    const auto done = store_.commit(std::move(transaction));
    if (done) return number;
    if (done.error().code != ErrorCode::conflict) return done.error();
  }
  return Error{ErrorCode::unavailable, "too many people log in at once", "", "try again"};
}

}  // namespace passerelle::run
