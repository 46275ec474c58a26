"""What is said of an adverse event (CTCAE v5)."""

from typing import Literal

from shared.vocabulary import those

Relatedness = Literal["unrelated", "unlikely", "possible", "probable", "definite"]
"""To the dose, as whoever reports it judges."""
Outcome = Literal["recovered", "recovering", "not_recovered", "sequelae", "fatal", "unknown"]
FATAL: frozenset[Outcome] = those(
    Outcome, are=("fatal",), are_not=("recovered", "recovering", "not_recovered", "sequelae", "unknown")
)
DEATH = 5
"""The CTCAE v5 grade of a death that the event led to."""


def is_fatal(grade: int, outcome: Outcome) -> bool:
    """Return whether the person died of it, by either of the two ways to say so."""
    return grade == DEATH or outcome in FATAL
