"""Zone truth: what newer zone data changes in booked calendars, as a diff that staff confirm."""

from typing import Annotated

from services.scheduler.api.cohorts import Staff
from services.scheduler.commands import replan_calendar as replanning
from services.scheduler.commands.replan_calendar import Replan
from shared.auth import Principal
from shared.http import InWork, Router, allow
from shared.request_body import RequestBody

router = Router(tags=["zones"])
Coordinator = Annotated[Principal, allow("coordinator")]


class Confirmation(RequestBody):
    content_hash: str


@router.get("/calendars/replan")
async def show_replan(caller: Staff, work: InWork) -> Replan:
    """What the installed zone data would move, at the caller's sites. Changes nothing."""
    return await replanning.preview_replan(work)


@router.post("/calendars/replan")
async def apply_replan(confirmed: Confirmation, caller: Coordinator, work: InWork) -> Replan:
    """Move what was shown: the times on the wall stay, the instants follow. Refused when it is no longer the same."""
    return await replanning.apply_replan(work, confirmed.content_hash)
