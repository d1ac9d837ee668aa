"""The function that breaks off releases that the judge found to be worse."""
