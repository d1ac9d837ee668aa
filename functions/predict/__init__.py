"""Answers predictions for every model."""
