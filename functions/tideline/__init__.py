"""Tideline: what the functions share."""

# As in `pyproject.toml`, which is not shipped; a test compares them.
__version__ = "0.1.0"
