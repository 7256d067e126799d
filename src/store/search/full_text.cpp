#include "store/search/full_text.h"

#include <algorithm>
#include <iterator>

#include "base/json.h"
#include "base/text.h"

namespace passerelle::store {
namespace {

// Members that hold addresses, codes of machines and the like: nobody's words. And "header" of a
// Subscription's channel, which is secret: who searches must not be able to guess it word by word.
constexpr std::string_view unspoken[] = {
    "resourceType", "id",      "meta",    "system",  "url",  "reference", "data",
    "contentType",  "fullUrl", "profile", "version", "hash", "header"};

bool is_unspoken(std::string_view name) {
  return std::find(std::begin(unspoken), std::end(unspoken), name) != std::end(unspoken);
}

struct Entity {
  std::string_view name, text;
};
constexpr Entity entities[] = {{"amp", "&"},   {"lt", "<"},   {"gt", ">"},
                               {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}};

// The text between the tags; a tag separates words.
std::string without_tags(std::string_view html) {
  std::string out;
  for (size_t i = 0; i < html.size(); ++i) {
    if (html[i] == '<') {
      const size_t end = html.find('>', i);
      if (end == html.npos) break;
      out += ' ';
      i = end;
    } else if (html[i] == '&') {
      const size_t end = html.find(';', i);
      if (end == html.npos || end - i > 10) continue;
      const std::string_view name = html.substr(i + 1, end - i - 1);
      for (const Entity& entity : entities)
        if (entity.name == name) out += entity.text;
      i = end;
    } else {
      out += html[i];
    }
  }
  return out;
}

void gather(json::Value value, FullText& out) {
  if (value.is_string()) {
    out.content += value.string();
    out.content += '\n';
  }
  for (const json::Value item : value.items()) gather(item, out);
  for (const json::Member& member : value.members()) {
    if (member.name == "div") {
      out.narrative += without_tags(member.value.string());
      out.narrative += '\n';
    } else if (!is_unspoken(member.name)) {
      gather(member.value, out);
    }
  }
}

// One word as FTS5 takes it, whatever characters it has.
void add_phrase(std::string& out, std::string_view phrase, bool prefix) {
  if (out.ends_with(')')) out += " AND";  // FTS5 takes nothing for it after a group
  out += out.empty() || out.back() == '(' ? "\"" : " \"";
  for (const char c : phrase) {
    if (c == '"') {
      out += "\"\"";
    } else {  // a zero would end the whole for SQLite
      out += c == '\0' ? ' ' : c;
    }
  }
  out += prefix ? "\"*" : "\"";
}

}  // namespace

FullText full_text(std::string_view body) {
  FullText out;
  const auto document = json::Document::parse(body);
  if (document) gather(document->root(), out);
  return out;
}

Result<std::string> full_text_query(std::string_view text, bool narrative_only) {
  std::string out;
  int open = 0, phrases = 0;
  bool waiting = false;  // an operator waits for what it joins
  const Error bad{ErrorCode::invalid, "'" + std::string(text) + "' is no text to search", "",
                  "write words, which must all be there, or join them by 'or', 'and', 'not'"};
  for (size_t i = 0; i < text.size();) {
    if (text[i] == ' ' || text[i] == ',') {
      ++i;
    } else if (text[i] == '(' || text[i] == ')') {
      if (text[i] == ')' && (--open < 0 || waiting)) return bad;
      if (text[i] == '(') {
        ++open;
        if (!out.empty() && out.back() != '(' && !waiting) out += " AND";
        if (!out.empty() && out.back() != '(') out += ' ';
        waiting = true;
      }
      out += text[i++];
    } else if (text[i] == '"') {
      const size_t end = std::min(text.find('"', i + 1), text.size());
      add_phrase(out, text.substr(i + 1, end - i - 1), false);
      waiting = false;
      ++phrases;
      i = end + 1;
    } else {
      const size_t end = std::min(text.find_first_of(" ,()\"", i), text.size());
      std::string_view word = text.substr(i, end - i);
      i = end;
      const std::string folded = lower(word);
      if (folded == "or" || folded == "and" || folded == "not") {
        if (phrases == 0 || waiting) return bad;
        out += folded == "or" ? " OR" : folded == "and" ? " AND" : " NOT";
        waiting = true;
        continue;
      }
      const bool prefix = word.ends_with('*');
      if (prefix) word.remove_suffix(1);
      if (word.empty()) return bad;
      add_phrase(out, word, prefix);
      waiting = false;
      ++phrases;
    }
  }
  if (phrases == 0 || open != 0 || waiting) return bad;
  return narrative_only ? "{narrative} : (" + out + ")" : out;
}

}  // namespace passerelle::store
