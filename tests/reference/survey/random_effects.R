# Random-effects averages by metafor (REML, Knapp and Hartung's errors, prediction intervals): random_effects.json.
# BCG vaccine trials and their 13 risk ratios come with metafor; the other sets are made here.
#
#     Rscript random_effects.R

suppressMessages(library(metafor))
options(digits = 17)
fine <- list(threshold = 1e-14, maxiter = 10000)
averaged <- function(yi, vi, level = 95) {
  m <- rma(yi, vi, test = "knha", level = level, control = fine)
  p <- predict(m, level = level)
  list(estimates = yi, std_errors = sqrt(vi), level = level / 100,
       estimate = c(m$beta), std_error = m$se, df = m$ddf, low = m$ci.lb, high = m$ci.ub, p_value = m$pval,
       tau2 = m$tau2, i2 = m$I2 / 100, q = m$QE, q_p_value = m$QEp, prediction_low = p$pi.lb, prediction_high = p$pi.ub)
}
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
set.seed(20)
many_se <- round(runif(40, 0.03, 0.2), 3)
out <- list(
  bcg = averaged(c(bcg$yi), c(bcg$vi)),
  bcg_90 = averaged(c(bcg$yi), c(bcg$vi), 90),
  alike = averaged(c(0.10, 0.12, 0.09, 0.11), c(0.04, 0.05, 0.06, 0.03)^2),
  three = averaged(c(-0.2, 0.3, 0.1), c(0.1, 0.1, 0.2)^2),
  many = averaged(round(rnorm(40, 0.08, sqrt(0.01 + many_se^2)), 4), many_se^2)
)
out$made_with <- list(R = R.version.string, metafor = as.character(packageVersion("metafor")))
writeLines(jsonlite::toJSON(out, digits = NA, auto_unbox = TRUE), "random_effects.json")
