"""The long-running parts of a service, each kept alive on its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

LONGEST_PAUSE = 30.0
log = structlog.get_logger()
Run = Callable[[], Awaitable[None]]


class BackgroundTask:
    """A part that runs until it is stopped; when it fails it is started again after a growing pause."""

    def __init__(self, name: str, run: Run) -> None:
        self.name, self._run = name, run
        self.trouble: str | None = "not started"
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin, or begin again after `stop`."""
        self._stopping = False
        self._task = asyncio.create_task(self._keep_running(), name=self.name)

    async def stop(self) -> None:
        """End the part, also when its own clean-up fails because what it stood on is gone."""
        self._stopping = True
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_running(self) -> None:
        pause = 0.5
        while True:
            began = asyncio.get_running_loop().time()
            self.trouble = None
            try:
                await self._run()
                self.trouble = "ended"
            except Exception as error:
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("part.failed", part=self.name, why=self.trouble)
            if self._stopping:
                return
            ran = asyncio.get_running_loop().time() - began
            pause = 0.5 if ran > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)
