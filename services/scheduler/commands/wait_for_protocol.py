"""A cohort whose pinned protocol cannot be read: nothing of it is drawn, and a clinician is told why."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from services.scheduler.storage import cohorts, obligations
from shared.obligation import WITHOUT_PROTOCOL, Obligation
from shared.protocol.library import ProtocolGone
from shared.protocol.vocabulary import Role
from shared.watch import WakePlan
from shared.work import Work

UNREADABLE: Final = "protocol_unreadable"
LOOK_WITHIN = timedelta(hours=1)
"""How soon somebody must look: no session is announced, and nobody is asked anything meanwhile (convention)."""


async def wait_for_protocol(
    work: Work, site: str, cohort_id: UUID, gone: ProtocolGone, *, revision: int, phase: str | None = None
) -> WakePlan:
    """Open one task a cohort, and look again soon. The file comes back when a person puts it there."""
    known = await obligations.all_open(work, kind=UNREADABLE)
    if all(task.data["cohort_id"] != str(cohort_id) for task in known):
        await obligations.open(
            work,
            site=site,
            kind=UNREADABLE,
            item=f"{cohort_id}:{work.now:%Y-%m-%dT%H:%M:%S}",
            owner=Role.CLINICIAN,
            stage=gone.rule,
            deadline=work.now + LOOK_WITHIN,
            wake_at=work.now + WITHOUT_PROTOCOL,
            data={"cohort_id": str(cohort_id)},
        )
    return WakePlan(revision, work.now + WITHOUT_PROTOCOL, phase=phase)


async def read_again(work: Work, obligation: Obligation) -> None:
    """Rule of `protocol_unreadable`: close the task once the cohort's protocol can be read again."""
    cohort = await cohorts.get(work, UUID(obligation.data["cohort_id"]))
    try:
        cohorts.protocol_of(work, cohort)
    except ProtocolGone as gone:
        await obligations.move(work, obligation, stage=gone.rule, wake_at=work.now + WITHOUT_PROTOCOL)
    else:
        await obligations.close(work, obligation, closure="readable", closed_by="rule:protocol")
