"""What session's API answers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.session.api.models import OnSite
from services.session.domain.roster import Presence
from services.session.domain.substance import Movement, ShelfMovement
from services.session.domain.vitals import NextStep
from shared.events.session import DoseDecision
from shared.paging import Paged
from shared.protocol.dosing import Level


class ShownFlag(BaseModel):
    vital: str
    level: Level


class ShownRepeat(BaseModel):
    not_before: AwareDatetime
    due_by: AwareDatetime


class Assessed(BaseModel):
    """Vital signs outside their limits, and what comes next."""

    flags: list[ShownFlag]
    next: NextStep
    repeat: ShownRepeat | None = None


class Recorded(BaseModel):
    """The person's state in the session after this."""

    program_id: UUID
    state: Presence


class Assigned(BaseModel):
    """The person's arm: the range of their doses."""

    program_id: UUID
    arm: str
    title: str


class Decided(BaseModel):
    program_id: UUID
    decision: DoseDecision
    decided_at: datetime
    valid_until: datetime | None


class Verified(BaseModel):
    """A second person's verification, to be named by the person who gives the dose."""

    verification_id: UUID
    program_id: UUID
    verified_at: datetime
    verified_by: str


class Moment(BaseModel):
    minute: float
    at: datetime


class Dosed(BaseModel):
    """What was given, and what is due from now on."""

    dose_id: UUID
    program_id: UUID
    item: str
    administered_at: datetime
    mg_per_kg: float
    volume_ml: float | None
    observations: list[Moment]
    discharge_from: datetime


class ObservationKept(BaseModel):
    flags: list[ShownFlag]
    next: Moment | None


class EventKept(BaseModel):
    adverse_event_id: UUID


class ShownSession(BaseModel):
    session_id: UUID
    site: str
    cohort_id: UUID
    item: str
    kind: Literal["preparation", "dose"]
    starts_at: datetime
    ends_at: datetime
    zone: str
    no_show_at: datetime | None
    due: bool
    closed_at: datetime | None


class Sessions(Paged):
    items: list[ShownSession]


class ShownEntry(BaseModel):
    """One person: where they stand, and what is due for them. `arm`: which was assigned, none where there are none."""

    program_id: UUID
    state: Presence
    arrived_at: datetime | None
    excused: bool | None
    no_show: bool | None
    arm: str | None = None
    decision: DoseDecision | None
    go_valid_until: datetime | None
    dosed_at: datetime | None = None
    next_observation: Moment | None = None
    discharge_from: datetime | None = None
    discharged_at: datetime | None


class Quorum(BaseModel):
    """Below the quorum staff run, postpone or merge: it is shown, and decided by people."""

    needed: int
    present: int
    enrolled: int
    met: bool


class SessionDay(ShownSession):
    """`refused_by`: the session's pinned protocol cannot be read, and whatever needs it is refused by this rule
    (`protocol_changed`, `protocol_faulty`, `protocol_gone`, `protocol_unpinned`); then there is no quorum and no
    time to show."""

    refused_by: str | None
    quorum: Quorum | None
    staff: list[OnSite]
    roster: list[ShownEntry]


class Closed(BaseModel):
    session_id: UUID
    closed_at: datetime
    roster: list[Recorded]


class ShownLedgerRow(BaseModel):
    id: UUID
    site: str
    at: datetime
    movement: Movement
    lot: str
    mg: float
    by: str
    witness: str | None
    dose_id: UUID | None
    note: str | None


class ShownWitness(BaseModel):
    """What a second person saw, to be named by the person who records the movement, within a quarter of an hour."""

    witness_id: UUID
    site: str
    movement: ShelfMovement
    lot: str
    mg: float
    witnessed_at: datetime
    witnessed_by: str


class ShownBalance(BaseModel):
    """mg by the ledger; the last count and what was between them then."""

    site: str
    lot: str
    mg: float
    counted_mg: float | None
    difference_mg: float | None


class Ledger(Paged):
    items: list[ShownLedgerRow]
    balances: list[ShownBalance]
