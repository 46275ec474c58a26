"""Somebody whose leaving was a mistake is put back on the path: their seat, what was owed, what they missed."""

from datetime import timedelta
from uuid import UUID

from services.scheduler.commands.signing import Signing, sign
from services.scheduler.commands.wait_again import wait_again
from services.scheduler.domain.facts import FactKind, ProgramFact
from services.scheduler.storage import cohorts, obligations, programs, seating
from services.scheduler.storage.cohorts import Cohort
from services.scheduler.storage.programs import Program, View
from shared.auth import Principal
from shared.events import scheduler as events
from shared.obligation_kinds import Kind
from shared.protocol.vocabulary import Role
from shared.refusal import Refused
from shared.work import Work

TAKEN_BACK_WITHIN = timedelta(days=14)
"""Until when a withdrawal or transfer is a mistake that is taken back; later the person is referred again (convention).

A death of the wrong person is taken back whenever it comes out: they live.
"""
LOOK_WITHIN = timedelta(days=1)
"""How soon somebody looks through what was closed while a person counted as gone (convention)."""
BY_RULE = "rule:leaving_taken_back"


async def take_leaving_back(
    work: Work, program_id: UUID, caller: Principal, *, reason: str, signing: Signing, content_hash: str
) -> tuple[Program, list[str]]:
    """Put the person back where they were; return the program, and what was touched, sentence by sentence.

    `content_hash` is of what was signed. Refused: `seat_changed`, `not_left`, `their_own_decision`, `too_late`,
    `same_signer`, `re_authentication`.
    """
    cohort, program = await _locked(work, program_id)
    view = await programs.view(work, program)
    left = _leaving(view)
    _check(work, left, caller)
    signature = sign(work, caller, signing, content_hash)
    data = {"by": caller.subject, "role": caller.role, "reason": reason, "signature": signature}
    key = f"left_taken_back:{program.revision + 1}"
    program = await programs.record(work, program, FactKind.LEFT_TAKEN_BACK, "program", key=key, data=data)
    return await _come_back(work, view, program, cohort, left, item=key)


async def _locked(work: Work, program_id: UUID) -> tuple[Cohort | None, Program]:
    """Return the cohort that has or had a seat for this person, and their program, locked in that order.

    Which cohort it is can change until the program is locked, and is read again then. Refused: `seat_changed`.
    """
    cohort_id = await _cohort_of(work, await programs.get(work, program_id))
    cohort = await cohorts.get(work, cohort_id, lock=True) if cohort_id else None
    program = await programs.lock(work, program_id)
    if await _cohort_of(work, program) != cohort_id:
        raise Refused("seat_changed", "their seat changed in this moment: look again, and send it again")
    return cohort, program


async def _cohort_of(work: Work, program: Program) -> UUID | None:
    seat = await seating.seat_of(work, program.id)
    return program.cohort_id or (seat.cohort_id if seat else None)


def _leaving(view: View) -> ProgramFact:
    left = next((fact for fact in reversed(view.facts) if fact.kind == FactKind.LEFT), None)
    if left is None or not view.history.left:
        raise Refused("not_left", f"this person has not left: the program is {view.program.state}")
    return left


def _check(work: Work, left: ProgramFact, caller: Principal) -> None:
    if left.data["role"] == "participant":
        raise Refused("their_own_decision", "the person withdrew by themselves: they can be referred again")
    if left.data["how"] != "died" and work.now > left.at + TAKEN_BACK_WITHIN:
        raise Refused("too_late", f"they left over {TAKEN_BACK_WITHIN.days} days ago: refer the person again")
    if left.data["by"] == caller.subject:
        raise Refused("same_signer", "somebody else than who recorded it signs that it was a mistake")


async def _come_back(
    work: Work, view: View, program: Program, cohort: Cohort | None, left: ProgramFact, *, item: str
) -> tuple[Program, list[str]]:
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


async def _excuse_what_passed(work: Work, view: View, program: Program, left: ProgramFact) -> tuple[Program, list[str]]:
    """Whoever was not expected at a session did not come to it: it finds its remedy as any absence."""
    sessions = view.calendar.sessions.values() if view.calendar else ()
    over = sorted((s for s in sessions if left.at <= s.starts_at and s.ends_at <= work.now), key=lambda s: s.starts_at)
    missed = [session.item for session in over if not view.history.is_over(session.item)]
    for item in missed:
        data, key = {"excused": True, "no_show": False, "by": BY_RULE}, f"missed_while_gone:{item}:{left.revision}"
        program = await programs.record(work, program, FactKind.ABSENT, item, key=key, data=data)
    return program, missed


async def _owe_again(work: Work, program: Program, left: ProgramFact) -> list[str]:
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
