# Reference numbers for ordered, count, fractional and multinomial models, margins, few clusters and panels.
# Run in this folder: Rscript families.R   (needs survey, MASS, nnet, clubSandwich, jsonlite; writes families.json)

suppressMessages({library(survey); library(MASS); library(clubSandwich)})
options(digits = 17, warn = 1)
read <- function(name) read.csv(paste0(name, ".csv"))
apisrs <- read("apisrs"); apistrat <- read("apistrat"); apiclus1 <- read("apiclus1"); apiclus2 <- read("apiclus2")

# Variables the Python tests rebuild under the same names.
prepare <- function(d) {
  d$yes <- as.numeric(d$sch.wide == "Yes")
  d$band <- cut(d$api00, c(0, 560, 650, 740, 1000), labels = c("low", "middling", "good", "high"))
  d$answered <- d$band; d$answered[d$snum %% 7 == 0] <- NA
  d$count <- d$api.stu %/% 60
  d$share <- d$meals / 100
  d$kind <- factor(ifelse(d$api00 > 700, "b", ifelse(d$growth > 30, "a", "c")))
  d
}
apisrs <- prepare(apisrs); apistrat <- prepare(apistrat); apiclus1 <- prepare(apiclus1); apiclus2 <- prepare(apiclus2)

dstrat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
nested <- svydesign(id = ~dnum, strata = ~stype, weights = ~pw, nest = TRUE, data = apistrat)
dclus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
two <- svydesign(id = ~dnum + snum, weights = ~pw, fpc = ~fpc1 + fpc2, data = apiclus2)
known <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
designs <- list(dstrat = dstrat, nested = nested, dclus1 = dclus1, two_stage = two,
                domain_nested = subset(nested, api99 > 500), posted = postStratify(dclus1, ~stype, known))
jkn <- as.svrepdesign(nested, type = "JKn", mse = TRUE)

plain <- function(m) unname(as.matrix(m))
frame <- function(d) d$variables
# The design covariance of column totals of an influence that does not yet hold the weight.
of_influence <- function(influence, d) plain(vcov(svytotal(influence, d)))
report <- function(values, covariance, df, names = NULL) {
  se <- sqrt(diag(covariance)); t <- values / se; reach <- qt(0.975, df) * se
  list(names = names, values = unname(values), covariance = covariance, std_error = unname(se), df = df,
       p_values = unname(2 * pt(-abs(t), df)), interval = plain(cbind(values - reach, values + reach)))
}
glm_report <- function(m) report(coef(m), plain(vcov(m)), m$df.residual, names(coef(m)))

# --- ordered --------------------------------------------------------------------------------------------------
tight <- function(k) list(reltol = 1e-16, maxit = 5000, ndeps = rep(1e-5, k))
ordered_report <- function(formula, d, slopes) {
  # Scaled so that the numerical Hessian is good in every direction; then back.
  m <- svyolr(formula, d, control = tight(slopes + 3))
  report(c(coef(m)), plain(vcov(m)), degf(d) - slopes, names(coef(m)))
}
scaled <- function(d) { v <- d$variables; update(d, ell = ell / 10, meals = meals / 10) }
back <- function(r) {
  k <- c(ifelse(r$names %in% c("ell", "meals"), 10, 1))
  report(r$values / k, r$covariance / outer(k, k), r$df, r$names)
}
ordered_model <- function(d, outcome = "band") back(ordered_report(as.formula(paste(outcome, "~ ell + meals + stype")), scaled(d), 4))

# By replicates: the model refitted with each, to convergence.
ordered_jkn <- function(d, slopes) {
  fit <- function(w, v) {
    v$w_ <- w
    m <- suppressWarnings(polr(band ~ ell + meals + stype, v, weights = w_ / mean(w_), method = "logistic",
                               control = list(reltol = 1e-16, maxit = 5000)))
    c(coef(m), m$zeta)
  }
  v <- scaled(d)$variables
  rep <- withReplicates(d, function(w, data) fit(w, transform(data, ell = ell / 10, meals = meals / 10)))
  k <- c(10, 10, 1, 1, 1, 1, 1)
  report(c(rep) / k, plain(vcov(rep)) / outer(k, k), degf(d) - slopes)
}

# --- counts and shares ----------------------------------------------------------------------------------------
strict <- glm.control(epsilon = 1e-14, maxit = 200)
counts <- function(d) list(
  poisson = glm_report(svyglm(count ~ meals + stype, d, family = quasipoisson())),
  poisson_rate = glm_report(svyglm(api.stu ~ meals + stype + offset(log(enroll)), subset(d, !is.na(enroll)), family = quasipoisson())),
  fractional = glm_report(svyglm(share ~ ell + stype, d, family = quasibinomial())))

# Negative binomial: glm.nb's maximum, and the sandwich of coefficients and log dispersion with all second derivatives.
nb <- function(d) {
  v <- frame(d); v$w_ <- weights(d) / mean(weights(d))
  m <- glm.nb(count ~ meals + stype, v, weights = w_, control = strict, init.theta = 3)
  x <- model.matrix(~ meals + stype, v); y <- v$count; w <- v$w_
  beta <- coef(m); a <- -log(m$theta)
  # Newton's last steps, because glm.nb stops theta at a tolerance of its own.
  for (i in 1:6) {
    mu <- exp(drop(x %*% beta)); t <- exp(-a)
    slope <- digamma(y + t) - digamma(t) + log(t) + 1 - log(t + mu) - (y + t) / (t + mu)
    bend <- trigamma(y + t) - trigamma(t) + 1 / t - 2 / (t + mu) + (y + t) / (t + mu)^2
    scores <- cbind(x * (t * (y - mu) / (t + mu)), -t * slope)
    hbb <- crossprod(x * (w * t * mu * (y + t) / (t + mu)^2), x)
    hba <- crossprod(x, w * t * mu * (y - mu) / (t + mu)^2)
    haa <- -sum(w * (t^2 * bend + t * slope))
    h <- rbind(cbind(hbb, hba), cbind(t(hba), haa))
    move <- solve(h, colSums(scores * w)); if (i < 6) { beta <- beta + move[seq_along(beta)]; a <- a + move[length(move)] }
  }
  stopifnot(max(abs(beta - coef(m))) < 1e-4, abs(a + log(m$theta)) < 1e-3)
  influence <- (scores %*% solve(h)) / mean(weights(d))
  r <- report(c(beta, a), of_influence(influence, d), degf(d) + 1 - ncol(x))
  r$theta <- exp(-a); r
}

# --- multinomial ----------------------------------------------------------------------------------------------
softmax <- function(x, b) { e <- cbind(1, exp(x %*% b)); e / rowSums(e) }
multi_fit <- function(x, y, w, levels, b = matrix(0, ncol(x), length(levels) - 1)) {
  given <- outer(y, levels[-1], "==") * 1; q <- ncol(b); p <- ncol(x)
  for (i in 1:30) {
    s <- softmax(x, b)[, -1]
    scores <- do.call(cbind, lapply(1:q, function(j) x * (given[, j] - s[, j])))
    h <- matrix(0, p * q, p * q)
    for (j in 1:q) for (k in 1:q) h[(j - 1) * p + 1:p, (k - 1) * p + 1:p] <- crossprod(x * (w * s[, j] * ((j == k) - s[, k])), x)
    move <- solve(h, colSums(scores * w)); b <- b + matrix(move, p)
    if (max(abs(move)) < 1e-13) break
  }
  list(b = b, scores = scores, h = h)
}
multi <- function(d) {
  v <- frame(d); x <- model.matrix(~ ell + meals, v); w <- weights(d)
  m <- multi_fit(x, as.character(v$kind), w / mean(w), levels(v$kind))
  check <- nnet::multinom(kind ~ ell + meals, v, weights = w / mean(w), trace = FALSE, reltol = 1e-14, maxit = 1000)
  stopifnot(max(abs(t(coef(check)) - m$b)) < 1e-3)
  influence <- (m$scores %*% solve(m$h)) / mean(w)
  report(c(m$b), of_influence(influence, d), degf(d) + 1 - ncol(x))
}
multi_jkn <- function(d) {
  rep <- withReplicates(d, function(w, v) c(multi_fit(model.matrix(~ ell + meals, v), as.character(v$kind), w / mean(w), levels(v$kind))$b))
  report(c(rep), plain(vcov(rep)), degf(d) - 2)
}

out <- list()
for (name in names(designs)) {
  d <- designs[[name]]
  out[[name]] <- c(list(ordered = ordered_model(d)), counts(d))
  if (name != "posted") out[[name]]$ordered_missing <- ordered_model(subset(d, !is.na(answered)), "answered")
  out[[name]]$negative_binomial <- nb(d)
  out[[name]]$multinomial <- multi(d)
}
out$jkn <- list(ordered = ordered_jkn(jkn, 4), multinomial = multi_jkn(jkn),
                poisson = glm_report(svyglm(count ~ meals + stype, jkn, family = quasipoisson())),
                fractional = glm_report(svyglm(share ~ ell + stype, jkn, family = quasibinomial())))

# Whole terms.
wald <- function(w) list(statistic = c(w$Ftest), df = w$df, ddf = w$ddf, p_value = c(w$p))
hand_wald <- function(values, covariance, at, ddf) {
  f <- drop(t(values[at]) %*% solve(covariance[at, at], values[at])) / length(at)
  list(statistic = f, df = length(at), ddf = ddf, p_value = pf(f, length(at), ddf, lower.tail = FALSE))
}
o <- out$nested
out$wald <- list(
  poisson = wald(regTermTest(svyglm(count ~ meals + stype, nested, family = quasipoisson()), ~stype)),
  fractional = wald(regTermTest(svyglm(share ~ ell + stype, nested, family = quasibinomial()), ~stype)),
  ordered = hand_wald(o$ordered$values, o$ordered$covariance, 3:4, o$ordered$df),
  negative_binomial = hand_wald(o$negative_binomial$values, o$negative_binomial$covariance, 3:4, o$negative_binomial$df),
  multinomial = hand_wald(o$multinomial$values, o$multinomial$covariance, c(3, 6), o$multinomial$df))

# --- margins: numerical derivatives of averages, times the covariance of the coefficients ------------------------
jacobian <- function(f, b) {
  sapply(seq_along(b), function(i) { h <- 1e-4 * max(abs(b[i]), 1e-2); e <- replace(0 * b, i, h)
    (8 * (f(b + e) - f(b - e)) - (f(b + 2 * e) - f(b - 2 * e))) / (12 * h) })
}
average <- function(m, w) colSums(as.matrix(m) * w) / sum(w)
margins <- function(rows, b, covariance, w, d = NULL, influence = NULL) {
  # rows: parameters -> (n, effects); averaged with the weights
  f <- function(b) average(rows(b), w)
  g <- rbind(jacobian(f, b)); if (nrow(g) != length(f(b))) g <- t(g)
  out <- list(values = unname(f(b)), std_error = sqrt(diag(g %*% covariance %*% t(g))))
  if (!is.null(d)) {
    each <- as.matrix(rows(b)); own <- sweep(each, 2, f(b)) / sum(w)
    whole <- own + influence %*% t(g)
    out$sampled <- sqrt(diag(of_influence(whole, d)))
  }
  out
}
# d/dx by central differences of the prediction, very fine; discrete changes for categories and zeros and ones.
matrices <- function(v, formula, term, levels) lapply(levels, function(l) {
  u <- v; u[[term]] <- if (is.character(l)) factor(l, levels = sort(unique(as.character(v[[term]])))) else l
  model.matrix(formula, u) })
slope_rows <- function(v, formula, term, predict) { h <- 1e-3
  x <- lapply(c(-2, -1, 1, 2) * h, function(s) { u <- v; u[[term]] <- u[[term]] + s; model.matrix(formula, u) })
  function(b) (8 * (predict(x[[3]], b) - predict(x[[2]], b)) - (predict(x[[4]], b) - predict(x[[1]], b))) / (12 * h) }
effects <- function(v, formula, numeric, categorical, indicator, predict) {
  parts <- lapply(numeric, function(t) slope_rows(v, formula, t, predict))
  for (t in categorical) { x <- matrices(v, formula, t, sort(unique(as.character(v[[t]]))))
    for (i in seq_along(x)[-1]) local({ a <- x[[i]]; z <- x[[1]]; parts[[length(parts) + 1]] <<- function(b) predict(a, b) - predict(z, b) }) }
  for (t in indicator) { x <- matrices(v, formula, t, list(0, 1)); local({ a <- x[[2]]; z <- x[[1]]; parts[[length(parts) + 1]] <<- function(b) predict(a, b) - predict(z, b) }) }
  function(b) do.call(cbind, lapply(parts, function(p) p(b)))
}
at <- function(v, formula, term, levels, predict) {
  x <- matrices(v, formula, term, levels); function(b) do.call(cbind, lapply(x, predict, b = b)) }

glm_margins <- function(formula, outcome, d, family, inverse, numeric, categorical, indicator, term, levels, offset = NULL) {
  m <- svyglm(update(formula, paste(outcome, "~ .")), d, family = family, control = strict)
  v <- frame(d); w <- weights(d); x <- model.matrix(formula, v)
  predict <- function(x, b) inverse(drop(x %*% b))
  # svyglm's own linearisation
  work <- m$weights; influence <- (x * (resid(m, "working") * work)) %*% m$naive.cov / w * mean(w) * (1 / mean(w))
  stopifnot(max(abs(of_influence(influence, d) / plain(vcov(m)) - 1)) < 1e-6)
  list(effects = margins(effects(v, formula, numeric, categorical, indicator, predict), coef(m), vcov(m), w, d, influence),
       predictions = margins(at(v, formula, term, levels, predict), coef(m), vcov(m), w, d, influence))
}
# A domain's design keeps all rows here with weight 0 outside; frame and weights are of the rows in it.
margin_set <- function(d) {
  v <- frame(d); w <- weights(d)
  list(
    linear = glm_margins(~ ell + stype + yes, "api00", d, gaussian(), identity, "ell", "stype", "yes", "stype", c("E", "H", "M")),
    logit = glm_margins(~ ell + meals + stype, "yes", d, quasibinomial(), plogis, c("ell", "meals"), "stype", character(0), "meals", list(10, 50, 90)),
    poisson = glm_margins(~ meals + stype + yes, "count", d, quasipoisson(), exp, "meals", "stype", "yes", "stype", c("E", "H", "M")),
    fractional = glm_margins(~ ell + stype, "share", d, quasibinomial(), plogis, "ell", "stype", character(0), "ell", list(0, 30)),
    ordered = { r <- ordered_model(d); f <- ~ ell + meals + stype
      predict <- function(x, b) { e <- drop(x[, -1] %*% b[1:4]); c <- sapply(5:7, function(k) plogis(b[k] - e)); cbind(c, 1) - cbind(0, c) }
      list(effects = margins(effects(v, f, c("ell", "meals"), "stype", character(0), predict), r$values, r$covariance, w),
           predictions = margins(at(v, f, "stype", c("E", "H", "M"), predict), r$values, r$covariance, w)) },
    multinomial = { r <- multi(d); f <- ~ ell + meals
      predict <- function(x, b) softmax(x, matrix(b, 3))
      list(effects = margins(effects(v, f, c("ell", "meals"), character(0), character(0), predict), r$values, r$covariance, w),
           predictions = margins(at(v, f, "meals", list(10, 60), predict), r$values, r$covariance, w)) },
    negative_binomial = { r <- nb(d); f <- ~ meals + stype
      predict <- function(x, b) exp(drop(x %*% b[1:4]))
      list(effects = margins(effects(v, f, "meals", "stype", character(0), predict), r$values, r$covariance, w)) })
}
out$margins <- list(dstrat = margin_set(dstrat), nested = margin_set(nested), dclus1 = margin_set(dclus1))

# --- few clusters -----------------------------------------------------------------------------------------------
cr2 <- function(m, cluster) {
  v <- vcovCR(m, cluster = cluster, type = "CR2"); t <- coef_test(m, vcov = v, test = "Satterthwaite")
  i <- conf_int(m, vcov = v, level = 0.95, test = "Satterthwaite")
  list(values = unname(coef(m)), covariance = plain(as.matrix(v)), std_error = t$SE, df = t$df_Satt, p_values = t$p_Satt,
       interval = plain(cbind(i$CI_L, i$CI_U)))
}
htz <- function(m, cluster, at) {
  w <- Wald_test(m, constraints = constrain_zero(at), vcov = vcovCR(m, cluster = cluster, type = "CR2"), test = "HTZ")
  list(statistic = w$Fstat, df = w$df_num, ddf = w$df_denom, p_value = w$p_val)
}
# Weights that differ within clusters, so that weighting matters.
uneven <- transform(apiclus2, pw = pw * (1 + snum %% 3))
out$cr2 <- list(
  clus1 = cr2(lm(api00 ~ ell + meals + stype, apiclus1), apiclus1$dnum),
  clus1_htz = htz(lm(api00 ~ ell + meals + stype, apiclus1), apiclus1$dnum, 4:5),
  clus2_weighted = cr2(lm(api00 ~ ell + meals + stype, uneven, weights = pw), uneven$dnum),
  clus2_htz = htz(lm(api00 ~ ell + meals + stype, uneven, weights = pw), uneven$dnum, 4:5),
  # An effect that lives in one cluster: its adjustment matrix has no inverse.
  clus1_dummy = cr2(lm(api00 ~ meals + own, transform(apiclus1, own = as.numeric(dnum == dnum[1]))), apiclus1$dnum),
  logit = cr2(glm(yes ~ ell + meals, quasibinomial(), apiclus1, control = strict), apiclus1$dnum),
  logit_weighted = cr2(glm(yes ~ ell + meals, quasibinomial(), uneven, weights = pw / mean(pw), control = strict), uneven$dnum))

# --- panels -----------------------------------------------------------------------------------------------------
# api99 and api00 as two waves of the same schools; some schools are in one wave only.
waves <- function(d) {
  one <- transform(d, wave = "1999", api = api99)[d$snum %% 5 != 0, ]
  two <- transform(d, wave = "2000", api = api00)[d$snum %% 6 != 1, ]
  rbind(one, two)
}
overlap <- function(design) {
  m <- svyby(~api, ~wave, design, svymean, covmat = TRUE)
  c <- svycontrast(m, c(-1, 1))
  list(value = unname(coef(c)), std_error = unname(c(SE(c))), covariance = plain(vcov(m)), df = degf(design))
}
schools_in_strata <- svydesign(id = ~cds, strata = ~stype, weights = ~pw, data = waves(apistrat))
districts <- svydesign(id = ~dnum, weights = ~pw, data = waves(apiclus1))
in_both <- function(d) d[d$snum %% 5 != 0 & d$snum %% 6 != 1, ]
wide <- function(d) transform(d, change = api00 - api99, both = snum %% 5 != 0 & snum %% 6 != 1,
                              seen = snum %% 5 != 0 | snum %% 6 != 1, was = band99, is = band)
bands <- function(d) transform(d, band99 = cut(d$api99, c(0, 560, 650, 740, 1000), labels = c("low", "middling", "good", "high")))
panel <- function(design) {
  design <- subset(design, both)
  m <- svymean(~change, design); b <- svyby(~change, ~sch.wide, design, svymean, covmat = TRUE)
  row <- svyby(~is, ~was, design, svymean, covmat = TRUE)
  list(change = unname(coef(m)), std_error = unname(c(SE(m))), df = degf(design),
       by = unname(coef(b)), by_covariance = plain(vcov(b)),
       rows = unname(coef(row)), row_errors = unname(c(SE(row))),
       cells = unname(coef(svymean(~interaction(was, is, drop = FALSE), design))))
}
seen <- function(d) { d <- wide(bands(d)); d[d$seen, ] }
out$panel <- list(
  overlap_schools = overlap(schools_in_strata), overlap_districts = overlap(districts),
  paired_schools = panel(svydesign(id = ~cds, strata = ~stype, weights = ~pw, data = seen(apistrat))),
  paired_districts = panel(svydesign(id = ~dnum, weights = ~pw, data = seen(apiclus1))))

out$made_with <- list(R = R.version.string, survey = as.character(packageVersion("survey")), MASS = as.character(packageVersion("MASS")),
                      nnet = as.character(packageVersion("nnet")), clubSandwich = as.character(packageVersion("clubSandwich")))
writeLines(jsonlite::toJSON(out, digits = NA, auto_unbox = TRUE, pretty = FALSE), "families.json")
