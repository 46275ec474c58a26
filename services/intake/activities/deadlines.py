"""What happens by itself when its time comes: reminders of the forms, their lapse, the escalation of a review."""

from services.intake.activities.duplicates import duplicate_due
from services.intake.domain.clocks import FORMS, REVIEW, Lapse, Remind, forms_step, review_step, review_within
from services.intake.domain.identity import POSSIBLE_DUPLICATE
from services.intake.domain.referral import State, pinned
from services.intake.storage import obligations, referrals
from shared.events.intake import FormsReminderDue, ScreeningLapsed
from shared.obligation import Obligation, Rule
from shared.work import Work


async def forms_due(work: Work, forms: Obligation) -> None:
    """Remind of unfinished forms (`screening.form_reminders`); after `screening.forms_within` they lapse."""
    assert forms.program_id is not None
    referral = await referrals.lock(work, forms.program_id)
    screening = pinned(work.protocols, referral.pin).screening
    step = forms_step(screening, referral.received_at, forms.data.get("reminded", 0), work.now)
    if isinstance(step, Lapse):
        await referrals.change(work.connection, referral, state=State.LAPSED)
        await work.emit(ScreeningLapsed(program_id=referral.program_id), site=referral.site)
        await obligations.close(work, forms, closure="lapsed", closed_by="forms_within")
        return
    told, stage = {}, forms.stage
    if isinstance(step, Remind):
        reminder = FormsReminderDue(program_id=referral.program_id, reminder=step.reminder)
        await work.emit(reminder, site=referral.site)
        told, stage = {"reminded": step.reminder}, step.stage
    await obligations.move(work, forms, wake_at=step.wake_at, stage=stage, data=told)


async def review_due(work: Work, review: Obligation) -> None:
    """Escalate an overdue review every `screening.review_within`, for as long as no clinician has decided."""
    assert review.program_id is not None
    referral = await referrals.get(work.connection, review.program_id)
    within = review_within(work.protocols, referral.pin)
    step = review_step(within, review.data.get("overdue", 0), work.now)
    await obligations.move(
        work,
        review,
        wake_at=step.deadline,
        deadline=step.deadline,
        stage=step.stage,
        data={"overdue": step.overdue},
    )


RULES: dict[str, Rule] = {FORMS: forms_due, REVIEW: review_due, POSSIBLE_DUPLICATE: duplicate_due}
