"""The function that admits training runs."""
