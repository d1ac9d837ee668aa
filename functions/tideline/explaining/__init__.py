"""Contributions of features to an answer, for callers who ask: the file beside the artifact, and exact sums.

Needs NumPy, and is therefore kept apart from `tideline.serving` and imported by the first request that asks
for an explanation. Nothing that trained the model is needed.
"""
