"""Every event as a frozen model; the one home of their names and versions."""
