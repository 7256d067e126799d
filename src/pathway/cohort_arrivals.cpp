// Tables of arrivals: CSV with a head line, separated by commas, semicolons or tabs.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string>
#include <unordered_map>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/cohort.h"
#include "pathway/cohort_draw.h"

namespace passerelle::pathway {
namespace {

constexpr size_t most_rows = 5'000'000;
constexpr uint32_t most_replications = 100'000;

class ArrivalTable {
 public:
  ArrivalTable(const Cohort& cohort, Arrivals& stream, std::vector<Finding>& findings)
      : cohort_(cohort), stream_(stream), findings_(findings) {}

  void read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const size_t found = findings_.size();
    while (!text.empty() && findings_.size() == found) {
      ++line_;
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view row = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (row.ends_with('\r')) row.remove_suffix(1);
      if (row.empty()) continue;
      if (at_column_ == none) {
        head(row);
      } else if (stream_.points.size() == most_rows) {
        wrong("at most five million rows");
      } else {
        cells(row);
      }
    }
    if (findings_.size() != found) return;
    if (at_column_ == none) return wrong("a line with the names of the columns, among them `at`");
    within();
  }

 private:
  static constexpr size_t none = ~size_t{0};

  void wrong(const std::string& expected) {
    findings_.push_back(
        check_finding("wrong-value", {stream_.file.path, line_, 1}, {"expected " + expected}));
  }

  void head(std::string_view row) {
    separator_ = row.find(';') != row.npos ? ';' : row.find('\t') != row.npos ? '\t' : ',';
    const auto names = split(row, separator_);
    std::set<std::string> seen;
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string name(trim(names[i]));
      if (!seen.insert(name).second) return wrong("each column once, found '" + name + "' again");
      if (name == "at") {
        at_column_ = i;
      } else if (name == "replication") {
        replication_column_ = i;
      } else if (attribute(name) != nullptr) {
        attributes_.push_back(i);
        stream_.file.columns.push_back(name);
      } else {
        std::vector<std::string> known = {"at", "replication"};
        for (const Attribute& each : cohort_.attributes) known.push_back(each.name);
        findings_.push_back(make_finding(cohort_kinds::unknown_name, {stream_.file.path, line_, 1},
                                         "cohort.yaml has no attribute '" + name + "'",
                                         did_you_mean(name, known)));
      }
    }
    columns_ = names.size();
    if (at_column_ == none) wrong("a column `at`: when the patient comes");
  }

  const Attribute* attribute(const std::string& name) const {
    for (const Attribute& each : cohort_.attributes)
      if (each.name == name) return &each;
    return nullptr;
  }

  void cells(std::string_view row) {
    const auto texts = split(row, separator_);
    if (texts.size() != columns_) return wrong(std::to_string(columns_) + " columns");
    const auto at = parse_local(trim(texts[at_column_]));
    if (!at) return wrong("a date and time, like 2020-03-26 10:00:30");
    uint32_t replication = 0;
    if (replication_column_ != none) {
      const std::string_view text = trim(texts[replication_column_]);
      const auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), replication);
      if (error != std::errc() || end != text.data() + text.size() ||
          replication >= most_replications)
        return wrong("replication: a whole number from 0 to 99999");
    }
    if (last_.size() <= replication) last_.resize(replication + 1, LocalTime::min());
    if (*at < last_[replication]) return wrong("a time not before the row above");
    last_[replication] = *at;
    stream_.points.push_back({*at, 1});
    stream_.file.replication.push_back(replication);
    stream_.file.replications = std::max(stream_.file.replications, replication + 1);
    for (size_t i = 0; i < attributes_.size(); ++i)
      stream_.file.cells.push_back(cell(trim(texts[attributes_[i]]), stream_.file.columns[i]));
  }

  // Its number among the literals; 0 when the patient's own draw decides.
  uint32_t cell(std::string_view text, const std::string& column) {
    if (text.empty()) return 0;
    yaml::Node node;
    node.kind = yaml::Kind::scalar;
    node.scalar = text;
    Literal literal = parse_literal(node);
    if (attribute(column)->draw.kind == Draw::Kind::number && literal.kind != Literal::Kind::number)
      wrong("a number, since '" + column + "' is one");
    const auto known = literals_.find(literal.text);
    if (known != literals_.end()) return known->second;
    const auto index = static_cast<uint32_t>(stream_.file.literals.size());
    literals_.emplace(literal.text, index);
    stream_.file.literals.push_back(std::move(literal));
    return index;
  }

  void within() {
    const LocalTime end = cohort_.start + std::chrono::days(cohort_.days);
    const bool some = std::any_of(
        stream_.points.begin(), stream_.points.end(),
        [&](const Arrivals::Point& point) { return point.at >= cohort_.start && point.at < end; });
    if (!some)
      findings_.push_back(make_finding(
          cohort_kinds::contradiction, stream_.file.place,
          "nobody of '" + stream_.file.path + "' comes between `start` and the last of `days`"));
  }

  const Cohort& cohort_;
  Arrivals& stream_;
  std::vector<Finding>& findings_;
  char separator_ = ',';
  size_t columns_ = 0, at_column_ = none, replication_column_ = none;
  std::vector<size_t> attributes_;  // columns
  std::vector<LocalTime> last_;     // by replication
  std::unordered_map<std::string, uint32_t> literals_;
  int line_ = 0;
};

}  // namespace

void read_arrival_files(Cohort& cohort, const std::map<std::string, std::string>& files,
                        std::vector<Finding>& findings) {
  for (Arrivals& stream : cohort.arrivals) {
    if (stream.kind != Arrivals::Kind::file) continue;
    const auto found = files.find(stream.file.path);
    if (found != files.end()) {
      ArrivalTable(cohort, stream, findings).read(found->second);
      continue;
    }
    std::vector<std::string> known;
    for (const auto& [path, text] : files)
      if (path.ends_with(".csv")) known.push_back(path);
    findings.push_back(make_finding(cohort_kinds::unknown_place, stream.file.place,
                                    "the package has no file '" + stream.file.path + "'",
                                    did_you_mean(stream.file.path, known)));
  }
}

}  // namespace passerelle::pathway
