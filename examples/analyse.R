# Analyse the tables of a run: a linear model with errors clustered by person. Base R is enough.
#
#   simulate export RUN --tables FOLDER
#   Rscript analyse.R FOLDER "outcome_donation_expected ~ cell_method"

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
model <- as.formula(arguments[2])

file_of <- function(name) file.path(folder, paste0(name, ".csv"))
text_of <- function(name) {
  read.csv(file_of(name), colClasses = "character", na.strings = "", encoding = "UTF-8")
}
codebook <- text_of("codebook")
levels_of <- text_of("levels")

# Read a table with the types of the codebook: "007" stays a text, words in order an ordered factor.
read_table <- function(table) {
  of <- codebook[codebook$table == table, ]
  is_number <- of$type %in% c("integer", "number") | startsWith(of$type, "yes/no")
  types <- setNames(ifelse(is_number, "numeric", "character"), of$variable)
  data <- read.csv(file_of(table), colClasses = types, na.strings = "", encoding = "UTF-8")
  for (i in which(of$type != "text" & !is_number)) {
    of_variable <- levels_of$table == table & levels_of$variable == of$variable[i]
    data[[of$variable[i]]] <- factor(
      data[[of$variable[i]]],
      levels = levels_of$level[of_variable],
      ordered = startsWith(of$type[i], "ordinal")
    )
  }
  data
}

data <- read_table("dialogues")
data <- data[data$status == "completed", ]
if ("excluded" %in% names(data)) data <- data[is.na(data$excluded), ]

# items <- merge(read_table("items"), data, by = c("run", "dialogue", "cell", "cluster"))
# has a row for each answer, with conditions and persona beside it.

fit <- lm(model, data = droplevels(data))

# Liang and Zeger's errors with Stata's small-sample factor, as sandwich::vcovCL(fit, ~cluster) has
# them, on G - 1 degrees of freedom. With fewer than 40 people, take clubSandwich's CR2.
x <- model.matrix(fit)
cluster <- factor(data[rownames(x), "cluster"])
scores <- rowsum(x * residuals(fit), cluster)
bread <- solve(crossprod(x))
g <- nlevels(cluster)
n <- nrow(x)
factor_of_size <- g / (g - 1) * (n - 1) / (n - ncol(x))
se <- sqrt(diag(factor_of_size * bread %*% crossprod(scores) %*% bread))

cat(n, "dialogues of", g, "people\n")
reach <- qt(0.975, g - 1) * se
cat(sprintf(
  "%-24s %8.4f  se %.4f  [%.4f, %.4f]",
  names(coef(fit)), coef(fit), se, coef(fit) - reach, coef(fit) + reach
), sep = "\n")
