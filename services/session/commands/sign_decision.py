"""A prescriber signs the go or no-go for one person's dose."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.session.commands.before_dose import Told, about_to_be_dosed, facts_of_dose
from services.session.commands.owed import settle
from services.session.commands.signing import Signing, signed
from services.session.domain.decision import Decision, dosing_of, proof, valid_until
from services.session.domain.may_give import may_give, refuse
from services.session.domain.roster import Entry, Session
from services.session.storage import records
from shared.auth import Principal
from shared.events.session import DoseDecided, DoseDecision
from shared.work import Work


async def sign_decision(
    work: Work,
    session_id: UUID,
    program_id: UUID,
    decision: DoseDecision,
    reason: str | None,
    *,
    signing: Signing,
    caller: Principal,
    told: Told,
) -> Decision:
    """Keep the decision, and tell of it. `told`: what the authorities answered; a no-go rests on none.

    Refused: a session that is not open or no dosing session, somebody who has not arrived or is dosed; a go with every
    rule in its way, as `may_give` names them.
    """
    kept, entry = await about_to_be_dosed(work, session_id, program_id)
    match decision:
        case "go":
            decided = await _go(work, kept, entry, reason, caller, told)
        case "no_go":
            decided = Decision(uuid7(), decision, work.now, caller.subject, reason)
            await settle(work, "vitals_repeat", kept.item, "no_go", caller.subject, entry.program_id)
    content = {
        "session_id": kept.id,
        "program_id": entry.program_id,
        "item": kept.item,
        "decision": decision,
        "reason": reason,
        "clearances": records.dump(decided.clearances),
    }
    await records.add_decision(work, kept, entry.program_id, decided, signed(work, caller, signing, content))
    about = {"program_id": entry.program_id, "session_id": kept.id, "item": kept.item}
    await work.emit(DoseDecided(**about, decision=decision), site=kept.site)
    return decided


async def _go(work: Work, kept: Session, entry: Entry, reason: str | None, caller: Principal, told: Told) -> Decision:
    """Return the go, valid as long as its clearances are; refused with every rule in its way."""
    facts = await facts_of_dose(work, kept, entry, told, reason)
    refuse("a go", may_give(facts))
    clearances = proof(told)
    until = valid_until(clearances, work.now, dosing_of(facts.protocol).clearance_valid_for.value)
    return Decision(uuid7(), "go", work.now, caller.subject, reason, clearances, until)
