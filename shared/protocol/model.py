"""A program protocol: everything one group program does, as data, immutable and known by its content hash."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Self, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from shared.protocol.base import Cited, Key, Part, Sentence, Source, added
from shared.protocol.calendar import CheckIns, CohortInput, FromInput, OnDay, PlannedSession, SessionRules
from shared.protocol.care import Attendance, CategoryRules, Cohort, Messages, Risk, RiskResponse
from shared.protocol.checks import Problem, problems
from shared.protocol.dosing import Dosing
from shared.protocol.measures import Instrument, Measure
from shared.protocol.screening import Screening
from shared.protocol.spans import AS_HASHED
from shared.protocol.vocabulary import MessageCategory, RiskLevel, Route, SessionKind
from shared.protocol.wording import listed
from shared.refusal import Refused

P = TypeVar("P", bound=Part)
Planned = TypeVar("Planned", PlannedSession, Measure)

Version = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    StringConstraints(pattern=r"^\d{1,4}(\.\d{1,4}){0,2}$"),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d{1,4}(\.\d{1,4}){0,2}$"}, {"type": "integer"}]}),
]


class Protocol(Part):
    """One version of a group program. A cohort pins it by `content_hash` when it starts.

    `composition` says in words, with its source, how the weeks are put together.
    """

    id: Key = Field(description="the protocol's id")
    version: Version = Field(description="the version")
    title: Sentence = Field(description="the title")
    summary: Sentence = Field(description="the summary")
    authors: tuple[Sentence, ...] = Field(min_length=1, max_length=50, description="the authors")
    sources: tuple[Source, ...] = Field(min_length=1, max_length=200, description="the sources")
    compressed: bool = added(
        default=False,
        description="whether its time is compressed for a rehearsal or a test: never for people",
    )
    composition: Cited[Sentence] = Field(description="how the weeks are put together")
    inputs: tuple[CohortInput, ...] = Field(
        default=(), max_length=50, description="what a cohort has to say when it is opened"
    )
    screening: Screening = Field(description="who is screened and how")
    cohort: Cohort = Field(description="the group")
    sessions: tuple[PlannedSession, ...] = Field(
        min_length=1, max_length=200, description="the sessions of the calendar"
    )
    session_rules: tuple[SessionRules, ...] = Field(
        min_length=1, max_length=10, description="what holds for every session of a kind"
    )
    check_ins: CheckIns | None = Field(default=None, description="the check-ins")
    instruments: tuple[Instrument, ...] = Field(default=(), max_length=50, description="the questionnaires")
    measures: tuple[Measure, ...] = Field(default=(), max_length=100, description="the times of measurement")
    dosing: Dosing | None = Field(default=None, description="the dose day")
    attendance: Attendance = Field(description="attendance")
    risk: Risk = Field(description="risk")
    messages: Messages = Field(description="messages")

    @model_validator(mode="after")
    def _makes_sense_as_a_whole(self) -> Self:
        found: tuple[Problem, ...] = problems(self)
        if found:
            sentence = "; ".join(problem.sentence for problem in found)
            context = {"sentence": sentence, "problems": found}
            raise PydanticCustomError("protocol", "{sentence}", context)
        return self

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the canonical JSON of the model: however its keys are ordered and its durations spelt.

        What a later build lets a protocol say (`added`) is no part of it where a file does not say it.
        """
        return self._hash(AS_HASHED)

    @cached_property
    def span_hash(self) -> str:
        """The same over the model with days and hours told apart, which `content_hash` takes for equal: `P1D`, `PT24H`.

        It pins nobody. Whoever kept it beside the content hash sees an edit from one to the other.
        """
        return self._hash(None)

    def _hash(self, context: str | None) -> str:
        canonical = json.dumps(
            self.model_dump(mode="json", by_alias=True, context=context),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def session(self, key: str) -> PlannedSession:
        return _named(self.sessions, "key", key)

    def sessions_of(self, kind: SessionKind) -> tuple[PlannedSession, ...]:
        return tuple(session for session in self.sessions if session.kind == kind)

    def rules_for(self, kind: SessionKind) -> SessionRules:
        return _named(self.session_rules, "kind", kind)

    def instrument(self, id: str) -> Instrument:
        return _named(self.instruments, "id", id)

    def measure(self, key: str) -> Measure:
        return _named(self.measures, "key", key)

    def risk_response(self, level: RiskLevel) -> RiskResponse:
        return _named(self.risk.responses, "level", level)

    def category(self, category: MessageCategory) -> CategoryRules:
        return _named(self.messages.categories, "category", category)

    def require_decided(self) -> None:
        """Refuse (`value_not_set`) to take into use a version that leaves open what somebody has to set."""
        if self.cohort.unset:
            fields = listed(f"cohort.{name}" for name in self.cohort.unset)
            how = "set this in a new version of the file, with your decision as source, and release that version"
            detail = f"{self.id} {self.version} leaves {fields} open, which no publication says: {how}"
            raise Refused("value_not_set", detail, status=422, field="version")

    def routes_of(self, dose: str) -> tuple[Route, ...]:
        """The routes by which this dose may be given."""
        named = self.session(dose).routes
        return named or tuple(usual.route for usual in (self.dosing.routes if self.dosing else ()))

    def missing_inputs(self, given: Mapping[str, int]) -> tuple[CohortInput, ...]:
        """What a cohort must still say before it can be opened."""
        return tuple(wanted for wanted in self.inputs if wanted.key not in given)

    def with_inputs(self, given: Mapping[str, int]) -> "Protocol":
        """The same protocol with a cohort's inputs in place, checked again. Its hash is not the published one.

        Raises ValueError when an input is missing, or when no calendar can be made of what is given.
        """
        if lacking := self.missing_inputs(given):
            raise ValueError("this protocol needs: " + "; ".join(f"{i.key} ({i.says})" for i in lacking))
        key = frozenset(given.items())
        if key not in self.settled_before:
            self.settled_before[key] = self._settled(given)
        return self.settled_before[key]

    @cached_property
    def settled_before(self) -> dict[frozenset[tuple[str, int]], "Protocol"]:
        """What `with_inputs` made of each cohort's inputs: a cohort asks for its protocol at every step."""
        return {}

    def _settled(self, given: Mapping[str, int]) -> "Protocol":
        for wanted in self.inputs:
            wanted.check(given[wanted.key])
        days = {wanted.key: wanted.day(given[wanted.key]) for wanted in self.inputs}
        asked = [measure for measure in self.measures if measure.only_if is None or given[measure.only_if]]
        settled = {name: getattr(self, name) for name in Protocol.model_fields}
        settled["sessions"] = tuple(_placed(session, days) for session in self.sessions)
        settled["measures"] = tuple(_placed(m, days).model_copy(update={"only_if": None}) for m in asked)
        try:
            return Protocol.model_validate({**settled, "inputs": ()})
        except ValidationError as invalid:
            raise ValueError("; ".join(error["msg"] for error in invalid.errors())) from invalid


def _placed(planned: Planned, days: Mapping[str, int]) -> Planned:
    if not isinstance(planned.at, FromInput):
        return planned
    day = OnDay(day=days[planned.at.input] + planned.at.plus_days, time=planned.at.time)
    return planned.model_copy(update={"at": day})


def _named(parts: tuple[P, ...], field: str, name: str) -> P:
    found = next((part for part in parts if getattr(part, field) == name), None)
    if found is None:
        raise KeyError(f"this protocol has no {field} '{name}'")
    return found
