#include "fhir/terminology.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/fhirpath.h"

namespace passerelle::fhir {
namespace {

constexpr int nesting_limit = 20;  // of value sets in value sets

std::string_view text_of_value(json::Value holder) {
  for (const json::Member& member : holder.members()) {
    if (!member.name.starts_with("value")) continue;
    const json::Value value = member.value;
    if (value.is_string()) return value.string();
    if (value.is_number()) return value.number();
    if (value.is_boolean()) return value.boolean() ? "true" : "false";
    if (value.is_object()) return value["code"].string();  // a Coding
  }
  return {};
}

}  // namespace

// ---- code systems ----

Result<CodeSystem> CodeSystem::read(std::string_view body) {
  TRY(json::Document document, json::Document::parse(body));
  CodeSystem system;
  system.document_ = std::make_shared<const json::Document>(std::move(document));
  system.add(system.root()["concept"], std::nullopt);
  system.link();
  return system;
}

std::string_view CodeSystem::name() const {
  const std::string_view title = root()["title"].string();
  return title.empty() ? root()["name"].string() : title;
}

void CodeSystem::add(json::Value list, std::optional<uint32_t> parent) {
  const bool folded = root()["caseSensitive"].is_boolean() && !root()["caseSensitive"].boolean();
  for (const json::Value item : list.items()) {
    const auto index = static_cast<uint32_t>(concepts_.size());
    Concept& made = concepts_.emplace_back();
    made.code = item["code"].string();
    made.display = item["display"].string();
    made.value = item;
    if (parent) made.parents.push_back(*parent);
    const std::string_view status = property(made, "status");
    made.inactive = property(made, "inactive") == "true" || status == "retired" ||
                    status == "inactive" || status == "deprecated";
    made.is_abstract =
        property(made, "notSelectable") == "true" || property(made, "abstract") == "true";
    by_code_.emplace(made.code, index);
    if (folded) by_folded_.emplace(lower(made.code), index);
    add(item["concept"], index);
  }
}

// Hierarchies that are written as properties: a concept may have several parents.
void CodeSystem::link() {
  const auto put = [&](uint32_t child, uint32_t parent) {
    auto& parents = concepts_[child].parents;
    if (child != parent && std::find(parents.begin(), parents.end(), parent) == parents.end())
      parents.push_back(parent);
  };
  for (uint32_t index = 0; index < concepts_.size(); ++index) {
    for (const json::Value one : concepts_[index].value["property"].items()) {
      const std::string_view name = one["code"].string();
      if (name != "parent" && name != "child" && name != "subsumedBy") continue;
      const Concept* other = find(text_of_value(one));
      if (other == nullptr) continue;
      const auto at = static_cast<uint32_t>(other - concepts_.data());
      if (name == "child") {
        put(at, index);
      } else {
        put(index, at);
      }
    }
  }
}

const Concept* CodeSystem::find(std::string_view code) const {
  if (const auto found = by_code_.find(code); found != by_code_.end())
    return &concepts_[found->second];
  if (by_folded_.empty()) return nullptr;
  const auto found = by_folded_.find(lower(code));
  return found == by_folded_.end() ? nullptr : &concepts_[found->second];
}

bool CodeSystem::is_below(const Concept& concept_, const Concept& ancestor) const {
  // Upward; every concept once, since what others wrote may go in circles.
  std::vector<const Concept*> open = {&concept_};
  std::set<const Concept*> seen;
  while (!open.empty()) {
    const Concept* at = open.back();
    open.pop_back();
    if (at == &ancestor) return true;
    if (!seen.insert(at).second) continue;
    for (const uint32_t parent : at->parents) open.push_back(&concepts_[parent]);
  }
  return false;
}

std::string_view CodeSystem::property(const Concept& of, std::string_view name) {
  for (const json::Value one : of.value["property"].items())
    if (one["code"].string() == name) return text_of_value(one);
  return {};
}

Result<std::shared_ptr<const CodeSystem>> built_in_code_system(std::string_view url) {
  std::set<std::string_view> codes;
  for (const ValueSet& set : definitions().value_sets())
    for (const Code& code : set.codes)
      if (code.system == url) codes.insert(code.code);
  if (codes.empty())
    return Error{ErrorCode::not_found,
                 "the code system " + passerelle::quoted(url) + " is not known here"};
  std::string body = "{\"resourceType\":\"CodeSystem\",\"url\":" + json::quote(url) +
                     ",\"content\":\"fragment\",\"concept\":[";
  bool first = true;
  for (const std::string_view code : codes) {
    body += (first ? "" : ",") + std::string("{\"code\":") + json::quote(code) + "}";
    first = false;
  }
  TRY(CodeSystem system, CodeSystem::read(body + "]}"));
  return std::shared_ptr<const CodeSystem>(std::make_shared<const CodeSystem>(std::move(system)));
}

namespace {

// ---- filters ----

bool in_list(std::string_view list, std::string_view value) {
  const auto parts = split(list, ',');
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return trim(part) == value; });
}

// A filter of ValueSet.compose.include, ready to be asked of each concept.
class ConceptFilter {
 public:
  static Result<ConceptFilter> read(const CodeSystem& system, json::Value filter) {
    ConceptFilter made(system);
    made.property_ = filter["property"].string();
    made.op_ = filter["op"].string();
    made.value_ = filter["value"].string();
    static constexpr std::string_view hierarchical[] = {"is-a", "descendent-of", "is-not-a",
                                                        "generalizes"};
    made.by_hierarchy_ = std::find(std::begin(hierarchical), std::end(hierarchical), made.op_) !=
                         std::end(hierarchical);
    static constexpr std::string_view plain[] = {"=", "in", "not-in", "exists", "regex"};
    if (!made.by_hierarchy_ &&
        std::find(std::begin(plain), std::end(plain), made.op_) == std::end(plain))
      return Error{ErrorCode::unsupported,
                   "the filter '" + std::string(made.op_) + "' is not offered"};
    if (made.by_hierarchy_) {
      made.ancestor_ = system.find(made.value_);
      if (made.ancestor_ == nullptr)
        return Error{ErrorCode::not_found, "the filter names the code '" +
                                               std::string(made.value_) + "', which " +
                                               std::string(system.url()) + " does not have"};
    }
    if (made.op_ == "regex") {
      // By FHIRPath's matchesFull(), which has its limits on work.
      TRY(made.regex_, path::compile("%text.matchesFull(%pattern)"));
    }
    return made;
  }

  Result<bool> holds(const Concept& concept_) const {
    if (op_ == "is-a") return system_->is_below(concept_, *ancestor_);
    if (op_ == "descendent-of")
      return &concept_ != ancestor_ && system_->is_below(concept_, *ancestor_);
    if (op_ == "is-not-a") return !system_->is_below(concept_, *ancestor_);
    if (op_ == "generalizes") return system_->is_below(*ancestor_, concept_);
    const std::string_view actual = value_of(concept_);
    if (op_ == "=") return actual == value_;
    if (op_ == "in") return in_list(value_, actual);
    if (op_ == "not-in") return !in_list(value_, actual);
    if (op_ == "exists") return actual.empty() == (value_ == "false");
    return matches(actual);
  }

 private:
  explicit ConceptFilter(const CodeSystem& system) : system_(&system) {}

  std::string_view value_of(const Concept& concept_) const {
    if (property_ == "concept" || property_ == "code") return concept_.code;
    if (property_ == "display") return concept_.display;
    if (property_ == "definition") return concept_.value["definition"].string();
    return CodeSystem::property(concept_, property_);
  }

  Result<bool> matches(std::string_view text) const {
    json::Document document;
    path::Context context;
    const json::Value parameters = document.object(
        {{"resourceType", document.string("Parameters")},
         {"parameter", document.array(std::vector{
                           document.object({{"name", document.string("text")},
                                            {"valueString", document.string(text)}}),
                           document.object({{"name", document.string("pattern")},
                                            {"valueString", document.string(value_)}})})}});
    TRY(const path::Expression values, path::compile("parameter.value"));
    TRY(const path::Collection found, path::evaluate(values, parameters));
    context.variables = {{"text", {found[0]}}, {"pattern", {found[1]}}};
    return path::holds(*regex_, parameters, context);
  }

  const CodeSystem* system_;
  std::string_view property_, op_, value_;
  bool by_hierarchy_ = false;
  const Concept* ancestor_ = nullptr;
  std::optional<path::Expression> regex_;
};

// ---- expansion ----

std::string key_of(const Coding& coding) { return coding.system + "|" + coding.code; }

// Each word of the filter begins a word of the display, or the code.
class TextFilter {
 public:
  explicit TextFilter(const std::string& text) {
    const std::string all = fold(text);
    for (const std::string_view word : split(all, ' '))
      if (!word.empty()) words_.emplace_back(word);
  }
  bool holds(const Coding& coding) const {
    if (words_.empty()) return true;
    const std::string text = " " + fold(coding.display) + " " + fold(coding.code);
    return std::all_of(words_.begin(), words_.end(), [&](const std::string& word) {
      return text.find(" " + word) != std::string::npos;
    });
  }

 private:
  std::vector<std::string> words_;
};

class Expander {
 public:
  Expander(TerminologySource& source, const ExpandOptions& options)
      : source_(source), options_(options), filter_(options.filter) {}

  Result<std::vector<Coding>> by_canonical(std::string_view canonical) {
    const std::string key(canonical);
    if (const auto known = expanded_.find(key); known != expanded_.end()) return known->second;
    auto resource = source_.value_set(canonical);
    if (!resource && resource.error().code == ErrorCode::not_found)
      return built_in(canonical, resource.error());
    if (!resource) return resource.error();
    TRY(const std::vector<Coding> codings, whole((*resource)->root()));
    expanded_.emplace(key, codings);
    return codings;
  }

  Result<std::vector<Coding>> whole(json::Value value_set) {
    if (++depth_ > nesting_limit)
      return Error{ErrorCode::too_large, "value sets are nested too deeply, or in a circle"};
    auto found = unguarded(value_set);
    --depth_;
    return found;
  }

  // What the caller asked for, of a whole expansion.
  std::vector<Coding> selected(std::vector<Coding> codings) const {
    std::erase_if(codings, [&](const Coding& coding) {
      return (options_.active_only && coding.inactive) || !filter_.holds(coding);
    });
    return codings;
  }

 private:
  Result<std::vector<Coding>> unguarded(json::Value value_set) {
    const json::Value compose = value_set["compose"];
    if (!compose.exists()) return of_expansion(value_set);
    std::vector<Coding> out;
    std::unordered_set<std::string> seen;
    for (const json::Value include : compose["include"].items()) {
      TRY(std::vector<Coding> codings, of_set(include));
      for (Coding& coding : codings) {
        if (!seen.insert(key_of(coding)).second) continue;
        if (out.size() == options_.limit) return too_many();
        out.push_back(std::move(coding));
      }
    }
    std::unordered_set<std::string> excluded;
    for (const json::Value exclude : compose["exclude"].items()) {
      TRY(const std::vector<Coding> codings, of_set(exclude));
      for (const Coding& coding : codings) excluded.insert(key_of(coding));
    }
    std::erase_if(out, [&](const Coding& coding) { return excluded.contains(key_of(coding)); });
    if (compose["inactive"].is_boolean() && !compose["inactive"].boolean())
      std::erase_if(out, [](const Coding& coding) { return coding.inactive; });
    return out;
  }

  Error too_many() const {
    return Error{ErrorCode::too_costly,
                 "the value set has more than " + std::to_string(options_.limit) + " codes", "",
                 "ask for a part of it, or with a filter"};
  }

  static Result<std::vector<Coding>> of_expansion(json::Value value_set) {
    const json::Value expansion = value_set["expansion"];
    if (!expansion.exists())
      return Error{ErrorCode::unsupported, "the value set " +
                                               passerelle::quoted(value_set["url"].string()) +
                                               " does not say what it holds"};
    std::vector<Coding> out;
    const auto visit = [&](const auto& self, json::Value contains) -> void {
      for (const json::Value item : contains.items()) {
        if (!item["abstract"].boolean() && !item["code"].string().empty())
          out.push_back({std::string(item["system"].string()), std::string(item["code"].string()),
                         std::string(item["display"].string()),
                         std::string(item["version"].string()), item["inactive"].boolean()});
        self(self, item["contains"]);
      }
    };
    visit(visit, expansion["contains"]);
    return out;
  }

  // One include or exclude: the codes of a system, and in all of the value sets it names.
  Result<std::vector<Coding>> of_set(json::Value include) {
    std::vector<Coding> out;
    bool started = false;
    if (include["system"].exists()) {
      TRY(out, of_system(include));
      started = true;
    }
    for (const json::Value canonical : include["valueSet"].items()) {
      TRY(std::vector<Coding> inner, by_canonical(canonical.string()));
      if (!started) {
        out = std::move(inner);
        started = true;
        continue;
      }
      std::unordered_set<std::string> keys;
      for (const Coding& coding : inner) keys.insert(key_of(coding));
      std::erase_if(out, [&](const Coding& coding) { return !keys.contains(key_of(coding)); });
    }
    return out;
  }

  Result<std::vector<Coding>> of_system(json::Value include) {
    std::string canonical(include["system"].string());
    if (const std::string_view version = include["version"].string(); !version.empty())
      canonical += "|" + std::string(version);
    auto system = source_.code_system(canonical);
    const json::Value listed = include["concept"];
    // Codes that are listed need no code system, but have their displays from it.
    if (!system && (!listed.exists() || system.error().code != ErrorCode::not_found))
      return system.error();
    const CodeSystem* known = system ? system->get() : nullptr;
    if (listed.exists()) return of_list(include, known);
    if (!known->complete() && known->concepts().empty())
      return Error{ErrorCode::not_found,
                   "the codes of " + std::string(known->url()) + " are not loaded here", "",
                   "import the whole code system"};
    return filtered(*known, include["filter"]);
  }

  static std::vector<Coding> of_list(json::Value include, const CodeSystem* system) {
    std::vector<Coding> out;
    for (const json::Value item : include["concept"].items()) {
      Coding& coding = out.emplace_back();
      coding.system = std::string(include["system"].string());
      coding.code = std::string(item["code"].string());
      coding.display = std::string(item["display"].string());
      const Concept* known = system == nullptr ? nullptr : system->find(coding.code);
      if (known == nullptr) continue;
      if (coding.display.empty()) coding.display = std::string(known->display);
      coding.version = std::string(system->version());
      coding.inactive = known->inactive;
      coding.is_abstract = known->is_abstract;
    }
    return out;
  }

  static Result<std::vector<Coding>> filtered(const CodeSystem& system, json::Value filters) {
    std::vector<ConceptFilter> tests;
    for (const json::Value filter : filters.items()) {
      TRY(ConceptFilter test, ConceptFilter::read(system, filter));
      tests.push_back(std::move(test));
    }
    std::vector<Coding> out;
    for (const Concept& concept_ : system.concepts()) {
      bool all = true;
      for (const ConceptFilter& test : tests) {
        TRY(const bool one, test.holds(concept_));
        all = all && one;
      }
      if (all)
        out.push_back({std::string(system.url()), std::string(concept_.code),
                       std::string(concept_.display), std::string(system.version()),
                       concept_.inactive, concept_.is_abstract});
    }
    return out;
  }

  // The value sets of required bindings are in the definitions, without displays.
  Result<std::vector<Coding>> built_in(std::string_view canonical, const Error& missing) const {
    const Definitions& d = definitions();
    const ValueSetIndex index = d.find_value_set(canonical.substr(0, canonical.find('|')));
    if (index == none || d.value_set(index).open) return missing;
    std::vector<Coding> out;
    for (const Code& code : d.value_set(index).codes)
      out.push_back({std::string(code.system), std::string(code.code), ""});
    return out;
  }

  TerminologySource& source_;
  const ExpandOptions& options_;
  const TextFilter filter_;
  int depth_ = 0;
  // By canonical: sets that include one another twice would else double the work at each level.
  std::unordered_map<std::string, std::vector<Coding>> expanded_;
};

bool same_display(std::string_view a, std::string_view b) { return fold(a) == fold(b); }

// A display is right when the code system has it, as such or as a designation.
bool is_display(const Concept& concept_, std::string_view display) {
  if (same_display(concept_.display, display)) return true;
  const auto designations = concept_.value["designation"].items();
  return std::any_of(designations.begin(), designations.end(),
                     [&](json::Value one) { return same_display(one["value"].string(), display); });
}

std::string wrong_display(std::string_view given, std::string_view right) {
  return "the display is " + passerelle::quoted(given) + "; it should be " +
         passerelle::quoted(right);
}

}  // namespace

Result<std::vector<Coding>> expand(TerminologySource& source, json::Value value_set,
                                   const ExpandOptions& options) {
  Expander expander(source, options);
  TRY(std::vector<Coding> all, expander.whole(value_set));
  return expander.selected(std::move(all));
}

Result<std::vector<Coding>> expand(TerminologySource& source, std::string_view canonical,
                                   const ExpandOptions& options) {
  Expander expander(source, options);
  TRY(std::vector<Coding> all, expander.by_canonical(canonical));
  return expander.selected(std::move(all));
}

CodeCheck check_code(const CodeSystem& system, std::string_view code, std::string_view display) {
  CodeCheck check;
  const Concept* found = system.find(code);
  if (found == nullptr) {
    check.message = "the code " + passerelle::quoted(code) + " is not in " +
                    std::string(system.url()) +
                    (system.complete() ? "" : ", of which only a part is loaded here");
    return check;
  }
  check.display = std::string(found->display);
  check.result = display.empty() || is_display(*found, display);
  if (!check.result) check.message = wrong_display(display, found->display);
  if (check.result && found->inactive) check.message = "the code is no longer in use";
  return check;
}

CodeCheck check_code(const std::vector<Coding>& expansion, std::string_view system,
                     std::string_view code, std::string_view display) {
  CodeCheck check;
  for (const Coding& coding : expansion) {
    if (coding.code != code || (!system.empty() && coding.system != system)) continue;
    check.display = coding.display;
    check.result =
        display.empty() || coding.display.empty() || same_display(coding.display, display);
    if (!check.result) check.message = wrong_display(display, coding.display);
    return check;
  }
  check.message = "the code " + passerelle::quoted(code) +
                  (system.empty() ? std::string() : " of " + std::string(system)) +
                  " is not in the value set";
  return check;
}

// ---- concept maps ----

namespace {

// Of a map read from its targets to its sources (R4, "ConceptMapEquivalence").
std::string_view turned(std::string_view equivalence) {
  if (equivalence == "wider") return "narrower";
  if (equivalence == "narrower") return "wider";
  if (equivalence == "subsumes") return "specializes";
  if (equivalence == "specializes") return "subsumes";
  return equivalence;
}

}  // namespace

std::vector<Translation> translate(json::Value concept_map, const Coding& from,
                                   std::string_view target_system, bool reverse) {
  std::vector<Translation> out;
  const std::string map(concept_map["url"].string());
  for (const json::Value group : concept_map["group"].items()) {
    const std::string_view source = group[reverse ? "target" : "source"].string();
    const std::string_view target = group[reverse ? "source" : "target"].string();
    if (!from.system.empty() && source != from.system) continue;
    if (!target_system.empty() && target != target_system) continue;
    for (const json::Value element : group["element"].items()) {
      for (const json::Value one : element["target"].items()) {
        const json::Value here = reverse ? one : element, there = reverse ? element : one;
        if (here["code"].string() != from.code) continue;
        const std::string_view equivalence = one["equivalence"].string();
        out.push_back({{std::string(target), std::string(there["code"].string()),
                        std::string(there["display"].string())},
                       std::string(reverse ? turned(equivalence) : equivalence),
                       map});
      }
    }
  }
  return out;
}

}  // namespace passerelle::fhir
