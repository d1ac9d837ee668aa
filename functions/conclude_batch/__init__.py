"""The function that accounts for every row of a batch."""
