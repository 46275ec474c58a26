"""What follows for a cohort: seats are offered, sessions are announced, the last one closes it."""

from datetime import datetime
from uuid import UUID

from services.scheduler.commands import call_unheard
from services.scheduler.commands.mind_quorum import mind_the_quorum
from services.scheduler.commands.wait_for_protocol import wait_for_protocol
from services.scheduler.domain.facts import FactKind
from services.scheduler.domain.history import History
from services.scheduler.domain.seats import Waiting, expires_at, next_in_line, seats_close_at
from services.scheduler.storage import bookings, cohorts, program_lists, programs, seating
from services.scheduler.storage.bookings import BookedSession
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.seating import Seat
from shared.events import scheduler as events
from shared.protocol.library import ProtocolGone
from shared.protocol.model import Protocol
from shared.watch import WakePlan
from shared.work import Work


async def advance(work: Work, cohort_id: UUID) -> WakePlan:
    """Expire and make offers, announce sessions that are near, close a cohort whose people are all through."""
    cohort = await cohorts.get(work, cohort_id, lock=True)
    if cohort.cancelled_at is not None:
        await cohorts.settle(work, cohort, wake_at=None, closed=True)
        return WakePlan(cohort.revision, None, open=False)
    try:
        protocol = cohorts.protocol_of(work, cohort)
    except ProtocolGone as gone:
        plan = await wait_for_protocol(work, cohort.site, {"cohort_id": str(cohort.id)}, gone, revision=cohort.revision)
        await cohorts.change(work, cohort, wake_at=plan.wake_at)
        return plan
    await _offer_seats(work, cohort, protocol)
    await mind_the_quorum(work, cohort, protocol)
    closed = await _is_over(work, cohort)
    if not closed:
        await _announce_sessions(work, cohort, protocol)
    elif cohort.closed_at is None:
        await work.emit(events.CohortClosed(cohort_id=cohort.id), site=cohort.site)
    wake_at = await _next_moment(work, cohort, protocol)
    await cohorts.settle(work, cohort, wake_at=wake_at, closed=closed)
    return WakePlan(cohort.revision, wake_at, open=not closed)


async def _offer_seats(work: Work, cohort: Cohort, protocol: Protocol) -> None:
    """Give on the seats of those who left, and unanswered offers; seats close before the cohort starts.

    Who waits longest starts first: the head of the line belongs to the free seats of cohorts that start earlier.
    """
    for seat in await seating.held_by_nobody(work, cohort.id):
        await seating.change(work, seat, "free")
    for seat in await seating.seats_of(work, cohort.id):
        if seat.state == "offered" and seat.expires_at is not None and seat.expires_at <= work.now:
            await _expire(work, cohort, seat)
    if work.now >= seats_close_at(protocol, cohort.starts_at):
        return
    free = [seat for seat in await seating.seats_of(work, cohort.id) if seat.state == "free"]
    waiting = await program_lists.waiting(work, cohort.site, cohort.protocol_id)
    called = await call_unheard.to_be_called(work)
    line = next_in_line(
        Waiting(p.id, p.waiting_since or work.now, p.offers_expired) for p in waiting if p.id not in called
    )
    line = line[await seating.free_before(work, cohort) :]
    by_id = {program.id: program for program in waiting}
    for seat, person in zip(free, line, strict=False):
        await _offer(work, cohort, protocol, seat, by_id[person.program_id])


async def _expire(work: Work, cohort: Cohort, seat: Seat) -> None:
    """Free a seat whose offer was not answered. An offer that nobody heard was not let pass: somebody must call."""
    assert seat.program_id is not None
    program = await programs.lock(work, seat.program_id)
    heard = History.of(await programs.facts(work, program.id)).offer_heard
    await seating.change(work, seat, "free")
    data = {"cohort_id": str(cohort.id), "heard": heard}
    key = f"expired:{cohort.id}:{program.revision}"
    await programs.record(work, program, FactKind.SEAT_EXPIRED, "seat", key=key, data=data)
    if not heard:
        await call_unheard.owe_a_call(work, program)
    await work.emit(events.SeatExpired(program_id=program.id, cohort_id=cohort.id, heard=heard), site=cohort.site)


async def _offer(work: Work, cohort: Cohort, protocol: Protocol, seat: Seat, program: programs.Program) -> None:
    until = expires_at(protocol, work.now, cohort.starts_at)
    await seating.change(work, seat, "offered", program.id, until)
    data = {"cohort_id": str(cohort.id)}
    key = f"offered:{cohort.id}:{program.revision}"
    await programs.record(work, program, FactKind.SEAT_OFFERED, "seat", key=key, data=data)
    offered = events.SeatOffered(program_id=program.id, cohort_id=cohort.id, expires_at=until)
    await work.emit(offered, site=cohort.site)


async def _announce_sessions(work: Work, cohort: Cohort, protocol: Protocol) -> None:
    for session in await bookings.sessions_of(work, cohort.id):
        if session.announced_at is None and _announce_at(protocol, session) <= work.now:
            await _announce(work, cohort, protocol, session)


def _announce_at(protocol: Protocol, session: BookedSession) -> datetime:
    return session.starts_at - protocol.rules_for(session.kind).announce_before


async def _announce(work: Work, cohort: Cohort, protocol: Protocol, session: BookedSession) -> None:
    due = events.SessionDue(
        session_id=session.session_id,
        cohort_id=cohort.id,
        item=session.item,
        kind=session.kind.value,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        no_show_at=session.starts_at + protocol.rules_for(session.kind).grace.value,
        zone=cohort.zone,
        roster=await _expected(work, cohort, session),
        protocol=cohort.pin,
    )
    await work.emit(due, site=cohort.site)
    await bookings.mark_announced(work, session)


async def _expected(work: Work, cohort: Cohort, session: BookedSession) -> tuple[UUID, ...]:
    members = await program_lists.on_the_path(work, cohort.id)
    return tuple(id for id, history in members.items() if not history.is_over(session.item))


async def _next_moment(work: Work, cohort: Cohort, protocol: Protocol) -> datetime | None:
    offers = [seat.expires_at for seat in await seating.seats_of(work, cohort.id) if seat.state == "offered"]
    sessions = await bookings.sessions_of(work, cohort.id)
    moments = [at for at in offers if at] + [_announce_at(protocol, s) for s in sessions if s.announced_at is None]
    moments += [session.starts_at for session in sessions]  # the next one is the coming session from then on
    closing = seats_close_at(protocol, cohort.starts_at)
    return min((at for at in [*moments, closing, cohort.starts_at] if at > work.now), default=None)


async def _is_over(work: Work, cohort: Cohort) -> bool:
    """It has started, and nobody is on the path any more: a session for nobody is not announced."""
    members = await program_lists.members(work, cohort.id)
    return work.now >= cohort.starts_at and all(member.closed_at is not None for member in members)
