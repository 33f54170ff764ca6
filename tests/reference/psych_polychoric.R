# Reference numbers for polychoric and tetrachoric correlations and for one-factor models.
# psych finds its correlations to about 1e-4 only (optimize's default tolerance), so they are computed here again to
# 1e-9 from the definition: thresholds from the margins, cells by numerical integration, the likelihood maximised.
# Run in this folder: Rscript psych_polychoric.R  -> psych_polychoric.json
suppressMessages({library(psych); library(jsonlite)})
frame <- read.csv("psych_answers.csv")
items <- paste0("item", 1:6)
yes <- read.csv("psych_binary.csv")

below <- function(h, k, r) {
  if (h == -Inf || k == -Inf) return(0)
  if (h == Inf) return(pnorm(k))
  if (k == Inf) return(pnorm(h))
  s <- sqrt(1 - r^2)
  integrate(function(x) dnorm(x) * pnorm((k - r * x) / s), -Inf, h, rel.tol = 1e-12, abs.tol = 0,
            subdivisions = 1000)$value
}
cuts <- function(x, w) {
  shares <- tapply(w[!is.na(x)], x[!is.na(x)], sum)
  c(-Inf, qnorm(cumsum(shares)[-length(shares)] / sum(shares)), Inf)
}
cells <- function(r, h, k) {
  grid <- outer(seq_along(h), seq_along(k), Vectorize(function(i, j) below(h[i], k[j], r)))
  a <- seq_len(length(h) - 1); b <- seq_len(length(k) - 1)
  grid[a + 1, b + 1] - grid[a, b + 1] - grid[a + 1, b] + grid[a, b]
}
one_pair <- function(x, y, w, correct = 0) {
  h <- cuts(x, w); k <- cuts(y, w)
  both <- !is.na(x) & !is.na(y)
  n <- xtabs(w[both] ~ factor(x[both], sort(unique(na.omit(x)))) + factor(y[both], sort(unique(na.omit(y)))))
  n[n == 0] <- correct
  loss <- function(r) -sum(ifelse(n > 0, n * log(cells(r, h, k)), 0))
  rough <- optimize(loss, c(-0.99, 0.99), tol = 1e-4)$minimum
  slope <- function(r, d = 1e-4) {  # five-point derivative
    (loss(r - 2 * d) - 8 * loss(r - d) + 8 * loss(r + d) - loss(r + 2 * d)) / (12 * d)
  }
  uniroot(slope, rough + c(-0.005, 0.005), tol = 1e-12)$root
}
matrix_of <- function(data, w = rep(1, nrow(data)), correct = 0) {
  k <- ncol(data); m <- diag(k)
  for (i in 1:(k - 1)) for (j in (i + 1):k) m[i, j] <- m[j, i] <- one_pair(data[, i], data[, j], w, correct)
  m
}

complete <- frame[complete.cases(frame[, items]), ]
poly <- matrix_of(complete[, items])
pearson <- cor(complete[, items])

ml <- factanal(covmat = pearson, factors = 1, control = list(opt = list(factr = 10)))
ml_poly <- factanal(covmat = poly, factors = 1, control = list(opt = list(factr = 10)))
tested <- factanal(complete[, items], 1)
minres <- function(m) {  # off-diagonal least squares, to the last digits
  loss <- function(l) sum((m - outer(l, l))[lower.tri(m)]^2)
  fit <- fa(m, 1, fm = "minres")
  l <- optim(as.vector(fit$loadings), loss, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))$par
  l * sign(sum(l))
}

bad <- matrix(c(1, .9, .1, .9, 1, .8, .1, .8, 1), 3)

write_json(list(
  R = R.version.string, psych = as.character(packageVersion("psych")),
  complete = poly,
  pairwise = matrix_of(frame[, items]),
  weighted = matrix_of(complete[, items], complete$weight),
  corrected = matrix_of(complete[, items], correct = 0.5),
  thresholds = lapply(complete[, items], function(x) head(cuts(x, rep(1, length(x)))[-1], -1)),
  psych_complete = suppressWarnings(polychoric(complete[, items[1:5]])$rho),
  tetrachoric = matrix_of(yes[complete.cases(yes), ], correct = 0.5),
  psych_tetrachoric = suppressMessages(tetrachoric(yes[complete.cases(yes), ])$rho),
  smoothed = suppressWarnings(cor.smooth(bad)),
  eigenvalues = eigen(pearson)$values,
  factanal = list(loadings = as.vector(ml$loadings), uniquenesses = as.vector(ml$uniquenesses)),
  factanal_polychoric = list(loadings = as.vector(ml_poly$loadings)),
  factanal_test = list(statistic = unname(tested$STATISTIC), df = tested$dof, p = unname(tested$PVAL)),
  minres = list(loadings = minres(pearson), psych = as.vector(fa(pearson, 1, fm = "minres")$loadings))
), "psych_polychoric.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
