"""The observations after a dose: at which minutes, what is due now, and who sees to what is overdue."""

from collections.abc import Collection
from datetime import datetime, timedelta

from services.session.domain.stage import Stage, next_look
from shared.protocol.dosing import Dosing
from shared.refusal import Refused

SAME_MINUTE = timedelta(milliseconds=600)


def minute(offset: timedelta) -> float:
    """Return a protocol's offset as minutes after administration, as it is written in requests and answers."""
    return round(offset.total_seconds() / 60, 2)


def named(offset: timedelta) -> str:
    return f"{minute(offset):g}"


def planned(dosing: Dosing, at: float) -> timedelta:
    """Return the protocol's observation at this minute. Refused: `not_an_observation` (422)."""
    wanted = timedelta(minutes=at)
    found = [offset for offset in dosing.observations.value if abs(offset - wanted) <= SAME_MINUTE]
    if not found:
        minutes = ", ".join(named(offset) for offset in dosing.observations.value)
        raise Refused("not_an_observation", f"the protocol observes at minutes {minutes}", status=422, field="minute")
    return found[0]


def may_observe(offset: timedelta, administered_at: datetime, recorded: Collection[timedelta], now: datetime) -> None:
    """Refuse an observation twice (`observation_recorded`), or before its time (`observation_too_early`)."""
    if offset in recorded:
        raise Refused("observation_recorded", f"minute {named(offset)} is recorded already")
    if now < administered_at + offset:
        due = (administered_at + offset).isoformat()
        raise Refused("observation_too_early", f"minute {named(offset)} is due at {due}")


def missing(dosing: Dosing, recorded: Collection[timedelta]) -> tuple[timedelta, ...]:
    return tuple(offset for offset in dosing.observations.value if offset not in recorded)


def observation_stage(
    dosing: Dosing, administered_at: datetime, recorded: Collection[timedelta], leave_by: datetime, now: datetime
) -> Stage:
    """Return where the observations of one dosed person stand.

    The facilitator owes the next one; one that is `observation_grace` overdue is the prescriber's;
    when all are recorded a clinician owes the discharge, and it is overdue after `leave_by`.
    """
    grace = dosing.observation_grace.value
    due = [(administered_at + offset, offset) for offset in missing(dosing, recorded)]
    late = [(at, offset) for at, offset in due if at + grace <= now]
    coming = next_look([at for at, _ in due] + [at + grace for at, _ in due] + [leave_by], now)
    if late:
        return Stage(f"overdue:{named(late[-1][1])}", "prescriber", late[-1][0] + grace, coming)
    if due:
        return Stage(f"minute:{named(due[0][1])}", "facilitator", due[0][0] + grace, coming)
    if now < leave_by:
        return Stage("discharge", "clinician", leave_by, leave_by)
    return Stage("discharge_overdue", "prescriber", leave_by, coming)
