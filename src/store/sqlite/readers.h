// Read connections, lent to one thread at a time. They see whole commits only and never wait for
// the writer.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/sqlite/database.h"
#include "store/sqlite/terms.h"

namespace passerelle::store {

struct Reader {
  explicit Reader(std::unique_ptr<Database> opened)
      : database(std::move(opened)), names(*database) {}
  std::unique_ptr<Database> database;
  Names names;
};

class Readers {
 public:
  Readers(std::string path, int kept, int64_t cache_bytes)
      : path_(std::move(path)), kept_(kept), cache_bytes_(cache_bytes) {}

  // Gives the connection back when it goes; ends its snapshot if one was begun.
  class Loan {
   public:
    Loan(Readers& owner, std::unique_ptr<Reader> reader)
        : owner_(&owner), reader_(std::move(reader)) {}
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (reader_ != nullptr) owner_->give_back(std::move(reader_));
    }
    Database& database() { return *reader_->database; }
    Names& names() { return reader_->names; }
    // All statements until the loan ends see one state of the store.
    Result<void> begin_snapshot();

   private:
    Readers* owner_;
    std::unique_ptr<Reader> reader_;
  };
  Result<Loan> lend();

 private:
  void give_back(std::unique_ptr<Reader> reader);

  const std::string path_;
  const int kept_;
  const int64_t cache_bytes_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Reader>> idle_;
  int lent_ = 0;
};

}  // namespace passerelle::store
