"""Nobody is on call at a site: a coordinator owes a roster."""

from services.notifications.storage import obligations
from shared.protocol.vocabulary import MessageCategory
from shared.work import Work


async def ask_for_roster(work: Work, site: str) -> None:
    """Owe a roster, once a day and site, by the most impatient of the protocols' rules for tasks of staff."""
    day = work.now.date()
    within = min(p.category(MessageCategory.STAFF_TASK).best_before for p in work.protocols.all())
    await obligations.open(
        work,
        site=site,
        kind="nobody_on_call",
        item=f"on_call:{site}:{day}",
        owner="coordinator",
        deadline=work.now + within,
    )
