"""What holds a run back: one file a rule, each a pure function of records and the time."""
