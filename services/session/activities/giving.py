"""The go, the verification and the dose: each asks the one rule of a dose, under the session's lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from services.session.activities.monitoring import owe_observations
from services.session.activities.owed import settle
from services.session.domain import decision as go
from services.session.domain.dose import Dose, DoseOrder, Verification, check_order
from services.session.domain.may_give import Facts, Giving, may_give, refuse
from services.session.domain.roster import Entry, Presence, Session, must_be_dosing, must_be_open, must_stand
from services.session.domain.signature import sign
from services.session.storage import arms, doses, records, risks, second_persons, sessions
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.events.questions import AUTHORITIES, ClearanceAnswer
from shared.events.session import Clearance, DoseAdministered, DoseDecided, DoseDecision
from shared.work import Work

Told = Mapping[str, ClearanceAnswer | None]
"""What each authority answered; None is no answer."""


@dataclass(frozen=True)
class Signing:
    """What a signature means, and why it is given."""

    meaning: str
    reason: str | None


async def before_dose(work: Work, session_id: UUID, program_id: UUID, *, lock: bool) -> tuple[Session, Entry]:
    """Return the session and a person who has arrived there and is not dosed; refused otherwise."""
    kept = await (sessions.lock_session if lock else sessions.get_session)(work, session_id)
    must_be_open(kept)
    must_be_dosing(kept)
    entry = await sessions.get_entry(work, session_id, program_id)
    must_stand(entry, Presence.ARRIVED)
    return kept, entry


async def decide(
    work: Work,
    session_id: UUID,
    program_id: UUID,
    decision: DoseDecision,
    reason: str | None,
    *,
    signing: Signing,
    caller: Principal,
    told: Told,
) -> go.Decision:
    """Keep a prescriber's go or no-go; a go is refused with every rule in its way."""
    kept, entry = await before_dose(work, session_id, program_id, lock=True)
    clearances: tuple[Clearance, ...] = ()
    valid_until = None
    match decision:
        case "go":
            facts = await _facts(work, kept, entry, told, reason)
            refuse("a go", may_give(facts))
            clearances = go.proof(told)
            valid_until = go.valid_until(clearances, work.now, go.dosing_of(facts.protocol).clearance_valid_for.value)
        case "no_go":
            pass
    decided = go.Decision(uuid7(), decision, work.now, caller.subject, reason, clearances, valid_until)
    signed = sign(
        {"session_id": kept.id, "program_id": entry.program_id, "item": kept.item, "decision": decision,
         "reason": reason, "clearances": records.dump(clearances)},
        by=caller.subject, role=caller.role, at=work.now, meaning=signing.meaning, reason=signing.reason,
    )  # fmt: skip
    await records.add_decision(work, kept, entry.program_id, decided, signed)
    match decision:
        case "no_go":
            await settle(work, "vitals_repeat", kept.item, "no_go", caller.subject, entry.program_id)
        case "go":
            pass
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(DoseDecided(**about, decision=decision), site=kept.site)
    return decided


async def verify(work: Work, session_id: UUID, program_id: UUID, order: DoseOrder, caller: Principal) -> Verification:
    """Keep what a second person read on the drawn-up dose, once a go stands; the order is checked for them too."""
    kept, entry = await before_dose(work, session_id, program_id, lock=True)
    protocol = protocol_of(work, kept)
    today = work.now.astimezone(kept.wall).date()
    dosing = go.dosing_of(protocol)
    arm = await arms.arm_of(work, dosing, entry.program_id, work.now)
    check_order(dosing, protocol.routes_of(kept.item), arm, order, today)
    decided = await records.latest_decisions(work, kept.id, entry.program_id)
    go.must_be_valid_go(decided.get(entry.program_id), AUTHORITIES, work.now)
    return await second_persons.add_verification(work, kept, entry.program_id, order, caller)


async def give(
    work: Work,
    session_id: UUID,
    program_id: UUID,
    order: DoseOrder,
    verification_id: UUID,
    *,
    caller: Principal,
    told: Told,
) -> Dose:
    """Keep a dose as it was given, take it off its lot, and owe its observations."""
    kept, entry = await before_dose(work, session_id, program_id, lock=True)
    await doses.lock_lot(work, kept.site, order.lot)  # before the clock is asked when the dose was given
    decided = (await records.latest_decisions(work, kept.id, entry.program_id)).get(entry.program_id)
    verification = await second_persons.get_verification(work, verification_id, kept.id, entry.program_id)
    facts = await _facts(work, kept, entry, told, None, Giving(decided, order, caller.subject, verification))
    refuse("the dose", may_give(facts))
    assert decided is not None  # the rule refused what rests on no go and on no verification
    assert verification is not None
    given = Dose(
        id=uuid7(),
        session_id=kept.id,
        program_id=entry.program_id,
        item=kept.item,
        administered_at=work.now,
        administered_by=caller.subject,
        verified_by=verification.by,
        order=order,
        decision_id=decided.id,
        clearances=go.proof(told),
        min_interval=go.dosing_of(facts.protocol).min_interval.value,
        verification_id=verification.id,
    )
    await _keep(work, kept, entry, given)
    return given


async def _facts(
    work: Work, kept: Session, entry: Entry, told: Told, reason: str | None, giving: Giving | None = None
) -> Facts:
    """Everything that the one rule asks about, at this moment."""
    ready = await _readiness(work, kept, entry)
    if giving and giving.decision:
        reason = go.reason_that_stands(giving.decision, ready.measured)
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


async def _readiness(work: Work, kept: Session, entry: Entry) -> go.Readiness:
    decided = await records.latest_decisions(work, kept.id)
    going = {id for id, decision in decided.items() if decision.decision == "go"} | {entry.program_id}
    under_care = [
        one
        for one in await sessions.get_roster(work, kept.id)
        if one.state == Presence.DOSED or (one.state == Presence.ARRIVED and one.program_id in going)
    ]
    return go.Readiness(
        checklist=await records.get_checklist(work, kept.id, entry.program_id),
        measured=await records.get_measured(work, kept.id, entry.program_id),
        on_site=await sessions.staff_on_site(work, kept.id),
        participants=len(under_care),
        open_risks=await risks.undecided(work, entry.program_id, work.now),
        arm=await arms.arm_of(work, go.dosing_of(protocol_of(work, kept)), entry.program_id, work.now),
    )


async def _keep(work: Work, kept: Session, entry: Entry, given: Dose) -> None:
    await doses.add_dose(work, given, kept.site)
    await sessions.set_entry(work, entry, Presence.DOSED)
    administered = DoseAdministered(
        program_id=given.program_id,
        session_id=kept.id,
        item=given.item,
        administered_at=given.administered_at,
        administered_by=given.administered_by,
        verified_by=given.verified_by,
        clearances=given.clearances,
    )
    await work.emit(administered, site=kept.site)
    await owe_observations(work, kept, given)
