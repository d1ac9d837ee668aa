"""The function that merges the prediction log's files."""
