"""The function that puts alerts into a chat."""
