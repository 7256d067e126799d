// Pictures of a review as SVG, with a text for those who cannot see them. For to_html.cpp and its
// tests.
#pragma once

#include <string>
#include <string_view>

#include "review/review.h"

namespace passerelle::review {

// Reality with its interval, what was rehearsed, the target and the side that meets it, on one axis
// that holds them all. "" when there is nothing to draw.
std::string draw_indicator(const ReviewedIndicator& indicator, std::string_view language);
// How long cases took, as a histogram. "" without bins.
std::string draw_throughput(const Review& review, std::string_view language);
// A bar as long as a share of 0..1.
std::string draw_share(double share);

}  // namespace passerelle::review
