"""Batch scoring: what is to be scored by which version, and what came of it."""
