"""The prediction log and its labels, read from the lake's Parquet with DuckDB."""
