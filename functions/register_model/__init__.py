"""The function that registers what a run made."""
