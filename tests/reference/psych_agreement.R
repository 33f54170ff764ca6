# Reference numbers for ICC(1), ICC(2) and rwg(j): lme4 on groups of one size, analysis of variance on others.
# Run in this folder: Rscript psych_agreement.R  -> psych_agreement.json
suppressMessages({library(lme4); library(jsonlite)})
frame <- read.csv("psych_answers.csv")
items <- paste0("item", 1:6)
frame$score <- rowMeans(frame[, items])
answered <- frame[!is.na(frame$score), ]

# Groups of one size: the first five rows of every school that has five. There, REML and the analysis of variance
# give the same share of variance between schools. The weight is the variable that differs most between schools.
place <- ave(answered$score, answered$school, FUN = seq_along)
full <- names(which(table(answered$school) >= 5))
even <- answered[place <= 5 & answered$school %in% full, ]
v <- as.data.frame(VarCorr(lmer(weight ~ 1 + (1 | school), even,
                                control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14)))))$vcov

table_of <- anova(lm(score ~ factor(school), answered))
size <- as.vector(table(answered$school))
n0 <- (sum(size) - sum(size^2) / sum(size)) / (length(size) - 1)
msb <- table_of[1, "Mean Sq"]; msw <- table_of[2, "Mean Sq"]

rwg <- sapply(split(answered, answered$school), function(d) {
  s <- mean(apply(d[, items], 2, var)) / ((5^2 - 1) / 12)
  6 * (1 - s) / (6 * (1 - s) + s)
})
one <- sapply(split(answered, answered$school), function(d) 1 - var(d$item1) / 2)
write_json(list(
  R = R.version.string, lme4 = as.character(packageVersion("lme4")),
  even = list(icc = v[1] / sum(v), schools = length(full)),
  uneven = list(icc1 = (msb - msw) / (msb + (n0 - 1) * msw), icc2 = 1 - msw / msb, f = table_of[1, "F value"],
                p = table_of[1, "Pr(>F)"], df1 = table_of[1, "Df"], df2 = table_of[2, "Df"], n0 = n0),
  rwg = as.list(rwg), rwg_one_item = as.list(one)
), "psych_agreement.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
