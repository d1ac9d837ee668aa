"""Batch scoring with DuckDB and ONNX Runtime: splitting a file, answering a shard, counting rows."""
