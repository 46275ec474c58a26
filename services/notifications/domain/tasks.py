"""Tasks: which mail tells an owner of what they owe, and when it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain.delivery_policy import DeliveryPolicy, quiet_until
from services.notifications.domain.paging import OnCall
from shared.events import Envelope, base
from shared.obligation_kinds import ObligationKind, kind_of
from shared.protocol.vocabulary import Role

TASKS = "tasks"
"""The text of the mail that tells somebody of tasks."""
GATHER = timedelta(minutes=5)
"""Mails about tasks go on full five minutes: one tells of everything that a short while brought (convention)."""
SHORTLY = timedelta(seconds=30)
"""How long an urgent task waits for what the same moment brought (convention)."""

Obligation = base.ObligationOpened | base.ObligationEscalated | base.ObligationClosed


@dataclass(frozen=True)
class Task:
    """What some service's obligation asks of a role, as it was last told; `sequence` rises with each change."""

    id: UUID
    site: str
    kind: str
    owner: str
    stage: str
    deadline: datetime
    is_open: bool
    sequence: int

    @property
    def is_announced(self) -> bool:
        return self.is_open and kind_of(self.kind).is_announced(self.stage)


def task_of(heard: Envelope[Obligation]) -> Task:
    """Return the task as this event leaves it."""
    told = heard.data
    if isinstance(told, base.ObligationClosed):
        is_open, stage, deadline = False, "closed", heard.time
    else:
        is_open, stage, deadline = True, told.stage, told.deadline
    return Task(told.obligation_id, heard.site, told.kind, told.owner, stage, deadline, is_open, heard.sequence)


def told_at(task: Task, rules: DeliveryPolicy, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when the mail about a task goes: gathered with others, and after the quiet hours of the site's zone.

    An urgent kind goes shortly; so does one that would lose more than half of its time by waiting. A task that is
    overdue already waits for the end of the quiet hours.
    """
    if kind_of(task.kind).urgent:
        return now + SHORTLY
    gathered = _on_full(GATHER, now)
    audible = max((quiet_until(quiet, zone, gathered) for quiet in rules.quiet_hours), default=gathered)
    if task.deadline <= now:
        return audible
    latest = now + (task.deadline - now) / 2
    return next((at for at in (audible, gathered) if at <= latest), now + min(SHORTLY, latest - now))


def _on_full(step: timedelta, now: datetime) -> datetime:
    return now + (datetime.min.replace(tzinfo=now.tzinfo) - now) % step


def told_of(roster: Sequence[OnCall], owner: str) -> tuple[OnCall, ...]:
    """Return who hears of a role's tasks: each person of that role on the roster; else the coordinators; else all."""
    people = tuple({entry.subject: entry for entry in roster}.values())
    of_role = tuple(entry for entry in people if entry.role.value == owner)
    return of_role or tuple(entry for entry in people if entry.role is Role.COORDINATOR) or people


@dataclass(frozen=True)
class Due:
    """One task in a mail."""

    id: str
    deadline: datetime
    is_overdue: bool


@dataclass(frozen=True)
class Duty:
    """The tasks of one kind in a mail, the nearest deadline first, with the catalogue's sentences about them."""

    says: ObligationKind
    tasks: tuple[Due, ...]


def as_told(tasks: Iterable[Task]) -> list[dict[str, str]]:
    """Return what a mail tells of these tasks, to be kept with the message: each try says the same."""
    return [{"id": str(task.id), "kind": task.kind, "deadline": task.deadline.isoformat()} for task in tasks]


def duties(told: Sequence[dict[str, str]], zone: ZoneInfo, dated: datetime) -> tuple[Duty, ...]:
    """Return what a mail of this date says, kind by kind, in the zone that its reader works in."""
    ordered = sorted(told, key=lambda task: (task["kind"], task["deadline"]))
    return tuple(
        Duty(kind_of(kind), tuple(_due(task, zone, dated) for task in tasks))
        for kind, tasks in groupby(ordered, key=lambda task: task["kind"])
    )


def _due(task: dict[str, str], zone: ZoneInfo, dated: datetime) -> Due:
    deadline = datetime.fromisoformat(task["deadline"])
    return Due(task["id"], deadline.astimezone(zone), deadline <= dated)
