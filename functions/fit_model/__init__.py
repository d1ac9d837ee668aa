"""The function that fits the best trial again."""
