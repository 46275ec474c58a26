"""The calendar of an experiment: the brisk program with two doses, and patience enough for most people."""

import json
from pathlib import Path
from typing import Any

from embedded.services import ROOT
from shared.document import read_document

BRISK = ROOT / "rehearsal" / "compressed_time" / "protocols" / "brisk.yaml"
PROTOCOL = "under_faults"
OFFSETS = {
    "preparation:1": 5,
    "preparation:2": 10,
    "dose:1": 18,
    "circle:1": 28,
    "dose:2": 50,
    "circle:2": 60,
}
MEASURED_AT = {"end": 70, "six_months": 78}
GRACE = 18
"""Seconds: longer than most recoveries. Whoever cannot be recorded in time is absent, as in life."""


def write_protocol(folder: Path) -> Path:
    """A folder that holds the one protocol (JSON is YAML)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{PROTOCOL}.yaml").write_text(json.dumps(under_faults(read_document(BRISK).data)))
    return folder


def under_faults(brisk: dict[str, Any]) -> dict[str, Any]:
    sessions = [one | {"at": {"offset": _seconds(OFFSETS[one["key"]])}} for one in brisk["sessions"] if _is_held(one)]
    return brisk | {
        "id": PROTOCOL,
        "title": "A test program under faults",
        "summary": "Two preparations, two doses and two circles, seconds apart, with patience.",
        "sessions": sessions,
        "session_rules": [_patient(one) for one in brisk["session_rules"]],
        "measures": [_measured(one) for one in brisk["measures"]],
        "dosing": brisk["dosing"] | {"doses": 2},
        "messages": brisk["messages"] | {"categories": [_brief(one) for one in brisk["messages"]["categories"]]},
    }


def _is_held(session: dict[str, Any]) -> bool:
    return session["key"] in OFFSETS


def _seconds(seconds: float) -> str:
    return f"PT{seconds}S"


def _patient(rules: dict[str, Any]) -> dict[str, Any]:
    waits = {"late_after": GRACE, "grace": GRACE, "close_within": 30}
    return rules | {name: {"value": _seconds(wait), "source": "test calendar"} for name, wait in waits.items()}


def _measured(measure: dict[str, Any]) -> dict[str, Any]:
    at = MEASURED_AT.get(measure["key"])
    return measure | ({"at": {"offset": _seconds(at)}} if at else {})


def _brief(category: dict[str, Any]) -> dict[str, Any]:
    """Nobody waits a minute at the end for a mail that could not be sent."""
    return category | {"best_before": _seconds(25)}
