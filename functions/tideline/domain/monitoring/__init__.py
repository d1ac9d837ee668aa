"""Watching what is live: what arrives, what is answered, how good it is, and what to do about it."""
