"""Ctrl-C and SIGTERM for a command that goes on until it is told."""

import asyncio
import signal
from collections.abc import Callable


def stop_when_told(calm: Callable[[], None] | None = None) -> None:
    """Ctrl-C, or SIGTERM, cancels this task with everything that it has started; once is enough.

    What can be calmed is only that by the first Ctrl-C, and ended by the next one. It holds for a job that a shell has
    put into the background, too: such a one is born deaf to Ctrl-C.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    gentle = [calm] if calm else []
    told: list[int] = []

    def stop(number: int) -> None:
        if gentle and number == signal.SIGINT:
            gentle.pop()()
            return
        told.append(number)
        if len(told) == 1:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
