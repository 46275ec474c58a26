"""Agreements: signed and revoked by the participant, in a ledger to which lines are only added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.intake.domain.referral import State
from shared.events.intake import AgreementKind
from shared.refusal import Refused

Act = Literal["signed", "revoked"]


@dataclass(frozen=True)
class Line:
    """One line of the ledger: an agreement was signed, or revoked."""

    kind: AgreementKind
    act: Act
    at: datetime
    by: str


def standing(ledger: Iterable[Line]) -> tuple[Line, ...]:
    """Return the agreements that stand: those whose last line is a signature. `ledger` is in the order of writing."""
    last = {line.kind: line for line in ledger}
    return tuple(line for line in last.values() if line.act == "signed")


def check_sign(kind: AgreementKind, state: State, ledger: Iterable[Line]) -> None:
    """Refuse to sign twice (`already_signed`), or for a program that does not go on (`screening_closed`)."""
    match state:
        case State.EXCLUDED | State.REDIRECTED | State.LAPSED:
            raise Refused("screening_closed", f"there is nothing to agree to: the referral is {state}")
        case State.AWAITING_FORMS | State.AWAITING_REVIEW | State.ELIGIBLE:
            pass
    if any(line.kind == kind for line in standing(ledger)):
        raise Refused("already_signed", f"{kind} is signed and stands")


def check_revoke(kind: AgreementKind, ledger: Iterable[Line]) -> None:
    """Whatever was signed may be revoked, at any time."""
    if all(line.kind != kind for line in standing(ledger)):
        raise Refused("not_signed", f"{kind} is not signed")
