"""Following a run: which one, how far it is, how it ends."""
