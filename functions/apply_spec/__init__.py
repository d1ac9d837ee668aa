"""The function that applies a dropped model.yaml."""
