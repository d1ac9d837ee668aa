"""The function that splits a dropped batch into shards."""
