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
from shared.events import scheduler
from tests.faults.house import House

_NEVER_REFERRED = """
    insert into scheduler.program
        (id, site, protocol_id, state, phase, revision, settled_revision, settled_at, closed_at)
    values ($1, 'bc', 'weekly6', 'lapsed', 'closed', 1, 1, $2, $2)
"""


@asynccontextmanager
async def watching(house: House) -> AsyncIterator[asyncio.StreamReader]:
    """`./homeward ledger --watch` beside the house; what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "ledger", "--watch", "--every", "1", "--metrics-port", "0"),
        *("--data", str(house.stack.data)),
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


async def test_a_program_that_nobody_referred_is_a_task_until_it_is_gone(house: House) -> None:
    person = uuid4()
    async with watching(house) as said:
        found = re.search(r"http://\S+", (await said.readline()).decode())
        assert found
        await house.admin.execute(_NEVER_REFERRED, person, datetime.now(UTC))
        try:
            opened = await house.heard(scheduler.ObligationOpened, kind="ledger_broken")
            assert opened.data.owner == "coordinator"
            async with httpx.AsyncClient() as client:
                metrics = (await client.get(found[0])).text
            assert 'homeward_ledger_faults{site="bc"} 1.0' in metrics
        finally:
            await house.admin.execute("delete from scheduler.program where id = $1", person)
        closed = await house.heard(scheduler.ObligationClosed, kind="ledger_broken")
        assert closed.data.closure == "balanced"
