"""Whole programs in seconds of real time: the protocol whose weeks are seconds, and what its people say and sign."""
