"""What is counted of live calls, over which bins, and how hours are kept."""
