"""Lineage of a model, read from its records and shown."""
