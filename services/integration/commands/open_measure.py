"""A measurement point opens: its questionnaires are asked, and chased."""

from dataclasses import replace

from services.integration.commands.chase import BY_LEAVING, owe
from services.integration.domain import measures as rules
from services.integration.domain.ladder import Standing, without_protocol
from services.integration.domain.measures import Measure
from services.integration.domain.members import keeps_measure
from services.integration.storage import measures
from services.integration.storage.pinned import protocol_of
from shared.events.integration import MeasureOpened
from shared.events.scheduler import State
from shared.program_states import LEFT
from shared.projection import participants
from shared.protocol.library import ProtocolGone
from shared.work import Work


async def open_measure(work: Work, measure: Measure) -> None:
    """Open it, once, and chase it; who left is offered what they keep, and nothing else."""
    member = await participants.find(work, measure.program_id)
    standing = first_standing(work, measure, member.state if member else None)
    if standing is None:
        gone = replace(measure, closure="program_closed", closed_at=work.now, closed_by=BY_LEAVING)
        await measures.add(work.connection, gone)
        return
    if await measures.add(work.connection, measure):
        await owe(work, measure, "measure", standing)
        await work.emit(MeasureOpened(program_id=measure.program_id, item=measure.item), site=measure.site)


def first_standing(work: Work, measure: Measure, state: State | None) -> Standing | None:
    """Return where the chase begins; None for who keeps no such measure.

    While the protocol cannot be read a person sees to it for everybody who has not died or left.
    """
    try:
        protocol = protocol_of(work, measure)
    except ProtocolGone as gone:
        return None if state in LEFT else without_protocol(gone.rule, work.now)
    keeps = keeps_measure(state, protocol.measure(measure.key))
    return rules.chase(protocol, measure, work.now) if keeps else None
