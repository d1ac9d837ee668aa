"""The function that answers batches whose job failed."""
