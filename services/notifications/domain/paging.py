"""Pages: what calls somebody now, who is called, and who next when nobody answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.notifications.domain.message import Notice, Recipient
from services.notifications.domain.reasons import of_page, risk_key
from shared.events import Event, integration, session
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import MessageCategory, Role


@dataclass(frozen=True)
class OnCall:
    """Somebody on a site's roster; `tier` 1 is called first. The address is theirs at work."""

    tier: int
    subject: str
    role: Role
    email: str


@dataclass(frozen=True)
class Call:
    """What calls for a page. While a page with this key is open, there is no second one."""

    key: str
    cause: str
    program_id: UUID
    item: str


@dataclass(frozen=True)
class Page:
    id: UUID
    site: str
    key: str
    cause: str
    program_id: UUID | None
    item: str
    tier: int
    raised_at: datetime
    closed_at: datetime | None
    closure: str | None
    acknowledged_by: str | None


@dataclass(frozen=True)
class Escalation:
    """The protocol's ladder: roles a tier, and how long each tier has to acknowledge."""

    within: timedelta
    tiers: tuple[tuple[Role, ...], ...]


def call(event: Event, event_id: UUID) -> Call | None:
    """Return the page that a fact calls for, if any."""
    match event:
        case integration.RiskRaised() | session.RiskRaised(page=True):
            return Call(risk_key(event), "risk", event.program_id, event.item)
        case session.VitalsFlagged():
            return _call_for_vitals(event)
        case session.AdverseEventRecorded(serious=True):
            return Call(f"adverse_event:{event_id}", "adverse_event", event.program_id, event.item)
        case _:
            return None


def _call_for_vitals(event: session.VitalsFlagged) -> Call | None:
    match event.level:
        case "emergency" | "hold":
            cause = f"vitals_{event.level}"
            return Call(f"{cause}:{event.session_id}:{event.program_id}", cause, event.program_id, event.item)
        case "review":
            return None


def escalation(protocols: Sequence[Protocol]) -> Escalation:
    """Return the ladder of the most impatient of these protocols."""
    risk = min((protocol.risk for protocol in protocols), key=lambda risk: risk.page_ack_within.value)
    return Escalation(risk.page_ack_within.value, tuple(tier.roles for tier in risk.escalation))


def next_tier(tier: int, ladder: Escalation, roster: Sequence[OnCall]) -> int:
    """Return the tier above; the last one is called again and again until somebody acknowledges."""
    last = max(len(ladder.tiers), *(entry.tier for entry in roster), 1)
    return min(tier + 1, last)


def roles_of(tier: int, ladder: Escalation) -> tuple[Role, ...]:
    return ladder.tiers[min(tier, len(ladder.tiers)) - 1]


def called(tier: int, ladder: Escalation, roster: Sequence[OnCall]) -> tuple[OnCall, ...]:
    """Return who is called: the roster's own tier; without one, everybody with the protocol's roles; else everybody."""
    own = tuple(entry for entry in roster if entry.tier == tier)
    by_role = tuple(entry for entry in roster if entry.role in roles_of(tier, ladder))
    return own or by_role or tuple(roster)


def page_notices(page: Page, callees: Sequence[OnCall]) -> tuple[Notice, ...]:
    """Return one message to each person who is called."""
    return tuple(
        Notice(
            recipient=Recipient(entry.role),
            subject=entry.subject,
            text="page",
            category=MessageCategory.PAGE,
            program_id=page.program_id,
            reasons=(of_page(str(page.id)), of_page(page.key)),
            about={"page_id": str(page.id), "tier": page.tier},
        )
        for entry in callees
    )


def address(roster: Sequence[OnCall], recipient: Recipient, subject: str | None) -> str | None:
    """Return where a staff message goes: to that person, else to the role's first entry, else to a coordinator's."""
    choices = (
        [entry for entry in roster if subject and entry.subject == subject],
        [entry for entry in roster if entry.role.value == recipient.value],
        [entry for entry in roster if entry.role is Role.COORDINATOR],
    )
    return next((entries[0].email for entries in choices if entries), None)
