"""The function that concludes runs that have ended."""
