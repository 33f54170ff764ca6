# Numbers of MASS, nnet, clubSandwich, lme4 and survey for data not used elsewhere: MASS's quine and housing, nlme's
# Orthodont, and the made-up sample of other_designs.R (run that first). Writes other_models.json, with the data of the
# three in it. Run in this folder:  Rscript other_models.R
suppressMessages({library(survey); library(MASS); library(nnet); library(clubSandwich); library(lme4); library(nlme); library(jsonlite)})
options(warn = -1)
plain <- function(m) unname(as.matrix(m))
rows <- read.csv("other_designs.csv")
orthodont <- as.data.frame(Orthodont); orthodont$Subject <- as.character(orthodont$Subject); orthodont$Sex <- as.character(orthodont$Sex)
as_text <- function(d) as.list(as.data.frame(lapply(d, function(v) if (is.factor(v)) as.character(v) else v)))
out <- list(data = list(quine = as_text(quine), housing = as_text(housing[housing$Freq > 0, ]), orthodont = as.list(orthodont)))

m <- glm.nb(Days ~ Eth + Sex + Age, data = quine, control = glm.control(epsilon = 1e-14, maxit = 200))
out$quine <- list(values = unname(coef(m)), theta = m$theta, log_likelihood = as.numeric(logLik(m)))
m <- polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, control = list(reltol = 1e-16, maxit = 1000))
out$polr <- unname(c(coef(m), m$zeta))
m <- multinom(Sat ~ Infl + Type, weights = Freq, data = housing, trace = FALSE, reltol = 1e-16, abstol = 1e-16, maxit = 2000)
out$multinom <- list(values = plain(coef(m)), log_likelihood = as.numeric(logLik(m)))

k <- subset(rows, stratum != "E")
k$one <- as.numeric(k$school == "A3")  # a term that a single cluster determines
few <- function(m, terms) {
  v <- vcovCR(m, cluster = k$school, type = "CR2"); t <- coef_test(m, vcov = v, test = "Satterthwaite")
  w <- Wald_test(m, constraints = constrain_zero(terms), vcov = v, test = "HTZ")
  list(values = unname(coef(m)), covariance = plain(as.matrix(v)), df = t$df, p_values = t$p_Satt,
       wald = c(w$Fstat, w$df_num, w$df_denom, w$p_val))
}
exact <- glm.control(epsilon = 1e-14)
out$few <- list(linear = few(lm(y ~ x + k + girl, k), 3:4), linear_weighted = few(lm(y ~ x + k + girl, k, weights = w), 3:4),
  logit = few(glm(b ~ x + k, binomial, k, control = exact), 3:4),
  logit_weighted = few(glm(b ~ x + k, binomial, k, weights = w, control = exact), 3:4),
  one_cluster = few(lm(y ~ one + x + girl, k), 2:3))

control <- lmerControl(optCtrl = list(ftol_abs = 1e-14, xtol_abs = 1e-12, maxeval = 1e5))
mixed <- function(f, d, reml) { m <- lmer(f, d, REML = reml, control = control)
  # The search has no derivatives and ends early: begun again where it ended, until it stays.
  for (again in 1:5) m <- lmer(f, d, REML = reml, control = lmerControl(optimizer = "Nelder_Mead", optCtrl = list(FtolAbs = 1e-15, FtolRel = 1e-16, XtolRel = 1e-10, maxfun = 1e5)), start = getME(m, "theta"))
  list(values = unname(fixef(m)), covariance = plain(as.matrix(vcov(m))), components = as.data.frame(VarCorr(m))$vcov, log_likelihood = as.numeric(logLik(m))) }
for (method in c("REML", "ML")) out$mixed[[method]] <- list(
  intercept = mixed(distance ~ age + Sex + (1 | Subject), Orthodont, method == "REML"),
  slope = mixed(distance ~ age + Sex + (age | Subject), Orthodont, method == "REML"),
  uncorrelated = mixed(distance ~ age + Sex + (age || Subject), Orthodont, method == "REML"),
  unequal = mixed(y ~ x + k + girl + (1 | school), rows, method == "REML"))

core <- subset(rows, !stratum %in% c("E", "F"))
d <- svydesign(~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = core)
kinds <- data.frame(k = c("north", "south", "east"), Freq = c(650, 380, 300)); girls <- data.frame(girl = 0:1, Freq = c(700, 630))
totals <- c(`(Intercept)` = 1780, x = -137, hours = 7968)
exactly <- list(maxit = 2000, epsilon = 1e-12, verbose = FALSE)
known <- function(d) { q <- function(s) c(unname(coef(s)), unname(SE(s)))
  list(weights = if (inherits(d, "svyrep.design")) d$pweights else unname(weights(d)), mean = q(svymean(~y, d)), total = q(svytotal(~y, d)),
       domain = q(svymean(~y, subset(d, dom))), quantile = unname(svyquantile(~y, d, .5)[[1]][c(1, 4)]), linear = plain(vcov(svyglm(y ~ x + k, d)))) }
out$calibrated <- list(post = known(postStratify(d, ~k, kinds)), rake = known(rake(d, list(~k, ~girl), list(kinds, girls), control = exactly)),
  linear = known(calibrate(d, ~ x + hours, totals, epsilon = 1e-12, maxit = 200)),
  bounded = known(calibrate(d, ~ x + hours, totals, bounds = c(.75, 1.3), epsilon = 1e-12, maxit = 200)),
  raking = known(calibrate(d, ~ x + hours, totals, calfun = "raking", epsilon = 1e-12, maxit = 200)),
  logit = known(calibrate(d, ~ x + hours, totals, calfun = "logit", bounds = c(.5, 2), epsilon = 1e-12, maxit = 200)),
  post_jkn = known(postStratify(as.svrepdesign(d, type = "JKn"), ~k, kinds)),
  trim = known(trimWeights(d, lower = 2, upper = 15, strict = TRUE)), trim_once = known(trimWeights(d, lower = 2, upper = 15, strict = FALSE)))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "string"), "other_models.json")
