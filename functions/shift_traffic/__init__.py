"""The function that carries out the steps of releases."""
