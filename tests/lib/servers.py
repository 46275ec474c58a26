"""Starts and stops the real servers of a test run."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from embedded.account import passing_folder


class Server(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[None]:
    await server.start()
    try:
        yield
    finally:
        await server.stop()


@asynccontextmanager
async def temporary_folder() -> AsyncIterator[Path]:
    folder = passing_folder("homeward-test-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
