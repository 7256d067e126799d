// Good examples, each broken in one place: the validator must refuse them and name that place.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/random.h"
#include "fhir/definitions.h"
#include "fhir/test_files.h"
#include "fhir/validate.h"

namespace passerelle::fhir {
namespace {

// A member of some object inside a resource, by its way from the root.
struct Spot {
  std::vector<size_t> way;  // places of members and items
  std::string path;         // as an issue names the element
  std::string parent;       // the element that holds it
  const Field* field = nullptr;
  json::Value value;
  bool alone = false;  // the only member of its object
};

class Spots {
 public:
  explicit Spots(json::Value resource) {
    const std::string name(resource["resourceType"].string());
    walk(resource, structure_of_resource(resource), name, {});
  }
  const std::vector<Spot>& all() const { return all_; }

 private:
  static StructureIndex structure_of_resource(json::Value resource) {
    const TypeIndex type = definitions().find_resource(resource["resourceType"].string());
    return definitions().type(type).structure;
  }

  void walk(json::Value object, StructureIndex structure, const std::string& path,
            std::vector<size_t> way) {
    const std::span<const json::Member> members = object.members();
    for (size_t i = 0; i < members.size(); ++i) {
      const Field* field = definitions().find_field(structure, members[i].name);
      if (field == nullptr) continue;
      const Type& type = definitions().type(field->type);
      if (type.primitive == Primitive::xhtml) continue;
      way.push_back(i);
      const std::string inner =
          path + "." + std::string(definitions().element(field->element).name);
      all_.push_back({way, inner, path, field, members[i].value, members.size() == 1});
      const auto below = [&](json::Value value, const std::string& at) {
        if (!value.is_object()) return;
        const bool resource = type.kind == TypeKind::resource;
        walk(value, resource ? structure_of_resource(value) : definitions().structure_of(*field),
             at, way);
      };
      below(members[i].value, inner);
      const std::span<const json::Value> items = members[i].value.items();
      for (size_t k = 0; k < items.size(); ++k) {
        way.push_back(k);
        below(items[k], inner + "[" + std::to_string(k) + "]");
        way.pop_back();
      }
      way.pop_back();
    }
  }

  std::vector<Spot> all_;
};

// The tree with the member at the end of `way` changed: renamed, replaced, or left out when absent.
json::Value changed(json::Document& document, json::Value at, std::span<const size_t> way,
                    const std::function<json::Member(json::Member)>& change) {
  if (at.is_array()) {
    std::vector<json::Value> items(at.items().begin(), at.items().end());
    items[way[0]] = changed(document, items[way[0]], way.subspan(1), change);
    return document.array(items);
  }
  std::vector<json::Member> members(at.members().begin(), at.members().end());
  json::Member& member = members[way[0]];
  if (way.size() == 1) {
    member = change(member);
    if (!member.value.exists()) members.erase(members.begin() + static_cast<ptrdiff_t>(way[0]));
  } else {
    member.value = changed(document, member.value, way.subspan(1), change);
  }
  return document.object(members);
}

struct Mutation {
  std::string_view name;
  bool (*fits)(const Spot& spot);
  json::Member (*change)(json::Document& document, json::Member member);
  std::string (*where)(const Spot& spot, const std::string& name);
};

const Element& element_of(const Spot& spot) { return definitions().element(spot.field->element); }
const Type& type_of(const Spot& spot) { return definitions().type(spot.field->type); }
bool any(const Spot&) { return true; }
bool is_single(const Spot& spot) { return !spot.value.is_array(); }
bool is_array(const Spot& spot) { return spot.value.is_array(); }
bool is_single_primitive(const Spot& spot) {
  return is_single(spot) && type_of(spot).kind == TypeKind::primitive;
}
std::string at_it(const Spot& spot, const std::string&) { return spot.path; }
std::string at_first(const Spot& spot, const std::string&) { return spot.path + "[0]"; }
std::string at_name(const Spot& spot, const std::string& name) { return spot.parent + "." + name; }

const std::vector<Mutation>& mutations() {
  using json::Document;
  using json::Member;
  static const std::vector<Mutation> all = {
      {"misspelt", any,
       [](Document& document, Member member) {
         // Kept in the document, since a member only points to its name.
         return Member{document.string(std::string(member.name) + "x").string(), member.value};
       },
       at_name},
      {"left out", [](const Spot& spot) { return element_of(spot).min > 0 && !spot.alone; },
       [](Document&, Member member) {
         return Member{member.name, json::Value()};
       },
       at_it},
      {"null", is_single,
       [](Document& document, Member member) {
         return Member{member.name, document.null()};
       },
       at_it},
      {"in an array", is_single,
       [](Document& document, Member member) {
         return Member{member.name, document.array(std::vector{member.value})};
       },
       at_it},
      {"out of its array", is_array,
       [](Document&, Member member) {
         return Member{member.name, member.value[0]};
       },
       at_it},
      {"empty array", is_array,
       [](Document& document, Member member) {
         return Member{member.name, document.array(std::vector<json::Value>())};
       },
       at_it},
      {"text for an element",
       [](const Spot& spot) { return is_array(spot) && type_of(spot).kind == TypeKind::complex; },
       [](Document& document, Member member) {
         return Member{member.name, document.array(std::vector{document.string("text")})};
       },
       at_first},
      {"object for a value", is_single_primitive,
       [](Document& document, Member member) {
         return Member{member.name, document.object({{"value", member.value}})};
       },
       at_it},
      {"value of another kind", is_single_primitive,
       [](Document& document, Member member) {
         const bool text = member.value.is_string();
         return Member{member.name, text ? document.integer(12) : document.string("12")};
       },
       at_it},
      {"empty text",
       [](const Spot& spot) { return is_single_primitive(spot) && spot.value.is_string(); },
       [](Document& document, Member member) {
         return Member{member.name, document.string("")};
       },
       at_it},
      {"day that does not exist",
       [](const Spot& spot) {
         return is_single_primitive(spot) && (type_of(spot).primitive == Primitive::date ||
                                              type_of(spot).primitive == Primitive::date_time);
       },
       [](Document& document, Member member) {
         return Member{member.name, document.string("2021-02-29")};
       },
       at_it},
      {"code that is not allowed",
       [](const Spot& spot) {
         const Element& element = element_of(spot);
         return is_single_primitive(spot) && element.binding == Binding::required &&
                element.value_set != none && !definitions().value_set(element.value_set).open;
       },
       [](Document& document, Member member) {
         return Member{member.name, document.string("not-a-code")};
       },
       at_it},
      {"reference to nowhere", [](const Spot& spot) { return spot.path.ends_with(".reference"); },
       [](Document& document, Member member) {
         return Member{member.name, document.string("Patiant/1")};
       },
       at_it},
  };
  return all;
}

TEST(ValidateMutations, AreRefusedAtTheRightElement) {
  FILES_OR_SKIP(paths, suites_folder() + "fhir-examples", ".json");
  std::map<std::string_view, size_t> done;
  size_t total = 0;
  for (size_t p = 0; p < paths.size(); ++p) {
    Result<json::Document> document = json::Document::parse(*read_file(paths[p]));
    const json::Value resource = document->root();
    if (has_errors(validate(resource))) continue;  // not good to begin with
    const Spots spots(resource);
    Random random(StreamKey{.seed = 20200326, .entity = p, .purpose = purpose("mutation")});
    for (const Mutation& mutation : mutations()) {
      std::vector<const Spot*> fitting;
      for (const Spot& spot : spots.all()) {
        if (mutation.fits(spot)) fitting.push_back(&spot);
      }
      if (fitting.empty()) continue;
      const Spot& spot = *fitting[random.below(static_cast<uint32_t>(fitting.size()))];
      std::string name;
      const json::Value broken =
          changed(*document, resource, spot.way, [&](const json::Member& member) {
            const json::Member made = mutation.change(*document, member);
            name = made.name;
            return made;
          });
      const std::vector<Issue> issues = validate(broken);
      const std::string expected = mutation.where(spot, name);
      const bool named = std::any_of(issues.begin(), issues.end(), [&](const Issue& issue) {
        return issue.severity == Severity::error && issue.expression == expected;
      });
      std::string found;
      for (const Issue& issue : issues) found += issue.expression + ": " + issue.message + "\n";
      EXPECT_TRUE(named) << paths[p] << ": " << mutation.name << " at " << expected << " gave\n"
                         << found;
      ++done[mutation.name];
      ++total;
    }
  }
  EXPECT_GT(total, 300u);
  EXPECT_EQ(done.size(), mutations().size()) << "a kind of mutation was never tried";
}

}  // namespace
}  // namespace passerelle::fhir
