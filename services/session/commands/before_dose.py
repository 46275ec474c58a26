"""What the go, the verification and the dose begin with: an arrived person, and all that the one rule asks about."""

from collections.abc import Mapping
from uuid import UUID

from services.session.domain.decision import Readiness, dosing_of, reason_that_stands
from services.session.domain.may_give import Facts, Giving
from services.session.domain.roster import Entry, Presence, Session, must_be_dosing, must_be_open, must_stand
from services.session.storage import arms, doses, records, risks, sessions
from services.session.storage.sessions import protocol_of
from shared.events.questions import ClearanceAnswer, ClearanceQuestion
from shared.work import Work

Told = Mapping[str, ClearanceAnswer | None]
"""What each authority answered; None is no answer."""


async def about_to_be_dosed(work: Work, session_id: UUID, program_id: UUID) -> tuple[Session, Entry]:
    """Lock the session; return it and a person who has arrived there and is not dosed.

    Refused: `session_cancelled`, `session_closed`, `session_not_due`, `not_a_dosing_session`, `not_arrived`,
    `already_…`.
    """
    return await _arrived(work, await sessions.lock_session(work, session_id), program_id)


async def clearance_question(work: Work, session_id: UUID, program_id: UUID) -> ClearanceQuestion:
    """Return what every authority is asked of this person's dose at this moment. Refused as the dose would be.

    Nothing is locked: the answers take time, and whoever decides or gives afterwards looks again, under the lock.
    """
    kept, _ = await _arrived(work, await sessions.get_session(work, session_id), program_id)
    return ClearanceQuestion(program_id=program_id, site=kept.site, item=kept.item, asked_at=work.now)


async def _arrived(work: Work, kept: Session, program_id: UUID) -> tuple[Session, Entry]:
    must_be_open(kept)
    must_be_dosing(kept)
    entry = await sessions.get_entry(work, kept.id, program_id)
    must_stand(entry, Presence.ARRIVED)
    return kept, entry


async def facts_of_dose(
    work: Work, kept: Session, entry: Entry, told: Told, reason: str | None, giving: Giving | None = None
) -> Facts:
    """Return everything that the one rule of a dose asks about, at this moment."""
    ready = await _readiness(work, kept, entry)
    if giving and giving.decision:
        reason = reason_that_stands(giving.decision, ready.measured)
    return Facts(
        protocol=protocol_of(work, kept),
        item=kept.item,
        now=work.now,
        zone=kept.zone,
        ready=ready,
        given_before=await doses.doses_of(work, entry.program_id),
        answers=told,
        reason=reason,
        giving=giving,
    )


async def _readiness(work: Work, kept: Session, entry: Entry) -> Readiness:
    decided = await records.latest_decisions(work, kept.id)
    going = {id for id, decision in decided.items() if decision.decision == "go"} | {entry.program_id}
    under_care = [
        one
        for one in await sessions.get_roster(work, kept.id)
        if one.state == Presence.DOSED or (one.state == Presence.ARRIVED and one.program_id in going)
    ]
    return Readiness(
        checklist=await records.get_checklist(work, kept.id, entry.program_id),
        measured=await records.get_measured(work, kept.id, entry.program_id),
        on_site=await sessions.staff_on_site(work, kept.id),
        participants=len(under_care),
        open_risks=await risks.undecided(work, entry.program_id, work.now),
        arm=await arms.arm_of(work, dosing_of(protocol_of(work, kept)), entry.program_id, work.now),
    )
