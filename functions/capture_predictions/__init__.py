"""The function that keeps the prediction log."""
