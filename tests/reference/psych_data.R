# Makes the made-up answers that the psychometric references use: psych_answers.csv and psych_binary.csv.
# Run in this folder: Rscript psych_data.R
set.seed(20240611)

# 26 schools in 4 strata, 4 to 16 leaders each; six items of five categories (the last one of four), one factor;
# a few unanswered; unequal weights.
sizes <- sample(4:16, 26, replace = TRUE)
school <- rep(seq_along(sizes), sizes)
n <- length(school)
theta <- rnorm(n, sd = 0.9) + rnorm(26, sd = 0.5)[school]
loading <- c(0.8, 0.7, 0.6, 0.9, 0.5, 0.7)
cuts <- list(c(-1.5, -0.5, 0.4, 1.2), c(-1, 0, 0.8, 1.6), c(-1.8, -0.9, -0.1, 0.9),
             c(-1.2, -0.3, 0.5, 1.4), c(-0.8, 0.1, 0.7, 1.5), c(-1, 0.2, 1.1))
answers <- sapply(1:6, function(j) {
  latent <- loading[j] * theta + rnorm(n, sd = sqrt(1 - 0.5 * loading[j]^2))
  1L + findInterval(latent, cuts[[j]])
})
answers[cbind(sample(n, 18), sample(6, 18, replace = TRUE))] <- NA
frame <- data.frame(stratum = c("a", "b", "c", "d")[1 + school %% 4], school = school,
                    weight = round(exp(rnorm(26, sd = 0.4))[school] * runif(n, 0.7, 1.5), 3),
                    setNames(as.data.frame(answers), paste0("item", 1:6)))
write.csv(frame, "psych_answers.csv", row.names = FALSE, na = "", quote = FALSE)

# Five yes/no items under the Rasch model, 180 responses, a few unanswered.
n <- 180
theta <- rnorm(n, sd = 1.3)
binary <- sapply(c(-1.4, -0.6, 0, 0.5, 1.3), function(b) as.integer(runif(n) < plogis(theta - b)))
binary[cbind(sample(n, 20), sample(5, 20, replace = TRUE))] <- NA
write.csv(setNames(as.data.frame(binary), paste0("yes", 1:5)), "psych_binary.csv", row.names = FALSE, na = "",
          quote = FALSE)
