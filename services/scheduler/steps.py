"""What the scheduler's workflows may call: names and types, never what performs them."""

ADVANCE_PROGRAM = "advance_program"
"""`(Watched) -> WakePlan`: draw the consequences of a participant's facts."""

ADVANCE_COHORT = "advance_cohort"
"""`(Watched) -> WakePlan`: offers, seats and the sessions of a cohort's calendar."""
