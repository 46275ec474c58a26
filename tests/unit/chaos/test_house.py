"""A house that does not recover says so, instead of being waited for without an end."""

from types import SimpleNamespace
from typing import Any

import pytest

from chaos import house
from chaos.house import House, NeverReady
from embedded import ports


async def test_who_is_not_ready_in_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "READY_WITHIN", 0.1)
    nobody = SimpleNamespace(url=f"http://{ports.LOOPBACK}:{ports.free_port()}")
    stack: Any = SimpleNamespace(services={"intake": nobody, "session": nobody})
    with pytest.raises(NeverReady, match="intake, session"):
        await House(stack).becomes_ready()
    with pytest.raises(NeverReady, match=r"s: session$"):
        await House(stack).becomes_ready("session")
