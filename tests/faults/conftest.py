"""One system for all faults: each leaves it standing, or the next one shows it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from embedded.stack import DATABASE, ROOT, Stack
from tests.faults.system_under_test import SystemUnderTest
from tests.lib.servers import temporary_folder

SOON = {"announce_before": "PT3S", "remind_before": []}
PATIENT = {"late_after": "PT5M", "grace": "PT5M", "close_within": "PT10M"}


@pytest.fixture(scope="package")
async def system() -> AsyncIterator[SystemUnderTest]:
    async with temporary_folder() as folder:
        stack = Stack(folder / "data", virtual=False, protocols=write_protocols(folder / "protocols"))
        async with stack:
            admin = await asyncpg.connect(stack.postgres.url_for(DATABASE))
            try:
                yield SystemUnderTest(stack, admin)
            finally:
                await admin.close()


def write_protocols(folder: Path) -> Path:
    """The published protocol, and one that is a single dosing day with time enough to break things."""
    folder.mkdir()
    (folder / "weekly6.yaml").write_text((ROOT / "protocols" / "weekly6.yaml").read_text())
    brisk = yaml.safe_load((ROOT / "rehearsal" / "compressed_time" / "protocols" / "brisk.yaml").read_text())
    (folder / "one_day.yaml").write_text(json.dumps(one_day(brisk)))
    return folder


def one_day(brisk: dict[str, Any]) -> dict[str, Any]:
    dose = next(session for session in brisk["sessions"] if session["key"] == "dose:1")
    rules = [
        one | SOON | {name: {"value": value, "source": "test calendar"} for name, value in PATIENT.items()}
        for one in brisk["session_rules"]
        if one["kind"] == "dose"
    ]
    measures = [one for one in brisk["measures"] if one["key"] == "six_months"]
    measures[0] |= {"at": {"offset": "PT2H"}}
    dosing = brisk["dosing"] | {
        "doses": 1,
        "clearance_valid_for": {"value": "PT10M", "source": "test calendar"},
        "observation_grace": {"value": "PT10M", "source": "test calendar"},
    }
    changed = {"id": "one_day", "sessions": [dose | {"at": {"offset": "PT4S"}, "duration": "PT10M"}]}
    return brisk | changed | {"session_rules": rules, "measures": measures, "dosing": dosing}
