"""The function that concludes releases that failed."""
