"""What a model is measured by: the metrics, and the floor that any model must beat."""
