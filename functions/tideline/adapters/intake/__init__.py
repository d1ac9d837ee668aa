"""Reading dropped files: from untrusted bytes to canonical Parquet, or to a reason to act on."""

from tideline.adapters.intake.reader import DuckDbFileReader

__all__ = ["DuckDbFileReader"]
