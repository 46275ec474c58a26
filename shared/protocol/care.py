"""The group, attendance, risk and messages: what a protocol says about carrying people."""

from typing import Self

from pydantic import Field, model_validator

from shared.protocol.base import Cited, Duration, Part, Sentence, Sourced, WallClock
from shared.protocol.words import AgreementKind, MessageCategory, RiskLevel, Role


class GroupSize(Part):
    minimum: int = Field(ge=1, le=100)
    maximum: int = Field(ge=1, le=100)

    @model_validator(mode="after")
    def _size_is_upright(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"the group size is upside down: {self.minimum} to {self.maximum}")
        return self


class Quorum(Part):
    """A session runs with `present` or more of `enrolled` or more; below that staff run, postpone or merge."""

    present: int = Field(ge=1)
    enrolled: int = Field(ge=1)

    @model_validator(mode="after")
    def _quorum_can_be_met(self) -> Self:
        if self.present > self.enrolled:
            raise ValueError(f"the quorum asks for {self.present} present of {self.enrolled} enrolled")
        return self


class Cohort(Part):
    """`offer_expires` counts from the offer; `seats_close_before` is the lead before the cohort's start.

    `offer_needs` is signed before an offered seat can be accepted; `start_needs` before the first session, and it still
    stands at each dose.
    """

    size: Cited[GroupSize]
    small_group_size: Cited[int] | None = None
    quorum: Cited[Quorum]
    starts_on_monday: bool = True
    offer_expires: Cited[Duration]
    max_offers: Cited[int]
    seats_close_before: Cited[Duration]
    offer_needs: tuple[AgreementKind, ...] = ()
    start_needs: tuple[AgreementKind, ...] = ()


class Attendance(Part):
    """Counts are of absences in one program; deadlines count from the moment the obligation was opened."""

    review_after_consecutive_unexcused: Cited[int]
    review_after_total: Cited[int]
    absence_close_within: Cited[Duration]
    review_within: Cited[Duration]
    hold_decision_within: Cited[Duration]


class RiskResponse(Sourced):
    """What a C-SSRS level asks for; `task_within` is the clinician's deadline."""

    level: RiskLevel
    page: bool
    hold_dosing: bool
    task_within: Duration


class EscalationTier(Part):
    """Who is paged at once; after `page_ack_within` without acknowledgement the next tier is paged."""

    roles: tuple[Role, ...] = Field(min_length=1)


class Risk(Part):
    page_ack_within: Cited[Duration]
    escalation: tuple[EscalationTier, ...] = Field(min_length=1)
    c_ssrs_within: Cited[Duration]
    responses: tuple[RiskResponse, ...] = Field(min_length=1)
    crisis_line: Cited[Sentence]

    @model_validator(mode="after")
    def _each_level_once(self) -> Self:
        levels = [response.level for response in self.responses]
        if sorted(levels) != sorted(RiskLevel):
            raise ValueError("the risk responses name each level exactly once: " + ", ".join(RiskLevel))
        return self


class QuietHours(Part):
    """From `begins` to `ends` in the recipient's zone, usually over midnight."""

    begins: WallClock
    ends: WallClock


class CategoryRules(Part):
    """`best_before` counts from the fact that caused the message; `exempt` from quiet hours and caps."""

    category: MessageCategory
    best_before: Duration
    exempt: bool = False


class Messages(Part):
    quiet_hours: Cited[QuietHours] | None = None
    max_per_day: Cited[int]
    max_per_week: Cited[int]
    categories: tuple[CategoryRules, ...]

    @model_validator(mode="after")
    def _each_category_once(self) -> Self:
        named = [rules.category for rules in self.categories]
        lacking = [category for category in MessageCategory if category not in named]
        if lacking:
            raise ValueError("no best-before is given for: " + ", ".join(lacking))
        if len(named) != len(set(named)):
            raise ValueError("a message category is listed twice")
        return self
