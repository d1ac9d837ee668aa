"""The registry over HTTP: what the functions behind the API share, off the serving path."""
