"""What every page for people is made of: blocks, words, the pencil, and one template with its style."""
