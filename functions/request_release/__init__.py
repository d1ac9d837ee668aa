"""The function that takes requests for a release over HTTP."""
