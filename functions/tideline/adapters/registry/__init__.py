"""The registry: one DynamoDB table, one module for each kind of record."""
