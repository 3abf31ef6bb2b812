# Writes matchit.txt from people.csv with R's glm and MatchIt. Run: Rscript make_matchit.R
# Debian 12: r-base-core 4.2.2, r-cran-matchit 4.5.1.

library(MatchIt)

people <- read.csv("people.csv", colClasses = c(key = "character"))
# People are named by their row, from 0.
rownames(people) <- seq_len(nrow(people)) - 1
out <- file("matchit.txt", "w")
say <- function(...) cat(..., "\n", file = out, sep = " ")
number <- function(x) sprintf("%.17g", x)
say("#", R.version.string, "MatchIt", as.character(packageVersion("MatchIt")))

score <- glm(treated ~ age + visits + cost + ill, binomial, people, control = glm.control(epsilon = 1e-15, maxit = 100))
for (name in names(coef(score))) say("coefficient", name, number(coef(score)[[name]]))
say("log_likelihood", number(as.numeric(logLik(score))))
logit <- score$linear.predictors
for (row in rownames(people)[seq(1, nrow(people), 10)]) say("logit", row, number(logit[[row]]))
caliper <- 0.05 * sqrt((var(logit[people$treated == 1]) + var(logit[people$treated == 0])) / 2)
say("caliper", number(caliper))

covariates <- treated ~ age + visits + cost + ill

tell <- function(run, m) {
  if (!is.null(m$match.matrix)) {
    for (row in rownames(m$match.matrix)) {
      found <- m$match.matrix[row, ]
      say("set", run, row, paste(found[!is.na(found)], collapse = " "))
    }
  } else {
    # Up to their scale, as MatchIt gives them.
    for (row in rownames(people)[m$weights > 0]) say("weight", run, row, number(m$weights[[row]]))
  }
}

tell_balance <- function(run, m) {
  s <- summary(m, standardize = TRUE, pair.dist = FALSE)
  wanted <- c("Means Treated", "Means Control", "Std. Mean Diff.", "Var. Ratio", "eCDF Max")
  for (part in c("sum.all", "sum.matched")) {
    for (name in c("age", "visits", "cost", "ill")) {
      is_treated <- people$treated == 1
      w <- if (part == "sum.all") rep(1, nrow(people)) else m$weights[rownames(people)]
      spread <- sapply(list(is_treated, !is_treated), function(g) sqrt(MatchIt:::wvar(people[[name]][g], name == "ill", w[g])))
      say("balance", run, part, name, paste(number(c(s[[part]][name, wanted], spread)), collapse = " "))
    }
  }
}

nearest <- function(...) matchit(covariates, people, method = "nearest", ...)

# Given a score as a vector, this version of MatchIt does not find the nearest: with replacement, many of the pairs it makes here
# are further apart than the nearest pair, and a caliper goes unheeded. Given distances as a matrix it does both. A matrix has
# no order of its own, so the treated are put in falling order of the score.
falling <- people[order(-logit), ]
apart <- abs(outer(logit[rownames(falling)[falling$treated == 1]], logit[rownames(falling)[falling$treated == 0]], "-"))
by_score <- function(...) matchit(covariates, falling, method = "nearest", distance = apart, m.order = "data", ...)
within <- function(...) by_score(exact = ~stratum, caliper = caliper, std.caliper = FALSE, ...)
m <- by_score()
tell("propensity_1", m)
tell_balance("propensity_1", m)
tell("propensity_1_strata", by_score(exact = ~stratum))
m <- within(ratio = 3)
tell("propensity_3_caliper_strata", m)
tell_balance("propensity_3_caliper_strata", m)
m <- within(ratio = 2, replace = TRUE)
tell("propensity_2_caliper_strata_replaced", m)
tell_balance("propensity_2_caliper_strata_replaced", m)
tell("mahalanobis_1", nearest(distance = "mahalanobis", m.order = "data"))
tell("mahalanobis_2_strata", nearest(distance = "mahalanobis", m.order = "data", exact = ~stratum, ratio = 2))
tell("mahalanobis_3_strata_replaced", nearest(distance = "mahalanobis", exact = ~stratum, ratio = 3, replace = TRUE))
distance <- mahalanobis_dist(covariates, people)
tell("mahalanobis_2_caliper_strata", nearest(
  distance = distance, m.order = "data", exact = ~stratum, ratio = 2, caliper = 0.8, std.caliper = FALSE
))
m <- matchit(treated ~ stratum + age + visits + cost + ill, people, method = "cem", cutpoints = list(
  stratum = 0, ill = 0, age = c(35, 50, 65), visits = c(1.5, 3, 6), cost = c(400, 900)
))
tell("coarsened", m)
tell_balance("coarsened", m)
tell("exact", matchit(treated ~ stratum + ill, people, method = "exact"))
close(out)
