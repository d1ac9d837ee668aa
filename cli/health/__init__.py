"""What a machine or an account needs, and whether it is there."""
