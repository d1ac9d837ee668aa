"""Labels: what turned out to be true of predictions, told later by whoever knows."""
