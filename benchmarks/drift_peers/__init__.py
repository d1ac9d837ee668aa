"""Programs that peers of `benchmarks.drift` run in environments of their own."""
