"""Where a version came from, and where a dropped file went."""
