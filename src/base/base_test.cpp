#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "base/instant.h"
#include "base/philox.h"
#include "base/random.h"
#include "base/result.h"
#include "base/text.h"
#include "base/yaml.h"

namespace passerelle {
namespace {

Instant at(std::string_view text) {
  auto instant = parse_instant(text);
  EXPECT_TRUE(instant.ok()) << text;
  return *instant;
}

Result<int> parse_bed(std::string_view text) {
  if (text.empty()) return Error{ErrorCode::invalid, "a bed has a number", "ward.csv:3", "add it"};
  return static_cast<int>(text.size());
}

Result<void> check_bed(std::string_view text) {
  TRY_VOID(parse_bed(text));
  return {};
}

Result<std::string> name_bed(std::string_view text) {
  TRY_VOID(check_bed(text));
  TRY(const int number, parse_bed(text));
  return "bed " + std::to_string(number);
}

// One word as long as all goes well; what goes wrong comes through calls of other types whole.
TEST(Result, CarriesAnErrorThroughCallsOfOtherTypes) {
  static_assert(sizeof(Result<void>) == sizeof(void*));
  EXPECT_EQ(*name_bed("ab"), "bed 2");
  const Result<std::string> failed = name_bed("");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(to_text(failed.error()), "ward.csv:3: a bed has a number; add it");
}

TEST(Result, CopiesItsErrorAndGivesItAway) {
  Result<std::string> one = name_bed("");
  Result<std::string> copy = one;
  copy.error().message = "another";
  EXPECT_EQ(one.error().message, "a bed has a number");
  const Result<std::string> moved = std::move(one);
  EXPECT_EQ(moved.error().help, "add it");
  copy = name_bed("abc");
  EXPECT_EQ(*copy, "bed 3");
  Result<void> nothing = check_bed("");
  EXPECT_EQ(nothing.error().code, ErrorCode::invalid);
  nothing = {};
  EXPECT_TRUE(nothing.ok());
}

TEST(InstantText, ReadsOffsetsAndWritesUtcToTheMillisecond) {
  EXPECT_EQ(format_instant(at("2020-03-26T09:45:00+01:00")), "2020-03-26T08:45:00.000Z");
  EXPECT_EQ(format_instant(at("1969-12-31T23:59:59.5Z")), "1969-12-31T23:59:59.500Z");
  EXPECT_EQ(format_instant(at("2020-02-29T00:00Z")), "2020-02-29T00:00:00.000Z");
  for (const char* wrong : {"2021-02-29T00:00:00Z", "2020-03-26", "2020-03-26T25:00:00Z",
                            "2020-13-01T00:00:00Z", "2020-03-26T08:45:00", "x", ""})
    EXPECT_FALSE(parse_instant(wrong).ok()) << wrong;
}

TEST(DurationText, ReadsAndWritesIso8601WithoutMonths) {
  for (const char* text : {"PT4H30M", "P1DT12H", "PT0.5S", "-PT1M", "PT0S", "P30D"})
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
  for (const char* wrong : {"P1M", "P1Y", "PT", "P", "4H", "PT4", "PT1H1H", "PT1.5H"})
    EXPECT_FALSE(parse_duration(wrong).ok()) << wrong;
}

TEST(ZoneOfParis, FollowsSummerTime) {
  const auto zone = Zone::find("Europe/Paris");
  ASSERT_TRUE(zone.ok());
  EXPECT_EQ(zone->offset_at(at("2020-01-15T12:00:00Z")).count(), 3600);
  EXPECT_EQ(zone->offset_at(at("2020-07-15T12:00:00Z")).count(), 7200);
  const auto local = [&](std::string_view text) {
    return LocalTime(at(std::string(text) + "Z").time_since_epoch());
  };
  EXPECT_EQ(format_instant(zone->to_instant(local("2020-07-15T14:00:00"))),
            "2020-07-15T12:00:00.000Z");
  // 2:30 on the night of spring does not exist: the change at 1:00 UTC; in autumn it comes twice:
  // the first, still summer time.
  EXPECT_EQ(format_instant(zone->to_instant(local("2020-03-29T02:30:00"))),
            "2020-03-29T01:00:00.000Z");
  EXPECT_EQ(format_instant(zone->to_instant(local("2020-10-25T02:30:00"))),
            "2020-10-25T00:30:00.000Z");
  EXPECT_FALSE(Zone::find("Europe/Pariss").ok());
}

TEST(ZoneOfParis, ComesBackToTheSameInstantEveryHourOfAYear) {
  const Zone zone = *Zone::find("Europe/Paris");
  const Instant start = at("2020-01-01T00:00:00Z");
  for (int hour = 0; hour < 366 * 24; ++hour) {
    const Instant instant = start + std::chrono::hours(hour);
    const Instant back = zone.to_instant(zone.to_local(instant));
    // The second hour of the two equal ones in autumn reads as the first.
    const bool doubled = format_instant(instant).starts_with("2020-10-25T01");
    EXPECT_EQ(back, doubled ? instant - std::chrono::hours(1) : instant);
  }
}

TEST(Random, GivesThePublishedValuesOfPhilox) {
  // Known answers of Random123 1.14, philox4x32 with 10 rounds: counter and key zero.
  Random random(StreamKey{0, 0, 0, 0});
  EXPECT_EQ(random.next_u32(), 0x6627e8d5u);
  EXPECT_EQ(random.next_u32(), 0xe169c58du);
  EXPECT_EQ(random.next_u32(), 0xbc57ac4cu);
  EXPECT_EQ(random.next_u32(), 0x9b00dbd8u);
}

// Each way that this machine can, against the known answers of Random123 1.14 and against the
// others where the counter's first word comes round.
TEST(Random, GivesThePublishedValuesEachWay) {
  struct Known {
    PhiloxCounter counter;
    PhiloxKey key;
    std::array<uint32_t, 4> block;
  };
  const Known known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  constexpr PhiloxCounter steps[] = {
      {1, 0, 0, 0}, {0, 0, 1, 0}, {0, 1, 0, 0}, {0xffffffff, 7, 0x80000001, 0xfffffffe}};
  for (const PhiloxWay& way : philox_ways()) {
    for (const Known& each : known) {
      EXPECT_EQ(way.block(each.counter, each.key), each.block) << way.name;
      std::array<uint64_t, 2 * philox_blocks> numbers{};
      for (const PhiloxCounter& step : steps) {
        way.write(each.counter, step, each.key, numbers.data());
        PhiloxCounter counter = each.counter;
        for (size_t i = 0; i < philox_blocks; ++i) {
          const auto block = way.block(counter, each.key);
          EXPECT_EQ(numbers[2 * i], uint64_t{block[0]} << 32 | block[1]) << way.name;
          EXPECT_EQ(numbers[2 * i + 1], uint64_t{block[2]} << 32 | block[3]) << way.name;
          for (size_t word = 0; word < counter.size(); ++word) counter[word] += step[word];
        }
      }
    }
  }
}

TEST(Random, GivesTheSameNumbersManyAtOnce) {
  const StreamKey key{0x123456789abcdef, 7, 0xfedcba9876543210, purpose("test")};
  for (const unsigned before : {0u, 1u, 2u, 3u, 4u, 5u}) {
    for (size_t count = 0; count < 40; ++count) {
      Random one(key), many(key);
      for (unsigned i = 0; i < before; ++i) ASSERT_EQ(one.next_u32(), many.next_u32());
      std::vector<uint64_t> numbers(count);
      many.fill(numbers);
      for (const uint64_t number : numbers) ASSERT_EQ(one.next_u64(), number);
      ASSERT_EQ(one.next_u64(), many.next_u64()) << "and goes on as if they had come one by one";
    }
  }
}

TEST(Random, GivesFourWhatEachWouldDrawFirst) {
  for (const uint64_t first :
       {uint64_t{0}, uint64_t{4}, uint64_t{0xfffffffc}, uint64_t{3} << 32 | 0xfffffff8}) {
    StreamKey key{0x123456789abcdef, 7, first, purpose("test")};
    const auto four = Random::first_of_four(key);
    for (const uint64_t number : four) {
      EXPECT_EQ(Random(key).next_u64(), number) << key.entity;
      EXPECT_EQ(Random(key).uniform_open(), Random::open(number));
      ++key.entity;
    }
  }
}

TEST(Random, GivesTheSameNumbersToWhoDrawsMany) {
  const StreamKey key{5, 6, 7, purpose("many")};
  Random random(key);
  ManyDraws many(key);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(many.uniform_open(), random.uniform_open()) << i;
}

TEST(Random, StreamsDependOnEveryPartOfTheirKey) {
  const StreamKey base{1, 2, 3, 4};
  const uint64_t first = Random(base).next_u64();
  EXPECT_EQ(first, Random(base).next_u64());
  EXPECT_NE(first, Random(StreamKey{9, 2, 3, 4}).next_u64());
  EXPECT_NE(first, Random(StreamKey{1, 9, 3, 4}).next_u64());
  EXPECT_NE(first, Random(StreamKey{1, 2, 9, 4}).next_u64());
  EXPECT_NE(first, Random(StreamKey{1, 2, 3, 9}).next_u64());
}

TEST(Random, DrawsHaveTheirMeansAndSpreads) {
  Random random(StreamKey{7, 0, 0, purpose("test")});
  constexpr int n = 1'000'000;
  double uniform = 0, exponential = 0, normal = 0, square = 0, below = 0;
  for (int i = 0; i < n; ++i) {
    uniform += random.uniform();
    exponential += random.exponential(3);
    const double x = random.normal();
    normal += x;
    square += x * x;
    below += random.below(7);
  }
  EXPECT_NEAR(uniform / n, 0.5, 4 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(exponential / n, 3, 4 * 3 / std::sqrt(n));
  EXPECT_NEAR(normal / n, 0, 4 / std::sqrt(n));
  EXPECT_NEAR(square / n, 1, 4 * std::sqrt(2.0 / n));
  EXPECT_NEAR(below / n, 3, 4 * 2 / std::sqrt(n));
}

TEST(Text, FoldsCaseAndAccents) {
  EXPECT_EQ(fold("Éloïse CŒUR Straße"), "eloise coeur strasse");
  EXPECT_EQ(fold("e\xCC\x81t\xC3\xA9"), "ete");
  EXPECT_EQ(fold("ΆΣς Ёж"), "ασσ еж");
  EXPECT_EQ(fold("\xff"), "\xff");
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(is_utf8("é😀"));
  EXPECT_FALSE(is_utf8("\xc0\x80"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("abc\xe9"));
}

TEST(Text, PercentCodingComesBack) {
  const std::string text = "a b&c=é/%+";
  EXPECT_EQ(*percent_decode(percent_encode(text)), text);
  EXPECT_EQ(*percent_decode("a+b", true), "a b");
  EXPECT_FALSE(percent_decode("%4").ok());
  EXPECT_FALSE(percent_decode("%zz").ok());
  EXPECT_EQ(*percent_decode("%41"), "A");
}

TEST(Text, HintsAtTheNearestName) {
  EXPECT_EQ(closest("birthdat", {"birthdate", "name"}), "birthdate");
  EXPECT_EQ(closest("xyz", {"birthdate", "name"}), "");
}

TEST(Text, WritesAFileWholeAndReadsItBack) {
  const std::string path = testing::TempDir() + "passerelle-text-" + std::to_string(getpid());
  ASSERT_TRUE(write_file(path, "one").ok());
  ASSERT_TRUE(write_file(path, "two").ok());
  EXPECT_EQ(*read_file(path), "two");
  unlink(path.c_str());
  EXPECT_EQ(read_file(path).error().code, ErrorCode::not_found);
  EXPECT_FALSE(write_file("/nonexistent/x", "y").ok());
}

TEST(Yaml, KnowsThePlaceOfEveryNode) {
  auto root = yaml::parse("a: 1\nb:\n  - x\n  - {c: \"09:00\"}\n", "f.yaml");
  ASSERT_TRUE(root.ok()) << to_text(root.error());
  EXPECT_EQ(*root->find("a")->integer(), 1);
  const yaml::Node& item = root->find("b")->items[1];
  EXPECT_EQ(*item.find("c")->text(), "09:00");
  EXPECT_TRUE(item.find("c")->quoted);
  EXPECT_EQ(to_text(root->find("b")->items[0].place), "f.yaml:3:5");
  EXPECT_EQ(to_text(root->member_places[1]), "f.yaml:2:1");
  EXPECT_EQ(root->find("nothing"), nullptr);
}

TEST(Yaml, RefusesWhatPeopleCannotReadAndSaysWhere) {
  struct Case {
    const char *text, *where;
  };
  for (const auto& [text, where] :
       {Case{"a: &x 1\nb: *x\n", "f.yaml:1"}, Case{"a: 1\na: 2\n", "f.yaml:2:1"},
        Case{"a: !tag 1\n", "f.yaml:1"}, Case{"a: [1\n", "f.yaml:"},
        Case{"a: 1\n---\nb: 2\n", "f.yaml:"}}) {
    auto root = yaml::parse(text, "f.yaml");
    ASSERT_FALSE(root.ok()) << text;
    EXPECT_EQ(root.error().where.substr(0, std::string(where).size()), where) << text;
  }
}

TEST(Yaml, ConversionsSayWhatWasExpectedAndWhatStandsThere) {
  auto root = yaml::parse("a: many\n", "f.yaml");
  const auto number = root->find("a")->number();
  ASSERT_FALSE(number.ok());
  EXPECT_EQ(to_text(number.error()), "f.yaml:1:4: expected a number, found 'many'");
}

TEST(Yaml, WhatStandsInQuotesIsTextAsTheSchemasHaveIt) {
  auto root = yaml::parse("a: \"3\"\nb: \"true\"\nc: 3\nd: true\n", "f.yaml");
  EXPECT_EQ(to_text(root->find("a")->number().error()),
            "f.yaml:1:4: expected a number, found the text '3' in quotes");
  EXPECT_FALSE(root->find("a")->integer().ok());
  EXPECT_FALSE(root->find("b")->boolean().ok());
  EXPECT_EQ(*root->find("a")->text(), "3");
  EXPECT_EQ(*root->find("c")->integer(), 3);
  EXPECT_TRUE(*root->find("d")->boolean());
}

}  // namespace
}  // namespace passerelle
