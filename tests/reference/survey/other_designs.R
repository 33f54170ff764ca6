# Numbers of R's survey for a made-up sample with everything that makes designs hard: clusters of unequal size whose
# ids start again in every stratum, unequal weights, strata with one cluster, finite populations at two stages (one
# stratum drawn whole), domains that empty a stratum or leave one cluster in it, given replicate weights of all kinds.
# Writes other_designs.csv (the sample), other_bootstrap.csv (factors) and other_designs.json. Run in this folder:
#   Rscript other_designs.R
suppressMessages({library(survey); library(jsonlite)})
options(warn = -1)

set.seed(70)
drawn <- c(A = 12, B = 9, C = 4, D = 5, E = 1, F = 1)
there <- c(A = 40, B = 18, C = 4, D = 60, E = 1, F = 12)
rows <- list()
for (h in names(drawn)) for (i in seq_len(drawn[h])) {
  m <- sample(c(2, 3, 5, 8, 13), 1); M <- m + sample(c(0, 3, 20), 1)
  u <- rnorm(1, 0, .6)
  x <- rnorm(m); k <- sample(c("north", "south", "east"), m, TRUE, c(.5, .3, .2)); girl <- rbinom(m, 1, .45)
  eta <- .3 + .5 * x - .6 * (k == "south") + u
  rows[[length(rows) + 1]] <- data.frame(stratum = h, psu = i, school = paste0(h, i), schools = unname(there[h]),
    pupils = M, w = round(there[h] / drawn[h] * M / m * exp(rnorm(m, 0, .5)), 3), x = round(x, 4), k = k, girl = girl,
    y = round(50 + 8 * eta + rnorm(m, 0, 5), 2), likes = pmin(5, pmax(1, round(3 + eta + rnorm(m)))),
    b = rbinom(m, 1, plogis(eta - .3)), cnt = rnbinom(m, mu = exp(.7 + .4 * eta), size = 1.5),
    part = round(plogis(eta + rnorm(m)), 3), hours = round(runif(m, 1, 9), 1))
}
sample_ <- do.call(rbind, rows)
sample_$part[sample_$part > .9] <- 1; sample_$part[sample_$part < .1] <- 0
sample_$z <- sample_$y; sample_$z[sample(nrow(sample_), 18)] <- NA
sample_$dom <- sample_$stratum != "D" & sample_$x > -.4 & sample_$school != "A2"
sample_$lone <- sample_$stratum != "D" | sample_$school == "D3"
sample_$row <- seq_len(nrow(sample_))
write.csv(sample_, "other_designs.csv", row.names = FALSE, quote = FALSE)
sample_$ord <- cut(sample_$likes, c(0, 2, 3, 4, 5), labels = c("low", "mid", "high", "top"))

plain <- function(m) unname(as.matrix(m))
stat <- function(s, df) list(values = unname(coef(s)), covariance = plain(vcov(s)), interval = plain(confint(s, df = df)))
by <- function(s) list(names = names(coef(s)), values = unname(coef(s)), covariance = plain(vcov(s)))
quantiles <- function(f, d) { q <- svyquantile(f, d, c(.25, .5, .8))[[1]]
  list(values = unname(q[, 1]), interval = plain(q[, 2:3]), std_error = unname(q[, 4])) }
chi <- function(d, s) { t <- svychisq(~ k + b, d, statistic = s)
  list(statistic = c(t$statistic), df = unname(t$parameter), p_value = c(unname(t$p.value))) }
exact <- list(epsilon = 1e-14, maxit = 100)
model <- function(m, f) { w <- regTermTest(m, f)
  list(values = unname(coef(m)), covariance = plain(vcov(m)), df = m$df.residual, p_values = unname(coef(summary(m))[, 4]),
       interval = plain(confint(m)), wald = c(w$Ftest, w$df, w$ddf, w$p), wald_p_infinite = c(regTermTest(m, f, df = Inf)$p)) }
facts <- function(d, ordered = FALSE) {
  df <- degf(d); z <- subset(d, !is.na(z)); three <- svymean(~ y + x + hours, d)
  any_ <- svycontrast(three, list(a = c(y = 1, x = -3, hours = .5))); curve <- svycontrast(three, quote(y / hours - log(hours)))
  ratio <- svyratio(~ y + cnt, ~hours, d, covmat = TRUE); v <- svyvar(~y, d); p <- svyciprop(~b, d)
  t <- svyttest(y ~ girl, d)
  out <- list(df = df, n = nrow(d), mean = stat(svymean(~ y + x, d), df), mean_missing = stat(svymean(~z, d, na.rm = TRUE), degf(z)),
    total = stat(svytotal(~ y + hours, d), df), share = plain(vcov(svymean(~k, d))), total_k = plain(vcov(svytotal(~k, d))),
    prop = c(as.numeric(p), as.numeric(attr(p, "ci"))),
    ratio = list(values = unname(c(coef(ratio))), covariance = plain(ratio$vcov)),
    quantile = quantiles(~y, d), ties = quantiles(~likes, d), variance = c(as.numeric(v), SE(v)),
    effect = unname(deff(svymean(~ y + x, d, deff = TRUE))), effect_replacement = unname(deff(svymean(~ y + x, d, deff = "replace"))),
    by = by(svyby(~y, ~ k + girl, d, svymean, covmat = TRUE)),
    contrast = c(coef(any_), SE(any_)), curve = c(coef(curve), SE(curve)),
    ttest = c(t$statistic, t$parameter, t$p.value, t$conf.int),
    chi = list(F = chi(d, "F"), `chi-square` = chi(d, "Chisq"), Wald = chi(d, "Wald"), `adjusted Wald` = chi(d, "adjWald")),
    linear = model(svyglm(y ~ x + k + girl, d), ~k),
    logit = model(svyglm(b ~ x + k, d, family = quasibinomial, control = exact), ~k),
    poisson = model(svyglm(cnt ~ x + k + offset(log(hours)), d, family = quasipoisson, control = exact), ~k),
    fractional = model(svyglm(part ~ x + girl, d, family = quasibinomial, control = exact), ~x))
  if (ordered) { m <- svyolr(ord ~ x + k, d, control = list(reltol = 1e-15, maxit = 1000))
    out$ordered <- list(values = unname(c(m$coefficients, m$zeta)), covariance = plain(vcov(m)), df = m$df.residual) }
  out
}

core <- subset(sample_, !stratum %in% c("E", "F"))
core$share1 <- ave(core$psu, core$stratum, FUN = function(v) length(unique(v))) / core$schools
core$share2 <- ave(core$w, core$school, FUN = length) / core$pupils
out <- list()
fpc <- svydesign(~psu, strata = ~stratum, weights = ~w, nest = TRUE, fpc = ~schools, data = core)
two <- svydesign(~ school + row, strata = ~stratum, weights = ~w, fpc = ~ schools + pupils, data = core)
out$fpc_dom <- facts(subset(fpc, dom)); out$two <- facts(two, TRUE); out$two_dom <- facts(subset(two, dom))
out$shares <- facts(svydesign(~ school + row, strata = ~stratum, weights = ~w, fpc = ~ share1 + share2, data = core))
out$implied <- facts(svydesign(~ school + row, strata = ~stratum, fpc = ~ schools + pupils, data = core))
for (policy in c("adjust", "average", "certainty", "remove")) {
  options(survey.lonely.psu = policy)
  plain_ <- svydesign(~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = sample_)
  out[[paste0(policy, "_dom")]] <- facts(subset(plain_, dom), TRUE)
  out[[paste0(policy, "_lone")]] <- facts(subset(plain_, lone))
  out[[paste0(policy, "_fpc")]] <- facts(svydesign(~psu, strata = ~stratum, weights = ~w, nest = TRUE, fpc = ~schools, data = sample_))
}
options(survey.lonely.psu = "fail")

nested <- svydesign(~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = core)
out$jkn_fpc <- facts(as.svrepdesign(fpc, type = "JKn", mse = FALSE))
out$jkn_dom <- facts(subset(as.svrepdesign(nested, type = "JKn", mse = TRUE), dom))
set.seed(9)
factors <- as.matrix(as.svrepdesign(nested, type = "subbootstrap", replicates = 40)$repweights)
write.csv(round(as.data.frame(factors), 12), "other_bootstrap.csv", row.names = FALSE, quote = FALSE)
factors <- as.matrix(read.csv("other_bootstrap.csv"))
rscales <- round(seq(.2, 1.4, length.out = 40), 3)
given <- function(...) svrepdesign(data = core, weights = ~w, ...)
combined <- factors * core$w
out$factors <- facts(given(repweights = factors, type = "bootstrap", combined.weights = FALSE, mse = FALSE))
out$weights_mse <- facts(subset(given(repweights = combined, type = "bootstrap", combined.weights = TRUE, mse = TRUE), x > -1))
out$other <- facts(given(repweights = combined, type = "other", scale = .03, rscales = rscales, combined.weights = TRUE, mse = FALSE))
out$jk2 <- facts(given(repweights = combined, type = "JK2", combined.weights = TRUE, mse = TRUE))
out$acs <- facts(given(repweights = combined, type = "ACS", combined.weights = TRUE, mse = TRUE))
out$fay <- facts(given(repweights = combined, type = "Fay", rho = .3, combined.weights = TRUE, mse = FALSE))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "string"), "other_designs.json")
