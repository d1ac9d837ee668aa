"""The function that concludes releases."""
