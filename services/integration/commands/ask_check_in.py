"""A person is asked how they are, and the answer is chased."""

from dataclasses import replace

from services.integration.commands.chase import BY_LEAVING, owe
from services.integration.commands.close_check_in import tell_closed
from services.integration.domain import check_ins as rules
from services.integration.domain.check_ins import CheckIn
from services.integration.domain.ladder import Standing, without_protocol
from services.integration.domain.members import keeps_check_in
from services.integration.storage import check_ins
from services.integration.storage.pinned import check_ins_of
from shared.events.integration import CheckInOpened
from shared.events.scheduler import State
from shared.projection import participants
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def ask_check_in(work: Work, check_in: CheckIn) -> None:
    """Ask, once, and chase the answer; who left is asked what they keep, and nothing else."""
    member = await participants.find(work, check_in.program_id)
    standing = first_standing(work, check_in, member.state if member else None)
    if standing is None:
        gone = replace(check_in, closure="program_closed", closed_at=work.now, closed_by=BY_LEAVING)
        if await check_ins.add(work.connection, gone):
            await tell_closed(work, gone, "program_closed")
        return
    if await check_ins.add(work.connection, check_in):
        await owe(work, check_in, "check_in", standing)
        opened = CheckInOpened(program_id=check_in.program_id, item=check_in.item, follows=check_in.follows)
        await work.emit(opened, site=check_in.site)


def first_standing(work: Work, check_in: CheckIn, state: State | None) -> Standing | None:
    """Return where the chase begins; None for who keeps no such check-in.

    While the protocol cannot be read everybody who lives is asked, by a person: nobody is lost for a file.
    """
    try:
        protocol = check_ins_of(work, check_in)
    except ProtocolGone as gone:
        return None if state == "died" else without_protocol(gone.rule, work.now)
    keeps = keeps_check_in(state, protocol, check_in.item, check_in.follows)
    return rules.chase(protocol, check_in.item, check_in.due_at, check_in.wall, work.now) if keeps else None
