"""Small sentences that several sections share."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.protocol.base import Cited, Sourced
from shared.protocol.calendar import Act, ChaseStep
from shared.protocol.spans import Span
from shared.protocol.wording import listed, spoken, spoken_offset
from shared.vocabulary import total

SIGN_OFF = "*"
ACTS: Mapping[Act, str] = total(
    Act, {"remind": "reminds", "call": "calls", "second_call": "calls again", "clinician_decides": "decides"}
)


def source(part: Sourced) -> str:
    """Where it comes from; a star where the medical director signs it off."""
    return " ".join(filter(None, (part.source, SIGN_OFF if part.needs_medical_director_signoff else "")))


def sourced(part: Cited[Any], unit: str = "") -> str:
    """The value with its unit and, in brackets, its source."""
    return f"{spoken(part)}{f' {unit}' if unit else ''} ({source(part)})"


def ladder(chase: Iterable[ChaseStep]) -> str:
    """`5 days after, the coordinator calls`"""
    return "; ".join(f"{spoken_offset(step.after)}, the {step.owner} {ACTS[step.act]}" for step in chase) or "nobody"


def reminders(times: Iterable[Span]) -> str:
    said = [spoken_offset(at) for at in times]
    return listed(said) if said else "none"
