"""What session's API takes."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from services.session.commands.decide_suicidality import Choice
from services.session.commands.record_arrival import CheckIn
from services.session.commands.signing import Signing
from services.session.domain import checklist as rules
from services.session.domain import vitals as signs
from services.session.domain.adverse_event import Outcome, Relatedness, is_fatal
from services.session.domain.dose import DoseOrder
from services.session.domain.substance import ShelfMovement
from shared.events.session import DoseDecision
from shared.fields import Prose, is_line
from shared.protocol.base import Key
from shared.protocol.calendar import MOST_CHECKS
from shared.protocol.vocabulary import Route
from shared.request_body import RequestBody

Words = Prose
Lot = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(is_line)]
StaffRole = Literal["facilitator", "prescriber", "clinician"]


class Signature(RequestBody):
    """What the signature means; signer, role, time and content hash are added when it is kept."""

    meaning: Words
    reason: Words | None = None

    def value(self) -> Signing:
        return Signing(self.meaning, self.reason)


class Arm(RequestBody):
    """The id of an arm, as the protocol's `dosing.arms` has it."""

    arm: Key


class Vitals(RequestBody):
    """mmHg, mmHg, beats/min, breaths/min, percent: what an instrument can show, not what is safe."""

    systolic: int = Field(ge=40, le=300)
    diastolic: int = Field(ge=20, le=200)
    heart_rate: int = Field(ge=20, le=250)
    respiratory_rate: int = Field(ge=2, le=80)
    spo2: int = Field(ge=50, le=100)

    @model_validator(mode="after")
    def _pressure_is_upright(self) -> Self:
        if self.diastolic >= self.systolic:
            raise ValueError("the diastolic pressure is below the systolic one")
        return self

    def value(self) -> signs.Vitals:
        return signs.Vitals(**self.model_dump())


class Checklist(RequestBody):
    """The check-in before a dose; `more` are the protocol's own criteria by id. `c_ssrs` is today's screener."""

    identity: bool
    consent: bool
    interval_history: bool
    substances_abstained: bool
    fasted: bool
    pregnancy_test: rules.PregnancyTest
    driver: bool
    c_ssrs: rules.Suicidality
    intention: bool
    more: dict[str, bool] = Field(default_factory=dict, max_length=50)

    def value(self) -> rules.Checklist:
        return rules.Checklist(**self.model_dump())


class Person(RequestBody):
    program_id: UUID


class Arrival(Person):
    """Someone is here. Checklist and vitals are required before a dose, optional in a preparation.

    `checks`: what the protocol asks for before a session without a dose, confirmed of this person.
    """

    checklist: Checklist | None = None
    vitals: Vitals | None = None
    checks: list[Key] = Field(default=[], max_length=MOST_CHECKS)
    admitted_by_clinician: bool = False

    def check_in(self) -> CheckIn:
        return CheckIn(
            checklist=self.checklist.value() if self.checklist else None,
            vitals=self.vitals.value() if self.vitals else None,
            checks=self.checks,
            admitted_by_clinician=self.admitted_by_clinician,
        )


class Absence(Person):
    excused: bool
    reason: Words | None = None


class Correction(RequestBody):
    """An absence was recorded by mistake: the person was there, or (`was_there` false) is expected again."""

    was_there: bool
    reason: Words
    signature: Signature


class Measured(Person):
    vitals: Vitals


class OnSite(BaseModel):
    """One person of the staff who said with their own login that they are on site."""

    subject: str
    role: StaffRole


class Staff(BaseModel):
    staff: tuple[OnSite, ...]


class GoNoGo(Person):
    decision: DoseDecision
    reason: Words | None = None
    signature: Signature


class Order(Person):
    """The dose that is drawn up: mg; kg; mg/ml."""

    route: Route
    mg: float = Field(gt=0, le=2000, allow_inf_nan=False)
    weight_kg: float = Field(ge=25, le=350, allow_inf_nan=False)
    weighed_on: date
    lot: Lot
    expires_on: date
    concentration_mg_per_ml: float | None = Field(default=None, gt=0, le=1000, allow_inf_nan=False)

    def order(self) -> DoseOrder:
        return DoseOrder(**{name: getattr(self, name) for name in DoseOrder.__dataclass_fields__})


class DoseGiven(Order):
    """The order as it was given, and the second person's verification of it."""

    verification: UUID


class Observed(Person):
    """`minute` after administration as the protocol plans it; MOAA/S 0–5; dissociation 0 (none) – 10 (complete)."""

    minute: float = Field(ge=0, le=1440, allow_inf_nan=False)
    vitals: Vitals
    moaas: int = Field(ge=0, le=5)
    dissociation: int = Field(ge=0, le=10)


class AdverseEvent(Person):
    """CTCAE v5 term and grade; `serious` pages at once."""

    term: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(is_line)
    ]
    grade: int = Field(ge=1, le=5)
    serious: bool
    relatedness: Relatedness
    outcome: Outcome

    @model_validator(mode="after")
    def _death_is_serious(self) -> Self:
        if is_fatal(self.grade, self.outcome) and not self.serious:
            raise ValueError("a fatal event is serious")
        return self


class DischargeCriteria(RequestBody):
    """What the signer confirms; `vitals` is read from the measurement. `more`: the protocol's own criteria by id."""

    sedation_resolved: bool
    dissociation_resolved: bool
    respiratory_resolved: bool
    transport: bool
    more: dict[str, bool] = Field(default_factory=dict, max_length=50)

    def confirmed(self) -> dict[str, bool]:
        """By the ids that protocols use."""
        return {
            **self.more,
            "sedation": self.sedation_resolved,
            "dissociation": self.dissociation_resolved,
            "breathing": self.respiratory_resolved,
            "transport": self.transport,
        }


class Discharge(Person):
    criteria: DischargeCriteria
    vitals: Vitals
    missing_observations_reason: Words | None = None
    signature: Signature


class DischargeCorrection(RequestBody):
    """Why it was a mistake that this person was discharged."""

    reason: Words
    signature: Signature


class SuicidalityDecision(Person):
    decision: Choice
    reason: Words
    signature: Signature


class Substance(RequestBody):
    """A movement in mg. `count` is what was found on the shelf; a dose writes its own `administer`. `witness` is what a
    second person said with their own login."""

    site: str
    movement: ShelfMovement
    lot: Lot
    mg: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)
    witness: UUID | None = None
    note: Words | None = None


class Witnessed(RequestBody):
    """What the caller saw of a movement, in mg."""

    site: str
    movement: ShelfMovement
    lot: Lot
    mg: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)
