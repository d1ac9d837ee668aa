"""The function that runs one trial."""
