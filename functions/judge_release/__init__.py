"""The function that judges a step of a release."""
