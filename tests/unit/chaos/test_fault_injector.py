"""Nothing more is injected when a system did not recover, or when somebody says that it is enough."""

import asyncio
import random
from typing import Any

import pytest

from chaos.fault_injector import FaultInjector
from chaos.invariants import Violation
from chaos.plan import plan


@pytest.fixture
def injector() -> FaultInjector:
    async def nobody_looks() -> None: ...

    system: Any = None
    return FaultInjector(system, random.Random(1), print, nobody_looks, asyncio.Event())


async def test_once_it_is_enough_nothing_breaks(injector: FaultInjector) -> None:
    injector.enough.set()
    await injector.inject(plan(7, 3), 3)
    assert injector.done == []


async def test_nothing_more_breaks_in_a_house_that_did_not_recover(injector: FaultInjector) -> None:
    injector.found.append(Violation("never_ready", "after a kill"))
    await injector.inject(plan(7, 3), 3)
    assert injector.done == []
