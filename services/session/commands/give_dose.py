"""A dose is given: it rests on a go that still stands, and everything that the go asked is asked once more."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.session.commands.after_dose import owe_observations
from services.session.commands.before_dose import Told, about_to_be_dosed, facts_of_dose
from services.session.domain.decision import dosing_of, proof
from services.session.domain.dose import Dose, DoseOrder
from services.session.domain.may_give import Giving, may_give, refuse
from services.session.domain.roster import Entry, Presence, Session
from services.session.storage import doses, records, second_persons, sessions
from shared.auth import Principal
from shared.events.session import DoseAdministered
from shared.protocol.dosing import Dosing
from shared.work import Work


async def give_dose(
    work: Work,
    session_id: UUID,
    program_id: UUID,
    order: DoseOrder,
    verification_id: UUID,
    *,
    caller: Principal,
    told: Told,
) -> tuple[Dose, Dosing]:
    """Keep a dose as it was given, take it off its lot, and owe its observations; return it with its protocol's rules.

    Refused: a session that is not open or no dosing session, somebody who has not arrived or is dosed; with every rule
    in its way, as `may_give` names them; `balance_below_zero`; what another transaction gave in the same moment.
    """
    kept, entry = await about_to_be_dosed(work, session_id, program_id)
    # The lot is locked before the facts are read: locking moves the clock, and the dose is as old as what it rests on.
    await doses.lock_lot(work, kept.site, order.lot)
    decided = (await records.latest_decisions(work, kept.id, entry.program_id)).get(entry.program_id)
    verification = await second_persons.get_verification(work, verification_id, kept.id, entry.program_id)
    facts = await facts_of_dose(work, kept, entry, told, None, Giving(decided, order, caller.subject, verification))
    refuse("the dose", may_give(facts))
    assert decided is not None  # the rule refused what rests on no go and on no verification
    assert verification is not None
    dosing = dosing_of(facts.protocol)
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
        clearances=proof(told),
        min_interval=dosing.min_interval.value,
        verification_id=verification.id,
    )
    await _keep(work, kept, entry, given)
    return given, dosing


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
