"""How good answers probably are before anybody knows what was right: by confidence, or by a loss."""
