"""A weekly6 dosing day in values."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from services.session.domain.checklist import Checklist
from services.session.domain.dose import Dose, DoseOrder, Verification
from services.session.domain.roster import Entry, Presence, Session
from services.session.domain.vitals import Measurement, Vitals
from shared.events import ProtocolPin
from shared.protocol.load import load_protocol
from shared.protocol.vocabulary import SessionKind

PROTOCOL = load_protocol(Path(__file__).parents[3] / "protocols" / "weekly6.yaml")
assert PROTOCOL.dosing is not None
DOSING = PROTOCOL.dosing
NINE = datetime(2030, 1, 8, 17, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PERSON, SESSION, DECISION = UUID(int=1), UUID(int=2), UUID(int=3)
ON_SITE = {"p": "prescriber", "f": "facilitator"}


def vitals(**changed: int) -> Vitals:
    return Vitals(**{"systolic": 120, "diastolic": 80, "heart_rate": 70, "respiratory_rate": 14, "spo2": 98, **changed})


def measured(minute: float, **changed: int) -> Measurement:
    return Measurement(vitals(**changed), NINE + minute * MINUTE)


def checklist(**changed: Any) -> Checklist:
    yes = dict.fromkeys(
        ("identity", "consent", "interval_history", "substances_abstained", "fasted", "driver", "intention"), True
    )
    return Checklist(**{**yes, "pregnancy_test": "negative", "c_ssrs": "none", **changed})


def order(**changed: Any) -> DoseOrder:
    today = date(2030, 1, 8)
    right = {"route": "IM", "mg": 70.0, "weight_kg": 70.0, "weighed_on": today, "lot": "K-17", "expires_on": today}
    return DoseOrder(**{**right, **changed})


def verification(**changed: Any) -> Verification:
    made = {"id": UUID(int=7), "session_id": SESSION, "program_id": PERSON, "by": "f", "role": "facilitator"}
    return Verification(**{**made, "at": NINE, "order": order(), **changed})


def dose(item: str = "dose:1", at: datetime = NINE, min_interval: timedelta = 6 * DAY) -> Dose:
    return Dose(UUID(int=9), SESSION, PERSON, item, at, "p", "f", order(), DECISION, (), min_interval)


def session(**changed: Any) -> Session:
    planned = {
        "id": SESSION,
        "site": "bc",
        "cohort_id": UUID(int=4),
        "item": "dose:1",
        "kind": SessionKind.DOSE,
        "starts_at": NINE,
        "ends_at": NINE + 4 * HOUR,
        "no_show_at": NINE + 30 * MINUTE,
        "zone": "America/Vancouver",
        "calendar_revision": 1,
        "protocol": ProtocolPin(id="weekly6", version="1.0.0", hash="0"),
    }
    return Session(**{**planned, **changed})


def entry(state: str = "expected", **changed: Any) -> Entry:
    return Entry(SESSION, changed.pop("program_id", PERSON), Presence(state), **changed)
