"""What benchmarks of monitoring share: peers that run in environments of their own."""
