"""Plots as SVG text: no script, no style sheet, nothing from elsewhere."""
