"""How sure a number is: the bootstrap, intervals, paired differences, significance."""
