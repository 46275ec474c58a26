"""Somebody who is referred may be known already: the referral waits for a word, and a clinician looks who they are."""

from services.intake.domain.clocks import review_step
from services.intake.domain.identity import LOOK_WITHIN, POSSIBLE_DUPLICATE, Alike, is_unsettled
from services.intake.domain.referral import Referral
from services.intake.storage import identity, obligations
from shared.obligation import Obligation
from shared.refusal import Refused
from shared.work import Work


async def refuse_unconfirmed(work: Work, referral: Referral) -> None:
    """Refuse a referral of somebody who is likely known already (`likely_duplicate`).

    Only those are named whom the caller may see: what other sites know is no answer to this one.
    """
    alike = {one.program_id: one for one in await identity.alike(work.connection, referral.program_id, as_of=work.now)}
    seen = await identity.references(work.connection, list(alike))
    if not seen:
        return
    found = "; ".join(f"{reference} (program {id}) {_shares(alike[id])}" for reference, id in seen)
    says = (
        f"{found}. Look at it; then send `confirmed` as `another_person`, or as `referred_again` when it is the same"
        " person for another program"
    )
    raise Refused("likely_duplicate", says, field="confirmed")


def _shares(one: Alike) -> str:
    if one.is_same:
        return "was born on the same day and has the same name, address or telephone number"
    return "has the same address or telephone number"


async def ask_for_a_look(work: Work, referral: Referral) -> bool:
    """Let a clinician look at a person who is like another one, at whatever site; False when there is no need."""
    await identity.one_at_a_time(work, referral.program_id)
    alike = await identity.alike(work.connection, referral.program_id, as_of=work.now)
    is_owed = await obligations.all_open(work, program_id=referral.program_id, kind=POSSIBLE_DUPLICATE)
    if is_owed or not is_unsettled(alike):
        return False
    return await obligations.open(
        work,
        site=referral.site,
        kind=POSSIBLE_DUPLICATE,
        item=f"person:{referral.revision}",
        owner="clinician",
        program_id=referral.program_id,
        deadline=work.now + LOOK_WITHIN,
    )


async def escalate_duplicate(work: Work, look: Obligation) -> None:
    """Escalate once a day, for as long as no clinician has signed who the person is."""
    step = review_step(LOOK_WITHIN, look.data.get("overdue", 0), work.now)
    await obligations.move(
        work, look, wake_at=step.deadline, deadline=step.deadline, stage=step.stage, data={"overdue": step.overdue}
    )
