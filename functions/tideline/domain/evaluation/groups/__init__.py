"""Parts of the holdout: slices, and the groups of fairness."""
