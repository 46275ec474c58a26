"""What the other programs of a person, at any site, put in the way of a dose."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.identity import Alike, of_one_person, refusals
from services.intake.domain.referral import pinned
from services.intake.storage import identity
from shared.protocol import Protocol
from shared.refusal import Refused
from shared.work import Work


async def refusals_of_others(work: Work, program_id: UUID, protocol: Protocol, at: datetime) -> tuple[str, ...]:
    """Return the rules that the person's other programs put in the way of a dose at a moment."""
    others = of_one_person(await identity.alike(work.connection, program_id, as_of=at))
    return refusals([(one, _interval(work, [protocol], one)) for one in others], at)


def _interval(work: Work, own: Iterable[Protocol], other: Alike) -> timedelta:
    """Return the longer of both protocols' minimum intervals; one whose text is not there cannot be asked."""
    protocols = list(own)
    with suppress(Refused):
        protocols.append(pinned(work.protocols, other.pin))
    return max((p.dosing.min_interval.value for p in protocols if p.dosing), default=timedelta(0))
