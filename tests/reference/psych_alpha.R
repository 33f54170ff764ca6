# Reference numbers for Cronbach's alpha: psych (estimates, Feldt's interval) and survey (errors under a design).
# Run in this folder: Rscript psych_alpha.R  -> psych_alpha.json
suppressMessages({library(psych); library(survey); library(jsonlite)})
frame <- read.csv("psych_answers.csv")
items <- paste0("item", 1:6)
complete <- frame[complete.cases(frame[, items]), ]

by_psych <- function(data) {
  a <- psych::alpha(data[, items])
  list(raw = a$total$raw_alpha, standardised = a$total$std.alpha, average_r = a$total$average_r,
       alpha_if_deleted = a$alpha.drop$raw_alpha, item_rest = a$item.stats$r.drop, n = nrow(data))
}
feldt <- psych::alpha.ci(psych::alpha(complete[, items])$total$raw_alpha, n.obs = nrow(complete), n.var = 6)

k <- 6
alpha_of <- function(V) k / (k - 1) * (1 - sum(diag(V)) / sum(V))
gradient <- function(V) as.vector(k / (k - 1) * (sum(diag(V)) / sum(V)^2 - diag(k) / sum(V)))
by_survey <- function(design) {
  d <- subset(design, complete.cases(frame[, items]))
  v <- svyvar(~item1 + item2 + item3 + item4 + item5 + item6, d)
  V <- matrix(as.vector(v), k, k)
  g <- gradient(V)
  list(alpha = alpha_of(V), se = sqrt(as.vector(t(g) %*% attr(v, "var") %*% g)), df = degf(d))
}
by_jackknife <- function(design, type) {
  w <- complete.cases(frame[, items])
  rep <- withReplicates(as.svrepdesign(design, type = type, mse = TRUE), function(weights, data) {
    alpha_of(cov.wt(data[w, items], weights[w])$cov)
  })
  list(alpha = as.vector(rep), se = as.vector(SE(rep)))
}
simple <- svydesign(ids = ~1, weights = ~1, data = frame)
weighted <- svydesign(ids = ~1, weights = ~weight, data = frame)
clustered <- svydesign(ids = ~school, strata = ~stratum, weights = ~weight, data = frame, nest = TRUE)
write_json(list(
  R = R.version.string, psych = as.character(packageVersion("psych")), survey = as.character(packageVersion("survey")),
  complete = by_psych(complete), pairwise = by_psych(frame),
  feldt = list(low = feldt$lower.ci, high = feldt$upper.ci),
  linearised = list(simple = by_survey(simple), weighted = by_survey(weighted), clustered = by_survey(clustered)),
  jackknife = list(simple = by_jackknife(simple, "JK1"), weighted = by_jackknife(weighted, "JK1"),
                   clustered = by_jackknife(clustered, "JKn"))
), "psych_alpha.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
