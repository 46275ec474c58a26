"""What is measured of a body on a session day, and what is given: drawn from the seed, never out of range by chance."""

from datetime import date
from typing import Any

from rehearsal.actors.chance import Chance
from rehearsal.actors.setup import LOT, lot_expires
from shared.protocol.answers import ScreeningAnswers
from shared.protocol.dosing import Arm, Dosing, RouteRange
from shared.protocol.model import Protocol
from shared.protocol.vocabulary import Route, SessionKind
from shared.vocabulary import those

FIRST_DOSE, MORE_EACH_DOSE, MOST = 0.1, 0.08, 0.9
"""Shares of the way from the lower to the upper end of a route's usual range."""
UNPUBLISHED_MG = 40.0
CONCENTRATION_MG_PER_ML = 50.0
INJECTED = those(
    Route, are=(Route.INTRAMUSCULAR, Route.INTRAVENOUS), are_not=(Route.SUBLINGUAL, Route.INTRANASAL, Route.ORAL)
)
DURING = (10, 45)
"""Minutes after a dose between which the effect is strongest."""


def vitals(chance: Chance, reference: str, what: str, usual: ScreeningAnswers, raised: int = 0) -> dict[str, int]:
    """mmHg, beats/min, breaths/min, %: near the person's screening values; `raised` mmHg above them."""
    random = chance.of(reference, f"vitals:{what}")
    base = usual.vitals
    systolic = min(max((base.systolic if base else 122) + random.randint(-8, 8), 104), 136)
    diastolic = min(max((base.diastolic if base else 78) + random.randint(-6, 6), 62), 86)
    return {
        "systolic": systolic + raised,
        "diastolic": diastolic + raised // 2,
        "heart_rate": min(max((base.heart_rate if base else 70) + random.randint(-6, 10), 56), 96),
        "respiratory_rate": random.randint(13, 18),
        "spo2": random.randint(96, 99),
    }


def pressed(measured: dict[str, int], reading: tuple[int, int]) -> dict[str, int]:
    """The same measurement with the scenario's blood pressure."""
    return measured | {"systolic": reading[0], "diastolic": reading[1]}


def checks(protocol: Protocol, kind: SessionKind) -> list[str]:
    """Everything that is confirmed of everybody before such a session; nothing where none is planned."""
    return [check.id for rules in protocol.session_rules if rules.kind == kind for check in rules.checks]


def checklist(dosing: Dosing, usual: ScreeningAnswers) -> dict[str, Any]:
    """Everything confirmed; the protocol's own criteria too."""
    named = {"identity", "consent", "interval_history", "substances", "fasting", "pregnancy_test", "driver"}
    named |= {"vitals", "c_ssrs", "intention"}
    return {
        "identity": True,
        "consent": True,
        "interval_history": True,
        "substances_abstained": True,
        "fasted": True,
        "pregnancy_test": "negative" if usual.pregnancy.potential else "not_applicable",
        "driver": True,
        "c_ssrs": "none",
        "intention": True,
        "more": {criterion.id: True for criterion in dosing.checklist if criterion.id not in named},
    }


def arm(chance: Chance, reference: str, dosing: Dosing) -> Arm | None:
    """The arm that somebody is assigned to, drawn from the seed; None where the protocol has none."""
    return chance.one_of(reference, "arm", dosing.arms) if dosing.arms else None


def order(
    chance: Chance, reference: str, item: str, protocol: Protocol, usual: ScreeningAnswers, today: date
) -> dict[str, Any]:
    """A dose by its first route, within the range of the arm or the protocol, a little more each time."""
    assert protocol.dosing is not None
    number = int(item.rpartition(":")[2])
    weight = round(usual.weight_kg + chance.of(reference, f"{item}:weight").uniform(-1.5, 1.5), 1)
    careful = chance.of(reference, "dose").uniform(0.0, 0.1)
    share = min(FIRST_DOSE + careful + MORE_EACH_DOSE * (number - 1), MOST)
    route = protocol.routes_of(item)[0]
    assigned = arm(chance, reference, protocol.dosing)
    bounds = assigned.routes if assigned else protocol.dosing.routes
    ranges = next(each for each in bounds if each.route == route)
    concentration = {"concentration_mg_per_ml": CONCENTRATION_MG_PER_ML} if route in INJECTED else {}
    return concentration | {
        "route": route.value,
        "mg": round(_mg(ranges, share, weight), 1),
        "weight_kg": weight,
        "weighed_on": today.isoformat(),
        "lot": LOT,
        "expires_on": lot_expires(today.year),
    }


def _mg(usual: RouteRange, share: float, weight: float) -> float:
    if usual.low is None or usual.high is None:
        return UNPUBLISHED_MG
    amount = usual.low + (usual.high - usual.low) * share
    match usual.unit:
        case "mg/kg":
            return amount * weight
        case "mg":
            return amount


def observed(chance: Chance, reference: str, item: str, minute: float, usual: ScreeningAnswers) -> dict[str, Any]:
    """Vitals, MOAA/S (5 awake – 0) and dissociation (0–10): strongest within the first hour, gone after two."""
    random = chance.of(reference, f"{item}:{minute:g}")
    at_its_peak = DURING[0] <= minute <= DURING[1]
    fading = DURING[1] < minute < 2 * DURING[1]
    raised = random.randint(6, 22) if at_its_peak else random.randint(0, 6)
    depth = random.randint(4, 8) if at_its_peak else random.randint(1, 4) if fading else 0
    return {
        "vitals": vitals(chance, reference, f"{item}:{minute:g}", usual, raised),
        "moaas": random.randint(3, 4) if at_its_peak else 5,
        "dissociation": depth,
    }


def discharged(dosing: Dosing) -> dict[str, Any]:
    """Every criterion confirmed; the protocol's own too."""
    named = {"sedation", "dissociation", "breathing", "vitals", "transport"}
    return {
        "sedation_resolved": True,
        "dissociation_resolved": True,
        "respiratory_resolved": True,
        "transport": True,
        "more": {criterion.id: True for criterion in dosing.discharge.criteria if criterion.id not in named},
    }
