"""The scheduler's rules: pure, named in the clinic's words, given `now`."""
