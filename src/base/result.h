// Result<T>: a value, or the Error that says why there is none. For everything that the outside
// world can cause: bad input, a missing file, a lost race. Messages are written for the nurse or
// the integrator who reads them: what, where, why, what to do.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace passerelle {

// Few codes; server/errors maps each to one HTTP status and one OperationOutcome issue type.
enum class ErrorCode {
  invalid,          // the input breaks a rule of its format or of its meaning
  not_found,        // nothing is there under that name
  gone,             // it was there and was deleted, or a link has expired
  conflict,         // it contradicts what is stored (a duplicate, a lock held by another)
  precondition,     // If-Match and its like did not hold
  unauthenticated,  // nobody is logged in
  forbidden,        // somebody is, and may not
  too_large,        // what was given exceeds a stated limit
  too_costly,       // what was asked for did, or would, take more work than a stated limit
  unsupported,      // understood and not offered
  unavailable,      // cannot now: disk full, peer unreachable; try again later
};

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string message;     // what is wrong and why, one sentence
  std::string where = {};  // file:line:column, or a FHIRPath such as "Patient.birthDate"
  std::string help = {};   // what to do about it; may be empty
};

// "where: message; help" for a terminal or a log line.
std::string to_text(const Error& error);

// An Error, or none, in one word: what nearly always goes well should not carry room for what went
// wrong through every call. None after it was moved from.
class BoxedError {
 public:
  BoxedError() = default;
  [[gnu::cold]] explicit BoxedError(Error error);
  BoxedError(const BoxedError& other);
  BoxedError(BoxedError&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
  BoxedError& operator=(BoxedError other) noexcept {
    std::swap(error_, other.error_);
    return *this;
  }
  ~BoxedError() {
    if (error_ != nullptr) [[unlikely]]
      drop();
  }

  bool none() const { return error_ == nullptr; }
  Error& operator*() const { return *error_; }

 private:
  [[gnu::cold]] void drop();

  Error* error_ = nullptr;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}
  Result(BoxedError error) : content_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T& value() {
    CHECK(ok(), "value() of a Result that holds an error");
    return std::get<0>(content_);
  }
  const T& value() const {
    CHECK(ok(), "value() of a Result that holds an error");
    return std::get<0>(content_);
  }
  Error& error() {
    CHECK(!ok(), "error() of a Result that holds a value");
    return *std::get<1>(content_);
  }
  const Error& error() const {
    CHECK(!ok(), "error() of a Result that holds a value");
    return *std::get<1>(content_);
  }
  // Its error, for another Result.
  BoxedError&& boxed() && {
    CHECK(!ok(), "boxed() of a Result that holds a value");
    return std::move(std::get<1>(content_));
  }

 private:
  std::variant<T, BoxedError> content_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  Result(BoxedError error) : error_(std::move(error)) {}

  bool ok() const { return error_.none(); }
  explicit operator bool() const { return ok(); }
  Error& error() {
    CHECK(!ok(), "error() of a Result that holds no error");
    return *error_;
  }
  const Error& error() const {
    CHECK(!ok(), "error() of a Result that holds no error");
    return *error_;
  }
  BoxedError&& boxed() && { return std::move(error_); }

 private:
  BoxedError error_;
};

}  // namespace passerelle

#define PASSERELLE_JOIN_(a, b) a##b
#define PASSERELLE_JOIN(a, b) PASSERELLE_JOIN_(a, b)

// TRY(auto bed, load_bed(id)); returns the error upward, else declares (or assigns) the value.
#define TRY(declaration, ...) TRY_(PASSERELLE_JOIN(try_, __LINE__), declaration, __VA_ARGS__)
#define TRY_(result, declaration, ...) \
  auto result = (__VA_ARGS__);         \
  if (!result) [[unlikely]]            \
    return std::move(result).boxed();  \
  declaration = std::move(*result)

// TRY_VOID(save(bed)); the same for a Result<void>, or where the value is not wanted.
#define TRY_VOID(...)                                              \
  do {                                                             \
    if (auto try_result = (__VA_ARGS__); !try_result) [[unlikely]] \
      return std::move(try_result).boxed();                        \
  } while (false)
