"""One use case a module; they talk to ports."""
