"""What a referred person and the clinic answer before the screening decision: structured, with units, no free text."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import ConfigDict, Field

from shared.fields import Line
from shared.protocol.base import Key
from shared.protocol.vocabulary import Condition, MedicationClass, PregnancyTest, RiskLevel, Substance
from shared.request_body import RequestBody

Zero4 = Annotated[int, Field(ge=0, le=4)]
"""0 not at all · 1 a little · 2 somewhat · 3 mostly · 4 fully."""


ConditionCode = Annotated[Condition | Key, Field(union_mode="left_to_right")]
"""A condition that every protocol knows, or one of a protocol's own (`screening.conditions`), by its id."""


class Answers(RequestBody):
    """A part of the screening answers."""


class Pregnancy(Answers):
    potential: bool
    test: PregnancyTest | None = None
    lactating: bool = False


class CodedCondition(Answers):
    code: ConditionCode
    active: bool
    since: date | None = None


class Medication(Answers):
    """`name` as on the label, `dose` with its unit as prescribed (e.g. `2 mg at night`)."""

    name: Line
    medication_class: MedicationClass = Field(alias="class")
    dose: Line | None = None
    last_taken: date | None = None

    model_config = ConfigDict(populate_by_name=True)


class Allergies(Answers):
    ketamine: bool = False
    others: tuple[Line, ...] = ()


class ScreeningVitals(Answers):
    """mmHg, mmHg, beats per minute, percent."""

    systolic: int = Field(ge=50, le=280)
    diastolic: int = Field(ge=30, le=180)
    heart_rate: int = Field(ge=20, le=250)
    spo2: int = Field(ge=50, le=100)


class SubstanceUse(Answers):
    """A substance use disorder; `remission_since` only when it is not active."""

    code: Substance
    active: bool
    remission_since: date | None = None


class FamilyHistory(Answers):
    psychosis: bool
    mania: bool


class Suicidality(Answers):
    """The result of the C-SSRS screener."""

    level: RiskLevel


class Trauma(Answers):
    dissociative_history: bool
    anxiety_in_altered_states: bool


class Readiness(Answers):
    """Nine items, each 0–4; `total` is 0–36."""

    sharing: Zero4
    altered_state: Zero4
    hard_material: Zero4
    transport: Zero4
    abstinence: Zero4
    lifestyle: Zero4
    outside_support: Zero4
    realistic_expectations: Zero4
    attending_all_sessions: Zero4

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in type(self).model_fields)


class GroupFit(Answers):
    """Five fit questions, each 0–4 (`total` is 0–20), and four reasons to prefer individual care."""

    vulnerability: Zero4
    boundaries: Zero4
    agreements: Zero4
    self_management: Zero4
    wish_for_group: Zero4
    severe_social_anxiety: bool
    group_disruption: bool
    privacy_preference: bool
    complex_trauma: bool

    @property
    def total(self) -> int:
        return self.vulnerability + self.boundaries + self.agreements + self.self_management + self.wish_for_group


class ScreeningAnswers(Answers):
    """Everything the screening rules may read. `None` means not answered, an empty list means none.

    height_cm 100–250, weight_kg 25–350, stop_bang 0–8 points, prior_ketamine in times.
    """

    date_of_birth: date
    height_cm: float = Field(ge=100, le=250)
    weight_kg: float = Field(ge=25, le=350)
    pregnancy: Pregnancy
    conditions: tuple[CodedCondition, ...]
    medications: tuple[Medication, ...]
    allergies: Allergies
    vitals: ScreeningVitals | None = None
    stop_bang: int | None = Field(default=None, ge=0, le=8)
    substances: tuple[SubstanceUse, ...]
    family_history: FamilyHistory
    suicidality: Suicidality | None = None
    prior_ketamine: int = Field(default=0, ge=0, le=500)
    urinary_symptoms: bool
    trauma: Trauma
    readiness: Readiness
    fit: GroupFit
    can_consent: bool = True
    emergency_contact: bool
    driver: bool
    own_clinician: bool


DERIVED_FACTS = ("age_years", "bmi", "readiness.total", "fit.total")


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _submodel(annotation: Any) -> type[Answers] | None:
    candidates = (annotation, *get_args(annotation))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, Answers)), None)


def _leaves(model: type[Answers], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if _is_list(field.annotation):
            continue
        nested = _submodel(field.annotation)
        if nested:
            yield from _leaves(nested, f"{prefix}{name}.")
        else:
            yield prefix + name


@cache
def fact_paths() -> tuple[str, ...]:
    """Every answer a rule may compare, by its dotted path; lists have expression nodes of their own."""
    return (*_leaves(ScreeningAnswers), *DERIVED_FACTS)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def facts(answers: ScreeningAnswers, on: date) -> dict[str, Any]:
    """The value of every fact path on that day; an answer that was not given is None."""

    def read(path: str) -> Any:
        value: Any = answers
        for name in path.split("."):
            value = getattr(value, name, None)
        return value

    derived = {
        "age_years": _age(answers.date_of_birth, on),
        "bmi": round(answers.weight_kg / (answers.height_cm / 100) ** 2, 1),
    }
    return {path: derived[path] if path in derived else read(path) for path in fact_paths()}
