"""Money that came in and went back, and which document it belongs to."""
