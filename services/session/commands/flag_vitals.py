"""A measurement is outside its limits: others hear how severe that is, and never the values."""

from collections.abc import Sequence
from uuid import UUID

from services.session.domain.roster import Session
from services.session.domain.vitals import Flag, told_as
from shared.events.session import VitalsFlagged
from shared.work import Work


async def flag_vitals(work: Work, kept: Session, program_id: UUID, flags: Sequence[Flag]) -> None:
    """Tell of the severest flag; nothing when all is within limits."""
    if level := told_as(flags):
        flagged = VitalsFlagged(program_id=program_id, session_id=kept.id, item=kept.item, level=level)
        await work.emit(flagged, site=kept.site)
