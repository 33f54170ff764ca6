# Rubin's rules by mice and mitools on given completed data sets: pooling.json, and these in pooling_completed.csv.
#
#     Rscript pooling.R

suppressMessages({library(mice); library(survey); library(mitools)})
options(digits = 17)
d <- read.csv("apistrat.csv")[, c("snum", "stype", "pw", "fpc", "api00", "ell", "meals", "sch.wide")]
d$yes <- as.numeric(d$sch.wide == "Yes"); d$sch.wide <- NULL
d$stype <- factor(d$stype)
# Answers lost by rule: one in four of ell, one in five of yes, one in seven of meals.
d$ell[d$snum %% 4 == 0] <- NA; d$yes[d$snum %% 5 == 0] <- NA; d$meals[d$snum %% 7 == 0] <- NA
given <- mice(d, m = 5, maxit = 3, seed = 20, printFlag = FALSE, predictorMatrix = quickpred(d, exclude = c("snum", "fpc")))
completed <- lapply(1:5, function(i) complete(given, i))
all <- do.call(rbind, lapply(1:5, function(i) cbind(imputation = i, completed[[i]])))
all <- all[c("imputation", "snum", "stype", "pw", "fpc", "api00", "ell", "meals", "yes")]
write.csv(format(all, digits = 15, trim = TRUE), "pooling_completed.csv", row.names = FALSE, quote = FALSE)
write.csv(d[c("snum", "stype", "pw", "fpc", "api00", "ell", "meals", "yes")], "pooling_observed.csv", row.names = FALSE, quote = FALSE, na = "")

rubin <- function(fits, dfcom = NULL) {
  p <- pool(as.mira(fits), dfcom = dfcom); s <- summary(p, conf.int = TRUE); p <- p$pooled
  list(values = p$estimate, std_error = s$std.error, df = p$df, p_value = s$p.value, low = s$`2.5 %`, high = s$`97.5 %`,
       within = p$ubar, between = p$b, increase = p$riv, share_between = p$lambda, fraction_missing = p$fmi)
}
out <- list()
out$linear <- rubin(lapply(completed, function(c) lm(api00 ~ ell + meals + stype, c)))
out$two <- rubin(lapply(completed[1:2], function(c) lm(api00 ~ ell + meals, c)))
out$infinite <- rubin(lapply(completed, function(c) lm(api00 ~ ell + meals, c)), dfcom = Inf)

designs <- lapply(completed, function(c) svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = c))
# Degrees of freedom are mice's: mitools leaves out a factor of 1 + 1/m where Barnard and Rubin (1999) have it.
combined <- function(results) {
  m <- MIcombine(results)
  list(values = unname(coef(m)), covariance = unname(as.matrix(vcov(m))))
}
linear <- lapply(designs, function(d) svyglm(api00 ~ ell + meals + stype, d))
out$survey_linear <- c(combined(linear)["covariance"], rubin(linear, linear[[1]]$df.residual))
logits <- lapply(designs, function(d) svyglm(yes ~ ell + meals, d, family = quasibinomial()))
out$survey_logit <- rubin(logits, logits[[1]]$df.residual)
means <- lapply(designs, function(d) svymean(~ell + yes, d))
out$survey_mean <- combined(means)
observed <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = d)
cc <- svyglm(api00 ~ ell + meals + stype, observed)
out$complete_case <- list(values = unname(coef(cc)), std_error = unname(SE(cc)))
out$made_with <- list(R = R.version.string, mice = as.character(packageVersion("mice")), mitools = as.character(packageVersion("mitools")), survey = as.character(packageVersion("survey")))
writeLines(jsonlite::toJSON(out, digits = NA, auto_unbox = TRUE), "pooling.json")
