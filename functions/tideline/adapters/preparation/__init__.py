"""Prepare training data: batches in, arrays and a profile out (DuckDB), and the chain of holdouts."""
