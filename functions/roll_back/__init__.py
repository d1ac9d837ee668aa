"""The function that goes back, because somebody asks or an alarm goes off."""
