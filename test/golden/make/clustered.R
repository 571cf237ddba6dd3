# Prints what R says of clustered ROC data: Obuchowski's (1997) variances and paired test, by the function that the DIDSR at FDA keeps
# (an adaptation of the author's own, clusteredROC), https://github.com/DIDSR/mitoticFigureCounts, R/doAUCcluster.R at 5675b0b.
# Called by clustered.py, which names that file and a CSV with columns label,a,b,patient.
#
# Made with: R 4.2.2.
arguments <- commandArgs(trailingOnly = TRUE)
source(arguments[1])
rows <- read.csv(arguments[2])
two <- doAUCcluster(rows$a, rows$b, rows$label, rows$patient, level = "1")
one <- doAUCcluster(rows$a, response = rows$label, clusterID = rows$patient, level = "1")
stopifnot(identical(one$auc.var, two$auc.var.A))
numbers <- c(two$auc.A, two$auc.B, two$auc.var.A, two$auc.var.B, two$auc.var.AminusB, two$p.value)
cat(format(numbers, digits = 17), sep = "\n")
