"""What somebody who reads all five services saw of the ledger; a ledger that does not balance is owed to somebody."""

from typing import Annotated

from pydantic import BaseModel, Field

from services.scheduler.api.fields import Word
from services.scheduler.commands.report_ledger import report_ledger
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_site
from shared.request_body import RequestBody

router = Router(tags=["operations"])
Says = Annotated[str, Field(min_length=1, max_length=300)]


class LedgerReport(RequestBody):
    """A look at a site's ledger: each fault in words, with ids and references only; none when it balances."""

    site: Word
    faults: Annotated[list[Says], Field(max_length=100)]


class Seen(BaseModel):
    """Whether a broken ledger is somebody's task now."""

    broken: bool


@router.post("/ledger/looks")
async def take_a_look(look: LedgerReport, caller: Annotated[Principal, allow("auditor")], work: InWork) -> Seen:
    """Make a broken ledger the coordinator's task until it balances: an obligation that opens and closes.

    The same look again changes nothing.
    """
    own_site(caller, look.site)
    return Seen(broken=await report_ledger(work, look.site, look.faults))
