#include "pathway/dmn/loaded.h"

#include <algorithm>
#include <charconv>

namespace passerelle::dmn {

namespace {

class Loader {
 public:
  explicit Loader(const ParseOptions& options) : options_(options) {}

  Result<std::shared_ptr<Loaded>> load(std::string_view xml, std::string file, unsigned depth) {
    TRY(Source source, read_source(xml, std::move(file)));
    auto loaded = std::make_shared<Loaded>();
    loaded->source = std::move(source);
    open_.push_back(loaded->source.name_space);
    for (const Import& import : loaded->source.imports) {
      // Schemas and predictive models are imported for others than FEEL.
      if (import.type.find("DMN") == std::string::npos) continue;
      TRY(auto model, imported(*loaded, import, depth));
      loaded->imports.push_back({import.name, std::move(model)});
    }
    open_.pop_back();
    index(*loaded);
    define_types(*loaded);
    return loaded;
  }

 private:
  Result<std::shared_ptr<const Loaded>> imported(const Loaded& into, const Import& import,
                                                 unsigned depth) {
    const auto refuse = [&](std::string message, std::string help) {
      return Error{ErrorCode::invalid, std::move(message), to_text(import.place), std::move(help)};
    };
    if (const auto known = models_.find(import.name_space); known != models_.end()) {
      return known->second;
    }
    if (std::find(open_.begin(), open_.end(), import.name_space) != open_.end()) {
      return refuse("the model imports itself: '" + import.name_space + "'",
                    "move what both need into a third file");
    }
    if (depth >= options_.import_depth) {
      return refuse(
          "imports are nested more than " + std::to_string(options_.import_depth) + " deep",
          "import fewer models");
    }
    if (!options_.imports) {
      return refuse("'" + into.source.name + "' imports '" + import.name_space +
                        "', and no other file is at hand",
                    "put the imported file into the package");
    }
    auto found = options_.imports(import.name_space, import.location);
    if (!found) {
      Error error = std::move(found.error());
      if (error.where.empty()) error.where = to_text(import.place);
      return error;
    }
    TRY(auto model, load(found->first, found->second, depth + 1));
    models_[import.name_space] = model;
    return std::shared_ptr<const Loaded>(std::move(model));
  }

  static void index(Loaded& loaded) {
    for (const Element& element : loaded.source.elements) {
      const auto [known, added] = loaded.by_id.emplace(element.item.id, &element);
      if (added || element.item.id.empty()) continue;
      loaded.source.problems.push_back(
          Error{ErrorCode::invalid, "the id '" + element.item.id + "' stands twice",
                to_text(element.item.place), "give one of the two another id"});
    }
  }

  const ParseOptions& options_;
  std::map<std::string, std::shared_ptr<const Loaded>> models_;
  std::vector<std::string> open_;  // name spaces being loaded
};

}  // namespace

Result<std::shared_ptr<Loaded>> load_model(std::string_view xml, std::string file,
                                           const ParseOptions& options) {
  return Loader(options).load(xml, std::move(file), 0);
}

Target resolve(const Target& from, std::string_view href, std::string* near) {
  Target target;
  const size_t hash = href.rfind('#');
  if (hash == std::string_view::npos) return target;
  const std::string_view space = href.substr(0, hash), id = href.substr(hash + 1);
  const auto find_in = [&](const Loaded& model, const std::string& prefix) {
    const auto found = model.by_id.find(id);
    if (found == model.by_id.end()) return false;
    target.model = &model;
    target.element = found->second;
    target.prefix = from.prefix + prefix;
    if (near != nullptr) *near = prefix;
    return true;
  };
  if ((space.empty() || space == from.model->source.name_space) && find_in(*from.model, {})) {
    return target;
  }
  for (const Loaded::Imported& import : from.model->imports) {
    if (import.model->source.name_space != space) continue;
    if (find_in(*import.model, import.name.empty() ? std::string() : import.name + ".")) break;
  }
  return target;
}

Error placed(const Loaded& model, const Written& text, Error error) {
  size_t line = 0, column = 0;
  const char* begin = error.where.data();
  const char* end = begin + error.where.size();
  const auto first = std::from_chars(begin, end, line);
  if (first.ptr != end && *first.ptr == ':') std::from_chars(first.ptr + 1, end, column);
  size_t offset = 0;
  for (; line > 1 && offset < text.text.size(); ++offset) line -= text.text[offset] == '\n';
  offset += column > 0 ? column - 1 : 0;
  error.where = text.raw == nullptr ? to_text(text.place)
                                    : to_text(model.source.xml->place_in(text.raw, offset));
  return error;
}

}  // namespace passerelle::dmn
