"""The parts of the stack, by capability: nouns that take what they need and hand out what they made."""
