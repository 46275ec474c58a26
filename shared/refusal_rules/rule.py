"""What the catalogue says of a rule that refuses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RefusalRule:
    """What stands in the way, and the next lawful act. A refusal's own sentence says more: which, when, whose."""

    says: str
    next_act: str
