"""The group, attendance, risk and messages: what a protocol says about carrying people."""

from typing import Self

from pydantic import Field, model_validator

from shared.protocol.base import Cited, Count, Part, Sentence, Sourced, WallClock
from shared.protocol.spans import Duration, Window
from shared.protocol.vocabulary import AgreementKind, MessageCategory, RiskLevel, Role


class GroupSize(Part):
    minimum: int = Field(ge=1, le=100, description="the smallest group")
    maximum: int = Field(ge=1, le=100, description="the largest group")

    @model_validator(mode="after")
    def _size_is_upright(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"the group size is upside down: {self.minimum} to {self.maximum}")
        return self


class Quorum(Part):
    """A session runs with `present` or more of `enrolled` or more; below that staff run, postpone or merge."""

    present: int = Field(ge=1, description="how many have to be present")
    enrolled: int = Field(ge=1, description="of how many enrolled")

    @model_validator(mode="after")
    def _quorum_can_be_met(self) -> Self:
        if self.present > self.enrolled:
            raise ValueError(f"the quorum asks for {self.present} present of {self.enrolled} enrolled")
        return self


class Cohort(Part):
    """`size` and `quorum` null: no publication says it. Nobody follows a version before it is set in a new one.

    `offer_expires` counts from the offer; `seats_close_before` is the lead before the cohort's start.

    `small_group_size` divides a large cohort along its seats: that many in each, but for the last.
    `offer_needs` is signed before an offered seat can be accepted; `start_needs` before the first session, and it still
    stands at each dose.
    """

    size: Cited[GroupSize | None] = Field(description="the size of a group")
    small_group_size: Cited[Count] | None = Field(default=None, description="the size of the small groups within it")
    quorum: Cited[Quorum | None] = Field(description="who has to be there for a session to run")
    starts_on_monday: bool = Field(default=True, description="whether a cohort starts on a Monday")
    offer_expires: Cited[Window] = Field(description="how long an offered seat is kept")
    max_offers: Cited[Count] = Field(description="how often a seat is offered to one person")
    seats_close_before: Cited[Duration] = Field(description="how long before the start seats close")
    offer_needs: tuple[AgreementKind, ...] = Field(
        default=(), max_length=10, description="the agreements signed before a seat is accepted"
    )
    start_needs: tuple[AgreementKind, ...] = Field(
        default=(), max_length=10, description="the agreements that stand before the first session and at each dose"
    )

    @model_validator(mode="after")
    def _unset_values_are_signed_off(self) -> Self:
        for name in self.unset:
            if not getattr(self, name).needs_medical_director_signoff:
                raise ValueError(f"`{name}` is not set: it needs `needs_medical_director_signoff: true`")
        return self

    @property
    def unset(self) -> tuple[str, ...]:
        """The values that somebody has to set before a group follows the protocol."""
        return tuple(name for name in ("size", "quorum") if getattr(self, name).value is None)

    @property
    def decided_size(self) -> GroupSize:
        """The size of a group that can be opened: `Protocol.require_decided` has refused any other."""
        assert self.size.value is not None
        return self.size.value

    @property
    def decided_quorum(self) -> Quorum:
        """The quorum of a group that could be opened: `Protocol.require_decided` has refused any other."""
        assert self.quorum.value is not None
        return self.quorum.value

    def small_group(self, seat: int) -> int | None:
        """Which small group, counted from 1, a seat belongs to; None where the cohort is not divided."""
        return (seat - 1) // self.small_group_size.value + 1 if self.small_group_size else None


class Attendance(Part):
    """Counts are of absences in one program; deadlines count from the moment the obligation was opened."""

    review_after_consecutive_unexcused: Cited[Count] = Field(
        description="the unexcused absences in a row that ask for a review"
    )
    review_after_total: Cited[Count] = Field(description="the absences in all that ask for a review")
    absence_close_within: Cited[Window] = Field(description="the time to close an absence that cannot be made up")
    review_within: Cited[Window] = Field(description="the time for a withdrawal review")
    hold_decision_within: Cited[Window] = Field(description="the time to decide about a dose that is held")


class RiskResponse(Sourced):
    """What a C-SSRS level asks for; `task_within` is the clinician's deadline."""

    level: RiskLevel = Field(description="the C-SSRS level")
    page: bool = Field(description="whether somebody is paged at once")
    hold_dosing: bool = Field(description="whether doses are held")
    task_within: Window = Field(description="the clinician's time to act")


class EscalationTier(Part):
    """Who is paged at once; after `page_ack_within` without acknowledgement the next tier is paged."""

    roles: tuple[Role, ...] = Field(min_length=1, max_length=10, description="who is paged")


class Risk(Part):
    page_ack_within: Cited[Window] = Field(description="the time to acknowledge a page before the next tier is paged")
    escalation: tuple[EscalationTier, ...] = Field(
        min_length=1, max_length=10, description="who is paged, tier by tier"
    )
    c_ssrs_within: Cited[Window] = Field(description="the time for a C-SSRS screener once it is asked for")
    responses: tuple[RiskResponse, ...] = Field(
        min_length=1, max_length=10, description="what each C-SSRS level asks for"
    )
    crisis_line: Cited[Sentence] = Field(description="what participants are told about help at any hour")

    @model_validator(mode="after")
    def _each_level_once(self) -> Self:
        levels = [response.level for response in self.responses]
        if sorted(levels) != sorted(RiskLevel):
            raise ValueError("the risk responses name each level exactly once: " + ", ".join(RiskLevel))
        return self


class QuietHours(Part):
    """From `begins` to `ends` in the recipient's zone, usually over midnight."""

    begins: WallClock = Field(description="when they begin")
    ends: WallClock = Field(description="when they end")


class CategoryRules(Part):
    """`best_before` counts from the fact that caused the message; `exempt` from quiet hours and caps."""

    category: MessageCategory = Field(description="what the message is about")
    best_before: Window = Field(description="the time after which it is not sent any more")
    exempt: bool = Field(default=False, description="whether it is sent in quiet hours and beyond the caps")


class Messages(Part):
    """Caps and quiet hours keep messages from being a burden; `must_reach` keeps them from silencing what matters.

    A message of a `must_reach` category leads the mail that carries it, no cap holds it back, and a person calls when
    no mail carries it. What is listed first matters more.
    """

    quiet_hours: Cited[QuietHours] | None = Field(default=None, description="the quiet hours, in the recipient's zone")
    max_per_day: Cited[Count] = Field(description="the most messages a day")
    max_per_week: Cited[Count] = Field(description="the most messages a week")
    must_reach: Cited[tuple[MessageCategory, ...]] = Field(
        description="what must reach the participant, whatever the caps, what matters more first"
    )
    categories: tuple[CategoryRules, ...] = Field(max_length=50, description="the kinds of message")

    @model_validator(mode="after")
    def _each_category_once(self) -> Self:
        named = [rules.category for rules in self.categories]
        lacking = [category for category in MessageCategory if category not in named]
        if lacking:
            raise ValueError("no best-before is given for: " + ", ".join(lacking))
        if len(named) != len(set(named)):
            raise ValueError("a message category is listed twice")
        return self
