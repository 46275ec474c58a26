"""Somebody whose leaving was a mistake is put back on the path: their seat, what was owed, what they missed."""

from datetime import timedelta

from services.scheduler.commands.wait_again import wait_again
from services.scheduler.domain.facts import Fact, FactKind
from services.scheduler.storage import cohorts, obligations, programs, seating
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.programs import Program, View
from shared.events import scheduler as events
from shared.obligation_kinds import Kind
from shared.protocol.vocabulary import Role
from shared.work import Work

LOOK_WITHIN = timedelta(days=1)
"""How soon somebody looks through what was closed while a person counted as gone (convention)."""
BY_RULE = "rule:leaving_taken_back"


async def come_back(
    work: Work, view: View, program: Program, cohort: Cohort | None, left: Fact, *, item: str
) -> tuple[Program, list[str]]:
    """Put the person back where they were; return what was touched, sentence by sentence."""
    touched = []
    if cohort and program.cohort_id:
        program, said = await _sit_down_again(work, program, cohort, item)
        touched.append(said)
    elif cohort:
        touched.append(await _wait_for_another(work, program, cohort))
    if program.cohort_id:
        program, missed = await _excuse_what_passed(work, view, program, left)
        touched += [f"{session} passed meanwhile and is an excused absence" for session in missed]
    touched += [f"{kind} is owed again" for kind in await _owe_again(work, program, left)]
    await _owe(work, program, "leaving_taken_back", item, Role.CLINICIAN)
    return program, [*touched, "a clinician looks through what was closed meanwhile"]


async def _sit_down_again(work: Work, program: Program, cohort: Cohort, item: str) -> tuple[Program, str]:
    """Their seat was freed when they left, and perhaps given on."""
    seats = await seating.seats_of(work, cohort.id)
    free = next((seat for seat in seats if seat.state == "free" or seat.program_id == program.id), None)
    if free and cohort.cancelled_at is None:
        await seating.change(work, free, "taken", program.id)
        back = events.StateChanged(program_id=program.id, cohort_id=cohort.id, state="active")
        await work.emit(back, site=program.site)
        await cohorts.touch(work, cohort)
        return await programs.change(work, program, state="active"), "they have their seat again"
    waits = await wait_again(work, program, cohort.id, {"by": "rule:no_seat_is_free"})
    await _owe(work, waits, "seat_given_on", item, Role.COORDINATOR)
    return waits, "no seat of their cohort is free any more: they wait where they stood in line, and are to be called"


async def _wait_for_another(work: Work, program: Program, cohort: Cohort) -> str:
    """They left while a seat was offered to them: it goes to the next in line, who may be they."""
    seat = await seating.seat_of(work, program.id)
    if seat and seat.state == "offered":
        await seating.change(work, seat, "free")
    await cohorts.touch(work, cohort)
    return "they wait where they stood in line"


async def _excuse_what_passed(work: Work, view: View, program: Program, left: Fact) -> tuple[Program, list[str]]:
    """Whoever was not expected at a session did not come to it: it finds its remedy as any absence."""
    sessions = view.calendar.sessions.values() if view.calendar else ()
    over = sorted((s for s in sessions if left.at <= s.starts_at and s.ends_at <= work.now), key=lambda s: s.starts_at)
    missed = [session.item for session in over if not view.history.is_over(session.item)]
    for item in missed:
        data, key = {"excused": True, "no_show": False, "by": BY_RULE}, f"missed_while_gone:{item}:{left.revision}"
        program = await programs.record(work, program, FactKind.ABSENT, item, key=key, data=data)
    return program, missed


async def _owe_again(work: Work, program: Program, left: Fact) -> list[str]:
    """Owe what was closed because they left, with as much time as it had then."""
    owed = await obligations.closed_as(work, "program_closed", program_id=program.id)
    for obligation in owed:
        time_left = max(obligation.deadline - left.at, LOOK_WITHIN)
        await obligations.reopen(work, obligation, deadline=work.now + time_left)
    return [obligation.kind.replace("_", " ") for obligation in owed]


async def _owe(work: Work, program: Program, kind: Kind, item: str, owner: Role) -> None:
    await obligations.open(
        work,
        site=program.site,
        kind=kind,
        item=item,
        owner=owner,
        deadline=work.now + LOOK_WITHIN,
        program_id=program.id,
    )
