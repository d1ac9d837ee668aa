"""The story that `make demo` tells: real data, the real loop, and a check that each point happened."""
