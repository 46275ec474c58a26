"""The same person twice: who is alike, and what follows from it for a dose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from services.intake.domain.referral import Pin

POSSIBLE_DUPLICATE: Final = "possible_duplicate"
LOOK_WITHIN = timedelta(days=1)
"""How soon a clinician looks whether two programs are one person's (convention)."""

Finding = Literal["another_person", "same_person", "both_active"]
"""What a clinician signs: two people; one person, whose other programs are over; or one who may be active in both."""
Confirmation = Literal["another_person", "referred_again"]
"""What a coordinator answers to a likely duplicate: somebody else, or the same person for another program."""


@dataclass(frozen=True)
class Alike:
    """A program, perhaps of another site, whose person is like this one's.

    `is_same`: born on the same day, with the same name, address or telephone number; otherwise only an address or a
    number is shared, as in a family. `last_dose_at` and `is_active` are what intake has heard of that program.
    """

    program_id: UUID
    is_same: bool
    pin: Pin
    is_active: bool
    last_dose_at: datetime | None
    finding: Finding | None


def of_one_person(alike: Iterable[Alike]) -> list[Alike]:
    """Return the programs that count as the same person's: a clinician's signature alone makes them another one's."""
    return [one for one in alike if one.is_same and one.finding != "another_person"]


def is_unsettled(alike: Iterable[Alike]) -> bool:
    """Return whether a clinician owes a look: nobody signed who this is, or both programs run without a signature."""
    return any(one.finding is None or (one.finding == "same_person" and one.is_same and one.is_active) for one in alike)


def refusals(others: Iterable[tuple[Alike, timedelta]], now: datetime) -> tuple[str, ...]:
    """Return what the person's other programs put in the way of a dose; each comes with its interval between doses.

    A person is active in one program at a time unless a clinician signs (convention), and the minimum interval holds
    between any two doses of a person, whatever the program and the site (protocol: `dosing.min_interval`).
    """
    found = []
    others = list(others)
    if any(one.is_active and one.finding != "both_active" for one, _ in others):
        found.append("active_in_another_program")
    if any(one.last_dose_at and now < one.last_dose_at + interval for one, interval in others):
        found.append("minimum_interval_in_another_program")
    return tuple(found)
