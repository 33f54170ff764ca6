# Mixed models of lme4, with intervals' degrees of freedom as nlme counts them: mixed.json.
#
#     Rscript mixed.R

suppressMessages({library(lme4); library(nlme)})
options(digits = 17)
set.seed(4)
G <- 60; size <- 3 + (seq_len(G) %% 9)
school <- rep(seq_len(G), size); n <- length(school)
u0 <- rnorm(G, 0, 0.8); u1 <- 0.4 * u0 + rnorm(G, 0, 0.35); size_of <- rnorm(G)
hours <- round(rnorm(n, 4, 2), 2)
made <- data.frame(school, large = round(size_of[school], 3), hours, phase = c("a", "b", "c")[1 + (school %% 3)])
made$score <- round(20 + 1.5 * made$large + (0.5 + u1[school]) * made$hours + 3 * u0[school] + (made$phase == "b") + rnorm(n, 0, 1.5), 3)
made$late <- ifelse(seq_len(n) %% 11 == 0, NA, made$hours)
write.csv(made, "mixed_schools.csv", row.names = FALSE, quote = FALSE, na = "")
clus <- read.csv("apiclus2.csv")

control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6), check.conv.singular = "ignore")
numbers <- function(f, d, REML = TRUE) {
  m <- lmer(f, d, REML = REML, control = control)
  v <- as.data.frame(VarCorr(m))
  list(values = unname(fixef(m)), covariance = unname(as.matrix(vcov(m))), components = v$vcov,
       names = paste(v$grp, v$var1, v$var2), log_likelihood = c(logLik(m)), n = nobs(m), groups = unname(ngrps(m)))
}
out <- list(
  intercept = numbers(score ~ hours + large + phase + (1 | school), made),
  intercept_ml = numbers(score ~ hours + large + phase + (1 | school), made, FALSE),
  null = numbers(score ~ 1 + (1 | school), made),
  slope = numbers(score ~ hours + large + (hours | school), made),
  slope_ml = numbers(score ~ hours + large + (hours | school), made, FALSE),
  missing = numbers(score ~ late + (1 | school), made),
  api = numbers(api00 ~ ell + meals + (1 | dnum), clus),
  api_ml = numbers(api00 ~ ell + meals + (1 | dnum), clus, FALSE),
  sleep = numbers(Reaction ~ Days + (Days | Subject), sleepstudy),
  uncorrelated = numbers(score ~ hours + large + (1 | school) + (0 + hours | school), made)
)
write.csv(sleepstudy, "mixed_sleep.csv", row.names = FALSE, quote = FALSE)
inner <- lme(score ~ hours + large + phase, random = ~ 1 | school, made)
out$df <- unname(summary(inner)$tTable[, "DF"])
out$made_with <- list(R = R.version.string, lme4 = as.character(packageVersion("lme4")), nlme = as.character(packageVersion("nlme")))
writeLines(jsonlite::toJSON(out, digits = NA, auto_unbox = TRUE), "mixed.json")
