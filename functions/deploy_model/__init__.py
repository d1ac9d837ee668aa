"""The function that deploys a version."""
