"""How often `./homeward reconcile` looks before it names a discrepancy."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from operations import inspection
from operations.discrepancies import Discrepancy, NotOnStream, OutboxRow, StandsStill
from operations.inspection import Inspector
from shared.watched_rows import Row

NOW = datetime(2030, 1, 7, 17, tzinfo=UTC)
PROGRAM = "scheduler-program-1"
ROW = Row(PROGRAM, PROGRAM, "ParticipantProgram", "bc", 4, NOW, behind=True, open=True)
BUSY = StandsStill("scheduler", ROW.workflow_id, ROW, "not acted on")
LOST = NotOnStream(OutboxRow("intake", "bc", "homeward.intake.referral.received.v1", UUID(int=1), NOW, True))


@dataclass(init=False)
class Looks(Inspector):
    """What is seen at each look; the last of it at all that follow."""

    seen: list[list[Discrepancy]]
    looked: int = field(default=0)

    def __init__(self, *seen: list[Discrepancy]) -> None:
        self.seen, self.looked = list(seen), 0

    async def look(self) -> list[Discrepancy]:
        self.looked += 1
        return self.seen[min(self.looked, len(self.seen)) - 1]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "AGAIN_SECONDS", 0)


async def test_a_row_that_a_busy_workflow_acts_on_at_the_third_look_is_not_named() -> None:
    assert await Looks([BUSY], [BUSY], []).look_twice() == []
    moved_on = replace(BUSY, row=replace(ROW, revision=5))
    assert await Looks([BUSY], [BUSY], [moved_on], []).look_twice() == []


async def test_a_row_that_nobody_acts_on_is_named() -> None:
    assert await Looks([BUSY]).look_twice() == [BUSY]


async def test_a_lost_event_is_named_at_the_second_look() -> None:
    looks = Looks([LOST])
    assert await looks.look_twice() == [LOST]
    assert looks.looked == 2
