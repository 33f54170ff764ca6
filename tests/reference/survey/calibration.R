# Numbers of R's survey for raked, calibrated and trimmed weights: calibration.json.
#
#     Rscript calibration.R
#
# Control parameters are tight, so that numbers are those of the solution and not of where iteration stopped.

suppressMessages(library(survey))
options(digits = 17, survey.lonely.psu = "fail")
read <- function(name) {
  d <- read.csv(paste0(name, ".csv"), colClasses = c(cds = "character"))
  d$yes <- as.numeric(d$sch.wide == "Yes")
  d$half <- d$snum %% 2
  d
}
apistrat <- read("apistrat"); apiclus1 <- read("apiclus1")
clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
nested <- svydesign(id = ~dnum, strata = ~stype, weights = ~pw, nest = TRUE, data = apistrat)
jk1 <- as.svrepdesign(clus1)

plain <- function(m) unname(as.matrix(m))
stat <- function(s) list(values = unname(coef(s)), covariance = plain(vcov(s)))
model <- function(m) list(values = unname(coef(m)), covariance = plain(vcov(m)), p_values = unname(coef(summary(m))[, 4]))
numbers <- function(d) list(
  weights = unname(weights(d, "sampling")),
  mean = stat(svymean(~api00 + api99, d)), total = stat(svytotal(~enroll, d)),
  ratio = list(values = unname(c(coef(svyratio(~api.stu, ~enroll, d)))), std_error = unname(c(SE(svyratio(~api.stu, ~enroll, d))))),
  domain = stat(svymean(~api00, subset(d, meals > 20))),
  linear = model(svyglm(api00 ~ ell + meals, d)), logit = model(svyglm(yes ~ ell, d, family = quasibinomial())))

types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
awards <- data.frame(awards = c("No", "Yes"), Freq = c(2027, 4167))
wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
both <- data.frame(half = c(0, 0, 1, 1), awards = c("No", "Yes", "No", "Yes"), Freq = c(1000, 2100, 1027, 2067))
tight <- list(maxit = 500, epsilon = 1e-11)
raked <- function(d) rake(d, list(~stype, ~sch.wide), list(types, wide), control = tight)

out <- list()
out$rake <- numbers(raked(clus1))
out$rake_strat <- numbers(rake(strat, list(~half, ~sch.wide), list(data.frame(half = 0:1, Freq = c(3100, 3094)), wide), control = tight))
out$rake_three <- numbers(rake(nested, list(~stype, ~half + awards, ~sch.wide), list(types, both, wide), control = tight))
out$rake_jk1 <- numbers(raked(jk1))
out$rake_after_post <- numbers(raked(postStratify(clus1, ~awards, awards)))

known <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018)
more <- c(known, api99 = 3914069)
out$linear_types <- numbers(calibrate(clus1, ~stype, known))
out$linear <- numbers(calibrate(clus1, ~stype + api99, more))
out$linear_strat <- numbers(calibrate(strat, ~stype + api99, more))
out$linear_nested <- numbers(calibrate(nested, ~stype + api99 + I(sch.wide == "Yes"), c(more, `I(sch.wide == "Yes")TRUE` = 5122)))
out$linear_no_intercept <- numbers(calibrate(strat, ~api99 - 1, c(api99 = 3914069)))
out$linear_jk1 <- numbers(calibrate(jk1, ~stype + api99, more))
bounded <- function(d, bounds, calfun) calibrate(d, ~stype + api99, more, bounds = bounds, calfun = calfun, epsilon = 1e-11)
out$bounded <- numbers(bounded(clus1, c(0.55, 1.8), "linear"))
out$bounded_jk1 <- numbers(bounded(jk1, c(0.3, 6), "linear"))
out$raking <- numbers(bounded(strat, c(-Inf, Inf), "raking"))
out$raking_bounded <- numbers(bounded(clus1, c(0.55, 1.8), "raking"))
out$logit <- numbers(bounded(clus1, c(0.4, 2.5), "logit"))
out$margins_raking <- numbers(calibrate(strat, list(~half, ~sch.wide), list(data.frame(half = 0:1, Freq = c(3100, 3094)), wide), calfun = "raking", epsilon = 1e-11))

wild <- raked(clus1)
out$trim <- numbers(trimWeights(wild, upper = 45, lower = 30))
out$trim_strict <- numbers(trimWeights(wild, upper = 42, lower = 30, strict = TRUE))
out$trim_strat <- numbers(trimWeights(strat, upper = 40, lower = 16))
out$made_with <- list(R = R.version.string, survey = as.character(packageVersion("survey")))
writeLines(jsonlite::toJSON(out, digits = NA, auto_unbox = TRUE), "calibration.json")
