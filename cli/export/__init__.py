"""A version as a folder that needs nothing of Tideline: what goes into it, and the program that runs it."""
