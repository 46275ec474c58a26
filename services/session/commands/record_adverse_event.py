"""An adverse event of a person of a session is recorded, also after the session is closed."""

from dataclasses import asdict, dataclass
from uuid import UUID

from services.session.domain.adverse_event import Outcome, Relatedness
from services.session.storage import records, sessions
from shared.auth import Principal
from shared.events.session import AdverseEventRecorded
from shared.work import Work


@dataclass(frozen=True)
class AdverseEvent:
    """A CTCAE v5 term and grade 1–5."""

    term: str
    grade: int
    serious: bool
    relatedness: Relatedness
    outcome: Outcome


async def record_adverse_event(
    work: Work, session_id: UUID, program_id: UUID, event: AdverseEvent, caller: Principal
) -> UUID:
    """Keep the event and return its id; others hear whether it is serious. Refused as not found when not theirs."""
    kept = await sessions.get_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    id = await records.add_adverse_event(work, kept, entry.program_id, caller.subject, **asdict(event))
    recorded = AdverseEventRecorded(
        program_id=entry.program_id, session_id=kept.id, item=kept.item, serious=event.serious
    )
    await work.emit(recorded, site=kept.site)
    return id
