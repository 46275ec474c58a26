"""Who is paged, and who next."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.notifications.domain.message import Recipient
from services.notifications.domain.paging import (
    Escalation,
    OnCall,
    address,
    call,
    called,
    escalation,
    next_tier,
    roles_of,
)
from shared.events import Event, integration, session
from shared.migrations import ROOT
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import Role
from tests.unit.notifications.emails import PROGRAM

LADDER = Escalation(
    timedelta(minutes=15), ((Role.CLINICIAN,), (Role.CLINICIAN, Role.PRESCRIBER), (Role.PRESCRIBER, Role.COORDINATOR))
)
CLARA = OnCall(1, "clara", Role.CLINICIAN, "clara@clinic.invalid")
PETER = OnCall(2, "peter", Role.PRESCRIBER, "peter@clinic.invalid")
CORA = OnCall(2, "cora", Role.COORDINATOR, "cora@clinic.invalid")
ROSTER = (CLARA, PETER, CORA)


def vitals(level: str) -> Event:
    told = {"program_id": PROGRAM, "session_id": uuid4(), "item": "dose:1", "level": level}
    return session.VitalsFlagged.model_validate(told)


def adverse(serious: bool) -> Event:
    return session.AdverseEventRecorded(program_id=PROGRAM, session_id=uuid4(), item="dose:1", serious=serious)


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (integration.RiskRaised(program_id=PROGRAM, risk_id=uuid4(), item="measure:baseline"), "risk"),
        (session.RiskRaised(program_id=PROGRAM, session_id=uuid4(), item="dose:1"), "risk"),
        (session.RiskRaised(program_id=PROGRAM, session_id=uuid4(), item="dose:1", page=False), None),
        (vitals("emergency"), "vitals_emergency"),
        (vitals("hold"), "vitals_hold"),
        (adverse(True), "adverse_event"),
        (vitals("review"), None),
        (adverse(False), None),
    ],
)
def test_risk_dangerous_vitals_and_serious_adverse_events_page(event: Event, cause: str | None) -> None:
    wanted = call(event, uuid4())
    assert (wanted.cause if wanted else None) == cause


def test_each_tier_of_the_roster_is_called_in_turn() -> None:
    assert called(1, LADDER, ROSTER) == (CLARA,)
    assert called(2, LADDER, ROSTER) == (PETER, CORA)


def test_where_the_roster_has_no_such_tier_the_protocols_roles_are_called() -> None:
    assert called(3, LADDER, ROSTER) == (PETER, CORA)
    assert called(2, LADDER, (CLARA,)) == (CLARA,)


def test_somebody_is_called_as_long_as_anybody_is_on_call() -> None:
    assert called(3, LADDER, (CLARA,)) == (CLARA,)
    assert called(1, LADDER, ()) == ()


def test_the_last_tier_is_called_again_and_again() -> None:
    assert [next_tier(tier, LADDER, ROSTER) for tier in (1, 2, 3)] == [2, 3, 3]
    assert next_tier(3, LADDER, (*ROSTER, OnCall(4, "last", Role.CLINICIAN, "last@clinic.invalid"))) == 4
    assert next_tier(1, LADDER, ()) == 2


def test_the_protocol_says_who_owns_a_tier_and_for_how_long() -> None:
    ladder = escalation([load_protocol(ROOT / "protocols" / "weekly6.yaml")])
    assert ladder == LADDER
    assert roles_of(1, ladder) == (Role.CLINICIAN,)
    assert roles_of(9, ladder) == (Role.PRESCRIBER, Role.COORDINATOR)


def test_a_staff_message_goes_to_its_person_then_its_role_then_a_coordinator() -> None:
    assert address(ROSTER, Recipient.PRESCRIBER, None) == PETER.email
    assert address(ROSTER, Recipient.CLINICIAN, "peter") == PETER.email
    assert address(ROSTER, Recipient.FACILITATOR, None) == CORA.email
    assert address((CLARA,), Recipient.FACILITATOR, None) is None
