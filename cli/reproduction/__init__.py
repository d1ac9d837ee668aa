"""Training a version again: its capsule, the execution, and what came out."""
