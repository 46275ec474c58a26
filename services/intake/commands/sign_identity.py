"""A clinician signs who a person is who looks like somebody known."""

from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.decision import Signed, Signer, sign
from services.intake.domain.identity import POSSIBLE_DUPLICATE, Finding
from services.intake.storage import identity, obligations, referrals
from shared.auth import Principal
from shared.refusal import Refused
from shared.work import Work


@dataclass(frozen=True)
class IdentitySigned:
    """The signature, and how many programs looked alike, at whatever site."""

    compared: int
    signed: Signed


async def sign_identity(
    work: Work, program_id: UUID, finding: Finding, caller: Principal, *, meaning: str
) -> IdentitySigned:
    """Keep the finding, which holds towards the programs that look alike now, and close the look.

    Until then the other programs count as the same person's at a dose. Refused: `nobody_alike`.
    """
    # An obligation is locked before the row that it is about, as its watch does.
    looks = await obligations.all_open(work, program_id=program_id, kind=POSSIBLE_DUPLICATE, lock=True)
    referral = await referrals.lock(work, program_id)
    others = [one.program_id for one in await identity.alike(work.connection, program_id, as_of=work.now)]
    if not others:
        raise Refused("nobody_alike", "nobody is known who is like this person")
    changed = await referrals.change(work.connection, referral)
    content = {"program_id": str(program_id), "finding": finding, "others": [str(id) for id in others]}
    signed = sign(content, Signer(caller.subject, caller.role, work.now, meaning))
    await identity.keep_finding(work.connection, changed, finding, others, signed)
    for look in looks:
        await obligations.close(work, look, closure=finding, closed_by=caller.subject)
    return IdentitySigned(len(others), signed)
