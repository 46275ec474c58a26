"""A rehearsal whose services do not recover from a kill goes on to its verdict, and the kill is in it."""

from types import SimpleNamespace
from typing import Any

import pytest

from chaos import system_under_test
from chaos.system_under_test import SystemUnderTest
from chaos.virtual import PlannedKill, VirtualFaultInjector
from embedded import ports


class GoneForGood:
    url = f"http://{ports.LOOPBACK}:{ports.free_port()}"

    async def kill(self, away: float) -> None: ...


async def test_a_service_that_is_not_ready_again_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_under_test, "READY_WITHIN", 0.1)
    stack: Any = SimpleNamespace(services={"intake": GoneForGood()})
    rehearsal: Any = SimpleNamespace(stack=stack, display=SimpleNamespace(problem=print))
    injector = VirtualFaultInjector(rehearsal, SystemUnderTest(stack), iter([PlannedKill("intake", None, 0.0)]))
    async with injector.meanwhile("act"):
        pass
    assert [one.rule for one in injector.found] == ["never_ready"]
    assert "killed intake between" in injector.found[0].words
    assert not injector.recovered
