"""Checks a candidate before a release shifts any traffic to it."""
