"""Ending a process that has spoken with Temporal."""

import os
import sys
from contextlib import suppress
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End at once, with everything that was written.

    Threads of Temporal's client may still be on their way out of Python when a process has done its work, and an
    interpreter that is taken down under them aborts (temporalio/sdk-python#300): on a busy machine each fifth time.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(status)
