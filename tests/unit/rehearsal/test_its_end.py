"""A rehearsal ends, whatever goes on being owed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rehearsal.run import Options, Rehearsal, latest_end, read_input
from rehearsal.virtual_time import Stalled


class Endless:
    """A clock in whose world something falls due each day, for ever."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    async def now(self) -> datetime:
        return self.at

    until_idle = now

    def next_at(self) -> datetime:
        return self.at + timedelta(days=1)

    async def step(self) -> datetime:
        self.at += timedelta(days=1)
        assert self.at.year < 2200, "it does not end"
        return self.at


class Idle:
    """People who have nothing to do."""

    troubles: tuple[str, ...] = ()

    def __init__(self, scenario: Any) -> None:
        self.scenario = scenario

    async def begin(self, now: datetime) -> None: ...

    def next_at(self) -> None: ...


async def test_what_falls_due_for_ever_ends_half_a_year_after_the_story() -> None:
    scenario = read_input(Options())
    clock = Endless(datetime(2027, 1, 4, tzinfo=UTC))
    display = SimpleNamespace(moment=lambda now: None, trouble=lambda words: None)
    endless = cast(Any, Rehearsal)(None, Idle(scenario), clock, None, [], display, 7, 0.0)
    with pytest.raises(Stalled, match="something is still ahead after 20"):
        await endless.carry_on()
    assert clock.at <= latest_end(scenario) < datetime(2029, 1, 1, tzinfo=UTC)
