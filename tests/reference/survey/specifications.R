# Reference numbers from R's survey package for what specifications name: contrasts, associations, precision, panels.
# Run in this folder: Rscript specifications.R   (needs survey and jsonlite; writes specifications.json)

suppressMessages(library(survey))
options(digits = 17, warn = 1)
read <- function(name) { d <- read.csv(paste0(name, ".csv")); d$yes <- as.numeric(d$sch.wide == "Yes"); d$half <- d$snum %% 2; d }
apisrs <- read("apisrs"); apistrat <- read("apistrat"); apiclus1 <- read("apiclus1"); apiclus2 <- read("apiclus2")

plain <- function(m) unname(as.matrix(m))
stat <- function(s, df) list(value = unname(coef(s)), std_error = unname(as.vector(SE(s))), interval = plain(confint(s, df = df)))
test <- function(t) list(statistic = unname(t$statistic), parameter = unname(t$parameter), p_value = unname(t$p.value))
wald <- function(model, term) { w <- regTermTest(model, term); list(statistic = c(w$Ftest), df = w$df, ddf = w$ddf, p_value = c(w$p)) }

described <- function(d) {
  weighed <- function(formula) {
    means <- svyby(formula, ~stype, d, svymean, covmat = TRUE)
    list(comparison = stat(svycontrast(means, c(-0.5, 1, -0.5)), degf(d)), average = stat(svycontrast(means, c(0.5, 0.25, 0.25)), degf(d)))
  }
  share <- svymean(~stype, d, deff = TRUE); ratio <- svyratio(~api00, ~api99, d, deff = TRUE); yes <- svytotal(~yes, d, deff = TRUE)
  list(
    df = degf(d),
    contrast = weighed(~api00), contrast_yes = weighed(~yes),
    association = test(svychisq(~stype + yes, d)),
    association_half = test(svychisq(~half + yes, d)),
    association_of_means = wald(svyglm(api00 ~ factor(stype), d), ~factor(stype)),
    total_stype = stat(svytotal(~stype, d), degf(d)), total_yes = stat(yes, degf(d)), total_meals = stat(svytotal(~meals, d), degf(d)),
    ratio = stat(ratio, degf(d)), ratio_yes = stat(svyratio(~yes, ~api99, d), degf(d)),
    variance = stat(svyvar(~meals, d), degf(d)),
    design_effect_share = unname(deff(share)), design_effect_ratio = unname(c(deff(ratio))), design_effect_yes = unname(c(deff(yes)))
  )
}
out <- list(
  clus1 = described(svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)),
  two_stage = described(svydesign(id = ~dnum + snum, weights = ~pw, fpc = ~fpc1 + fpc2, data = apiclus2)),
  nested = described(svydesign(id = ~dnum, strata = ~stype, weights = ~pw, nest = TRUE, data = apistrat)))

# api99 and api00 as two waves of the same schools; some schools are in one wave only.
waves <- function(d) {
  one <- transform(d, wave = "1999", api = api99)[d$snum %% 5 != 0, ]
  two <- transform(d, wave = "2000", api = api00)[d$snum %% 6 != 1, ]
  rbind(one, two)
}
both <- function(d) transform(d, change = api00 - api99)[d$snum %% 5 != 0 & d$snum %% 6 != 1, ]
means <- function(d) {
  m <- svyby(~api, ~wave, d, svymean, covmat = TRUE)
  c(stat(svycontrast(m, c(-1, 1)), degf(d)), list(df = degf(d), covariance = plain(vcov(m))))
}
paired <- function(d) c(stat(svymean(~change, d), degf(d)), list(df = degf(d)))
schools <- function(d) svydesign(id = ~cds, strata = ~stype, weights = ~pw, data = d)
districts <- function(d) svydesign(id = ~dnum, weights = ~pw, data = d)

# Half samples of pairs of schools, as they came with the data.
pairs <- apisrs[1:100, ]
pairs$pw <- pairs$pw * (1 + pairs$snum %% 3)
half <- as.matrix(read.csv("half_samples.csv"))
with_columns <- function(d, type, rho, factors) {
  columns <- paste0("f", seq_len(ncol(factors)))
  d[columns] <- factors
  function(reshape) {
    e <- reshape(d)
    replicates <- as.matrix(e[columns]) * e$pw
    if (type == "Fay") svrepdesign(data = e, weights = ~pw, repweights = replicates, type = type, rho = rho, combined.weights = TRUE, mse = TRUE)
    else svrepdesign(data = e, weights = ~pw, repweights = replicates, type = type, combined.weights = TRUE, mse = TRUE)
  }
}
given <- function(make) list(overlap = means(make(waves)), paired = paired(make(both)))
made <- function(design, type, d) list(overlap = means(as.svrepdesign(design(waves(d)), type = type, mse = TRUE)))
out$panel <- list(
  schools = list(overlap = means(schools(waves(apistrat)))),
  districts = list(overlap = means(districts(waves(apiclus1)))),
  jkn = made(schools, "JKn", apistrat), jk1 = made(districts, "JK1", apiclus1),
  brr_given = given(with_columns(pairs, "BRR", 0, half)),
  fay_given = given(with_columns(pairs, "Fay", 0.5, 1 + (half - 1) * 0.5)))

out$made_with <- list(R = R.version.string, survey = as.character(packageVersion("survey")))
writeLines(jsonlite::toJSON(out, digits = NA, auto_unbox = TRUE, pretty = FALSE), "specifications.json")
