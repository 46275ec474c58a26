"""Integration's part of «no dose on a stale copy»: what stands between a person and their next dose."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.integration.domain.circles import Past, owed
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import SessionKind


@dataclass(frozen=True)
class Standing:
    """All that integration knows of one person when it is asked."""

    open_risks: int
    circles: tuple[Past, ...]
    overridden: frozenset[str]
    completed_measures: frozenset[str]


def refusals(protocol: Protocol, standing: Standing, item: str, now: datetime) -> list[str]:
    """Return the names of the rules that stand in the way of this dose; none = integration clears it."""
    risk = ["open_risk"] if standing.open_risks else []
    circles = [f"circle_owed:{missed}" for missed in _circles(protocol, standing, now)]
    return risk + circles + list(_measures(protocol, standing.completed_measures, item))


def _circles(protocol: Protocol, standing: Standing, now: datetime) -> list[str]:
    if not protocol.sessions_of(SessionKind.CIRCLE):
        return []
    return owed(protocol.rules_for(SessionKind.CIRCLE), standing.circles, standing.overridden, now)


def _measures(protocol: Protocol, completed: Collection[str], item: str) -> Iterable[str]:
    required = (measure for measure in protocol.measures if item in measure.required_for)
    return (f"{measure.key}_missing" for measure in required if measure.key not in completed)
