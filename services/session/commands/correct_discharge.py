"""A clinician signs that a person was discharged by mistake: they are observed and discharged again."""

from uuid import UUID

from services.session.commands.after_dose import owe_observations, stage_of_observations
from services.session.commands.signing import Signing, signed
from services.session.domain.roster import Presence, must_be_discharged
from services.session.storage import doses, obligations, records, sessions
from shared.auth import Principal
from shared.events.session import DischargeCorrected
from shared.work import Work


async def correct_discharge(
    work: Work, session_id: UUID, program_id: UUID, reason: str, *, signing: Signing, caller: Principal
) -> None:
    """Watch somebody again: what the discharge had ended is owed from now on, also in a session that was closed.

    Refused: `not_discharged`.
    """
    kept = await sessions.lock_session(work, session_id)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_be_discharged(entry)
    content = {"session_id": session_id, "program_id": program_id, "discharged_at": entry.discharged_at}
    signature = signed(work, caller, signing, content)
    await records.add_discharge_correction(work, kept, entry, reason, signature)
    await sessions.set_entry(work, entry, Presence.DOSED, discharged_at=None)
    given = (await doses.doses_in(work, kept.id))[program_id]
    stage = await stage_of_observations(work, kept, given)
    for owed in await obligations.closed_as(work, "discharged", program_id=program_id, kind="observations"):
        if owed.item == given.item:
            await obligations.reopen(work, owed, deadline=stage.deadline, wake_at=stage.wake_at)
    await owe_observations(work, kept, given)
    corrected = DischargeCorrected(program_id=program_id, session_id=kept.id, item=kept.item)
    await work.emit(corrected, site=kept.site)
