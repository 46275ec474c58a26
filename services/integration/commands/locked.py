"""Lock what a command is about to change: always what is owed of it first, as the watch of an obligation does.

Two that lock the same rows the other way round would wait for one another.
"""

from uuid import UUID

from services.integration.domain.check_ins import CheckIn, check_open
from services.integration.domain.circles import Circle
from services.integration.domain.measures import Measure
from services.integration.domain.risk import Risk
from services.integration.storage import check_ins, circles, measures, obligations, risks
from shared.obligation import Obligation
from shared.refusal import not_found
from shared.work import Work


async def locked_circle(work: Work, session_id: UUID) -> Circle:
    """Return the circle, locked with its attendance and its closing. Refused: `not_found`."""
    await obligations.find(work, "attendance", str(session_id))
    await obligations.find(work, "circle_close", str(session_id))
    circle = await circles.lock(work, session_id)
    if circle is None:
        raise not_found("circle", session_id)
    return circle


async def locked_check_in(work: Work, program_id: UUID, item: str) -> CheckIn:
    """Return the open check-in, locked with its chase. Refused: `not_found`, `check_in_closed`."""
    await obligations.find(work, "check_in", item, program_id)
    check_in = await check_ins.lock(work, program_id, item)
    if check_in is None:
        raise not_found("check-in", item)
    check_open(check_in)
    return check_in


async def locked_measure(work: Work, program_id: UUID, item: str) -> Measure:
    """Return the measure, locked with its chase. Refused: `not_found`."""
    await obligations.find(work, "measure", item, program_id)
    measure = await measures.lock(work, program_id, item)
    if measure is None:
        raise not_found("measure", item)
    return measure


async def locked_risk(work: Work, risk_id: UUID) -> tuple[Risk, Obligation | None, Obligation | None]:
    """Return the risk and what is owed of it (the screener, the decision), locked. Refused: `not_found`."""
    seen = await risks.get(work.connection, risk_id)
    if seen is None:
        raise not_found("risk", risk_id)
    screener = await obligations.find(work, "c_ssrs", str(risk_id), seen.program_id)
    decision = await obligations.find(work, "risk", str(risk_id), seen.program_id)
    risk = await risks.lock(work, risk_id)
    assert risk is not None
    return risk, screener, decision
