"""The function that prepares a run's data."""
