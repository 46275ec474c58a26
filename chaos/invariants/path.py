"""A program's path, put together again from its rows: what the scheduler's own rules are asked about."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.scheduler.domain.calendar import Calendar, CalendarSession
from services.scheduler.domain.facts import FactKind, ProgramFact
from shared.protocol.vocabulary import SessionKind

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def facts_of(rows: Rows, program_id: UUID, until: int | None = None) -> list[ProgramFact]:
    """The facts of a program, in their order, up to a revision."""
    own = [row for row in rows["scheduler.program_fact"] if row["program_id"] == program_id]
    own = [row for row in own if until is None or row["revision"] <= until]
    return [
        ProgramFact(row["revision"], FactKind(row["kind"]), row["item"], row["at"], json.loads(row["data"]))
        for row in sorted(own, key=lambda row: row["revision"])
    ]


def calendar_of(rows: Rows, cohort_id: UUID | None) -> Calendar | None:
    """A cohort's calendar as it is booked."""
    cohort = next((row for row in rows["scheduler.cohort"] if row["id"] == cohort_id), None)
    if cohort is None:
        return None
    booked = [
        CalendarSession(row["item"], SessionKind(row["kind"]), row["starts_at"], row["ends_at"])
        for row in rows["scheduler.calendar_session"]
        if row["cohort_id"] == cohort_id and row["dropped_at"] is None
    ]
    sessions = {one.item: one for one in sorted(booked, key=lambda one: (one.starts_at, one.item))}
    return Calendar(cohort["starts_on"], cohort["starts_at"], ZoneInfo(cohort["zone"]), sessions)
