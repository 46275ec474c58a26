"""Forms that somebody has not sent back: they are reminded, then called; at the end the referral lapses."""

from services.intake.domain.clocks import Call, Lapse, Remind, Wait, forms_deadline, forms_step
from services.intake.domain.referral import State, pinned
from services.intake.storage import forms, obligations, referrals
from shared.events.intake import FormsReminderDue, ScreeningLapsed
from shared.obligation import Obligation
from shared.work import Work


async def chase_forms(work: Work, owed: Obligation) -> None:
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
