"""A program of one dose and one circle, and a pause between them: time for something bad to happen and be mended."""

import json
from pathlib import Path
from typing import Any

import yaml

from embedded.stack import ROOT

SHORT = "short"
DOSE_AT, LAST_MEASURE_AFTER = 4, 6
"""Seconds: from the cohort's start to the dose, from the circle to the last measure."""


def write_short(folder: Path, pause: int) -> Path:
    """The folder with the protocol alone; `pause` is from the cohort's start to its circle, in seconds."""
    folder.mkdir()
    brisk = yaml.safe_load((ROOT / "rehearsal" / "compressed_time" / "protocols" / "brisk.yaml").read_text())
    (folder / "short.yaml").write_text(json.dumps(_short(brisk, pause)))
    return folder


def _short(brisk: dict[str, Any], pause: int) -> dict[str, Any]:
    sessions = {session["key"]: session for session in brisk["sessions"]}
    days = [sessions["dose:1"] | {"at": _after(DOSE_AT)}, sessions["circle:1"] | {"at": _after(pause)}]
    last = next(measure for measure in brisk["measures"] if measure["key"] == "six_months")
    asked = [one for one in brisk["check_ins"]["asked"] if one["key"] in ("24h", "safety")]
    return brisk | {
        "id": SHORT,
        "sessions": days,
        "session_rules": [rule for rule in brisk["session_rules"] if rule["kind"] != "preparation"],
        "measures": [last | {"at": _after(pause + LAST_MEASURE_AFTER)}],
        "check_ins": brisk["check_ins"] | {"asked": asked},
        "dosing": brisk["dosing"] | {"doses": 1},
        "screening": brisk["screening"] | {"forms_within": {"value": "PT10M", "source": "test calendar"}},
    }


def _after(seconds: int) -> dict[str, str]:
    return {"offset": f"PT{seconds}S"}
