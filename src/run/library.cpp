#include "run/library.h"

#include <algorithm>
#include <set>

#include "run/indexing.h"

namespace passerelle::run {
namespace {

constexpr std::string_view files_space = "package";    // "id/version" -> {path: content}
constexpr std::string_view current_space = "pathway";  // id -> version

std::string file_key(std::string_view id, std::string_view version) {
  return std::string(id) + "/" + std::string(version);
}

std::string encode(const pathway::PackageFiles& files) {
  std::string out = "{";
  for (const auto& [path, content] : files) {
    if (out.size() > 1) out += ',';
    out += json::quote(path) + ':' + json::quote(content);
  }
  return out += '}';
}

Result<pathway::PackageFiles> decode(std::string_view text) {
  TRY(const json::Document document, json::Document::parse(text));
  pathway::PackageFiles files;
  for (const auto& member : document.root().members())
    files.emplace(member.name, member.value.string());
  return files;
}

Error no_pathway(std::string_view id) {
  return {ErrorCode::not_found, "there is no pathway '" + std::string(id) + "' here", "",
          "GET /api/pathways lists those there are"};
}

// Forms are Questionnaires for other systems too.
Result<void> add_forms(const pathway::Package& package, const Writing& writing,
                       store::Transaction& transaction) {
  std::set<std::string> written_forms;  // a called package may have the same one
  for (const auto& [path, content] : package.files) {
    const bool form = path.starts_with("forms/") || path.find("/forms/") != std::string::npos;
    if (!form || !path.ends_with(".json") || !written_forms.insert(content).second) continue;
    TRY(json::Document document, json::Document::parse(content));
    const json::Value written = document.root();
    const std::string id = package.id + "-" + std::string(written["id"].string());
    auto write = make_write(document.with(written, "id", document.string(id)), writing);
    if (!write) {
      write.error().where = path + (write.error().where.empty() ? "" : ": " + write.error().where);
      return write.error();
    }
    transaction.writes.push_back(std::move(*write));
  }
  return {};
}

}  // namespace

Result<void> Library::deploy(PackagePointer package, Instant now, const Writing& writing) {
  const std::string files = encode(package->files);
  const std::string key = file_key(package->id, package->version);
  store::Transaction transaction;
  transaction.at = now;
  const auto known = store_.read_row(files_space, key);
  if (!known && known.error().code != ErrorCode::not_found) return known.error();
  if (known && known->value != files)
    return Error{ErrorCode::conflict,
                 "pathway " + package->id + " version " + package->version +
                     " is known with another content, and cases may run on that",
                 "organisation.yaml", "raise `version:` when anything in the package changes"};
  if (!known) {
    transaction.rows.push_back({std::string(files_space), key, files, 0});
    TRY_VOID(add_forms(*package, writing, transaction));
  }
  const auto current = store_.read_row(current_space, package->id);
  if (!current && current.error().code != ErrorCode::not_found) return current.error();
  if (!current || current->value != package->version)
    transaction.rows.push_back(
        {std::string(current_space), package->id, package->version, std::nullopt});
  if (!transaction.rows.empty()) TRY_VOID(store_.commit(std::move(transaction)));
  const std::lock_guard lock(mutex_);
  loaded_[{package->id, package->version}] = std::move(package);
  return {};
}

Result<std::vector<PackagePointer>> Library::current() {
  std::vector<Key> keys;
  TRY_VOID(store_.scan_rows(current_space, "", [&](const store::Row& row) {
    keys.emplace_back(row.key, row.value);
    return true;
  }));
  std::vector<PackagePointer> out;
  for (const Key& key : keys) {
    TRY(out.emplace_back(), load(key));
  }
  return out;
}

Result<PackagePointer> Library::current(std::string_view pathway) {
  const auto row = store_.read_row(current_space, pathway);
  if (!row) return row.error().code == ErrorCode::not_found ? no_pathway(pathway) : row.error();
  return load({row->key, row->value});
}

Result<PackagePointer> Library::find(std::string_view pathway, std::string_view version) {
  return load({std::string(pathway), std::string(version)});
}

Result<PackagePointer> Library::load(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = loaded_.find(key);
  if (found != loaded_.end()) return found->second;
  const auto row = store_.read_row(files_space, file_key(key.first, key.second));
  if (!row) return row.error().code == ErrorCode::not_found ? no_pathway(key.first) : row.error();
  TRY(const pathway::PackageFiles files, decode(row->value));
  std::vector<pathway::Finding> findings;
  PackagePointer package = pathway::load_package(files, key.first, "", findings);
  if (package == nullptr) {
    const auto first = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
      return finding.severity == pathway::Severity::error;
    });
    return Error{ErrorCode::unsupported,
                 "pathway " + key.first + " version " + key.second +
                     " was written for another version of the program: " +
                     (first == findings.end() ? "it does not compile" : first->message),
                 first == findings.end() ? "" : to_text(first->place),
                 "run the earlier program until its cases have ended"};
  }
  return loaded_[key] = std::move(package);
}

}  // namespace passerelle::run
