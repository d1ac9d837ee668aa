"""Ports made real: AWS services, DuckDB, LightGBM, ONNX Runtime."""
