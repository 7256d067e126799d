// Probabilities and quantiles of the gamma, beta, Poisson and Student's t distributions, to about
// 1e-12; that of the normal one is in base/random.h. Source: W. H. Press and others, "Numerical
// Recipes", 3rd edition, sections 6.2 and 6.4 (incomplete gamma and beta functions).
#pragma once

namespace passerelle::pathway {

double normal_probability(double value);
double gamma_probability(double shape, double value);  // scale 1
double gamma_quantile(double shape, double probability);
double beta_probability(double a, double b, double value);
double beta_quantile(double a, double b, double probability);
double poisson_quantile(double mean, double probability);
// Student's t with `freedom` degrees of freedom.
double student_quantile(double freedom, double probability);
double student_probability(double freedom, double value);

}  // namespace passerelle::pathway
