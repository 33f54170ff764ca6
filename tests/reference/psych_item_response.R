# Reference numbers for item response models, by brute force from the definitions: no package, no sufficient sums.
# Conditional: every way to reach a row's sum is written out. Marginal: each row's integral is a sum over 1,001 points.
# Scores: the weighted likelihood is maximised as it stands.
# Run in this folder: Rscript psych_item_response.R  -> psych_item_response.json
suppressMessages(library(jsonlite))
yes <- as.matrix(read.csv("psych_binary.csv"))
answers <- as.matrix(read.csv("psych_answers.csv")[, c("item1", "item4", "item6")]) - 1
weight <- read.csv("psych_answers.csv")$weight

chances <- function(theta, step) {  # of each category of one item
  t <- exp(c(0, cumsum(theta - step)))
  t / sum(t)
}
split_steps <- function(x, sizes) split(x, rep(seq_along(sizes), sizes))

conditional <- function(data, sizes) {
  patterns <- unique(!is.na(data))
  ways <- apply(patterns, 1, function(there)
    as.matrix(expand.grid(lapply(which(there), function(j) 0:sizes[j]))), simplify = FALSE)
  which_pattern <- apply(!is.na(data), 1, function(r) which(apply(patterns, 1, function(p) all(p == r))))
  loss <- function(free) {
    x <- c(free, -sum(free))  # mean step 0
    steps <- split_steps(x, sizes)
    score <- function(rows, items) Reduce(`+`, lapply(seq_along(items), function(k)
      c(0, -cumsum(steps[[items[k]]]))[rows[, k] + 1]))
    total <- 0
    for (p in seq_len(nrow(patterns))) {
      items <- which(patterns[p, ])
      if (length(items) < 2) next
      all_ways <- ways[[p]]
      here <- data[which_pattern == p, items, drop = FALSE]
      by_sum <- tapply(exp(score(all_ways, items)), rowSums(all_ways), sum)
      total <- total - sum(score(here, items) - log(by_sum[as.character(rowSums(here))]))
    }
    total
  }
  p <- sum(sizes)
  fit <- nlminb(rep(0, p - 1), loss, control = list(rel.tol = 1e-14, x.tol = 1e-12, iter.max = 500, eval.max = 2000))
  to_all <- rbind(diag(p - 1), -1)
  V <- to_all %*% solve(optimHess(fit$par, loss, control = list(ndeps = rep(1e-4, p - 1)))) %*% t(to_all)
  list(steps = as.vector(to_all %*% fit$par), se = sqrt(diag(V)), log_likelihood = -fit$objective)
}

marginal <- function(data, sizes, w = rep(1, nrow(data))) {
  w <- w / mean(w)
  key <- apply(data, 1, paste, collapse = " ")
  first <- which(!duplicated(key)); counts <- as.vector(rowsum(w, key, reorder = FALSE))
  loss <- function(x) {
    steps <- split_steps(x[seq_len(sum(sizes))], sizes); sd <- exp(x[length(x)])
    theta <- seq(-10, 10, length.out = 1001) * sd
    tables <- lapply(steps, function(step) t(sapply(theta, chances, step = step)))
    logs <- sapply(first, function(i) {
      f <- dnorm(theta, 0, sd)
      for (j in which(!is.na(data[i, ]))) f <- f * tables[[j]][, data[i, j] + 1]
      log(sum(f) * (theta[2] - theta[1]))  # trapezium rule: exact to rounding for such a smooth integrand
    })
    -sum(counts * logs)
  }
  start <- c(unlist(lapply(sizes, function(m) seq(-1, 1, length.out = max(m, 2))[seq_len(m)])), 0)
  fit <- nlminb(start, loss, control = list(rel.tol = 1e-13, x.tol = 1e-10, iter.max = 200, eval.max = 500))
  V <- solve(optimHess(fit$par, loss, control = list(ndeps = rep(1e-3, length(start)))))
  list(steps = head(fit$par, -1), se = head(sqrt(diag(V)), -1), sd = exp(tail(fit$par, 1)),
       log_likelihood = -fit$objective)
}

warm <- function(row, steps) {
  items <- which(!is.na(row))
  log_weighted <- function(theta) {
    each <- lapply(items, function(j) chances(theta, steps[[j]]))
    info <- sum(sapply(each, function(p) { h <- seq_along(p) - 1; sum(p * h^2) - sum(p * h)^2 }))
    sum(mapply(function(p, j) log(p[row[j] + 1]), each, items)) + 0.5 * log(info)
  }
  d <- 1e-3
  slope <- function(t) (log_weighted(t - 2 * d) - 8 * log_weighted(t - d) + 8 * log_weighted(t + d) -
                          log_weighted(t + 2 * d)) / (12 * d)
  theta <- uniroot(slope, c(-8, 8), tol = 1e-12)$root
  each <- lapply(items, function(j) chances(theta, steps[[j]]))
  info <- sum(sapply(each, function(p) { h <- seq_along(p) - 1; sum(p * h^2) - sum(p * h)^2 }))
  c(theta, 1 / sqrt(info))
}
given <- list(c(-1.2, 0.1, 0.9), c(-0.5, 0.4), c(0.8, -0.3, 1.5), 0.2)
rows <- rbind(c(0, 0, 0, 0), c(3, 2, 3, 1), c(1, 1, 0, NA), c(3, NA, NA, NA), c(NA, 2, 1, 0), c(2, 0, 3, 1))
scores <- t(apply(rows, 1, warm, steps = given))

write_json(list(
  R = R.version.string,
  rasch_conditional = conditional(yes, rep(1, 5)),
  rasch_marginal = marginal(yes, rep(1, 5)),
  partial_conditional = conditional(answers, c(4, 4, 3)),
  partial_marginal = marginal(answers, c(4, 4, 3)),
  partial_marginal_weighted = marginal(answers, c(4, 4, 3), weight)[c("steps", "sd")],
  warm = list(rows = rows, score = scores[, 1], se = scores[, 2])
), "psych_item_response.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
