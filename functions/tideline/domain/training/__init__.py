"""Runs: whether to start one, which rows it learns from, what it tries."""
