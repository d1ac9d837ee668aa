"""The function that answers dropped labels."""
