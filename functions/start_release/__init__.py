"""The function that starts releases."""
