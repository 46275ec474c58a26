"""Integration's own tables, as the migrations made them."""

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

metadata = MetaData()
MOMENT = DateTime(timezone=True)
Columns = dict[str, TypeEngine[object]]


def _table(name: str, **columns: object) -> Table:
    return Table(name, metadata, *(Column(column, kind) for column, kind in columns.items()))  # type: ignore[arg-type]  # a class or an instance: SQLAlchemy takes both


_pin = {"protocol_id": Text, "protocol_version": Text, "protocol_hash": Text}
_closing = {"closed_at": MOMENT, "closed_by": Text}
_item = {"program_id": Uuid, "item": Text, "site": Text}

overridden_item = _table("overridden_item", **_item, overridden_at=MOMENT)
circle = _table(
    "circle",
    session_id=Uuid,
    site=Text,
    cohort_id=Uuid,
    item=Text,
    missed_item=Text,
    starts_at=MOMENT,
    ends_at=MOMENT,
    no_show_at=MOMENT,
    zone=Text,
    calendar_revision=Integer,
    **_pin,
    state=Text,
    **_closing,
)
attendance = _table(
    "attendance",
    session_id=Uuid,
    program_id=Uuid,
    site=Text,
    status=Text,
    excused=Boolean,
    no_show=Boolean,
    reason=Text,
    recorded_at=MOMENT,
    recorded_by=Text,
)
attendance_correction = _table(
    "attendance_correction",
    id=Uuid,
    session_id=Uuid,
    program_id=Uuid,
    site=Text,
    corrected_at=MOMENT,
    corrected_by=Text,
    role=Text,
    status=Text,
    excused=Boolean,
    no_show=Boolean,
    absence_reason=Text,
    absence_recorded_by=Text,
    reason=Text,
    meaning=Text,
)
check_in = _table("check_in", **_item, due_at=MOMENT, zone=Text, **_pin, **_closing, closure=Text, follows=Text)
check_in_answer = _table("check_in_answer", **_item, answers=JSONB, answered_at=MOMENT, answered_by=Text)
check_in_call = _table(
    "check_in_call", id=Uuid, **_item, reached=Boolean, outcome=Text, called_at=MOMENT, called_by=Text
)
measure = _table(
    "measure",
    **_item,
    cohort_id=Uuid,
    opens_at=MOMENT,
    due_at=MOMENT,
    closes_at=MOMENT,
    zone=Text,
    **_pin,
    **_closing,
    closure=Text,
    reason=Text,
    late=Boolean,
)
response = _table(
    "response",
    id=Uuid,
    **_item,
    instrument=Text,
    items=JSONB,
    recall_days=Integer,
    total=Integer,
    band=Text,
    positive=Boolean,
    provisional=Boolean,
    subscales=JSONB,
    late=Boolean,
    answered_at=MOMENT,
    answered_by=Text,
)
risk = _table(
    "risk",
    risk_id=Uuid,
    **_item,
    why=Text,
    **_pin,
    raised_at=MOMENT,
    level=Text,
    **_closing,
    decision=Text,
)
session_risk = _table("session_risk", session_id=Uuid, program_id=Uuid, site=Text, raised_at=MOMENT, closed_at=MOMENT)
c_ssrs = _table(
    "c_ssrs",
    id=Uuid,
    risk_id=Uuid,
    program_id=Uuid,
    site=Text,
    answers=JSONB,
    level=Text,
    recorded_at=MOMENT,
    recorded_by=Text,
)
signed_decision = _table(
    "signed_decision",
    id=Uuid,
    program_id=Uuid,
    site=Text,
    subject=Text,
    content=JSONB,
    sha256=Text,
    meaning=Text,
    signer=Text,
    role=Text,
    signed_at=MOMENT,
)
