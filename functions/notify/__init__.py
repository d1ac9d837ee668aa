"""The function that tells people what happened."""
