"""A rehearsal whose services do not recover from a strike goes on to its verdict, and the strike is in it."""

from types import SimpleNamespace
from typing import Any

import pytest

from chaos import house
from chaos.house import House
from chaos.virtual import Strike, Thunder
from embedded import ports


class GoneForGood:
    url = f"http://{ports.LOOPBACK}:{ports.free_port()}"

    async def kill(self, away: float) -> None: ...


async def test_a_service_that_is_not_ready_again_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "READY_WITHIN", 0.1)
    stack: Any = SimpleNamespace(services={"intake": GoneForGood()})
    rehearsal: Any = SimpleNamespace(stack=stack, display=SimpleNamespace(trouble=print))
    thunder = Thunder(rehearsal, House(stack), iter([Strike("intake", None, 0.0)]))
    async with thunder.meanwhile("act"):
        pass
    assert [one.rule for one in thunder.found] == ["never_ready"]
    assert "killed intake between" in thunder.found[0].words
    assert not thunder.recovered
