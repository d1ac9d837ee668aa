"""The prediction log's table: Parquet in the lake, by model and hour."""
