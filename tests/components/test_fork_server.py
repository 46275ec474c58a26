"""The fork server spawns processes as `python -m` would start them, and knows of each one's end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from embedded.fork_server import ForkServer
from embedded.process import POLL_SECONDS, is_alive
from embedded.services import ROOT
from tests.lib.servers import temporary_folder

WAITS = "tests.lib.patient"


@pytest.fixture(scope="module")
async def fork_server() -> AsyncIterator[ForkServer]:
    async with temporary_folder() as folder:
        fork_server = ForkServer(folder / "fork-server.log", {"PYTHONPATH": str(ROOT)})
        yield fork_server
        await fork_server.stop()


async def test_a_child_runs_a_module_on_its_own_log_and_its_end_is_told(fork_server: ForkServer, folder: Path) -> None:
    child = await fork_server.spawn("this", {}, folder / "child.log")
    assert await child.wait() == 0
    assert "The Zen of Python" in (folder / "child.log").read_text()


async def test_a_child_has_its_own_session_and_title(fork_server: ForkServer, folder: Path) -> None:
    (log := folder / "child.log").touch()
    child = await fork_server.spawn(WAITS, {}, log)
    while "waiting" not in log.read_text():  # noqa: ASYNC110 (no event tells of a line)
        await asyncio.sleep(POLL_SECONDS)
    seen = psutil.Process(child.pid)
    assert os.getsid(child.pid) == child.pid
    assert " ".join(seen.cmdline()).rstrip().endswith(f"-m {WAITS}")
    child.send_signal(signal.SIGTERM)
    assert await child.wait() == -signal.SIGTERM


async def test_a_module_that_is_not_there_says_so_on_the_childs_log(fork_server: ForkServer, folder: Path) -> None:
    child = await fork_server.spawn("no_such_module", {}, folder / "child.log")
    assert await child.wait() == 1
    assert "No module named no_such_module" in (folder / "child.log").read_text()


async def test_no_child_outlives_its_nursery_and_the_next_one_gets_a_new_nursery(
    fork_server: ForkServer, folder: Path
) -> None:
    child = await fork_server.spawn(WAITS, {}, folder / "child.log")
    born_by = psutil.Process(child.pid).parent()
    assert born_by
    born_by.kill()
    await child.wait()
    while psutil.pid_exists(child.pid) and is_alive(psutil.Process(child.pid)):  # noqa: ASYNC110 (nor of this end)
        await asyncio.sleep(POLL_SECONDS)
    sibling = await fork_server.spawn(WAITS, {}, folder / "child.log")
    assert psutil.Process(sibling.pid).parent() not in (None, born_by)
