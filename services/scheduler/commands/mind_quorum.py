"""A group or session has too few people: somebody is asked to decide, for as long as it has."""

from services.scheduler.domain.quorum import CHOICES, Shortage, shortages
from services.scheduler.storage import bookings, obligations, program_lists
from services.scheduler.storage import shortages as asked
from services.scheduler.storage.bookings import BookedSession
from services.scheduler.storage.cohorts import Cohort
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import Role
from shared.work import Work


async def mind_the_quorum(work: Work, cohort: Cohort, protocol: Protocol) -> None:
    """Open a task for each undecided shortage; close one whose number is right again before it begins.

    What began undecided stays: it is the clinician's then, until somebody says that they looked.
    """
    on_the_path = (await program_lists.on_the_path(work, cohort.id)).values()
    coming = _coming(await bookings.sessions_of(work, cohort.id), work)
    tasks = await asked.of(work, cohort.id)
    found = list(shortages(protocol, cohort.starts_at, coming, on_the_path, work.now))
    for task in (one for one in tasks if one.closed_at is None and one.deadline > work.now):
        short = next((one for one in found if asked.is_about(task, one)), None)
        numbers = asked.counted(cohort, short) if short else {}
        if short is None:
            await obligations.close(work, task, closure="enough_again", closed_by="rule:quorum")
        elif not numbers.items() <= dict(task.data).items():
            await obligations.move(work, task, wake_at=task.wake_at, data=numbers, tell=False)
    for short in found:
        same = [task for task in tasks if asked.is_about(task, short)]
        if not any(asked.covers(task, short) for task in tasks) and all(task.closed_at for task in same):
            await _ask(work, cohort, short, len(same))


def _coming(sessions: list[BookedSession], work: Work) -> list[BookedSession]:
    """Return the session that begins next, and those that were announced and have not begun."""
    ahead = [session for session in sessions if session.starts_at > work.now]
    return [session for session in ahead if session is ahead[0] or session.announced_at is not None]


async def _ask(work: Work, cohort: Cohort, short: Shortage, before: int) -> None:
    """Let the coordinator decide until it begins; `before` is how many tasks the same had before."""
    named = f"{cohort.id}:{short.item}" if short.item else str(cohort.id)
    await obligations.open(
        work,
        site=cohort.site,
        kind=short.kind,
        item=f"{named}:{before + 1}" if before else named,
        owner=Role.COORDINATOR,
        deadline=short.at,
        data=asked.counted(cohort, short) | {"choices": CHOICES},
    )
