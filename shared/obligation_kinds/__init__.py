"""The catalogue of obligations: of every kind, who owes it first, what is to be done, until when, and what ends it.

Task lists and the mails to staff say these sentences. They name no person, no drug, no diagnosis and no score, for a
mail is read on a locked screen by whoever holds the phone.
"""

from typing import get_args

from shared.obligation_kinds import intake, integration, notifications, scheduler, session
from shared.obligation_kinds.kind import BY_PROTOCOL, HOMEWARD, Kind, ObligationKind

__all__ = ["BY_PROTOCOL", "CATALOGUE", "HOMEWARD", "UNKNOWN", "Kind", "ObligationKind", "kind_of"]

CATALOGUE: dict[Kind, ObligationKind] = {
    **intake.KINDS,
    **scheduler.KINDS,
    **session.KINDS,
    **integration.KINDS,
    **notifications.KINDS,
}
UNKNOWN = ObligationKind(
    BY_PROTOCOL, "A task waits for you.", "It ends when it is done in the task list.", due="its deadline", closed_by=()
)
"""What a newer build opens before this one knows its sentence."""


def kind_of(name: str) -> ObligationKind:
    """Return what the catalogue says about a kind, or a sentence that is true of every task."""
    return next((CATALOGUE[kind] for kind in get_args(Kind) if kind == name), UNKNOWN)
