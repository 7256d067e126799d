#include "server/import.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "run/indexing.h"
#include "server/import_input.h"
#include "server/import_piece.h"

namespace passerelle::server {
namespace {

constexpr size_t lines_in_a_piece = 200;
constexpr size_t bytes_in_a_piece = 4u << 20;
// So that no worker waits for the reader; the more, the more memory, and nothing is quicker.
constexpr size_t bytes_waiting = 16u << 20;

// Pieces on their way from the reader to the workers.
class Queue {
 public:
  void push(ImportPiece piece) {
    size_t size = 0;
    for (const ImportText& text : piece.texts) size += text.text.size();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ < bytes_waiting; });
    waiting_ += size;
    pieces_.push_back({std::move(piece), size});
    changed_.notify_all();
  }
  std::optional<ImportPiece> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !pieces_.empty() || closed_; });
    if (pieces_.empty()) return std::nullopt;
    ImportPiece piece = std::move(pieces_.front().piece);
    waiting_ -= pieces_.front().size;
    pieces_.pop_front();
    changed_.notify_all();
    return piece;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  struct Waiting {
    ImportPiece piece;
    size_t size = 0;
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> pieces_;
  size_t waiting_ = 0;
  bool closed_ = false;
};

// The file's kind by its name, without the archive's ending.
bool named_as_lines(std::string path) {
  for (const std::string_view packed : {".gz", ".bz2"})
    if (path.ends_with(packed)) path.resize(path.size() - packed.size());
  return path.ends_with(".ndjson") || path.ends_with(".jsonl");
}

class Importer {
 public:
  Importer(store::Store& store, const ImportSettings& settings)
      : settings_(settings), shared_(store, settings) {}

  Result<ImportReport> run(const std::vector<std::string>& files) {
    unsigned threads = settings_.threads > 0 ? static_cast<unsigned>(settings_.threads)
                                             : std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < threads; ++i)
      workers.emplace_back([this] {
        while (auto piece = queue_.pop()) import_piece(shared_, std::move(*piece));
      });
    for (const std::string& file : files) {
      if (shared_.committer.failure()) break;
      if (const auto done = read_file(file); !done) shared_.report(file, 0, done.error().message);
      ++report_.files;
      tell();
    }
    // What referred to something that came later; by now all of it is there, or never will be.
    shared_.committer.wait_before(next_piece_);
    const Result<void> read_again = read_later();
    queue_.close();
    for (std::thread& worker : workers) worker.join();
    shared_.committer.wait_all();
    tell();
    std::stable_sort(report_.problems.begin(), report_.problems.end(),
                     [](const auto& a, const auto& b) {
                       return a.file != b.file ? a.file < b.file : a.line < b.line;
                     });
    if (const auto failure = shared_.committer.failure()) return *failure;
    if (!read_again) return read_again.error();
    return std::move(report_);
  }

 private:
  Result<void> read_file(const std::string& path) {
    TRY(const auto file, InputFile::open(path));
    LineReader lines(*file);
    ImportPiece piece;
    std::string line;
    TRY(bool more, lines.next(line));
    // One resource in one line is a document and a line at the same time. What begins with another
    // line is a document over many, unless its name says that it is lines.
    if (more && !named_as_lines(path) && !is_whole_object(line))
      return read_document(*file, lines, std::move(line), path);
    size_t bytes = 0;
    while (more && !shared_.committer.failure()) {
      bytes += line.size();
      report_.bytes += line.size() + 1;
      piece.texts.push_back({lines.number(), std::move(line)});
      if (piece.texts.size() >= lines_in_a_piece || bytes >= bytes_in_a_piece) {
        push(std::exchange(piece, {}), path);
        bytes = 0;
      }
      auto next = lines.next(line);
      if (!next) {
        push(std::move(piece), path);
        return next.error();
      }
      more = *next;
    }
    push(std::move(piece), path);
    return {};
  }

  Result<void> read_document(InputFile& file, LineReader& lines, std::string first,
                             const std::string& path) {
    std::string text = std::move(first) + "\n" + lines.rest();
    TRY(const std::string rest, read_all(file, largest_document - text.size()));
    text += rest;
    report_.bytes += text.size();
    ImportPiece piece;
    piece.texts.push_back({0, std::move(text)});
    push(std::move(piece), path);
    return {};
  }

  // Pieces of one line each are put together again.
  Result<void> read_later() {
    ImportPiece piece;
    size_t bytes = 0;
    const auto push_piece = [&] {
      const std::string path = piece.file;
      push(std::exchange(piece, {}), path);
      bytes = 0;
    };
    while (!shared_.committer.failure()) {
      auto taken = shared_.later.take();
      const bool goes_on = taken && *taken && (*taken)->file == piece.file &&
                           bytes < bytes_in_a_piece && piece.texts.size() < lines_in_a_piece;
      if (!goes_on) push_piece();
      if (!taken) return taken.error();
      if (!*taken) break;
      piece.file = (*taken)->file;
      piece.last_try = true;
      for (ImportText& text : (*taken)->texts) {
        bytes += text.text.size();
        piece.texts.push_back(std::move(text));
      }
    }
    return {};
  }

  static bool is_whole_object(std::string_view line) {
    const std::string_view text = trim(line);
    return text.starts_with('{') && text.ends_with('}') && json::Document::parse(text, {}).ok();
  }

  void push(ImportPiece piece, const std::string& path) {
    if (piece.texts.empty()) return;
    piece.file = path;
    piece.number = next_piece_++;
    queue_.push(std::move(piece));
    if (next_piece_ % 16 == 0) tell();
  }

  void tell() {
    shared_.fill(report_);
    if (settings_.progress) settings_.progress(report_);
  }

  const ImportSettings& settings_;
  ImportShared shared_;
  Queue queue_;
  ImportReport report_;
  size_t next_piece_ = 0;
};

Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::exists(path, error))
      return Error{ErrorCode::not_found, "there is no such file or folder", path};
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      const std::string name = entry.path().filename().string();
      const bool data = name.find(".json") != std::string::npos ||
                        name.find(".ndjson") != std::string::npos ||
                        name.find(".xml") != std::string::npos;
      if (entry.is_regular_file() && data) inside.push_back(entry.path().string());
    }
    if (error) return Error{ErrorCode::unavailable, error.message(), path};
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace

Result<ImportReport> import_files(store::Store& store, const std::vector<std::string>& paths,
                                  const ImportSettings& settings) {
  TRY(const auto files, files_of(paths));
  TRY_VOID(run::is_index_current(store, settings.now));  // a new file is from now on
  return Importer(store, settings).run(files);
}

}  // namespace passerelle::server
