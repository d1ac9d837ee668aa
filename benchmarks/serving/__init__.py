"""Parts of the serving benchmark: a local Runtime API, local stores, the bundle and the peer."""
