"""The sections of a card, each made from the evidence by a function of its own."""
