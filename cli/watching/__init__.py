"""What is told of live versions: looks, drift, quality over time."""
