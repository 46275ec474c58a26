"""People whom screening meets: a healthy applicant, and what makes another one of them."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from rehearsal.compressed_time.bodies import ANSWERS
from services.intake.domain.answers import AnswersVersion
from services.intake.domain.decision import sha256
from services.intake.domain.referral import Pin, Referral, State
from services.intake.domain.screening import Evaluation, evaluate
from shared.protocol import Protocol, ScreeningAnswers
from shared.protocol.answers import GroupFit
from shared.protocol.load import load_protocol

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = NOON.date()
BORN = date(1986, 5, 4)
PROGRAM = UUID("018f0000-0000-7000-8000-000000000001")

HEALTHY: dict[str, Any] = ANSWERS | {
    "date_of_birth": BORN.isoformat(),
    "height_cm": 172,
    "weight_kg": 70,
    "conditions": [{"code": "depression", "active": True, "since": "2019-01-01"}],
    "allergies": {},
    "vitals": {"systolic": 122, "diastolic": 78, "heart_rate": 68, "spo2": 98},
    "stop_bang": 1,
    "fit": {name: False if field.annotation is bool else 3 for name, field in GroupFit.model_fields.items()},
}


PROTOCOLS = Path(__file__).resolve().parents[3] / "protocols"


@cache
def weekly6() -> Protocol:
    return load_protocol(PROTOCOLS / "weekly6.yaml")


def pin() -> Pin:
    return Pin("weekly6", weekly6().version, weekly6().content_hash)


def answers(**changed: Any) -> ScreeningAnswers:
    return ScreeningAnswers.model_validate(HEALTHY | changed)


def condition(code: str, *, active: bool = True) -> list[dict[str, Any]]:
    return [*HEALTHY["conditions"], {"code": code, "active": active}]


def evaluated(**changed: Any) -> Evaluation:
    return evaluate(weekly6().screening, pin(), answers(**changed), 1, NOON)


def found(**changed: Any) -> dict[str, str]:
    return {finding.rule_id: finding.outcome.value for finding in evaluated(**changed).findings}


def given(**changed: Any) -> AnswersVersion:
    content = HEALTHY | changed
    return AnswersVersion(1, True, content, sha256(content), NOON, str(PROGRAM))


def referral(state: State = State.ELIGIBLE) -> Referral:
    return Referral(PROGRAM, "bc", "R-01", pin(), NOON, NOON, "coordinator-1", state, 4)
