"""The function that answers dropped files."""
