"""A system that does not recover says so, instead of being waited for without an end."""

from types import SimpleNamespace
from typing import Any

import pytest

from chaos import system_under_test
from chaos.system_under_test import NeverReady, SystemUnderTest
from embedded import ports


async def test_who_is_not_ready_in_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_under_test, "READY_WITHIN", 0.1)
    nobody = SimpleNamespace(url=f"http://{ports.LOOPBACK}:{ports.free_port()}")
    stack: Any = SimpleNamespace(services={"intake": nobody, "session": nobody})
    with pytest.raises(NeverReady, match="intake, session"):
        await SystemUnderTest(stack).becomes_ready()
    with pytest.raises(NeverReady, match=r"s: session$"):
        await SystemUnderTest(stack).becomes_ready("session")
