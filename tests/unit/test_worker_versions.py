"""Which build of a service has the place, and what makes a build another one."""

import asyncio
import sys
from itertools import count
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from services.scheduler.workflows import CohortProgram, ParticipantProgram
from shared.watch import ObligationsWatch
from shared.worker_versions import Build, Builds, build_of, takes_the_place, version_of

NEVER_SERVED = Build("ours", has_served=False, is_there=True)
WAS_REPLACED = Build("ours", has_served=True, is_there=True)
HOLDER = Build("theirs", has_served=True, is_there=True)
GONE = Build("theirs", has_served=True, is_there=False)


def test_the_first_build_takes_the_place() -> None:
    assert takes_the_place(NEVER_SERVED, None)
    assert takes_the_place(WAS_REPLACED, None)


def test_a_new_build_takes_the_place_of_the_one_before() -> None:
    assert takes_the_place(NEVER_SERVED, HOLDER)
    assert takes_the_place(NEVER_SERVED, GONE)


def test_a_build_that_was_replaced_takes_the_place_back_only_from_one_that_is_gone() -> None:
    assert not takes_the_place(WAS_REPLACED, HOLDER)
    assert takes_the_place(WAS_REPLACED, GONE)


def test_who_has_the_place_does_not_take_it_again() -> None:
    assert not takes_the_place(HOLDER, HOLDER)


def module_of(folder: Path, source: str, name: str = "hello") -> type:
    """A workflow whose module has this source."""
    file = folder / f"{name}.py"
    file.write_text(source)
    module = ModuleType(f"surgery.{name}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module
    return type("Hello", (), {"__module__": module.__name__})


def test_another_line_in_a_workflow_is_another_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    before = build_of([module_of(tmp_path, "wait = 1")])
    assert build_of([module_of(tmp_path, "wait = 1")]) == before
    assert build_of([module_of(tmp_path, "wait = 2")]) != before


def test_another_name_of_an_activity_is_another_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    workflow = module_of(tmp_path, "wait = 1")
    module_of(tmp_path, "ACT = 'act'", "steps")
    before = build_of([workflow])
    module_of(tmp_path, "ACT = 'do'", "steps")
    assert build_of([workflow]) != before


def test_the_order_of_the_workflows_makes_no_other_build() -> None:
    assert build_of([ObligationsWatch, ParticipantProgram]) == build_of([CohortProgram, ObligationsWatch])
    assert build_of([ObligationsWatch]) != build_of([ObligationsWatch, ParticipantProgram])


def test_a_build_may_be_named() -> None:
    assert version_of("intake", [ObligationsWatch], "2026.11").to_canonical_string() == "homeward-intake.2026.11"
    assert version_of("intake", [ObligationsWatch]).build_id == build_of([ObligationsWatch])


class AskedTooMuch(Builds):
    """Of a server that refuses the first look for being asked too much, and hears of the second."""

    def heard(self) -> asyncio.Event:
        self.looks, self.again = 0, asyncio.Event()
        return self.again

    async def look(self) -> bool:
        self.looks += 1
        if self.looks == 1:
            raise RPCError("too many requests", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
        self.again.set()
        return True


async def test_a_server_that_was_asked_too_much_is_asked_again_and_nobody_counts_as_there_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.worker_versions.BUSY_SECONDS", 0.0)
    times = count()
    ours = AskedTooMuch(Mock(spec=Client), "intake", version_of("intake", [ObligationsWatch]), lambda: next(times))
    again = ours.heard()
    keeping = asyncio.create_task(ours.keep())
    async with asyncio.timeout(10):
        await again.wait()
    since = ours._since
    keeping.cancel()
    assert (ours.looks, since) == (2, 1)
