"""A coordinator sets who is on call at a site; it holds for the next message or page on."""

from collections.abc import Sequence

from services.notifications.domain.paging import OnCall
from services.notifications.storage import obligations, on_call
from services.notifications.storage.on_call import Roster
from shared.auth import Principal
from shared.refusal import Refused
from shared.revisions import check_revision
from shared.work import Work


async def set_roster(
    work: Work, site: str, entries: Sequence[OnCall], caller: Principal, *, if_match: str | None
) -> Roster:
    """Replace a roster that its sender has read; close the task that nobody was on call.

    Earlier rosters are kept; the same people once more change nothing. Refused: `unknown_site`, `revision_required`,
    `stale`.
    """
    if site not in work.sites:
        raise Refused("unknown_site", f"there is no site {site}", status=404, field="site")
    current = await on_call.find(work, site)
    if current and current.entries == tuple(entries):
        return current
    revision = current.revision if current else 0
    if current or if_match is not None:
        check_revision(if_match, revision)
    new = await on_call.replace(work, site, entries, caller.subject, after=revision)
    await _somebody_is_on_call(work, site, caller)
    return new


async def _somebody_is_on_call(work: Work, site: str, caller: Principal) -> None:
    for open_task in await obligations.all_open(work, kind="nobody_on_call"):
        if open_task.site == site:
            task = await obligations.get(work, open_task.id)
            if task.closed_at is None:
                await obligations.close(work, task, closure="roster_set", closed_by=caller.subject)
