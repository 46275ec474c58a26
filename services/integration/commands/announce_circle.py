"""A circle begins soon: its people are expected, its attendance and its closing are owed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from services.integration.commands.close_circle import close_accounted_for
from services.integration.domain.circles import Circle, attendance_until, declared_due, expected
from services.integration.storage import circles, obligations
from services.integration.storage.pinned import protocol_of
from shared.obligation_kinds import Kind
from shared.protocol.library import ProtocolGone
from shared.protocol.vocabulary import SessionKind
from shared.work import Work

BY_EMPTY_ROSTER = "rule:nobody_expected"


async def announce_circle(work: Work, due: Circle, roster: Iterable[UUID]) -> None:
    """Expect the roster, known from the calendar or not; a circle without anybody left to expect is closed."""
    assert due.no_show_at is not None
    grace, close_within = _allowances(work, due)
    await _owe(work, due, "attendance", attendance_until(due.no_show_at, grace, work.now))
    await _owe(work, due, "circle_close", due.ends_at + close_within)
    known = await circles.lock(work, due.session_id)
    if known and known.state == "closed":
        return
    await circles.save(work.connection, declared_due(known, due))
    await circles.expect(work.connection, due, roster)
    places = await circles.roster(work.connection, due.session_id)
    if not expected(places) and not any(place.status in ("attended", "absent") for place in places):
        await close_accounted_for(work, due, places, closure="nobody_expected", closed_by=BY_EMPTY_ROSTER)


def _allowances(work: Work, due: Circle) -> tuple[timedelta, timedelta]:
    """Return the grace time and the time to close; none where the protocol cannot be read."""
    try:
        rules = protocol_of(work, due).rules_for(SessionKind.CIRCLE)
    except ProtocolGone:
        return timedelta(0), timedelta(0)
    return rules.grace.value, rules.close_within.value


async def _owe(work: Work, due: Circle, kind: Kind, deadline: datetime) -> None:
    item = str(due.session_id)
    if await obligations.open(work, site=due.site, kind=kind, item=item, owner="facilitator", deadline=deadline):
        return
    owed = await obligations.find(work, kind, item)
    if owed and owed.deadline != deadline:
        await obligations.move(work, owed, wake_at=deadline, deadline=deadline)
