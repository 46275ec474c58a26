"""Integration's rules: circles, check-ins, risk, measures, outcomes. Pure: they receive `now` and return values."""
