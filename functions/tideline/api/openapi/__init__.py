"""The HTTP API described in OpenAPI 3.1, each model with its own features."""
