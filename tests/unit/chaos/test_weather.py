"""The weather calms down when a house did not recover, and when somebody says that it is enough."""

import asyncio
import random
from typing import Any

import pytest

from chaos.invariants import Violation
from chaos.plan import plan
from chaos.weather import Weather


@pytest.fixture
def weather() -> Weather:
    async def nobody_looks() -> None: ...

    house: Any = None
    return Weather(house, random.Random(1), print, nobody_looks, asyncio.Event())


async def test_once_it_is_enough_nothing_breaks(weather: Weather) -> None:
    weather.enough.set()
    await weather.rage(plan(7, 3), 3)
    assert weather.done == []


async def test_nothing_more_breaks_in_a_house_that_did_not_recover(weather: Weather) -> None:
    weather.found.append(Violation("never_ready", "after a kill"))
    await weather.rage(plan(7, 3), 3)
    assert weather.done == []
