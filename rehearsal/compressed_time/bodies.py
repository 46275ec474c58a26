"""What the people and the staff of a brisk program send: one healthy person's answers, one dose that is in range."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.auth import Role
from shared.protocol.answers import GroupFit, Readiness

SITE, ZONE = "bc", ZoneInfo("America/Vancouver")
ROLES_ON_CALL = ("clinician", "prescriber", "facilitator", "coordinator")
ON_CALL = {
    "tiers": [[{"subject": f"{role}-1", "role": role, "email": f"{role}@clinic.invalid"} for role in ROLES_ON_CALL]]
}
"""Pages go to them all, and what concerns a role to whoever has it."""
NURSE = "facilitator-2"
ON_SITE: tuple[Role, ...] = ("prescriber", "facilitator", "clinician")
LOT = "HW-1"
RECEIPT = {"site": SITE, "movement": "receipt", "lot": LOT, "mg": 100_000}
"""More than an experiment ever gives: the ledger lets nobody take what it does not hold."""
VITALS = {"systolic": 120, "diastolic": 78, "heart_rate": 70, "respiratory_rate": 15, "spo2": 98}
SIGNED = {"meaning": "I have seen this and decided."}
CHECKLIST = {
    **dict.fromkeys(("identity", "consent", "interval_history", "substances_abstained", "fasted", "driver"), True),
    "pregnancy_test": "not_applicable",
    "c_ssrs": "none",
    "intention": True,
}
LEAVING = dict.fromkeys(("sedation_resolved", "dissociation_resolved", "respiratory_resolved", "transport"), True)
ANSWERS = {
    "date_of_birth": "1980-05-01",
    "height_cm": 175,
    "weight_kg": 80,
    "pregnancy": {"potential": False},
    "conditions": [],
    "medications": [],
    "allergies": {"ketamine": False, "others": []},
    "vitals": {"systolic": 120, "diastolic": 78, "heart_rate": 70, "spo2": 98},
    "substances": [],
    "family_history": {"psychosis": False, "mania": False},
    "suicidality": {"level": "none"},
    "urinary_symptoms": False,
    "trauma": {"dissociative_history": False, "anxiety_in_altered_states": False},
    "readiness": dict.fromkeys(Readiness.model_fields, 3),
    "fit": {name: False if field.annotation is bool else 4 for name, field in GroupFit.model_fields.items()},
    **dict.fromkeys(("emergency_contact", "driver", "own_clinician"), True),
}


def referral(reference: str, protocol: str) -> dict[str, Any]:
    """A referral of an invented person, known by its reference."""
    person = {"given_name": "Robin", "family_name": reference, "date_of_birth": ANSWERS["date_of_birth"]}
    person |= {"email": f"{reference.lower()}@people.invalid"}
    return {"site": SITE, "protocol_id": protocol, "reference": reference, "person": person}


def order(today: date) -> dict[str, Any]:
    """48 mg for 80 kg, intramuscular: 0.6 mg/kg. The nurse verifies it, the prescriber gives it."""
    drawn_up = {"route": "IM", "mg": 48.0, "weight_kg": 80.0, "weighed_on": str(today), "lot": LOT}
    return drawn_up | {"expires_on": str(today + timedelta(days=365))}
