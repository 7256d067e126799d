// Tables for a terminal. For rehearse/ only.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace passerelle::rehearse {

inline size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// Columns as wide as their widest cell; the first stands left, the others right.
class TextTable {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print(std::string& out) const {
    std::vector<size_t> widths;
    for (const auto& cells : rows_) {
      widths.resize(std::max(widths.size(), cells.size()));
      for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width_of(cells[i]));
    }
    for (const auto& cells : rows_) {
      std::string line = " ";
      for (size_t i = 0; i < cells.size(); ++i) {
        const std::string gap(widths[i] - width_of(cells[i]), ' ');
        line += " " + (i == 0 ? cells[i] + gap : " " + gap + cells[i]);
      }
      while (line.ends_with(' ')) line.pop_back();
      out += line + "\n";
    }
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace passerelle::rehearse
