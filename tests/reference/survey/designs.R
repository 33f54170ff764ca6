# Reference numbers from R's survey package for designs that the api examples do not cover.
# Run in this folder: Rscript designs.R   (needs survey and jsonlite; writes designs.json)

suppressMessages(library(survey))
options(digits = 17, warn = 1)
read <- function(name) read.csv(paste0(name, ".csv"))
apisrs <- read("apisrs"); apistrat <- read("apistrat"); apiclus1 <- read("apiclus1"); apiclus2 <- read("apiclus2")

# Variables the Python tests rebuild under the same names.
prepare <- function(d) {
  d$yes <- as.numeric(d$sch.wide == "Yes")
  d$region <- d$cnum %% 4
  d$half <- d$snum %% 2
  # Answers lost by rule, so that both sides lose the same ones.
  d$score <- ifelse(d$snum %% 7 == 0, NA, d$api00)
  d$aware <- ifelse(d$snum %% 5 == 0, NA, d$yes)
  d
}
apisrs <- prepare(apisrs); apistrat <- prepare(apistrat); apiclus1 <- prepare(apiclus1); apiclus2 <- prepare(apiclus2)

plain <- function(m) unname(as.matrix(m))
stat <- function(s, df = NULL) {
  out <- list(values = unname(coef(s)), std_error = unname(as.vector(SE(s))), covariance = plain(vcov(s)))
  if (!is.null(df)) out$interval <- plain(confint(s, df = df))
  out
}
by <- function(s) list(values = unname(coef(s)), std_error = unname(as.vector(SE(s))), covariance = plain(vcov(s)))
model <- function(m) {
  table <- coef(summary(m))
  list(names = rownames(table), values = unname(coef(m)), std_error = unname(table[, 2]), p_values = unname(table[, 4]),
       covariance = plain(vcov(m)), df = m$df.residual, interval = plain(confint(m)), n = length(m$residuals))
}
test <- function(t) list(statistic = unname(t$statistic), parameter = unname(t$parameter), p_value = unname(t$p.value))
wald <- function(w) list(statistic = c(w$Ftest), df = w$df, ddf = w$ddf, p_value = c(w$p))
quantiles <- function(formula, d, p, ...) {
  q <- svyquantile(formula, d, p, ...)
  list(probabilities = p, values = unname(q[[1]][, 1]), interval = plain(q[[1]][, 2:3]), std_error = unname(q[[1]][, 4]))
}
share <- function(formula, d) {
  s <- svyciprop(formula, d, method = "logit")
  list(values = as.numeric(s), interval = plain(matrix(as.numeric(attr(s, "ci")), 1)), std_error = sqrt(c(attr(s, "var"))))
}

schools <- function(d) {
  complete <- subset(d, !is.na(score))
  answered <- subset(d, !is.na(aware))
  list(
    df = degf(d), n = nrow(d), sum_weights = sum(weights(d)),
    mean = stat(svymean(~api00 + api99, d), degf(d)),
    mean_missing = stat(svymean(~score, d, na.rm = TRUE), degf(complete)), df_missing = degf(complete),
    design_effect = unname(deff(svymean(~api00 + api99, d, deff = TRUE))),
    design_effect_replacement = unname(deff(svymean(~api00 + api99, d, deff = "replace"))),
    design_effect_total = unname(c(deff(svytotal(~api00, d, deff = TRUE)))),
    design_effect_missing = unname(c(deff(svymean(~score, d, deff = TRUE, na.rm = TRUE)))),
    total = stat(svytotal(~api00 + yes, d), degf(d)),
    total_stype = stat(svytotal(~stype, d)),
    share_stype = stat(svymean(~stype, d)),
    share_yes = share(~yes, d),
    ratio = list(values = unname(c(coef(svyratio(~api.stu + api00, ~api99, d)))),
                 covariance = plain(svyratio(~api.stu + api00, ~api99, d, covmat = TRUE)$vcov)),
    variance = stat(svyvar(~api00, complete)),
    quantile = quantiles(~api00, d, c(0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)),
    quantile_missing = quantiles(~score, complete, c(0.1, 0.5, 0.8)),
    quantile_90 = quantiles(~api99, d, c(0.3, 0.6), alpha = 0.1),
    by_half = by(svyby(~api00 + api99, ~half, d, svymean, covmat = TRUE)),
    by_two = by(svyby(~api00, ~half + yes, d, svymean, covmat = TRUE)),
    total_by_half = by(svyby(~api00, ~half, d, svytotal, covmat = TRUE)),
    contrast = stat(svycontrast(svymean(~api00 + api99, d), c(1, -0.5))),
    linear = model(svyglm(api00 ~ ell + meals + factor(stype), d)),
    linear_missing = model(svyglm(score ~ ell + meals, d)),
    linear_no_intercept = model(svyglm(api00 ~ 0 + ell + meals, d)),
    logit = model(svyglm(yes ~ ell + meals + api99, d, family = quasibinomial())),
    logit_missing = model(svyglm(aware ~ ell + factor(half), d, family = quasibinomial())),
    wald = wald(regTermTest(svyglm(api00 ~ ell + meals + factor(stype), d), ~factor(stype))),
    independence = test(svychisq(~stype + yes, d)),
    independence_missing = test(svychisq(~half + aware, d)),
    t_test = test(svyttest(api00 ~ yes, d)),
    t_test_missing = test(svyttest(score ~ half, d))
  )
}

out <- list()

# Two stages with sizes at both; weights given, or implied by the sizes; a share drawn instead of a size.
two <- svydesign(id = ~dnum + snum, weights = ~pw, fpc = ~fpc1 + fpc2, data = apiclus2)
out$two_stage <- schools(two)
out$two_stage_implied <- list(mean = stat(svymean(~api00, svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2))),
                              sum_weights = sum(weights(svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2))))
out$two_stage_no_fpc <- schools(svydesign(id = ~dnum + snum, weights = ~pw, data = apiclus2))
apiclus1$drawn <- 15 / 757
out$share_drawn <- schools(svydesign(id = ~dnum, weights = ~pw, fpc = ~drawn, data = apiclus1))

# Domains that cut strata and clusters.
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
nested <- svydesign(id = ~dnum, strata = ~stype, weights = ~pw, nest = TRUE, data = apistrat)
out$domain_strat <- schools(subset(strat, meals > 30 & ell < 60))
out$domain_nested <- schools(subset(nested, api99 > 500))
out$domain_two_stage <- schools(subset(two, meals > 25))
crossed <- apistrat; crossed$both <- interaction(crossed$stype, crossed$yes, drop = TRUE)
out$crossed <- schools(svydesign(id = ~1, strata = ~both, weights = ~pw, data = crossed))

# Strata with one cluster, under every policy; whole sample, and a domain that leaves some of them out.
lonely <- svydesign(id = ~1, strata = ~cnum, weights = ~pw, data = apisrs)
lonely_fpc <- svydesign(id = ~1, strata = ~cnum, weights = ~pw, fpc = ~I(rep(0.1, 200)), data = apisrs)
for (policy in c("adjust", "average", "certainty", "remove")) {
  options(survey.lonely.psu = policy)
  few <- function(d) list(df = degf(d), mean = stat(svymean(~api00 + api99, d), degf(d)), total = stat(svytotal(~api00, d)),
                          linear = model(svyglm(api00 ~ ell + meals, d)), by_half = by(svyby(~api00, ~half, d, svymean, covmat = TRUE)))
  out[[paste0("lonely_", policy)]] <- few(lonely)
  out[[paste0("lonely_fpc_", policy)]] <- few(lonely_fpc)
  out[[paste0("lonely_domain_", policy)]] <- few(subset(lonely, region < 2))
}
options(survey.lonely.psu = "fail")

# Strata at both stages, with lonely second-stage strata.
inner <- apiclus2; inner$size1 <- 400; inner$size2 <- 40; inner$first <- inner$dnum %% 3
options(survey.lonely.psu = "adjust")
out$strata_within <- few(svydesign(id = ~dnum + snum, strata = ~first + stype, weights = ~pw, fpc = ~size1 + size2, data = inner))
options(survey.lonely.psu = "certainty")
out$strata_within_certainty <- few(svydesign(id = ~dnum + snum, strata = ~first + stype, weights = ~pw, fpc = ~size1 + size2, data = inner))
options(survey.lonely.psu = "fail")

# Post-stratification, of a linearised and of a replicated design, and in a domain of it.
known <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
posted <- function(d) list(sum_weights = sum(weights(d)), mean = stat(svymean(~api00 + api99, d)), total = stat(svytotal(~enroll, d)),
                           linear = model(svyglm(api00 ~ ell + meals, d)), logit = model(svyglm(yes ~ ell, d, family = quasibinomial())))
out$post_stratified <- posted(postStratify(clus1, ~stype, known))
out$post_stratified_domain <- posted(subset(postStratify(clus1, ~stype, known), meals > 20))
two_way <- data.frame(stype = rep(c("E", "H", "M"), 2), half = rep(0:1, each = 3), Freq = c(2200, 400, 500, 2221, 355, 518))
out$post_stratified_crossed <- list(mean = stat(svymean(~api00, postStratify(nested, ~stype + half, two_way))))
out$post_stratified_jk1 <- list(mean = stat(svymean(~api00, postStratify(as.svrepdesign(clus1), ~stype, known))))

# Replicate weights: half samples of pairs of schools, given as columns; and made of the api designs.
pairs <- apisrs[1:100, ]
pairs$pair <- rep(1:50, each = 2)
pairs$pw <- pairs$pw * (1 + pairs$snum %% 3)
half <- weights(as.svrepdesign(svydesign(id = ~1, strata = ~pair, weights = ~pw, data = pairs), type = "BRR", compress = FALSE), type = "replication")
half <- unclass(half)
colnames(half) <- paste0("r", seq_len(ncol(half)))
write.csv(half, "half_samples.csv", row.names = FALSE, quote = FALSE)
brr <- svrepdesign(data = pairs, weights = ~pw, repweights = half * pairs$pw, type = "BRR", combined.weights = TRUE, mse = FALSE)
fay <- svrepdesign(data = pairs, weights = ~pw, repweights = (1 + (half - 1) * 0.5) * pairs$pw, type = "Fay", rho = 0.5, combined.weights = TRUE, mse = TRUE)
factors <- svrepdesign(data = pairs, weights = ~pw, repweights = half, type = "bootstrap", combined.weights = FALSE, mse = FALSE)
replicated <- function(d) {
  all <- schools(d)
  all$ratio <- list(values = unname(c(coef(svyratio(~api.stu + api00, ~api99, d)))), std_error = unname(c(SE(svyratio(~api.stu + api00, ~api99, d)))))
  all
}
schools_full <- schools
body(schools)[[length(body(schools))]]$ratio <- quote(NULL)
out$brr <- replicated(brr)
out$fay_estimate <- replicated(fay)
out$fay_domain <- replicated(subset(fay, meals > 20))
out$bootstrap_factors <- replicated(factors)
nested_jkn <- svydesign(id = ~dnum, strata = ~stype, weights = ~pw, nest = TRUE, data = apistrat)
out$jkn_nested <- replicated(as.svrepdesign(nested_jkn, type = "JKn", mse = TRUE))
schools <- schools_full
for (policy in c("average", "certainty", "remove")) {
  options(survey.lonely.psu = policy)
  d <- as.svrepdesign(lonely, type = "JKn")
  out[[paste0("jkn_", policy)]] <- list(mean = stat(svymean(~api00 + api99, d)), linear = model(svyglm(api00 ~ ell + meals, d)))
}
options(survey.lonely.psu = "fail")

# Textbook designs.
mu284 <- read("mu284"); hospital <- read("hospital")
out$mu284 <- list(total = stat(svytotal(~y1, svydesign(id = ~id1 + id2, fpc = ~n1 + n2, data = mu284))),
                  mean = stat(svymean(~y1, svydesign(id = ~id1 + id2, fpc = ~n1 + n2, data = mu284)), 4))
hosp <- svydesign(strata = ~oblevel, id = ~hospno, weights = ~weighta, fpc = ~tothosp, data = hospital)
out$hospital <- list(total = stat(svytotal(~births, hosp), degf(hosp)), mean = stat(svymean(~births, hosp), degf(hosp)), df = degf(hosp))
clus <- svydesign(id = ~clu, weights = ~wt, data = read("lehtonen_clus1"))
out$lehtonen_clus1 <- list(total = stat(svytotal(~ue91, clus)), ratio = list(values = c(coef(svyratio(~ue91, ~lab91, clus))), std_error = c(SE(svyratio(~ue91, ~lab91, clus)))))
str <- svydesign(id = ~1, strata = ~str, weights = ~wt, fpc = ~fpc, data = read("lehtonen_strat"))
out$lehtonen_strat <- list(total = stat(svytotal(~ue91, str), degf(str)), ratio = list(values = c(coef(svyratio(~ue91, ~lab91, str))), std_error = c(SE(svyratio(~ue91, ~lab91, str)))), df = degf(str))
options(survey.lonely.psu = "certainty")
cert <- svydesign(id = ~clu, strata = ~str, weights = ~wt, data = read("lehtonen_certainty"), nest = TRUE)
out$lehtonen_certainty <- list(total = stat(svytotal(~ue91, cert), degf(cert)), df = degf(cert))

out$made_with <- list(R = R.version.string, survey = as.character(packageVersion("survey")))
writeLines(jsonlite::toJSON(out, digits = NA, auto_unbox = TRUE, pretty = FALSE), "designs.json")
