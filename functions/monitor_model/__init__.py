"""The function that looks at live models."""
