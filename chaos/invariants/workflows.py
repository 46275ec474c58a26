"""The workflows while programs run: what each workflow waits for is what the rules say from the facts."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from chaos.invariants.evidence import Violation
from chaos.invariants.path import calendar_of, facts_of
from chaos.system_under_test import SystemUnderTest
from services.scheduler.domain.decide import decide
from services.scheduler.domain.history import History
from shared import temporal
from shared.protocol.model import Protocol
from shared.watch import WakePlan

MARGIN = timedelta(seconds=1.5)
"""What is due so soon may happen while we look."""
LOOKS = 5
TABLES = ("program", "program_fact", "cohort", "calendar_session", "nudge")


@dataclass
class WorkflowInvariants:
    """Looks at every open program again and again. `agendas` and `workflows` count what was compared."""

    system: SystemUnderTest
    protocol: Protocol
    agendas: int = 0
    workflows: int = 0
    found: list[Violation] = field(default_factory=list)

    async def look_at_agendas(self) -> None:
        """The rows against the rules, in one snapshot."""
        rows, now = await self._rows(), datetime.now(UTC)
        for row in _waiting(rows, now):
            self.found += self._agenda(rows, row, now)

    async def look_at_workflows(self) -> None:
        """The workflows against rows that do not move meanwhile; while nothing is broken."""
        stack = self.system.stack
        client = await temporal.connect(stack.temporal.address, stack.temporal.namespace, stack.secrets.codec_key)
        for row in _waiting(await self._rows(), datetime.now(UTC)):
            self.found += await self._workflow(client, row)

    def _agenda(self, rows: dict[str, Any], row: Any, now: datetime) -> Iterator[Violation]:
        """Each fact is acted on, and the program rests until what the rules say comes next."""
        self.agendas += 1
        history = History.of(facts_of(rows, row["id"]))
        decision = decide(self.protocol, calendar_of(rows, row["cohort_id"]), history, now)
        if decision.announce:
            words = f"{row['id']} sleeps until {row['wake_at']}, and {decision.announce[0].key} is due"
            yield Violation("sleeps_too_long", words, frozenset({row["id"]}))
        elif decision.wake_at != row["wake_at"]:
            words = f"{row['id']} wakes at {row['wake_at']}; from its facts it should at {decision.wake_at}"
            yield Violation("next_item_differs", words, frozenset({row["id"]}))

    async def _workflow(self, client: Client, row: Any) -> list[Violation]:
        """What differs again and again while the row does not change: an answer may just be on its way."""
        found: list[Violation] = []
        for _ in range(LOOKS):
            status, plan = await _resting(client, row["id"])
            if status is None or not await self._is_as_it_was(row):
                return []
            self.workflows += not found
            if not (found := list(_differs(row, status, plan))):
                return []
            await asyncio.sleep(1)
        return found

    async def _is_as_it_was(self, row: Any) -> bool:
        return row in _waiting(await self._rows(), datetime.now(UTC))

    async def _rows(self) -> dict[str, Any]:
        async with self.system.database() as database, database.transaction(isolation="repeatable_read", readonly=True):
            return {f"scheduler.{table}": await _read(database, table) for table in TABLES}


async def _read(database: asyncpg.Connection, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await database.fetch(f"select * from scheduler.{table}")]


def _waiting(rows: dict[str, Any], now: datetime) -> list[Any]:
    """The programs that rest, and whose workflows are owed no nudge."""
    owed = {nudge["workflow_id"] for nudge in rows["scheduler.nudge"]}
    resting = [row for row in rows["scheduler.program"] if _waits(row, now)]
    return [row for row in resting if f"scheduler-program-{row['id']}" not in owed]


def _waits(row: Any, now: datetime) -> bool:
    """Everything is drawn from its facts, and its next moment is not just now."""
    is_settled = row["settled_revision"] == row["revision"] and row["closed_at"] is None
    return is_settled and (row["wake_at"] is None or row["wake_at"] > now + MARGIN)


OR_NOT_YET: Any = WakePlan | None


async def _resting(client: Client, id: UUID) -> tuple[WorkflowExecutionStatus | None, WakePlan | None]:
    """Whether its workflow runs, and what that rests on; nothing is said while nobody answers."""
    handle = client.get_workflow_handle(f"scheduler-program-{id}")
    try:
        described = await handle.describe()
        if described.status != WorkflowExecutionStatus.RUNNING:
            return described.status, None
        return described.status, await handle.query("resting", result_type=OR_NOT_YET)
    except RPCError:
        return None, None


def _differs(row: Any, status: WorkflowExecutionStatus, plan: WakePlan | None) -> Iterator[Violation]:
    about = frozenset({row["id"]})
    if status != WorkflowExecutionStatus.RUNNING:
        yield Violation(
            "nobody_watches", f"the workflow of {row['id']} is {status.name}, and the program is open", about
        )
    elif plan is not None and plan.wake_at != row["wake_at"]:
        words = f"the workflow of {row['id']} rests until {plan.wake_at}, its row says {row['wake_at']}"
        yield Violation("workflow_differs", words, about)
