"""A second person, with their own login, says what they saw of a controlled substance's movement."""

from services.session.domain.substance import ShelfMovement, Witness
from services.session.storage import second_persons
from shared.auth import Principal
from shared.work import Work


async def witness_movement(
    work: Work, caller: Principal, *, site: str, movement: ShelfMovement, lot: str, mg: float
) -> Witness:
    """Keep what the caller saw: whoever records the movement names it, once, and soon (`check_witness`)."""
    return await second_persons.add_witness(work, site=site, movement=movement, lot=lot, mg=mg, caller=caller)
