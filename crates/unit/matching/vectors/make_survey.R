# Writes survey.txt from people.csv: weights of entropy balancing with the calibration of the survey package. Run: Rscript make_survey.R
# Debian 12: r-base-core 4.2.2, r-cran-survey 4.1.1.
#
# Raking to known totals (Deville & Sarndal, JASA 1992) finds weights with the same totals that have the least relative entropy to
# equal ones: it is the same problem. The totals of each stratum are among them, as columns of zeros and ones.

suppressMessages(library(survey))

people <- read.csv("people.csv", colClasses = c(key = "character"))
people$row <- seq_len(nrow(people)) - 1
out <- file("survey.txt", "w")
say <- function(...) cat(..., "\n", file = out, sep = " ")
number <- function(x) sprintf("%.17g", x)
say("#", R.version.string, "survey", as.character(packageVersion("survey")))

# On a common scale, which the answer does not depend on, rounding is least.
for (name in c("age", "visits", "cost")) people[[name]] <- as.numeric(scale(people[[name]]))

tell <- function(run, formula, treated, controls) {
  wanted <- colSums(model.matrix(formula, treated))
  weighed <- calibrate(svydesign(~1, weights = ~1, data = controls), formula, wanted, calfun = "raking", epsilon = 1e-14, maxit = 500)
  w <- weights(weighed)
  apart <- max(abs(colSums(model.matrix(formula, controls) * w) - wanted))
  say("apart", run, number(apart))
  for (at in seq_along(w)) say("weight", run, controls$row[at], number(w[[at]]))
}

treated <- people[people$treated == 1, ]
controls <- people[people$treated == 0, ]
tell("one_stratum", ~ age + visits + cost + ill, treated, controls)
tell("strata", ~ factor(stratum) + age + visits + cost + ill, treated, controls)
# Without the treated of stratum 1 its candidates are not compared.
tell("two_strata", ~ factor(stratum) + age + visits + cost + ill, treated[treated$stratum != 1, ], controls[controls$stratum != 1, ])
close(out)
