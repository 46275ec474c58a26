"""A person's arm is assigned: once, on the day or before it, for all their doses."""

from uuid import UUID

from services.session.domain.arm import may_be_assigned
from services.session.domain.decision import dosing_of
from services.session.domain.roster import must_be_dosing, must_be_held
from services.session.storage import arms, sessions
from shared.auth import Principal
from shared.protocol.dosing import Arm
from shared.work import Work


async def assign_arm(work: Work, session_id: UUID, program_id: UUID, wanted: str, caller: Principal) -> Arm:
    """Keep the arm of a person of this session, and return it; nothing is written when it is theirs already.

    Refused: `session_closed`, `session_cancelled`, `not_a_dosing_session`, `no_arms`, `unknown_arm`, `arm_assigned`,
    and as not found whoever is neither of the cohort nor on the roster.
    """
    kept = await sessions.lock_session(work, session_id)
    must_be_held(kept)
    must_be_dosing(kept)
    if not await sessions.is_member(work, program_id, kept.cohort_id):
        await sessions.get_entry(work, session_id, program_id)
    dosing = dosing_of(sessions.protocol_of(work, kept))
    assigned = await arms.arm_of(work, dosing, program_id, work.now)
    if may_be_assigned(dosing, wanted, assigned):
        await arms.add_assignment(work, kept, program_id, wanted, caller)
    return next(arm for arm in dosing.arms if arm.id == wanted)
