"""Check-ins: asked, chased, closed by an answer, a call that reached the person, or a clinician."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from services.integration.activities import risks
from services.integration.domain import check_ins as rules
from services.integration.domain.check_ins import CheckIn
from services.integration.domain.ladder import Standing, without_protocol
from services.integration.domain.members import keeps_check_in
from services.integration.storage import check_ins, members, pinned
from services.integration.storage.check_ins import Call
from services.integration.storage.owed import obligations, owe, stand
from shared.events.integration import CheckInClosed, CheckInClosure, CheckInOpened, CheckInReminderDue
from shared.events.scheduler import State
from shared.obligation import Obligation
from shared.protocol.calendar import CheckIns
from shared.protocol.library import ProtocolGone
from shared.refusal import not_found
from shared.work import Work

BY_LEAVING = "rule:program_left"


def protocol_of(work: Work, check_in: CheckIn) -> CheckIns:
    """Return what the person's protocol says about check-ins; raise ProtocolGone when it cannot be read."""
    found = pinned.protocol_of(work, check_in).check_ins
    if found is None:
        raise KeyError(f"{check_in.protocol_id} {check_in.protocol_version} has no check-ins")
    return found


async def ask(work: Work, check_in: CheckIn) -> None:
    """Ask a person how they are, and chase the answer; who left is asked what they keep, and nothing else."""
    member = await members.get(work.connection, check_in.program_id)
    standing = _first_standing(work, check_in, member.state if member else None)
    if standing is None:
        gone = replace(check_in, closure="program_closed", closed_at=work.now, closed_by=BY_LEAVING)
        if await check_ins.add(work.connection, gone):
            await _tell_closed(work, gone, "program_closed")
        return
    if await check_ins.add(work.connection, check_in):
        await owe(work, check_in, "check_in", standing)
        opened = CheckInOpened(program_id=check_in.program_id, item=check_in.item, follows=check_in.follows)
        await work.emit(opened, site=check_in.site)


def _first_standing(work: Work, check_in: CheckIn, state: State | None) -> Standing | None:
    """Return where the chase begins; None for who keeps no such check-in.

    While the protocol cannot be read everybody who lives is asked, by a person: nobody is lost for a file.
    """
    try:
        protocol = protocol_of(work, check_in)
    except ProtocolGone as gone:
        return None if state == "died" else without_protocol(gone.rule, work.now)
    keeps = keeps_check_in(state, protocol, check_in.item, check_in.follows)
    return rules.chase(protocol, check_in.item, check_in.due_at, check_in.wall, work.now) if keeps else None


async def locked(work: Work, program_id: UUID, item: str) -> CheckIn:
    """The open check-in, with its obligation, locked for a change."""
    await obligations.find(work, "check_in", item, program_id)
    check_in = await check_ins.lock(work, program_id, item)
    if check_in is None:
        raise not_found("check-in", item)
    rules.check_open(check_in)
    return check_in


async def answer(work: Work, check_in: CheckIn, answers: Mapping[str, int], answered_by: str) -> UUID | None:
    """Keep the answers and close the check-in; answers the id of the risk that they signal, if they do."""
    signalled = rules.signals(protocol_of(work, check_in), answers)
    await check_ins.keep_answers(work.connection, check_in, answers, answered_by, work.now)
    await end(work, check_in, "answered", answered_by)
    if not signalled:
        return None
    return await risks.raise_risk(work, check_in, why=f"check_in:{signalled[0]}", screen=False)


async def keep_call(work: Work, check_in: CheckIn, call: Call, *, risk: bool) -> UUID | None:
    """Keep a call; one that reached the person closes the check-in, one that heard of danger raises a risk."""
    await check_ins.keep_call(work.connection, check_in, call)
    if call.reached:
        await end(work, check_in, "reached", call.called_by)
    return await risks.raise_risk(work, check_in, why="check_in:call", screen=False) if risk else None


async def end(work: Work, check_in: CheckIn, closure: CheckInClosure, closed_by: str) -> None:
    """Close a check-in and what is owed of it."""
    await check_ins.close(work.connection, check_in, closure, closed_by, work.now)
    if owed := await obligations.find(work, "check_in", check_in.item, check_in.program_id):
        await obligations.close(work, owed, closure=closure, closed_by=closed_by)
    await _tell_closed(work, check_in, closure)


async def leave(work: Work, program_id: UUID, state: State) -> None:
    """Close what a person who left is not asked any more."""
    for check_in in await check_ins.listed(work.connection, program_id, is_open=True):
        if _first_standing(work, check_in, state) is None:
            await end(work, await locked(work, program_id, check_in.item), "program_closed", BY_LEAVING)


async def come_back(work: Work, program_id: UUID, state: State) -> None:
    """Ask again what was closed when somebody left who had not: somebody must know how they are."""
    for check_in in await check_ins.listed(work.connection, program_id, is_open=False):
        standing = _first_standing(work, check_in, state) if check_in.closed_by == BY_LEAVING else None
        if standing:
            await owe(work, check_in, "check_in", standing)
            await check_ins.reopen(work.connection, check_in)


async def chase_check_in(work: Work, obligation: Obligation) -> None:
    """Rule `check_in`: remind, have the person called, called again, then a clinician decides."""
    assert obligation.program_id is not None
    check_in = await locked(work, obligation.program_id, obligation.item)
    standing = rules.chase(protocol_of(work, check_in), check_in.item, check_in.due_at, check_in.wall, work.now)
    if standing.reminder and standing.stage != obligation.stage:
        reminder = CheckInReminderDue(
            program_id=check_in.program_id,
            item=check_in.item,
            reminder=standing.reminder,
            follows=check_in.follows,
        )
        await work.emit(reminder, site=check_in.site)
    await stand(work, obligation, standing)


async def _tell_closed(work: Work, check_in: CheckIn, closure: CheckInClosure) -> None:
    closed = CheckInClosed(program_id=check_in.program_id, item=check_in.item, closure=closure)
    await work.emit(closed, site=check_in.site)
