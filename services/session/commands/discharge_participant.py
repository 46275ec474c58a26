"""A clinician signs that a dosed person may leave."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.session.commands.after_dose import watched
from services.session.commands.owed import settle
from services.session.commands.signing import Signing, signed
from services.session.domain.decision import dosing_of
from services.session.domain.discharge import may_discharge
from services.session.domain.roster import Presence
from services.session.domain.vitals import Vitals
from services.session.storage import records, sessions
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.events.session import ParticipantDischarged
from shared.work import Work


async def discharge_participant(
    work: Work,
    session_id: UUID,
    program_id: UUID,
    confirmed: Mapping[str, bool],
    vitals: Vitals,
    *,
    missing_reason: str | None,
    signing: Signing,
    content: Mapping[str, Any],
    caller: Principal,
) -> None:
    """Keep the discharge, and end the observations.

    `confirmed`: what the signer confirms, by the protocol's criterion id; `content`: what was signed, as they sent it.
    Refused: who is not dosed or discharged already; `role`, `discharge_too_early`, `discharge:<criterion>`, and
    `observations_missing` unless the reason is given.
    """
    kept, entry, dose = await watched(work, session_id, program_id)
    may_discharge(
        dosing_of(protocol_of(work, kept)),
        administered_at=dose.administered_at,
        confirmed=confirmed,
        vitals=vitals,
        recorded=(await records.recorded_offsets(work, kept.id, program_id)).get(program_id, set()),
        missing_reason=missing_reason,
        role=caller.role,
        now=work.now,
    )
    signature = signed(work, caller, signing, {**content, "session_id": str(kept.id), "item": kept.item})
    await records.add_discharge(work, kept, program_id, dict(confirmed), vitals, missing_reason, signature)
    await sessions.set_entry(work, entry, Presence.DISCHARGED, discharged_at=work.now)
    await settle(work, "observations", dose.item, "discharged", caller.subject, program_id)
    told = ParticipantDischarged(program_id=program_id, session_id=kept.id, item=kept.item)
    await work.emit(told, site=kept.site)
