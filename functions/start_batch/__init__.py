"""The function that starts the scoring of a dropped batch."""
