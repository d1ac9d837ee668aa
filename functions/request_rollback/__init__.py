"""The function that takes requests to go back over HTTP."""
