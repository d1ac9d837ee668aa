"""The function that describes models and versions."""
