"""Programs that peers of `benchmarks.drift` and `benchmarks.quality` run in environments of their own."""
