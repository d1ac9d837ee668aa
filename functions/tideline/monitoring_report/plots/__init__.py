"""Plots that only this page has."""
