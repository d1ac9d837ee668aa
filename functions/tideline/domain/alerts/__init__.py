"""What wakes a person: an alert, the letter that is made of it, and the names of alarms."""
