"""The function that asks for approvals."""
