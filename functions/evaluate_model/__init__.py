"""The function that evaluates a candidate beside the champion."""
