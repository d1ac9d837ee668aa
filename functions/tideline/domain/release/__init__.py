"""Registered versions, and which of them answer."""
