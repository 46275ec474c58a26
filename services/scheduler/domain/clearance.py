"""The scheduler's word on a dose: is it due now, and does nothing hold it?"""

from datetime import datetime

from services.scheduler.domain.agenda import Item, ItemKind, minimum_interval
from services.scheduler.domain.calendar import Calendar
from services.scheduler.domain.history import History
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind


def refusals(
    protocol: Protocol, calendar: Calendar, history: History, ahead: tuple[Item, ...], item: str, now: datetime
) -> tuple[str, ...]:
    """The names of the rules that stand in the way of this dose now; none = cleared."""
    if history.left or history.finished:
        return ("program_not_active",)
    if item in history.doses:
        return ("already_dosed",)
    due = next((one for one in ahead if one.key == item and one.kind == ItemKind.DOSE), None)
    if due is None:
        return ("no_such_item",)
    found = [f"held:{gate.name}" for gate in due.gates if not gate.is_open and gate.name != "minimum_interval"]
    if "held:preparation_owed" not in found and _is_a_preparation_unknown(protocol, calendar, history, now):
        found.append("held:preparation_owed")
    if calendar.day_of(now) != calendar.day_of(due.at):
        found.append("not_due")
    if not minimum_interval(protocol, history, now).is_open:
        found.append("minimum_interval")
    return tuple(found)


def _is_a_preparation_unknown(protocol: Protocol, calendar: Calendar, history: History, now: datetime) -> bool:
    """Whether a preparation has begun and nobody has said yet that this person was there, where missing it blocks.

    Its grace time may still run, or whoever knows may be away: only a word that they were there, or made it up, clears.
    """
    effects = [rules.missed.effect for rules in protocol.session_rules if rules.kind == SessionKind.PREPARATION]
    if "blocks_first_dose" not in effects:
        return False
    begun = [s for s in calendar.sessions.values() if s.kind == SessionKind.PREPARATION and s.starts_at <= now]
    return any(not history.is_over(session.item) for session in begun)
