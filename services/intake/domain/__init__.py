"""Intake's rules: pure, they receive `now` or the day, and return a value or refuse by a rule's name."""
