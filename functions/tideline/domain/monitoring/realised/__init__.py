"""How good answers turned out to be, once outcomes are known."""
