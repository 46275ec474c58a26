"""A protocol that rules people here cannot be read: nothing of them is drawn, and a clinician is told why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.scheduler.storage import cohorts, obligations, versions
from shared.obligation import WITHOUT_PROTOCOL, Obligation
from shared.protocol.library import ProtocolGone
from shared.protocol.vocabulary import Role
from shared.watch import WakePlan
from shared.work import Work

UNREADABLE: Final = "protocol_unreadable"
LOOK_WITHIN = timedelta(hours=1)
"""How soon somebody must look: no session is announced, and nobody is asked anything meanwhile (convention)."""


async def wait_for_protocol(
    work: Work, site: str, whose: Mapping[str, str], gone: ProtocolGone, *, revision: int
) -> WakePlan:
    """Open one task, and look again soon. The file comes back when a person puts it there.

    `whose` names who follows it: a cohort (`cohort_id`), or everybody at the site without a seat (`protocol_id`).
    """
    known = await obligations.all_open(work, kind=UNREADABLE)
    if all((task.site, task.data) != (site, whose) for task in known):
        (named,) = whose.values()
        await obligations.open(
            work,
            site=site,
            kind=UNREADABLE,
            item=f"{named}:{work.now:%Y-%m-%dT%H:%M:%S}",
            owner=Role.CLINICIAN,
            stage=gone.rule,
            deadline=work.now + LOOK_WITHIN,
            wake_at=work.now + WITHOUT_PROTOCOL,
            data=whose,
        )
    return WakePlan(revision, work.now + WITHOUT_PROTOCOL)


async def read_again(work: Work, obligation: Obligation) -> None:
    """Rule of `protocol_unreadable`: close the task once the protocol can be read again."""
    try:
        await _read(work, obligation)
    except ProtocolGone as gone:
        await obligations.move(work, obligation, stage=gone.rule, wake_at=work.now + WITHOUT_PROTOCOL)
    else:
        await obligations.close(work, obligation, closure="readable", closed_by="rule:protocol")


async def _read(work: Work, obligation: Obligation) -> None:
    if cohort_id := obligation.data.get("cohort_id"):
        cohorts.protocol_of(work, await cohorts.get(work, UUID(cohort_id)))
    else:
        await versions.before_a_seat(work, obligation.site, obligation.data["protocol_id"])
