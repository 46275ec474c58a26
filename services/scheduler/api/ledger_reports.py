"""What somebody who reads all five services saw of the ledger; a ledger that does not balance is owed to somebody."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from services.scheduler.api.fields import Word
from services.scheduler.storage import ledger, obligations
from shared.auth import Principal
from shared.http import InWork, Router, allow, own_site
from shared.protocol.vocabulary import Role
from shared.request_body import RequestBody

router = Router(tags=["operations"])
MEND_WITHIN = timedelta(hours=4)
"""A person may be lost: it is seen to on the same working day (convention), then it is the clinician's."""
Says = Annotated[str, Field(min_length=1, max_length=300)]


class LedgerReport(RequestBody):
    """A look at a site's ledger: each fault in words, with ids and references alone; none when it balances."""

    site: Word
    faults: Annotated[list[Says], Field(max_length=100)]


class Seen(BaseModel):
    """Whether a broken ledger is owed to somebody now."""

    broken: bool


@router.post("/ledger/looks")
async def take_a_look(look: LedgerReport, caller: Annotated[Principal, allow("auditor")], work: InWork) -> Seen:
    """Let a broken ledger be the coordinator's until it balances: told as an obligation that opens and closes.

    The same look again changes nothing.
    """
    own_site(caller, look.site)
    owed = await ledger.broken(work, look.site)
    if owed and not look.faults:
        await obligations.close(work, owed, closure="balanced", closed_by="rule:ledger_balances")
    elif owed and owed.data["faults"] != look.faults:
        await obligations.move(work, owed, wake_at=owed.wake_at, data={"faults": look.faults}, tell=False)
    elif look.faults and not owed:
        await obligations.open(
            work,
            site=look.site,
            kind=ledger.BROKEN,
            item=await ledger.next_item(work, look.site),
            owner=Role.COORDINATOR,
            deadline=work.now + MEND_WITHIN,
            data={"faults": look.faults},
        )
    return Seen(broken=bool(look.faults))
