"""What people are told, and what they can do about it: one file for each kind of event."""
