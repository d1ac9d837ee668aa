"""What a user would serve the same model with, each as its own documentation says."""
