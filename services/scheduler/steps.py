"""What the scheduler's workflows may call: names and types, never what performs them."""

ADVANCE_PROGRAM = "advance_program"
"""`(Watched) -> Rest`: draw the consequences of a participant's facts."""

ADVANCE_COHORT = "advance_cohort"
"""`(Watched) -> Rest`: offers, seats and the sessions of a cohort's calendar."""
