"""What every function needs to run: settings, logging, metrics."""
