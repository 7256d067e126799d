#include "review/xes_reader.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"
#include "review/log_builder.h"
#include "review/xes_names.h"

namespace passerelle::review {
namespace {

using feel::Value;
using pathway::Event;
using pathway::Lifecycle;

enum class Tag : uint8_t {
  log,
  trace,
  event,
  string,
  date,
  integer,
  real,
  boolean,
  id,
  list,
  container,
  values,
  ignored,  // extension, global, classifier and whatever else stands around
};
constexpr std::array tags = {
    std::pair{"string", Tag::string},   std::pair{"date", Tag::date},
    std::pair{"int", Tag::integer},     std::pair{"float", Tag::real},
    std::pair{"boolean", Tag::boolean}, std::pair{"id", Tag::id},
    std::pair{"event", Tag::event},     std::pair{"trace", Tag::trace},
    std::pair{"list", Tag::list},       std::pair{"container", Tag::container},
    std::pair{"values", Tag::values},   std::pair{"log", Tag::log},
};

Tag tag_of(std::string_view element) {
  if (const size_t colon = element.rfind(':'); colon != std::string_view::npos)
    element.remove_prefix(colon + 1);
  for (const auto& [name, tag] : tags)
    if (element == name) return tag;
  return Tag::ignored;
}

bool is_attribute(Tag tag) {
  switch (tag) {
    case Tag::string:
    case Tag::date:
    case Tag::integer:
    case Tag::real:
    case Tag::boolean:
    case Tag::id:
    case Tag::list:
    case Tag::container:
      return true;
    case Tag::log:
    case Tag::trace:
    case Tag::event:
    case Tag::values:
    case Tag::ignored:
      return false;
  }
  return false;
}

// An attribute of an event that is being read, with those inside it.
struct Attribute {
  Tag tag = Tag::string;
  std::string key, value;
  std::string exact;         // bytes of the value as we keep it, when it is of no XES type
  std::vector<Value> items;  // of a list
};

}  // namespace

struct XesReader::Parts {
  std::string file;
  const LogOptions& options;
  LogBuilder builder;
  XML_Parser parser = nullptr;
  std::optional<Error> error;
  uint64_t fed = 0;
  bool seen_log = false;

  std::vector<Tag> stack;
  std::vector<Attribute> attributes;  // open ones, outermost first
  std::string case_text, own_case_text;
  bool case_numbered = false;
  uint64_t case_number = 0;
  Instant last_time{};

  Event event;
  bool has_time = false, has_activity = false;
  std::vector<std::pair<std::string, Value>> fields;
  Value whole_data;
  bool has_whole_data = false;

  Parts(std::string path, const LogOptions& given)
      : file(std::move(path)), options(given), builder(options) {
    parser = XML_ParserCreate(nullptr);
    CHECK(parser != nullptr, "memory for a parser");
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
  }
  ~Parts() { XML_ParserFree(parser); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    static_cast<Parts*>(self)->start(name, attributes);
  }
  static void on_end(void* self, const XML_Char*) { static_cast<Parts*>(self)->end(); }
  static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<Parts*>(self)->fail(
        {ErrorCode::unsupported, "has a document type declaration", {}, "remove <!DOCTYPE ...>"});
  }

  std::string place() const {
    return file + ":" + std::to_string(XML_GetCurrentLineNumber(parser)) + ":" +
           std::to_string(XML_GetCurrentColumnNumber(parser) + 1);
  }
  void fail(Error what) {
    if (error) return;
    if (what.where.empty()) what.where = place();
    error = std::move(what);
    XML_StopParser(parser, XML_FALSE);
  }
  void fail(std::string message, std::string help) {
    fail(Error{ErrorCode::invalid, std::move(message), {}, std::move(help)});
  }

  void start(const char* name, const char** given);
  void end();
  void open_trace();
  void open_event();
  void close_event();
  void close_attribute();
  void trace_attribute(const Attribute& attribute);
  void event_attribute(Attribute& attribute);
  void data_attribute(Attribute& attribute);
  Value value_of(Attribute& attribute);
  void ensure_case();
};

void XesReader::Parts::start(const char* name, const char** given) {
  if (error) return;
  const Tag tag = tag_of(name);
  const Tag parent = stack.empty() ? Tag::ignored : stack.back();
  if (stack.empty() && tag != Tag::log)
    return fail("begins with <" + std::string(name).substr(0, 40) + ">, not with <log>",
                "is it an XES file?");
  if (stack.size() >= options.limits.depth)
    return fail({ErrorCode::too_large, "attributes are nested too deeply", {}, "flatten them"});
  if (tag == Tag::trace && parent == Tag::log) open_trace();
  if (tag == Tag::event && parent != Tag::trace)
    return fail("an <event> stands outside of a <trace>", "every event belongs to a trace");
  if (tag == Tag::trace && parent != Tag::log)
    return fail("a <trace> stands inside of another element", "traces stand in <log> only");
  if (tag == Tag::event) open_event();
  const bool inside = parent == Tag::trace || parent == Tag::event || !attributes.empty();
  stack.push_back(
      inside || tag == Tag::log || tag == Tag::trace || parent == Tag::log ? tag : Tag::ignored);
  if (!inside || !is_attribute(tag)) return;
  Attribute& attribute = attributes.emplace_back();
  attribute.tag = tag;
  bool has_key = false;
  for (; *given != nullptr; given += 2) {
    const std::string_view key = given[0];
    if (key == "key") {
      attribute.key = given[1];
      has_key = true;
    } else if (key == "value") {
      attribute.value = given[1];
    }
  }
  if (!has_key) fail("an attribute has no key", "write key=\"...\"");
}

void XesReader::Parts::end() {
  if (error || stack.empty()) return;
  const Tag tag = stack.back();
  stack.pop_back();
  if (tag == Tag::event) return close_event();
  if (tag == Tag::log) seen_log = true;
  if (is_attribute(tag) && !attributes.empty()) close_attribute();
}

void XesReader::Parts::close_attribute() {
  Attribute attribute = std::move(attributes.back());
  attributes.pop_back();
  if (!attributes.empty()) {
    Attribute& outer = attributes.back();
    if (attribute.key == xes::exact && attribute.tag == Tag::string) {
      outer.exact = std::move(attribute.value);
    } else if (outer.tag == Tag::list) {
      outer.items.push_back(value_of(attribute));
    }
    return;
  }
  const Tag parent = stack.empty() ? Tag::ignored : stack.back();
  if (parent == Tag::trace) trace_attribute(attribute);
  if (parent == Tag::event) event_attribute(attribute);
}

void XesReader::Parts::open_trace() {
  case_text.clear();
  own_case_text.clear();
  case_numbered = false;
  last_time = Instant{};
}

void XesReader::Parts::trace_attribute(const Attribute& attribute) {
  if (attribute.key == xes::name) case_text = attribute.value;
  if (attribute.key == xes::own_case) own_case_text = attribute.value;
}

// A case's number is settled at its first event: attributes of the trace stand before.
void XesReader::Parts::ensure_case() {
  if (case_numbered) return;
  case_numbered = true;
  if (own_case_text.empty()) {
    // Traces without a name, and several of one name, are cases of their own.
    case_number = builder.new_case(case_text);
    return;
  }
  const char* last = own_case_text.data() + own_case_text.size();
  const auto [end_of, problem] = std::from_chars(own_case_text.data(), last, case_number);
  if (problem != std::errc() || end_of != last)
    return fail("'" + own_case_text.substr(0, 40) + "' is no case number",
                "a whole number of at most 64 bits");
  builder.own_case(case_number, case_text);
}

void XesReader::Parts::open_event() {
  ensure_case();
  event = Event{};
  event.case_number = case_number;
  has_time = has_activity = has_whole_data = false;
  fields.clear();
  whole_data = Value();
}

Value XesReader::Parts::value_of(Attribute& attribute) {
  if (!attribute.exact.empty()) {
    auto value = xes::from_hex(attribute.exact);
    if (value) return std::move(*value);
    fail("the value of '" + attribute.key.substr(0, 40) + "' cannot be read back",
         "it was changed after Passerelle wrote it; remove its '" + std::string(xes::exact) + "'");
    return {};
  }
  switch (attribute.tag) {
    case Tag::integer:
    case Tag::real:
      if (auto number = Value::number(trim(attribute.value))) return *number;
      break;
    case Tag::boolean:
      if (attribute.value == "true") return Value::boolean(true);
      if (attribute.value == "false") return Value::boolean(false);
      break;
    case Tag::date:
      if (const auto at = parse_log_time(attribute.value, options.zone))
        return Value::date_time(*at, Zone::utc());
      break;
    case Tag::list:
      return Value::list(std::move(attribute.items));
    default:
      break;
  }
  return Value::string(attribute.value);
}

void XesReader::Parts::event_attribute(Attribute& attribute) {
  const std::string& key = attribute.key;
  if (key == xes::name) {
    event.activity = builder.name(attribute.value);
    has_activity = true;
  } else if (key == xes::time) {
    auto at = parse_log_time(attribute.value, options.zone);
    if (!at) return fail(at.error().message, at.error().help);
    event.at = *at;
    has_time = true;
  } else if (key == xes::transition) {
    if (const auto lifecycle = parse_lifecycle(attribute.value)) {
      event.lifecycle = *lifecycle;
    } else {
      builder.odd_lifecycle(attribute.value);
    }
  } else if (key == xes::resource) {
    event.actor = builder.name(attribute.value);
  } else if (key == xes::role) {
    event.role = builder.name(attribute.value);
  } else if (key == xes::channel) {
    event.channel = builder.name(attribute.value);
  } else if (key == xes::instance) {
    event.item = builder.item(case_number, attribute.value);
  } else if (key == xes::whole) {
    auto value = xes::from_hex(attribute.value);
    if (!value) return fail("the data of an event cannot be read back", "it was changed");
    whole_data = std::move(*value);
    has_whole_data = true;
  } else {
    data_attribute(attribute);
  }
}

void XesReader::Parts::data_attribute(Attribute& attribute) {
  std::string key = std::move(attribute.key);
  attribute.key = key;
  fields.emplace_back(std::move(key), value_of(attribute));
}

void XesReader::Parts::close_event() {
  if (!has_activity) {
    builder.no_activity();
    event.activity = builder.name("(none)");
  }
  if (!has_time) {
    builder.no_time();
    event.at = last_time;
  }
  last_time = event.at;
  if (has_whole_data) {
    event.data = std::move(whole_data);
  } else if (!fields.empty()) {
    feel::ContextBuilder context;
    for (auto& [key, value] : fields) context.set(key, std::move(value));
    event.data = context.build();
  }
  if (auto added = builder.add(std::move(event)); !added) fail(std::move(added.error()));
}

XesReader::XesReader(std::string file, const LogOptions& options)
    : parts_(std::make_unique<Parts>(std::move(file), options)) {}
XesReader::~XesReader() = default;

Result<void> XesReader::feed(std::string_view piece) {
  Parts& parts = *parts_;
  if (parts.error) return *parts.error;
  parts.fed += piece.size();
  const XML_Status status =
      XML_Parse(parts.parser, piece.data(), static_cast<int>(piece.size()), XML_FALSE);
  if (parts.error) return *parts.error;
  if (status == XML_STATUS_ERROR)
    return Error{
        ErrorCode::invalid,
        std::string("is not well-formed XML: ") + XML_ErrorString(XML_GetErrorCode(parts.parser)),
        parts.place(), "write the log again with the program it comes from"};
  // What expat holds back is one unfinished element.
  const auto done =
      static_cast<uint64_t>(std::max<XML_Index>(0, XML_GetCurrentByteIndex(parts.parser)));
  if (parts.fed > done && parts.fed - done > parts.options.limits.token_bytes + piece.size())
    return Error{ErrorCode::too_large, "one element is too large", parts.place(),
                 "shorten its attributes"};
  return {};
}

Result<LoadedLog> XesReader::finish() {
  Parts& parts = *parts_;
  if (parts.error) return *parts.error;
  const XML_Status status = XML_Parse(parts.parser, "", 0, XML_TRUE);
  if (parts.error) return *parts.error;
  if (status == XML_STATUS_ERROR || !parts.seen_log)
    return Error{ErrorCode::invalid,
                 std::string("ends too early: ") + XML_ErrorString(XML_GetErrorCode(parts.parser)),
                 parts.place(), "the file was cut off; copy or write it again"};
  return parts.builder.finish();
}

}  // namespace passerelle::review
