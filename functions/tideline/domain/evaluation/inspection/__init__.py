"""A look at the model itself: calibration, importance, sensitivity, leakage, overlap."""
