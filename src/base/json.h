// JSON as FHIR needs it: member order and the written form of numbers are kept (1.10 stays 1.10),
// huge integers survive. A Document owns an arena; a Value is a small, immutable view into it,
// valid as long as its Document. "Changing" a value makes a new one in the same arena; what is
// unchanged is shared, not copied.
//
// Parsing is strict RFC 8259: UTF-8 only (checked), no duplicate member names, no trailing text,
// limits on size and depth, every error with its line and column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace passerelle::json {

enum class Kind : uint8_t { absent, null, boolean, number, string, array, object };

struct Member;

class Value {
 public:
  Value() = default;  // absent

  Kind kind() const { return kind_; }
  bool exists() const { return kind_ != Kind::absent; }
  explicit operator bool() const { return exists(); }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_boolean() const { return kind_ == Kind::boolean; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_string() const { return kind_ == Kind::string; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }

  // The content, or a neutral value when the kind is another ("" , false, 0, empty): a reader of
  // foreign data asks kind() first where the difference matters.
  bool boolean() const;
  std::string_view string() const;          // unescaped UTF-8
  std::string_view number() const;          // exactly as written, e.g. "1.10"
  Result<int64_t> integer() const;          // error when it is no whole number that fits
  double real() const;                      // nearest double; 0 when it is no number
  std::span<const Value> items() const;     // of an array
  std::span<const Member> members() const;  // of an object, in written order
  size_t size() const;                      // items or members

  // The same for copies of one value, another for each other object or array of the same documents,
  // unless both are empty.
  const void* identity() const { return data_; }

  // absent when there is no such member or item, so that chains need no checks.
  Value operator[](std::string_view name) const;
  Value operator[](size_t index) const;

 private:
  friend class Document;
  friend class Parser;
  Kind kind_ = Kind::absent;
  bool boolean_ = false;
  uint32_t size_ = 0;
  const void* data_ = nullptr;  // chars, Values or Members in the arena
};

struct Member {
  std::string_view name;
  Value value;
};

struct Limits {
  size_t bytes = 64u << 20;
  unsigned depth = 200;
};

class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  // Error.where is "line:column"; the text may be freed afterwards.
  static Result<Document> parse(std::string_view text, const Limits& limits = {});

  Value root() const { return root_; }
  void set_root(Value value) { root_ = value; }

  // Builders: copy what they are given into this document's arena.
  Value null();
  Value boolean(bool value);
  Value integer(int64_t value);
  Value number(std::string_view written);  // CHECKs that it is a JSON number
  Value string(std::string_view text);
  Value array(std::span<const Value> items);
  Value object(std::span<const Member> members);
  Value object(std::initializer_list<Member> members);
  Value copy(Value foreign);  // deep, from another document

  // A new object or array with one thing changed; order is kept, a new member goes last.
  Value with(Value object, std::string_view name, Value value);
  Value without(Value object, std::string_view name);
  Value append(Value array, Value item);

  size_t arena_bytes() const;

 private:
  friend class Parser;
  struct Arena;
  std::unique_ptr<Arena> arena_;
  Value root_;
};

// Compact, or indented by two spaces. Numbers as written; only what RFC 8259 demands is escaped.
std::string write(Value value, bool pretty = false);
void write_to(std::string& out, Value value);

// The JSON string literal of a text, with its quotes.
std::string quote(std::string_view text);

// Same kinds, same members in any order, same numbers as written, same items in order.
bool equal(Value a, Value b);

}  // namespace passerelle::json
