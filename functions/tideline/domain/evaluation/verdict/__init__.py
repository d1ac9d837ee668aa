"""What the gate asks, and what it decides."""
