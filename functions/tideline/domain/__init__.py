"""Values and rules: no AWS, no I/O, no clock."""
