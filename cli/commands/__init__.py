"""The commands: each parses, makes one call and shows the answer."""
