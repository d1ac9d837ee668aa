"""What people write in model.yaml, and what it means."""
