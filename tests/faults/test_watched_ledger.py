"""A ledger that breaks is told by whoever watches it, and so is that it balances again."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import httpx

from embedded.services import ROOT
from shared.events import Envelope, scheduler
from tests.faults.system_under_test import SystemUnderTest

OTHER_SITE = "co"
_NEVER_REFERRED = """
    insert into scheduler.program
        (id, site, protocol_id, state, phase, revision, settled_revision, settled_at, closed_at)
    values ($1, 'co', 'weekly6', 'lapsed', 'closed', 1, 1, $2, $2)
"""


@asynccontextmanager
async def watching(system: SystemUnderTest) -> AsyncIterator[asyncio.StreamReader]:
    """`./homeward ledger --watch` beside the system; what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "ledger", "--watch", "--every", "1", "--metrics-port", "0"),
        *("--data", str(system.stack.data)),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    try:
        yield process.stdout
    finally:
        process.terminate()
        await process.wait()


async def test_a_program_that_nobody_referred_is_a_task_until_it_is_gone(system: SystemUnderTest) -> None:
    """At the other site: the other faults are none of its ledger."""

    async def opened() -> list[Envelope[scheduler.ObligationOpened]]:
        told = await system.all_told(scheduler.ObligationOpened, kind="ledger_broken")
        return [one for one in told if one.site == OTHER_SITE]

    person = uuid4()
    async with watching(system) as said:
        found = re.search(r"http://\S+", (await said.readline()).decode())
        assert found
        await system.admin.execute(_NEVER_REFERRED, person, datetime.now(UTC))
        try:
            (task,) = await system.comes(opened, "the task of the broken ledger")
            assert task.data.owner == "coordinator"
            async with httpx.AsyncClient() as client:
                metrics = (await client.get(found[0])).text
            assert f'homeward_ledger_faults{{site="{OTHER_SITE}"}} 1.0' in metrics
        finally:
            await system.admin.execute("delete from scheduler.program where id = $1", person)
        closed = await system.heard(scheduler.ObligationClosed, obligation_id=task.data.obligation_id)
        assert closed.data.closure == "balanced"
