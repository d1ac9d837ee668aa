"""Asking the endpoint for predictions."""
