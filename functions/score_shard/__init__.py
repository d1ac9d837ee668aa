"""The function that answers the rows of a shard."""
