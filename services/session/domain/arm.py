"""A participant's arm: assigned once, before their dose, and what then bounds the dose."""

from shared.protocol.base import near_miss
from shared.protocol.dosing import Dosing, RouteRange
from shared.refusal import Refused


def may_be_assigned(dosing: Dosing, wanted: str, assigned: str | None) -> bool:
    """Return whether this arm is still to be assigned; false when it is this person's already.

    Refused: `no_arms`, `unknown_arm` (422), `arm_assigned`. An arm that an amended protocol has no more binds nobody.
    """
    arms = [arm.id for arm in dosing.arms]
    if not arms:
        raise Refused("no_arms", "this protocol has no arms: everybody's dose has the same range")
    if wanted not in arms:
        detail = f"{wanted!r} is not an arm of this protocol, which has {', '.join(arms)}{near_miss(wanted, arms)}"
        raise Refused("unknown_arm", detail, status=422, field="arm")
    if assigned in arms and assigned != wanted:
        raise Refused(
            "arm_assigned", f"this person is in {assigned!r}: an arm is assigned once, and stays", field="arm"
        )
    return assigned != wanted


def ranges_of(dosing: Dosing, arm: str | None) -> tuple[RouteRange, ...]:
    """Return the ranges that bound a dose: the person's arm's, or the program's where it has no arms.

    Refused: `arm_not_assigned`, also where the arm is none of this version's. An arm is never guessed.
    """
    if not dosing.arms:
        return dosing.routes
    for one in dosing.arms:
        if one.id == arm:
            return one.routes
    arms = ", ".join(one.id for one in dosing.arms)
    detail = f"a clinician or prescriber first assigns this person's arm, one of {arms}"
    raise Refused("arm_not_assigned", detail)
