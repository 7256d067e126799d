// The bytes of a saved state: variable-length numbers, and values by the pathway's own dictionary.
// For state_bytes.cpp only.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/bpmn/compiled.h"

namespace passerelle::pathway {

// The first byte of a value.
enum ValueTag : uint8_t {
  tag_null,
  tag_false,
  tag_true,
  tag_integer,               // zigzag
  tag_decimal,               // zigzag mantissa, scale
  tag_word,                  // index
  tag_text,                  // size, bytes
  tag_list,                  // size, values
  tag_shape,                 // index, values
  tag_context,               // size, (key, value)
  tag_variable,              // the same value as an earlier variable
  tag_other,                 // as feel::save writes it
  tag_nulls = 0x20,          // + 2..31 entries of a context that are null, one behind the other
  tag_small_integer = 0x40,  // 0..63
  tag_small_word = 0x80,
  tag_small_shape = 0xC0,
};
inline constexpr uint64_t small = 64;
inline constexpr size_t most_nulls = 31;

inline uint64_t zigzag(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
}
inline int64_t unzigzag(uint64_t number) {
  return static_cast<int64_t>(number >> 1) ^ -static_cast<int64_t>(number & 1);
}

class StateWriter {
 public:
  explicit StateWriter(const Pathway::Compiled& compiled) : compiled_(compiled) {}

  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
  void byte(uint64_t value) { bytes += static_cast<char>(value); }

  void value(const feel::Value& value) {
    switch (value.kind()) {
      case feel::Kind::null:
        return byte(tag_null);
      case feel::Kind::boolean:
        return byte(value.is_true() ? tag_true : tag_false);
      case feel::Kind::number:
        return decimal(value);
      case feel::Kind::string:
        return text(value.text());
      case feel::Kind::list:
        byte(tag_list);
        number(value.size());
        for (const feel::Value& item : value.items()) this->value(item);
        return;
      case feel::Kind::context:
        return context(value);
      case feel::Kind::date:
      case feel::Kind::time:
      case feel::Kind::date_time:
      case feel::Kind::days_duration:
      case feel::Kind::months_duration:
      case feel::Kind::range:
      case feel::Kind::function:
        byte(tag_other);
        feel::save(value, bytes);
    }
  }

  std::string bytes;

 private:
  void decimal(const feel::Value& value) {
    if (value.on_heap()) {
      byte(tag_other);
      feel::save(value, bytes);
    } else if (value.scale() != 0) {
      byte(tag_decimal);
      number(zigzag(value.whole()));
      number(value.scale());
    } else if (value.whole() >= 0 && value.whole() < static_cast<int64_t>(small)) {
      byte(tag_small_integer + static_cast<uint64_t>(value.whole()));
    } else {
      byte(tag_integer);
      number(zigzag(value.whole()));
    }
  }

  void text(std::string_view text) {
    const auto word = std::lower_bound(compiled_.words.begin(), compiled_.words.end(), text);
    const auto index = static_cast<uint64_t>(word - compiled_.words.begin());
    if (word == compiled_.words.end() || *word != text) {
      byte(tag_text);
      number(text.size());
      bytes += text;
    } else if (index < small) {
      byte(tag_small_word + index);
    } else {
      byte(tag_word);
      number(index);
    }
  }

  void context(const feel::Value& value) {
    const auto same = [&](const feel::Shape* shape) {
      if (shape->size != value.size()) return false;
      for (size_t i = 0; i < shape->size; ++i) {
        if (shape->keys()[i].text() != value.key(i)) return false;
      }
      return true;
    };
    const auto& shapes = compiled_.shapes;
    const auto found = std::find_if(shapes.begin(), shapes.end(), same);
    const auto index = static_cast<uint64_t>(found - shapes.begin());
    if (found == shapes.end()) {
      byte(tag_context);
      number(value.size());
    } else if (index < small) {
      byte(tag_small_shape + index);
    } else {
      byte(tag_shape);
      number(index);
    }
    for (size_t i = 0; i < value.size();) {
      if (found == shapes.end()) text(value.key(i));
      const size_t nulls = found == shapes.end() ? 1 : nulls_from(value, i);
      if (nulls > 1) {
        byte(tag_nulls + nulls);
      } else {
        this->value(value.at(i));
      }
      i += std::max<size_t>(nulls, 1);
    }
  }

  // Forms are full of questions that were not asked.
  static size_t nulls_from(const feel::Value& context, size_t first) {
    size_t end = first;
    while (end < context.size() && end - first < most_nulls && context.at(end).is_null()) ++end;
    return end - first;
  }

  const Pathway::Compiled& compiled_;
};

class StateReader {
 public:
  StateReader(const Pathway::Compiled& compiled, std::string_view bytes,
              const std::vector<feel::Value>& variables)
      : compiled_(compiled), bytes_(bytes), variables_(variables) {}

  bool ok = true;
  bool at_end() const { return bytes_.empty(); }

  // A number below the limit; 0 and not ok otherwise.
  uint64_t number(uint64_t below) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte >= 0x80) continue;
      if (value < below) return value;
      break;
    }
    ok = false;
    return 0;
  }
  uint16_t small_number(size_t below) { return static_cast<uint16_t>(number(below)); }
  uint32_t item(uint64_t below) { return static_cast<uint32_t>(number(below)); }
  int64_t signed_number() { return unzigzag(number(~uint64_t{0})); }
  bool flag() { return number(2) == 1; }

  feel::Value value(unsigned depth = 0) {
    if (depth > feel::max_depth) ok = false;
    const uint64_t tag = byte();
    if (!ok) return {};
    if (tag >= tag_small_shape) return context(tag - tag_small_shape, depth);
    if (tag >= tag_small_word) return word(tag - tag_small_word);
    if (tag >= tag_small_integer) {
      return feel::Value::integer(static_cast<int64_t>(tag - tag_small_integer));
    }
    switch (tag) {
      case tag_null:
        return {};
      case tag_false:
      case tag_true:
        return feel::Value::boolean(tag == tag_true);
      case tag_integer:
        return feel::Value::integer(signed_number());
      case tag_decimal: {
        const int64_t mantissa = signed_number();
        return feel::Value::number(mantissa, static_cast<unsigned>(number(19)));
      }
      case tag_word:
        return word(number(compiled_.words.size()));
      case tag_text:
        return feel::Value::string(text());
      case tag_list:
        return list(depth);
      case tag_shape:
        return context(number(compiled_.shapes.size()), depth);
      case tag_context:
        return context(depth);
      case tag_variable: {
        const uint64_t slot = number(variables_.size());
        return ok ? variables_[slot] : feel::Value();
      }
      case tag_other:
        return other();
    }
    ok = false;
    return {};
  }

 private:
  uint64_t byte() {
    if (bytes_.empty()) {
      ok = false;
      return 0;
    }
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  // How many nulls the next byte stands for; it is taken when it stands for some.
  size_t leading_nulls() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    if (byte < tag_nulls + 2 || byte >= tag_small_integer) return 0;
    bytes_.remove_prefix(1);
    return byte - tag_nulls;
  }

  std::string_view text() {
    const uint64_t size = number(bytes_.size() + 1);
    const std::string_view text = bytes_.substr(0, std::min<size_t>(size, bytes_.size()));
    bytes_.remove_prefix(text.size());
    return text;
  }

  feel::Value word(uint64_t index) {
    ok = ok && index < compiled_.words.size();
    return ok ? feel::Value::string(compiled_.words[index]) : feel::Value();
  }

  feel::Value list(unsigned depth) {
    std::vector<feel::Value> items;
    const uint64_t size = number(bytes_.size() + 1);
    for (uint64_t i = 0; ok && i < size; ++i) items.push_back(value(depth + 1));
    return feel::Value::list(std::move(items));
  }

  feel::Value context(uint64_t shape, unsigned depth) {
    ok = ok && shape < compiled_.shapes.size();
    if (!ok) return {};
    feel::ContextHeap* made = feel::new_context(compiled_.shapes[shape]);
    for (size_t i = 0; i < compiled_.shapes[shape]->size && ok;) {
      if (const size_t nulls = leading_nulls(); nulls != 0) {
        i += nulls;
        ok = i <= compiled_.shapes[shape]->size;
      } else {
        made->slots()[i++] = value(depth + 1);
      }
    }
    return feel::finish(made);
  }

  feel::Value context(unsigned depth) {
    feel::ContextBuilder builder;
    const uint64_t size = number(bytes_.size() + 1);
    for (uint64_t i = 0; ok && i < size; ++i) {
      const feel::Value key = value(feel::max_depth);
      ok = ok && key.is_string();
      if (ok) builder.set(key.text(), value(depth + 1));
    }
    return builder.build();
  }

  feel::Value other() {
    Result<feel::Value> loaded = feel::load(bytes_);
    ok = ok && loaded.ok();
    return loaded ? std::move(*loaded) : feel::Value();
  }

  const Pathway::Compiled& compiled_;
  std::string_view bytes_;
  const std::vector<feel::Value>& variables_;
};

}  // namespace passerelle::pathway
