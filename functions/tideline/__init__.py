"""Tideline: what the functions share."""
