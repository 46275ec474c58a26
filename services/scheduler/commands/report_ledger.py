"""Somebody who reads all five services saw whether a site's ledger balances."""

from collections.abc import Sequence
from datetime import timedelta

from services.scheduler.storage import ledger, obligations
from shared.protocol.vocabulary import Role
from shared.work import Work

MEND_WITHIN = timedelta(hours=4)
"""A person may be lost: it is seen to on the same working day (convention), then it is the clinician's."""


async def report_ledger(work: Work, site: str, faults: Sequence[str]) -> bool:
    """Let a broken ledger be the coordinator's until it balances; return whether it is broken.

    The same report again changes nothing.
    """
    owed = await ledger.broken(work, site)
    if owed and not faults:
        await obligations.close(work, owed, closure="balanced", closed_by="rule:ledger_balances")
    elif owed and owed.data["faults"] != faults:
        await obligations.move(work, owed, wake_at=owed.wake_at, data={"faults": faults}, tell=False)
    elif faults and not owed:
        await obligations.open(
            work,
            site=site,
            kind=ledger.BROKEN,
            item=await ledger.next_item(work, site),
            owner=Role.COORDINATOR,
            deadline=work.now + MEND_WITHIN,
            data={"faults": faults},
        )
    return bool(faults)
