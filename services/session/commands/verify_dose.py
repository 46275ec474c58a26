"""A second person, with their own login, says what they read on the dose that was drawn up."""

from uuid import UUID

from services.session.commands.before_dose import about_to_be_dosed
from services.session.domain.decision import dosing_of, must_be_valid_go
from services.session.domain.dose import DoseOrder, Verification, check_order
from services.session.storage import arms, records, second_persons
from services.session.storage.sessions import protocol_of
from shared.auth import Principal
from shared.events.questions import AUTHORITIES
from shared.work import Work


async def verify_dose(
    work: Work, session_id: UUID, program_id: UUID, order: DoseOrder, caller: Principal
) -> Verification:
    """Keep what the caller read, once a go stands; the order is checked for them too.

    Refused as the go is before its rule is asked, and as `check_order` refuses; `no_go_decision`, `clearance_missing`,
    `clearance_expired`.
    """
    kept, entry = await about_to_be_dosed(work, session_id, program_id)
    protocol = protocol_of(work, kept)
    today = work.now.astimezone(kept.wall).date()
    dosing = dosing_of(protocol)
    arm = await arms.arm_of(work, dosing, entry.program_id, work.now)
    check_order(dosing, protocol.routes_of(kept.item), arm, order, today)
    decided = await records.latest_decisions(work, kept.id, entry.program_id)
    must_be_valid_go(decided.get(entry.program_id), AUTHORITIES, work.now)
    return await second_persons.add_verification(work, kept, entry.program_id, order, caller)
