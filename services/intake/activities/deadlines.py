"""What happens by itself when its time comes: reminders of the forms, their lapse, the escalation of a review."""

from services.intake.activities import forms
from services.intake.activities.duplicates import duplicate_due
from services.intake.domain.clocks import (
    FORMS,
    REVIEW,
    Call,
    Lapse,
    Remind,
    Wait,
    forms_deadline,
    forms_step,
    review_step,
    review_within,
)
from services.intake.domain.identity import POSSIBLE_DUPLICATE
from services.intake.domain.referral import State, pinned
from services.intake.storage import obligations, referrals
from shared.events.intake import FormsReminderDue, ScreeningLapsed
from shared.obligation import Obligation, Rule
from shared.work import Work


async def forms_due(work: Work, owed: Obligation) -> None:
    """Remind of unfinished forms (`screening.form_reminders`); after `screening.forms_within` they lapse.

    That time counts from when the person heard of them. Whom no message reached is called instead.
    """
    assert owed.program_id is not None
    referral = await referrals.lock(work, owed.program_id)
    screening, asked = pinned(work.protocols, referral.pin).screening, forms.asked(owed)
    deadline = forms_deadline(screening, asked.since)
    match forms_step(screening, asked, work.now):
        case Lapse():
            await referrals.change(work.connection, referral, state=State.LAPSED)
            await work.emit(ScreeningLapsed(program_id=referral.program_id), site=referral.site)
            await obligations.close(work, owed, closure="lapsed", closed_by="forms_within")
        case Call(stage, unheard, by):
            await obligations.move(work, owed, wake_at=by, deadline=by, stage=stage, data={"unheard": unheard})
        case Remind(reminder, wake_at, stage):
            await work.emit(FormsReminderDue(program_id=referral.program_id, reminder=reminder), site=referral.site)
            told = {"reminded": reminder}
            await obligations.move(work, owed, wake_at=wake_at, deadline=deadline, stage=stage, data=told)
        case Wait(wake_at):
            await obligations.move(work, owed, wake_at=wake_at, deadline=deadline)


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
