#include "store/sqlite/log_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>

#include "store/test_store.h"

namespace passerelle::store {
namespace {

// Calls of the system that wrote something, of this process.
int64_t writes() {
  std::ifstream io("/proc/self/io");
  std::string name;
  for (int64_t count = 0; io >> name >> count;)
    if (name == "syscw:") return count;
  return -1;
}

Transaction patients(int from) {
  std::vector<Write> all;
  for (int n = from; n < from + 200; ++n)
    all.push_back(put("Patient", std::to_string(n), {string_value("family", std::to_string(n))},
                      "\"language\":\"" + std::string(1000, 'f') + "\""));
  return transaction_of(std::move(all));
}

TEST(WriteAheadLog, IsWrittenInFewPiecesForEachCommitAndFoundAgain) {
  const TestFolder folder;
  {
    SqliteOptions options;
    options.dictionary_after = 0;  // nobody else writes
    auto store = open_sqlite(folder.file(), options);
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->commit(patients(0)).ok());
    const int64_t before = writes();
    ASSERT_TRUE((*store)->commit(patients(200)).ok());
    // Of some 70 pages, 120 KiB at a time.
    if (before < 0) {
      std::cout << "skipped: the system does not count what is written\n";
    } else {
      EXPECT_LE(writes() - before, 6);
    }
    EXPECT_EQ((*store)->stats()->resources, 400) << "readers see it";
    // More pages than are kept in memory, or gathered.
    for (int n = 400; n < 20'000; n += 200) ASSERT_TRUE((*store)->commit(patients(n)).ok());
    EXPECT_TRUE((*store)->check().ok());
  }
  auto store = open_sqlite(folder.file());
  ASSERT_TRUE(store.ok());
  EXPECT_EQ((*store)->stats()->resources, 20'000);
  EXPECT_TRUE((*store)->check().ok());
}

}  // namespace
}  // namespace passerelle::store
