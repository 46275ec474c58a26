"""A screener at check-in is a signal of suicidality: a clinician decides on it, and every dose waits until they did."""

from uuid import UUID

from services.session.commands.owed import owe
from services.session.domain.checklist import SIGNALS, Checklist
from services.session.domain.roster import Session
from services.session.domain.stage import overdue_stage
from services.session.storage.sessions import protocol_of
from shared.events.session import RiskRaised
from shared.protocol.vocabulary import RiskLevel
from shared.work import Work


async def raise_risk(work: Work, kept: Session, program_id: UUID, checklist: Checklist) -> None:
    """Owe a clinician's decision on a C-SSRS screener of moderate or high, within the protocol's time.

    Every dose waits for it, here and by integration's clearance; where the protocol says so (high), somebody is paged.
    """
    if checklist.c_ssrs not in SIGNALS:
        return
    response = protocol_of(work, kept).risk_response(RiskLevel(checklist.c_ssrs))
    stage = overdue_stage("clinician", "prescriber", work.now + response.task_within, work.now)
    await owe(work, kept, "suicidality", kept.item, stage, program_id=program_id)
    raised = RiskRaised(program_id=program_id, session_id=kept.id, item=kept.item, page=response.page)
    await work.emit(raised, site=kept.site)
