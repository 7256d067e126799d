#include "base/whole_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.h"

namespace passerelle {
namespace {

TEST(WholeFile, StandsThereAtTheEndOrNotAtAll) {
  const std::string folder = testing::TempDir() + "passerelle-whole-" + std::to_string(getpid());
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  const std::string path = folder + "/file", link = folder + "/link";
  ASSERT_TRUE(write_file(path, "before").ok());
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  const auto files = [&] { return std::distance(std::filesystem::directory_iterator(folder), {}); };
  {
    auto given_up = WholeFile::open(path);
    ASSERT_TRUE(given_up.ok());
    ASSERT_TRUE(given_up->write(std::string(200'000, 'x')).ok());
  }
  EXPECT_EQ(*read_file(path), "before");
  EXPECT_EQ(files(), 2) << "nothing is left beside it";
  ASSERT_TRUE(write_file(link, std::string(200'000, 'y') + "after").ok());
  EXPECT_EQ(*read_file(path), std::string(200'000, 'y') + "after");
  EXPECT_TRUE(std::filesystem::is_symlink(link)) << "what it leads to was written";
  struct stat there {};
  ASSERT_EQ(stat(path.c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0600u) << "whoever could not read it cannot now";
  EXPECT_EQ(files(), 2);
  std::filesystem::remove_all(folder);
}

TEST(WholeFile, WritesWhatIsNoFileAsItComes) {
  const std::string pipe = testing::TempDir() + "passerelle-pipe-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(check_writable(pipe).ok()) << "without waiting for somebody who reads";
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  ASSERT_TRUE(write_file(pipe, "told").ok());
  char told[8] = {};
  EXPECT_EQ(read(reader, told, sizeof told), 4);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  close(reader);
  unlink(pipe.c_str());
}

TEST(WholeFile, SaysBeforehandThatItCannotBe) {
  const std::string name = testing::TempDir() + std::string(250, 'x');
  for (const std::string& path :
       {std::string("/proc/file"), name, testing::TempDir(), std::string("/no/such/file")}) {
    const auto said = check_writable(path);
    ASSERT_FALSE(said.ok()) << path;
    EXPECT_EQ(said.error().where, path);
    EXPECT_FALSE(said.error().help.empty());
  }
}

}  // namespace
}  // namespace passerelle
