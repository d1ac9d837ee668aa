"""What was dropped, what became of it, and the data set it adds up to."""
