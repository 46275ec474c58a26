"""The go/no-go decision: every authority asked at that moment, and nothing on this side that speaks against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.session.domain.checklist import Checklist, gaps
from services.session.domain.staffing import understaffed
from services.session.domain.vitals import Measurement, held_for_today, prescriber_decides, repeat_owed
from shared.events.questions import ClearanceAnswer
from shared.events.session import Clearance, DoseDecision
from shared.protocol import Protocol
from shared.protocol.dosing import Dosing
from shared.protocol.vocabulary import RiskLevel
from shared.refusal import Refused

MOMENT = timedelta(seconds=10)
"""How old an answer may be that a decision or a dose rests on: the time to ask, and to wait for the session."""


@dataclass(frozen=True)
class Decision:
    """What a prescriber decided for one person; a go rests on its clearances until `valid_until`."""

    id: UUID
    decision: DoseDecision
    decided_at: datetime
    decided_by: str
    reason: str | None = None
    clearances: tuple[Clearance, ...] = ()
    valid_until: datetime | None = None


@dataclass(frozen=True)
class Readiness:
    """What session itself knows of a person before their dose.

    `participants` counts those who are under care at once, this person included; `on_site` is role by subject;
    `open_risks` are signals that no clinician has decided on, today's or an earlier day's, session's or integration's;
    `arm` is the id of the arm that was assigned to them, None before.
    """

    checklist: Checklist | None
    measured: Sequence[Measurement]
    on_site: Mapping[str, str]
    participants: int
    open_risks: int
    arm: str | None


def dosing_of(protocol: Protocol) -> Dosing:
    """Return the protocol's dosing rules. Refused (`protocol_without_dosing`): a protocol without them doses nobody."""
    if protocol.dosing is None:
        raise Refused("protocol_without_dosing", f"{protocol.id} {protocol.version} has no dosing rules")
    return protocol.dosing


def local_refusals(protocol: Protocol, ready: Readiness, reason: str | None) -> tuple[str, ...]:
    """Return every rule of the session day that stands in the way of a dose."""
    dosing = dosing_of(protocol)
    return (
        *gaps(dosing, ready.checklist, bool(ready.measured)),
        *_risk(protocol, ready),
        *_vitals(dosing, ready.measured, reason),
        *understaffed(dosing.staffing, ready.on_site, ready.participants),
    )


def _risk(protocol: Protocol, ready: Readiness) -> tuple[str, ...]:
    """Return what holds a dose: an undecided risk on any day, and today's level where the protocol holds dosing at it.

    Source: no dose while suicidality is unassessed (convention; a clinician's decision is what ends it).
    """
    undecided = ("open_risk",) if ready.open_risks else ()
    level = RiskLevel(ready.checklist.c_ssrs) if ready.checklist else RiskLevel.NONE
    return ("c_ssrs_holds_dosing", *undecided) if protocol.risk_response(level).hold_dosing else undecided


def _vitals(dosing: Dosing, measured: Sequence[Measurement], reason: str | None) -> tuple[str, ...]:
    if held_for_today(dosing.vitals, measured):
        return ("vitals_out_of_range",)
    if repeat_owed(dosing.vitals, dosing.repeats, measured):
        return ("vitals_repeat_owed",)
    if prescriber_decides(dosing.vitals, measured) and not reason:
        return ("vitals_need_a_reason",)
    return ()


def authority_refusals(answers: Mapping[str, ClearanceAnswer | None], now: datetime) -> tuple[str, ...]:
    """Return what the authorities refuse. No answer, another's answer, one that is not of this moment: all are «no»."""
    refusals: list[str] = []
    for authority, answer in answers.items():
        if answer is None or answer.authority != authority:
            refusals.append(f"no_answer:{authority}")
        elif answer.valid_until <= now or now - answer.answered_at > MOMENT:
            refusals.append(f"stale_answer:{authority}")
        else:
            refusals.extend(answer.refusals)
    return tuple(refusals)


def proof(answers: Mapping[str, ClearanceAnswer | None]) -> tuple[Clearance, ...]:
    """Return the answers as they are kept with the decision and with the dose."""
    return tuple(
        Clearance(
            authority=answer.authority,
            revision=answer.revision,
            answered_at=answer.answered_at,
            valid_until=answer.valid_until,
        )
        for answer in answers.values()
        if answer is not None
    )


def valid_until(clearances: Sequence[Clearance], now: datetime, valid_for: timedelta) -> datetime:
    """Return until when a go stands: as its shortest clearance, and never longer than the protocol allows."""
    return min([clearance.valid_until for clearance in clearances] + [now + valid_for])


def reason_that_stands(go: Decision, measured: Sequence[Measurement]) -> str | None:
    """Return the prescriber's reason: it speaks for what was measured before the decision, and for nothing after it."""
    return None if measured and measured[-1].at > go.decided_at else go.reason


def must_be_valid_go(decision: Decision | None, authorities: Sequence[str], now: datetime) -> Decision:
    """Return the decision if it is a go that every authority cleared, valid at this moment.

    Refused: `no_go_decision`, `clearance_missing`, `clearance_expired`.
    """
    if decision is None or decision.decision != "go":
        raise Refused("no_go_decision", "there is no go decision for this person in this session")
    missing = set(authorities) - {clearance.authority for clearance in decision.clearances}
    if missing or decision.valid_until is None:
        raise Refused("clearance_missing", f"the go was not cleared by: {', '.join(sorted(missing))}")
    if now >= min([decision.valid_until, *(clearance.valid_until for clearance in decision.clearances)]):
        raise Refused(
            "clearance_expired", f"the clearances were valid until {decision.valid_until.isoformat()}: ask again"
        )
    return decision
