"""What runs cost: what was used, times a table of prices with its date."""
