"""The function that takes answers to requests for approval."""
