"""The page of one look at a live version: what was found, what it means, and what to do about it."""
