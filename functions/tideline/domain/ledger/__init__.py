"""The ledger: every decision about a model, in an order that nobody can change unnoticed."""
